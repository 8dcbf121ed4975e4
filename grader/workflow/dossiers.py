"""Runs one notebook in full and in the replays that its full run calls for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from grader.assignment.spec import Assignment, TrainingTask
from grader.evidence import Dossier, Evidence
from grader.execute.execution import Execution, TaskEnded
from grader.execute.launcher import Launcher
from grader.judge.replays import list_unlike_seeds
from grader.records import RunMode
from grader.workflow.bench import Bench
from grader.workflow.jobs import Job


@dataclass(frozen=True)
class Outcome:
    """What running one notebook left."""

    execution: Execution
    dossier: Dossier


async def run_dossier(bench: Bench, job: Job, list_parted: Callable[[Evidence], set[str]]) -> Outcome:
    """Run a notebook and its replays in one sandbox, which is swept between them.

    `list_parted` says in which tasks a full run differs from the reference before the first update. Of
    identical notebooks one runs and the others wait for what it leaves. Raises EngineError if the full run
    cannot be started. A replay that fails leaves a gap.
    """
    name = job.submission.student
    plan = bench.plan(job, "full")
    async with bench.kept.take_turn(job.notebook, plan), bench.slots, bench.open_launcher() as launcher:
        with bench.announce(name):
            execution = await bench.run(job, plan, launcher)
            full = execution.evidence
            dossier = Dossier(full)
            if trained := list_trained(bench.assignment, full):
                dossier = replace(dossier, hidden=await replay(bench, job, "hidden", trained, full, launcher))
            if parted := list_parted(full):
                order_free = await replay(bench, job, "order_free", parted, full, launcher)
                dossier = replace(dossier, order_free=order_free)
            return Outcome(execution, await add_submitted(bench, job, dossier, launcher))


def list_trained(assignment: Assignment, evidence: Evidence) -> set[str]:
    """The training tasks that made a step; an answer to a statement may train something, too."""
    tasks = {task.id for task in assignment.task if isinstance(task, TrainingTask)}
    return {run.task for run in evidence.run.tasks if run.steps and run.task in tasks}


async def run_check(bench: Bench, job: Job, tasks: Iterable[str], on_task: TaskEnded) -> Dossier:
    """The runs of a self-check: no reference and no secret, so no hidden replay."""
    name = job.submission.student
    with bench.announce(name):
        async with bench.open_launcher() as launcher:
            full = (await bench.run(job, bench.plan(job, "full", tasks), launcher, on_task)).evidence
            return await add_submitted(bench, job, Dossier(full), launcher)


async def add_submitted(bench: Bench, job: Job, dossier: Dossier, launcher: Launcher) -> Dossier:
    """The dossier with a replay as submitted, where the seeds of tasks that are compared differ."""
    unlike = list_unlike_seeds(bench.assignment, dossier.full)
    if not unlike:
        return dossier
    submitted = await replay(bench, job, "submitted", unlike, dossier.full, launcher)
    return replace(dossier, submitted=submitted)


async def replay(
    bench: Bench, job: Job, mode: RunMode, tasks: Iterable[str], full: Evidence, launcher: Launcher
) -> Evidence | None:
    """A replay's evidence; None if it could not be made, which costs nobody anything but a look."""
    try:
        return (await bench.run(job, bench.plan_replay(job, mode, tasks, full.run), launcher)).evidence
    except Exception as error:
        bench.listener.say(f"{job.submission.student} could not be replayed ({mode}): {error}")
        return None
