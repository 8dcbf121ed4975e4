"""The self-check: one notebook by its public checks, its tasks side by side where they are independent."""

import asyncio
import copy
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from grader.assignment.dependence import find_dependence
from grader.assignment.parts import Dependence
from grader.assignment.reference import read_released
from grader.assignment.shorten import shorten_assignment
from grader.assignment.spec import Assignment
from grader.collect import collect_submissions
from grader.errors import NotebookError
from grader.evidence import Dossier, Evidence
from grader.execute.apart import Apart
from grader.execute.execution import TaskEnded
from grader.execute.launcher import Launcher
from grader.execute.plan import RunPlan
from grader.execute.runner import run_launched
from grader.judge.score import judge_submission
from grader.notebook import read_notebook
from grader.records import CellRun, RunMode, Submission
from grader.results import Outcome, SubmissionResult
from grader.workflow.bench import Bench
from grader.workflow.groups import Group, count_slots, list_watches, plan_group, share_out
from grader.workflow.jobs import Job, prepare_job
from grader.workflow.merged import GroupRun, find_hints, merge_runs
from grader.workflow.quick import run_quick_check
from grader.workflow.settings import Listener, Settings
from grader.workflow.soundness import require_packages
from grader.workflow.units import add_submitted
from grader.workflow.verbs import choose_assignment, open_sandbox


def check_notebook(
    path: Path, assignment_name: str | None, tasks: tuple[str, ...], settings: Settings, listener: Listener
) -> tuple[Assignment, SubmissionResult, tuple[CellRun, ...], RunMode]:
    """Judge one notebook by its public checks; of `tasks` only, if there are any. Needs no solution.

    Returns the cells that ran beside the result, because a check cannot say why a cell failed, and the mode
    of the run, because a quick check's depends on whether the text could be shortened.
    """
    submission = _collect_one(path)
    assignment = choose_assignment(assignment_name, [submission])
    require_packages(assignment)
    wanted = [assignment.find_task(task) for task in tasks] or list(assignment.task)
    released = read_notebook(read_released(assignment))
    if submission.problem is not None:
        raise NotebookError(submission.problem)
    job = prepare_job(assignment, submission, released)
    ids = [task.id for task in wanted]
    told: dict[str, list[Outcome]] = {}

    def judge(dossier: Dossier, chosen: list[str]) -> SubmissionResult:
        # What ran on a shorter text is judged by that text.
        is_short = dossier.full.run.mode == "short"
        known = (shorten_assignment(assignment) if is_short else None) or assignment
        return judge_submission(known, submission, job.cells, dossier, None, only_tasks=chosen)

    def judge_early(task_id: str, evidence: Evidence) -> None:
        if task_id in ids:
            early = judge(Dossier(evidence), [task_id])
            for result in early.tasks:
                # A notebook that had to be run once more tells only what has become of it.
                outcomes = [check.outcome for check in result.checks]
                if told.get(result.id) != outcomes:
                    told[result.id] = outcomes
                    listener.judge(result)

    sandbox = open_sandbox(settings, listener)
    bench = Bench(assignment, b"", released, settings, sandbox, listener)
    run = run_quick_check if settings.mode == "quick" else run_check
    dossier = asyncio.run(run(bench, job, ids, judge_early))
    return assignment, judge(dossier, ids), dossier.full.run.cells, dossier.full.run.mode


def _collect_one(path: Path) -> Submission:
    found = collect_submissions(path)
    if len(found) != 1:
        raise NotebookError(f"{path} holds {len(found)} notebooks. Name the one to check.")
    return found[0]


async def run_check(
    bench: Bench, job: Job, tasks: Iterable[str], on_task: TaskEnded, slots: int | None = None
) -> Dossier:
    """The runs of a self-check: no reference and no secret, so no hidden replay.

    In one kernel, or in groups of tasks side by side, in at most `slots` sandboxes, if that leaves the same.
    """
    plan = bench.plan(job, "full", tasks)
    dependence = find_dependence(bench.assignment, job.notebook, job.cells, plan.only_tasks or ())
    # Assertions may look at what an earlier task has left, of which no cell tells.
    if any(task.assertions for task in plan.tasks):
        slots = 1
    groups = share_out(dependence.parts, slots or count_slots(bench.settings, plan.limits))
    with bench.announce(job.submission.student):
        async with AsyncExitStack() as stack:
            launchers = [
                await stack.enter_async_context(bench.open_launcher()) for _ in range(max(1, len(groups)))
            ]
            if len(groups) > 1:
                found = await SideBySide(bench, job, plan, dependence, groups, on_task).run(launchers)
                if found is not None:
                    # A replay has the time that the whole took, not the longest group alone.
                    merged, seconds = found
                    timed = replace(merged, run=merged.run.model_copy(update={"seconds": seconds}))
                    return replace(await add_submitted(bench, job, Dossier(timed), launchers[0]), full=merged)
            for launcher in launchers[1:]:
                # Their memory is free again for the one.
                await launcher.close()
            _, full = await bench.run(job, plan, launchers[0], on_task)
            return await add_submitted(bench, job, Dossier(full), launchers[0])


class SideBySide:
    """Groups of a notebook's tasks that run at the same time."""

    def __init__(
        self,
        bench: Bench,
        job: Job,
        plan: RunPlan,
        dependence: Dependence,
        groups: list[Group],
        on_task: TaskEnded,
    ) -> None:
        self.bench = bench
        self.job = job
        self.plan = plan
        self.dependence = dependence
        self.groups = groups
        self.on_task = on_task
        self.hints: list[str] = []
        """Why all must be run once more in one kernel."""
        self._hinted = asyncio.Event()
        self._latest: dict[Group, GroupRun] = {}
        self.chosen = [
            index
            for index, (cell, task) in enumerate(zip(job.notebook.cells, plan.cell_tasks, strict=True))
            if cell.cell_type == "code"
            and cell.source.strip()
            and (plan.only_tasks is None or task is None or task in plan.only_tasks)
            and index not in plan.left_out
        ]
        """The cells that one kernel would run."""

    async def run(self, launchers: list[Launcher]) -> tuple[Evidence, float] | None:
        """What one kernel would have left, and the seconds of all groups; None if that cannot be told."""
        running = {
            asyncio.create_task(self._run_group(group, launcher))
            for group, launcher in zip(self.groups, launchers, strict=True)
        }
        hinted = asyncio.create_task(self._hinted.wait())
        try:
            waiting: set[asyncio.Task[GroupRun]] = set(running)
            while waiting and not self.hints:
                await asyncio.wait({*waiting, hinted}, return_when=asyncio.FIRST_COMPLETED)
                waiting = {each for each in waiting if not each.done()}
        finally:
            for each in (*running, hinted):
                each.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
        # A kernel that does not start, or a fault of the grader's own: one kernel may do better.
        runs = [run for run in ended if isinstance(run, GroupRun)]
        self.hints += [f"{type(run).__name__}: {run}" for run in ended if not isinstance(run, GroupRun)]
        if not self.hints:
            self.hints += find_hints(self.plan, self.chosen, runs)
        if self.hints:
            return None
        runs.sort(key=lambda run: self.groups.index(run.group))
        merged = merge_runs(self.plan, self.chosen, runs, self.dependence)
        return merged, sum(run.evidence.run.seconds for run in runs)

    async def _run_group(self, group: Group, launcher: Launcher) -> GroupRun:
        apart = Apart(list_watches(group, self.dependence), self._hint)
        name = self.job.submission.student

        def tell(task: str, evidence: Evidence) -> None:
            self._latest[group] = GroupRun(group, evidence, apart)
            if any(cell.status != "ok" for cell in evidence.run.cells):
                self._hint(f"a cell failed before the end of {task}")
            if not self.hints:
                so_far = merge_runs(self.plan, self.chosen, [*self._latest.values()], self.dependence)
                self.on_task(task, so_far)

        execution = await run_launched(
            copy.deepcopy(self.job.notebook),
            plan_group(self.plan, group, self.dependence),
            launcher,
            on_progress=lambda task, step, loss: self.bench.listener.step(name, task, step, loss),
            on_task=tell,
            apart=apart,
        )
        found = GroupRun(group, execution.evidence, apart)
        if any(cell.status != "ok" for cell in execution.evidence.run.cells):
            self._hint("a cell failed")
        return found

    def _hint(self, why: str) -> None:
        self.hints.append(why)
        self._hinted.set()
