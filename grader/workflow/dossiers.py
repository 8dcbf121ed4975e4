"""Runs one notebook in full and in the replays that its full run calls for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from grader.assignment.spec import Assignment, TrainingTask
from grader.evidence import Dossier, Evidence
from grader.execute.runner import Execution, TaskEnded
from grader.judge.replays import list_unlike_seeds
from grader.records import RunMode
from grader.workflow.bench import Bench
from grader.workflow.jobs import Job


@dataclass(frozen=True)
class Outcome:
    """What running one notebook left."""

    execution: Execution
    dossier: Dossier


async def run_dossier(bench: Bench, job: Job) -> Outcome:
    """Run a notebook and its replays, each in a fresh sandbox: nothing passes from one to the next.

    Raises EngineError if the full run cannot be started. A replay that fails leaves a gap.
    """
    name = job.submission.student
    async with bench.slots:
        bench.listener.start(name)
        try:
            execution = await bench.run(job, bench.plan(job, "full"))
            dossier = Dossier(execution.evidence)
            trained = list_trained(bench.assignment, execution.evidence)
            if trained:
                dossier = replace(
                    dossier, hidden=await replay(bench, job, "hidden", trained, execution.evidence)
                )
            return Outcome(execution, await add_submitted(bench, job, dossier))
        finally:
            bench.listener.finish(name)


def list_trained(assignment: Assignment, evidence: Evidence) -> set[str]:
    """The training tasks that made a step; an answer to a statement may train something, too."""
    tasks = {task.id for task in assignment.task if isinstance(task, TrainingTask)}
    return {run.task for run in evidence.run.tasks if run.steps and run.task in tasks}


async def run_check(bench: Bench, job: Job, tasks: Iterable[str], on_task: TaskEnded) -> Dossier:
    """The runs of a self-check: no reference and no secret, so no hidden replay."""
    name = job.submission.student
    bench.listener.start(name)
    try:
        full = (await bench.run(job, bench.plan(job, "full", tasks), on_task)).evidence
        return await add_submitted(bench, job, Dossier(full))
    finally:
        bench.listener.finish(name)


async def add_submitted(bench: Bench, job: Job, dossier: Dossier) -> Dossier:
    """The dossier with a replay as submitted, where the seeds of tasks that are compared differ."""
    unlike = list_unlike_seeds(bench.assignment, dossier.full)
    if not unlike:
        return dossier
    return replace(dossier, submitted=await replay(bench, job, "submitted", unlike, dossier.full))


async def replay(
    bench: Bench, job: Job, mode: RunMode, tasks: Iterable[str], full: Evidence
) -> Evidence | None:
    """A replay's evidence; None if it could not be made, which costs nobody anything but a look."""
    try:
        return (await bench.run(job, bench.plan_replay(job, mode, tasks, full.run))).evidence
    except Exception as error:
        bench.listener.say(f"{job.submission.student} could not be replayed ({mode}): {error}")
        return None
