"""Runs a class: its notebooks, and the reference in every symbol order that they need."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version

from nbformat import NotebookNode

from grader.assignment.reference import hash_content, inject_parameters
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError, EngineError, GraderError
from grader.evidence import Evidence
from grader.execute.plan import Parameter
from grader.execute.runner import Execution
from grader.execute.sandbox import Sandbox
from grader.judge.score import list_orders
from grader.records import Submission
from grader.workflow.jobs import Job, plan_run, prepare_job, run_job
from grader.workflow.settings import Listener, Settings

Order = tuple[str, ...]

MOST_ORDERS = 12
"""Symbol orders that the reference is run in for one class. Whoever is beyond needs a person."""

REFERENCE = "(reference)"


def name_reference(order: Order) -> str:
    """What a run of the reference in this symbol order is called."""
    return f"(reference {' '.join(order)})"


@dataclass
class Runs:
    """What running a class left: outcomes by file, references by symbol order."""

    outcomes: dict[str, Execution | GraderError]
    references: dict[Order, Evidence]

    @property
    def device(self) -> str | None:
        """Where the networks were trained in the end; None where nothing ran."""
        return next((evidence.run.device for evidence in self.references.values()), None)

    @property
    def torch(self) -> str:
        """torch's version in the sandbox; where nothing ran, the one that would have."""
        runs = [evidence.run for evidence in self.references.values()]
        return next((run.versions.get("torch", "") for run in runs), version("torch"))


def run_class(
    assignment: Assignment,
    jobs: list[Job],
    solution: bytes,
    released: NotebookNode,
    settings: Settings,
    sandbox: Sandbox,
    listener: Listener,
) -> Runs:
    """Run everything. Raises AssignmentError if the reference fails, EngineError if no kernel starts."""
    try:
        return asyncio.run(_run_jobs(assignment, jobs, solution, released, settings, sandbox, listener))
    except BaseExceptionGroup as group:
        # A task group wraps what its tasks raise. One fault of the grader's own is enough to stop for.
        for error in _flatten(group):
            if isinstance(error, GraderError):
                raise error from None
        raise


def _flatten(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flatten(error)
        else:
            yield error


async def _run_jobs(
    assignment: Assignment,
    jobs: list[Job],
    solution: bytes,
    released: NotebookNode,
    settings: Settings,
    sandbox: Sandbox,
    listener: Listener,
) -> Runs:
    if not jobs:
        return Runs({}, {})
    slots = asyncio.Semaphore(settings.jobs or len(os.sched_getaffinity(0)))
    listener.plan([REFERENCE, *(job.submission.student for job in jobs)])

    async def run_reference(
        parameters: dict[str, Parameter], tasks: frozenset[str] | None, name: str = REFERENCE
    ) -> Evidence:
        job = _prepare_reference(assignment, inject_parameters(solution, parameters), released, name)
        plan = replace(
            plan_run(assignment, job, settings),
            keep_every_step=True,
            parameters=parameters,
            only_tasks=tasks,
        )
        execution = await run_job(job, plan, sandbox, listener, slots)
        _require_sound(assignment, execution.evidence)
        if settings.device == "cuda" and execution.evidence.run.device != "cuda":
            raise EngineError(
                "--device cuda was asked for, but torch sees no CUDA in the sandbox. "
                "Install a torch with CUDA, or leave the option out."
            )
        return execution.evidence

    async def run_student(job: Job) -> Execution | GraderError:
        try:
            return await run_job(job, plan_run(assignment, job, settings), sandbox, listener, slots)
        except GraderError as error:
            return error
        except Exception as error:
            # Whatever broke is the grader's fault, and this submission's alone.
            return EngineError(
                f"The grader failed while it ran this notebook: {type(error).__name__}: {error}."
            )

    own_order: Order = assignment.sequence.symbols if assignment.sequence else ()
    # The reference goes first, so that a fault of the assignment's own shows at once.
    async with asyncio.TaskGroup() as group:
        reference = group.create_task(run_reference(dict(assignment.reference.parameters), None))
        students = [group.create_task(run_student(job)) for job in jobs]
    runs = Runs(
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
        listener.plan([name_reference(order) for order in chosen])

        async def run_order(order: Order, tasks: set[str]) -> None:
            parameters = {**assignment.reference.parameters, name: order}
            try:
                runs.references[order] = await run_reference(
                    parameters, frozenset(tasks), name_reference(order)
                )
            except Exception as error:
                # The class has been trained by now: whoever used this order needs a person, and nobody else.
                listener.say(f"The reference in the order {' '.join(order)} failed: {error}")

        async with asyncio.TaskGroup() as group:
            for order, tasks in chosen.items():
                group.create_task(run_order(order, tasks))
    return runs


def _find_other_orders(assignment: Assignment, runs: Runs) -> dict[Order, set[str]]:
    """Symbol orders that no reference stands for yet, and the tasks in which they were used."""
    others: dict[Order, set[str]] = {}
    for outcome in runs.outcomes.values():
        if isinstance(outcome, Execution):
            for order, tasks in list_orders(assignment, outcome.evidence).items():
                if order not in runs.references:
                    needed = others.setdefault(order, set())
                    for task in tasks:
                        needed |= {task, *assignment.list_needs(task)}
    return others


def _prepare_reference(assignment: Assignment, content: bytes, released: NotebookNode, name: str) -> Job:
    submission = Submission(
        student=name, file=assignment.solution_path.name, content=content, sha256=hash_content(content)
    )
    return prepare_job(assignment, submission, released)


def _require_sound(assignment: Assignment, evidence: Evidence) -> None:
    for cell in evidence.run.cells:
        if cell.status != "ok":
            raise AssignmentError(
                f"The reference {assignment.solution_path} does not run: cell {cell.index + 1} "
                f"({cell.status}): {cell.error}. Nothing can be compared with it until it is mended."
            )
