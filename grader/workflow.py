"""The verbs in order: grade a class, check one notebook. The only room that knows both sides of the wall."""

import asyncio
import copy
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import nbformat
from nbformat import NotebookNode

from grader.assignment.locate import locate_tasks, match_assignment
from grader.assignment.reference import hash_content, inject_parameters, load_solution, read_released
from grader.assignment.spec import (
    Assignment,
    TrueFalseTask,
    find_assignment,
    list_assignments,
    load_assignment,
)
from grader.collect import collect_submissions
from grader.errors import AssignmentError, GraderError, NotebookError, UnknownAssignment
from grader.evidence import Evidence
from grader.execute.plan import FIRST_STEPS, Limits, Parameter, RunPlan, TaskPlan
from grader.execute.runner import Execution, run_notebook
from grader.execute.sandbox import Sandbox, choose_sandbox
from grader.judge.exhibit import build_exhibit
from grader.judge.score import check_rubric, judge_submission, list_orders, reject_submission
from grader.notebook import read_notebook
from grader.records import (
    CellMap,
    ClassResult,
    RunInfo,
    Submission,
    SubmissionExhibit,
    SubmissionResult,
)

Order = tuple[str, ...]

MOST_ORDERS = 12
"""Symbol orders that the reference is run in for one class. Whoever is beyond needs a person."""

REFERENCE = "(reference)"


@dataclass(frozen=True)
class Settings:
    """How to run; None means the assignment's own."""

    device: str = "auto"
    sandbox: str = "auto"
    seed: int | None = None
    cell_seconds: float | None = None
    jobs: int | None = None


class Listener(Protocol):
    """Hears how far the work is. Calls come in any order between submissions."""

    def say(self, text: str) -> None:
        """A line that the user should read."""
        ...

    def plan(self, names: Iterable[str]) -> None:
        """What is going to run."""
        ...

    def start(self, name: str) -> None:
        """A notebook begins to run."""
        ...

    def step(self, name: str, task: str, step: int, loss: float) -> None:
        """A task of a running notebook has trained this far."""
        ...

    def finish(self, name: str) -> None:
        """A notebook has run."""
        ...


@dataclass(frozen=True)
class Job:
    """A notebook that is ready to run."""

    submission: Submission
    notebook: NotebookNode
    cells: CellMap


@dataclass(frozen=True)
class Graded:
    """A graded class: what is to be reported."""

    assignment: Assignment
    result: ClassResult
    exhibits: Mapping[str, SubmissionExhibit]


def grade_class(source: Path, assignment_name: str | None, settings: Settings, listener: Listener) -> Graded:
    """Grade everything that `source` holds.

    Raises CollectError, AssignmentError or SandboxError where nothing can be graded at all. What is
    wrong with one submission stands in its result and stops nobody else.
    """
    started = time.monotonic()
    submissions = collect_submissions(source)
    assignment = choose_assignment(assignment_name, submissions)
    check_rubric(assignment)
    sandbox = _choose_sandbox(settings, listener)
    solution = load_solution(assignment)
    released = read_notebook(read_released(assignment))
    jobs, results = _prepare_jobs(assignment, submissions, released)
    try:
        runs = asyncio.run(_run_class(assignment, jobs, solution, released, settings, sandbox, listener))
    except* GraderError as group:
        # A task group wraps what its tasks raise. One fault of the grader's own is enough to stop for.
        raise next(_flatten(group)) from None
    exhibits = {file: SubmissionExhibit(notebook="") for file in results}
    for job in jobs:
        outcome = runs.outcomes[job.submission.file]
        if isinstance(outcome, GraderError):
            results[job.submission.file] = reject_submission(assignment, job.submission, str(outcome))
            exhibits[job.submission.file] = SubmissionExhibit(notebook="")
            continue
        results[job.submission.file] = judge_submission(
            assignment, job.submission, job.cells, outcome.evidence, runs.references
        )
        exhibits[job.submission.file] = build_exhibit(
            assignment, job.cells, outcome.evidence, runs.references, nbformat.writes(outcome.notebook)
        )
    run = RunInfo(
        seed=_choose_seed(assignment, settings),
        device=_choose_device(settings),
        mode="full",
        torch=runs.torch,
        sandbox=sandbox.name,
        seconds=round(time.monotonic() - started, 3),
    )
    ordered = tuple(results[submission.file] for submission in submissions)
    return Graded(assignment, ClassResult(assignment=assignment.id, run=run, submissions=ordered), exhibits)


def check_notebook(
    path: Path, assignment_name: str | None, tasks: tuple[str, ...], settings: Settings, listener: Listener
) -> tuple[Assignment, SubmissionResult]:
    """Judge one notebook by its public checks; of `tasks` only, if there are any. Needs no solution."""
    submission = _collect_one(path)
    assignment = choose_assignment(assignment_name, [submission])
    check_rubric(assignment)
    wanted = [assignment.find_task(task) for task in tasks] or list(assignment.task)
    released = read_notebook(read_released(assignment))
    if submission.problem is not None:
        raise NotebookError(submission.problem)
    notebook = read_notebook(submission.content)
    job = Job(submission, notebook, locate_tasks(notebook, assignment, released))
    sandbox = _choose_sandbox(settings, listener)
    plan = replace(
        _plan_run(assignment, job, settings),
        only_tasks=frozenset({task.id for task in wanted} | {need for task in wanted for need in task.needs}),
    )
    execution = asyncio.run(_run_job(job, plan, sandbox, listener, asyncio.Semaphore(1)))
    result = judge_submission(
        assignment, submission, job.cells, execution.evidence, None, only_tasks=[task.id for task in wanted]
    )
    return assignment, result


def choose_assignment(name: str | None, submissions: Iterable[Submission]) -> Assignment:
    """The assignment of that name; without one, the one that most of the notebooks match."""
    if name is not None:
        return find_assignment(name)
    known = {name: load_assignment(path) for name, path in list_assignments().items()}
    if not known:
        raise UnknownAssignment(
            "There is no assignment: run the command in the folder that holds assignments/, or above it."
        )
    if len(known) == 1:
        return next(iter(known.values()))
    pairs = {name: (found, read_notebook(read_released(found))) for name, found in known.items()}
    votes: dict[str, int] = {}
    for submission in submissions:
        if submission.problem is None:
            try:
                match = match_assignment(read_notebook(submission.content), pairs)
            except (NotebookError, UnknownAssignment):
                continue
            votes[match] = votes.get(match, 0) + 1
    if not votes:
        raise UnknownAssignment(
            f"No notebook matches an assignment. Name one with --assignment: {', '.join(known)}."
        )
    return known[max(votes, key=lambda match: votes[match])]


def _flatten(group: BaseExceptionGroup[GraderError]) -> Iterator[GraderError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flatten(error)
        else:
            yield error


def _collect_one(path: Path) -> Submission:
    found = collect_submissions(path)
    if len(found) != 1:
        raise NotebookError(f"{path} holds {len(found)} notebooks. Name the one to check.")
    return found[0]


def _choose_sandbox(settings: Settings, listener: Listener) -> Sandbox:
    sandbox = choose_sandbox(settings.sandbox)
    if sandbox.weaker:
        listener.say(sandbox.weaker)
    return sandbox


def _choose_seed(assignment: Assignment, settings: Settings) -> int:
    return assignment.seed if settings.seed is None else settings.seed


def _choose_device(settings: Settings) -> str:
    if settings.device != "auto":
        return settings.device
    return "cuda" if Path("/dev/nvidia0").exists() else "cpu"


def _prepare_jobs(
    assignment: Assignment, submissions: Iterable[Submission], released: NotebookNode
) -> tuple[list[Job], dict[str, SubmissionResult]]:
    """The notebooks that can run, and the results of those that cannot, by file."""
    jobs, rejected = [], {}
    for submission in submissions:
        problem = submission.problem
        if problem is None:
            try:
                notebook = read_notebook(submission.content)
                jobs.append(Job(submission, notebook, locate_tasks(notebook, assignment, released)))
                continue
            except NotebookError as error:
                problem = str(error)
        rejected[submission.file] = reject_submission(assignment, submission, problem)
    return jobs, rejected


def _plan_run(assignment: Assignment, job: Job, settings: Settings) -> RunPlan:
    budget = assignment.budget
    return RunPlan(
        assignment=assignment.id,
        notebook_sha256=job.submission.sha256,
        cell_tasks=job.cells.tasks,
        tasks=tuple(
            TaskPlan(task.id, variable=task.variable)
            if isinstance(task, TrueFalseTask)
            else TaskPlan(task.id, fitted=task.fitted)
            for task in assignment.task
        ),
        seed=_choose_seed(assignment, settings),
        device=_choose_device(settings),
        keep_steps=(*FIRST_STEPS, *assignment.reference.checkpoints),
        limits=Limits(
            cell_seconds=settings.cell_seconds or budget.cell_seconds,
            task_seconds=max(settings.cell_seconds or 0, budget.task_seconds),
            notebook_seconds=budget.notebook_seconds,
            memory_bytes=budget.memory_mb * 2**20,
            output_bytes=budget.output_kb * 2**10,
        ),
    )


@dataclass
class _Runs:
    """What running a class left: outcomes by file, references by symbol order."""

    outcomes: dict[str, Execution | GraderError]
    references: dict[Order, Evidence]

    @property
    def torch(self) -> str:
        """torch's version in the sandbox."""
        runs = [evidence.run for evidence in self.references.values()]
        return next((run.versions.get("torch", "") for run in runs), "")


async def _run_class(
    assignment: Assignment,
    jobs: list[Job],
    solution: bytes,
    released: NotebookNode,
    settings: Settings,
    sandbox: Sandbox,
    listener: Listener,
) -> _Runs:
    slots = asyncio.Semaphore(settings.jobs or len(os.sched_getaffinity(0)))
    listener.plan([REFERENCE, *(job.submission.student for job in jobs)])

    async def run_reference(parameters: dict[str, Parameter], tasks: frozenset[str] | None) -> Evidence:
        job = _prepare_reference(assignment, inject_parameters(solution, parameters), released)
        plan = replace(
            _plan_run(assignment, job, settings),
            keep_every_step=True,
            parameters=parameters,
            only_tasks=tasks,
        )
        execution = await _run_job(job, plan, sandbox, listener, slots)
        _require_sound(assignment, execution.evidence)
        return execution.evidence

    async def run_student(job: Job) -> Execution | GraderError:
        try:
            return await _run_job(job, _plan_run(assignment, job, settings), sandbox, listener, slots)
        except GraderError as error:
            return error

    own_order: Order = assignment.sequence.symbols if assignment.sequence else ()
    # The reference goes first, so that a fault of the assignment's own shows at once.
    async with asyncio.TaskGroup() as group:
        reference = group.create_task(run_reference(dict(assignment.reference.parameters), None))
        students = [group.create_task(run_student(job)) for job in jobs]
    runs = _Runs(
        {job.submission.file: task.result() for job, task in zip(jobs, students, strict=True)},
        {own_order: reference.result()},
    )
    others = _find_other_orders(assignment, runs)
    if len(others) > MOST_ORDERS:
        listener.say(
            f"{len(others)} symbol orders stand in these notebooks. The reference is run in the first "
            f"{MOST_ORDERS}; the others need a person."
        )
    name = assignment.reference.symbols_parameter
    if name is not None:
        chosen = dict(list(others.items())[:MOST_ORDERS])
        listener.plan([REFERENCE for _ in chosen])
        async with asyncio.TaskGroup() as group:
            more = {
                order: group.create_task(
                    run_reference({**assignment.reference.parameters, name: order}, frozenset(tasks))
                )
                for order, tasks in chosen.items()
            }
        runs.references.update({order: task.result() for order, task in more.items()})
    return runs


def _find_other_orders(assignment: Assignment, runs: _Runs) -> dict[Order, set[str]]:
    """Symbol orders that no reference stands for yet, and the tasks in which they were used."""
    others: dict[Order, set[str]] = {}
    for outcome in runs.outcomes.values():
        if isinstance(outcome, Execution):
            for order, tasks in list_orders(assignment, outcome.evidence).items():
                if order not in runs.references:
                    others.setdefault(order, set()).update(tasks)
    return others


def _prepare_reference(assignment: Assignment, content: bytes, released: NotebookNode) -> Job:
    submission = Submission(
        student=REFERENCE, file=assignment.solution_path.name, content=content, sha256=hash_content(content)
    )
    notebook = read_notebook(content)
    return Job(submission, notebook, locate_tasks(notebook, assignment, released))


def _require_sound(assignment: Assignment, evidence: Evidence) -> None:
    for cell in evidence.run.cells:
        if cell.status != "ok":
            raise AssignmentError(
                f"The reference {assignment.solution_path} does not run: cell {cell.index + 1} "
                f"({cell.status}): {cell.error}. Nothing can be compared with it until it is mended."
            )


async def _run_job(
    job: Job, plan: RunPlan, sandbox: Sandbox, listener: Listener, slots: asyncio.Semaphore
) -> Execution:
    name = job.submission.student
    async with slots:
        listener.start(name)
        try:
            return await run_notebook(
                copy.deepcopy(job.notebook),
                plan,
                sandbox,
                on_progress=lambda task, step, loss: listener.step(name, task, step, loss),
            )
        finally:
            listener.finish(name)
