"""Runs for provisional verdicts: a few steps of every task, and what they leave open to its end.

The latter on a text that is repeated less often, where a notebook and its assignment allow that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import nbformat

from grader.assignment.computed import COMPUTED
from grader.assignment.shorten import shorten_notebook
from grader.assignment.spec import TrainingTask, ValuesTask
from grader.evidence import Dossier, Evidence
from grader.execute.execution import TaskEnded
from grader.execute.launcher import Launcher
from grader.execute.plan import RunPlan
from grader.judge.provisional import list_moved, list_unsettled
from grader.judge.replays import list_unlike_seeds
from grader.judge.score import References
from grader.records import GradingMode, RunMode
from grader.workflow.bench import Bench, Parameters
from grader.workflow.jobs import Job
from grader.workflow.mutants import MutantRuns, run_mutants
from grader.workflow.outcomes import Outcome
from grader.workflow.units import RunStudent, Unit, add_submitted, replay

OTHER_STEPS = 2
"""Steps of the trainings in a short run that nobody asks about: later cells may use what they leave."""


@dataclass(frozen=True)
class RunQuick(Unit[Outcome]):
    """A notebook as far as provisional verdicts need it, in one room.

    Raises EngineError if the quick run cannot be started. Another run that fails leaves a gap.
    """

    job: Job
    references: References | None = None
    """What the reference left, which says what first steps leave open; None if the bench can ask for it."""

    async def perform(self, bench: Bench) -> Outcome:
        """The keys of the runs that were made."""
        job = self.job
        async with bench.open_launcher() as launcher:
            key, full = await bench.run(job, bench.plan(job, "quick"), launcher)
            references = self.references
            if references is None:
                assert bench.find_references is not None
                references = await bench.find_references()
            outcome, dossier = Outcome(key), Dossier(full)
            wanted: dict[RunMode, set[str]] = {
                "order_free": bench.list_parted(full),
                "submitted": list_unlike_seeds(bench.assignment, full),
            }
            for mode, tasks in wanted.items():
                found = await replay(bench, job, mode, tasks, full, launcher) if tasks else None
                if found is not None:
                    outcome = replace(outcome, **{mode: found[0]})
                    dossier = replace(dossier, **{mode: found[1]})
            unsettled = list_unsettled(bench.assignment, job.submission, job.cells, dossier, references)
            return await _add_short(bench, job, outcome, full, unsettled, launcher) if unsettled else outcome


async def _add_short(
    bench: Bench, job: Job, outcome: Outcome, full: Evidence, tasks: frozenset[str], launcher: Launcher
) -> Outcome:
    """The outcome with whole trainings of these tasks on a shorter text, where the notebook allows that."""
    shorter = shorten_job(bench, job)
    if shorter is None:
        return outcome
    stopped = frozenset(cell.index for cell in full.run.cells if cell.status in ("timeout", "died"))
    plan = replace(plan_short(bench, shorter, tasks), left_out=stopped)
    try:
        key, short = await bench.run(shorter, plan, launcher)
        outcome = replace(outcome, short=key)
        if moved := list_moved(Dossier(full, short=short)):
            # Which of several trainings counts is told by the values at the end.
            again = replace(bench.plan(job, "quick"), trainings=moved, left_out=stopped)
            outcome = replace(outcome, full=(await bench.run(job, again, launcher))[0])
    except Exception as error:
        bench.listener.say(f"{job.submission.student} could not be run on a shorter text: {error}")
    return outcome


@dataclass(frozen=True)
class RunQuickReference(Unit[tuple[Outcome, ...]]):
    """The reference's quick run, and its short one where its text can be shortened. See `RunReference`."""

    parameters: tuple[Parameters, ...]
    tasks: frozenset[str] | None

    async def perform(self, bench: Bench) -> tuple[Outcome, ...]:
        """The keys of the runs, for each set of parameters."""
        shorter = shorten_bench(bench)
        outcomes = []
        async with bench.open_launcher() as launcher:
            for parameters in self.parameters:
                asked = (parameters, self.tasks, self.name, launcher)
                quick = await bench.run_reference(*asked, mode="quick")
                short = None if shorter is None else await shorter.run_reference(*asked, mode="short")
                outcomes.append(Outcome(quick, short=short))
        return tuple(outcomes)


@dataclass(frozen=True)
class RunShortMutants(Unit[MutantRuns]):
    """The first steps of every mutant of a task, on the shorter text where there is one."""

    task: str
    parameters: Parameters

    async def perform(self, bench: Bench) -> MutantRuns:
        """What they are and where they are kept."""
        return await run_mutants(shorten_bench(bench) or bench, self.task, self.parameters)


def choose_unit(mode: GradingMode, job: Job, references: References) -> Unit[Outcome]:
    """What is done with a notebook; `references` are those that are there by now, if any."""
    name = job.submission.student
    return RunQuick(name, job, references or None) if mode == "quick" else RunStudent(name, job)


def mark_computed(bench: Bench, jobs: Iterable[Job]) -> list[Job]:
    """The notebooks, with a turn at each statement that the reference computes from a stopped training.

    Raises NotebookError if the reference cannot be read.
    """
    turns = bench.read_reference().cells.turns
    computed = [task for task, reasons in turns.items() if COMPUTED in reasons]
    return [_add_computed(job, computed) for job in jobs]


def _add_computed(job: Job, tasks: Iterable[str]) -> Job:
    own = job.cells.turns
    more = {task: (*own.get(task, ()), COMPUTED) for task in tasks if COMPUTED not in own.get(task, ())}
    return replace(job, cells=job.cells.model_copy(update={"turns": {**own, **more}}))


def shorten_job(bench: Bench, job: Job) -> Job | None:
    """The notebook on a shorter text; None where that cannot be made."""
    shorter = shorten_notebook(job.notebook, bench.assignment.sequence)
    return None if shorter is None else replace(job, notebook=shorter)


def shorten_bench(bench: Bench) -> Bench | None:
    """The bench with a reference on a shorter text; None where that cannot be made."""
    notebook = nbformat.reads(bench.solution.decode("utf-8"), as_version=4)
    shorter = shorten_notebook(notebook, bench.assignment.sequence)
    return None if shorter is None else replace(bench, solution=nbformat.writes(shorter).encode("utf-8"))


def plan_short(bench: Bench, job: Job, tasks: Iterable[str]) -> RunPlan:
    """These trainings to their ends, and the beginnings of those before them."""
    order = [task.id for task in bench.assignment.task if task.kind != "true_false"]
    chosen = {need for task in tasks for need in (task, *bench.assignment.list_needs(task))}
    last = max(order.index(task) for task in chosen if task in order)
    plan = bench.plan(job, "short", order[: last + 1])
    return replace(plan, stop_after=OTHER_STEPS, unstopped=frozenset(chosen))


async def run_quick_check(bench: Bench, job: Job, tasks: Iterable[str], on_task: TaskEnded) -> Dossier:
    """The runs of a quick self-check: whole trainings on a shorter text, or else their first steps alone."""
    tasks = list(tasks)
    kinds = {task: type(bench.assignment.find_task(task)) for task in tasks}
    wanted = [task for task in tasks if kinds[task] is TrainingTask]
    # What variables hold may depend on how long the text is.
    shorter = None if ValuesTask in kinds.values() else shorten_job(bench, job)
    with bench.announce(job.submission.student):
        async with bench.open_launcher() as launcher:
            if shorter is not None and wanted:
                plan = plan_short(bench, shorter, wanted)
                _, short = await bench.run(shorter, plan, launcher, on_task)
                return await add_submitted(bench, shorter, Dossier(short), launcher)
            _, full = await bench.run(job, bench.plan(job, "quick", tasks), launcher, on_task)
            return await add_submitted(bench, job, Dossier(full), launcher)
