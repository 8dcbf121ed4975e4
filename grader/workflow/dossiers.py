"""The runs of a self-check."""

from collections.abc import Iterable
from dataclasses import replace

from grader.evidence import Dossier
from grader.execute.execution import TaskEnded
from grader.execute.launcher import Launcher
from grader.judge.replays import list_unlike_seeds
from grader.workflow.bench import Bench
from grader.workflow.jobs import Job
from grader.workflow.units import replay


async def run_check(bench: Bench, job: Job, tasks: Iterable[str], on_task: TaskEnded) -> Dossier:
    """The runs of a self-check: no reference and no secret, so no hidden replay."""
    name = job.submission.student
    with bench.announce(name):
        async with bench.open_launcher() as launcher:
            _, full = await bench.run(job, bench.plan(job, "full", tasks), launcher, on_task)
            return await add_submitted(bench, job, Dossier(full), launcher)


async def add_submitted(bench: Bench, job: Job, dossier: Dossier, launcher: Launcher) -> Dossier:
    """The dossier with a replay as submitted, where the seeds of tasks that are compared differ."""
    unlike = list_unlike_seeds(bench.assignment, dossier.full)
    if not unlike:
        return dossier
    found = await replay(bench, job, "submitted", unlike, dossier.full, launcher)
    return replace(dossier, submitted=found and found[1])
