"""Pieces of a class's work. Each runs in one room, on this machine or on another.

What a unit leaves are keys: the runs themselves are kept (`grader.workflow.kept`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Generic, TypeVar

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.execute.launcher import Launcher
from grader.judge.relabelled import list_relabelled
from grader.judge.replays import list_unlike_seeds
from grader.records import RunMode
from grader.workflow.bench import Bench, Parameters
from grader.workflow.jobs import Job
from grader.workflow.mutants import MutantRuns, run_mutants
from grader.workflow.outcomes import Outcome

Left = TypeVar("Left", covariant=True)


@dataclass(frozen=True)
class Unit(ABC, Generic[Left]):
    """One piece of work."""

    name: str
    """What the listener is told that runs."""
    is_announced: ClassVar[bool] = True

    @property
    def reads(self) -> tuple[str, ...]:
        """Keys of earlier runs that it needs."""
        return ()

    @abstractmethod
    async def perform(self, bench: Bench) -> Left:
        """Do it in a room of its own."""


@dataclass(frozen=True)
class RunStudent(Unit[Outcome]):
    """A notebook in full, and the replays that its full run calls for, in one room that is swept in between.

    Raises EngineError if the full run cannot be started. A replay that fails leaves a gap.
    """

    job: Job

    async def perform(self, bench: Bench) -> Outcome:
        """The keys of the runs that were made."""
        async with bench.open_launcher() as launcher:
            key, full = await bench.run(self.job, bench.plan(self.job, "full"), launcher)
            wanted: dict[RunMode, set[str]] = {
                "hidden": list_trained(bench.assignment, full),
                "order_free": bench.list_parted(full),
                "submitted": list_unlike_seeds(bench.assignment, full),
                "relabelled": list_relabelled(bench.assignment, full),
            }
            found = {
                mode: await replay(bench, self.job, mode, tasks, full, launcher)
                for mode, tasks in wanted.items()
                if tasks
            }
        return Outcome(key, **{mode: each and each[0] for mode, each in found.items()})


@dataclass(frozen=True)
class ReplayStudent(Unit[str | None]):
    """A notebook replayed with initial values that no order of creation decides."""

    is_announced = False
    job: Job
    tasks: frozenset[str]
    full: str
    """Key of its full run."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Its full run."""
        return (self.full,)

    async def perform(self, bench: Bench) -> str | None:
        """The key of the replay; None if it failed."""
        full = bench.kept.read(self.full)
        async with bench.open_launcher() as launcher:
            found = await replay(bench, self.job, "order_free", self.tasks, full, launcher)
        return found and found[0]


@dataclass(frozen=True)
class RunReference(Unit[tuple[Outcome, ...]]):
    """The reference in full, and in the replays that it is to be compared in.

    Raises AssignmentError if it fails, EngineError if no kernel starts.
    """

    parameters: tuple[Parameters, ...]
    """One set for each network that is right."""
    tasks: frozenset[str] | None
    """None for all."""

    async def perform(self, bench: Bench) -> tuple[Outcome, ...]:
        """The keys of the runs, for each set of parameters."""
        outcomes = []
        async with bench.open_launcher() as launcher:
            for parameters in self.parameters:
                run = partial(bench.run_reference, parameters, self.tasks, self.name, launcher)
                full = await run()
                evidence = bench.kept.read(full)
                wanted: dict[RunMode, set[str]] = {
                    "hidden": list_trained(bench.assignment, evidence),
                    "relabelled": list_relabelled(bench.assignment, evidence),
                }
                replays = {mode: await run(mode=mode) for mode, trained in wanted.items() if trained}
                outcomes.append(Outcome(full, **replays))
        return tuple(outcomes)


@dataclass(frozen=True)
class ReplayReference(Unit[tuple[str, ...]]):
    """The reference replayed with initial values that no order of creation decides."""

    is_announced = False
    parameters: tuple[Parameters, ...]
    tasks: frozenset[str]

    async def perform(self, bench: Bench) -> tuple[str, ...]:
        """The keys of the replays, one for each set of parameters."""
        keys = []
        async with bench.open_launcher() as launcher:
            for parameters in self.parameters:
                keys.append(
                    await bench.run_reference(parameters, self.tasks, self.name, launcher, mode="order_free")
                )
        return tuple(keys)


@dataclass(frozen=True)
class RunMutants(Unit[MutantRuns]):
    """The first steps of every mutant of a task."""

    task: str
    parameters: Parameters

    async def perform(self, bench: Bench) -> MutantRuns:
        """What they are and where they are kept."""
        return await run_mutants(bench, self.task, self.parameters)


def list_trained(assignment: Assignment, evidence: Evidence) -> set[str]:
    """The tasks answered by training that made a step; an answer to a statement may train something, too."""
    tasks = assignment.list_trained()
    return {run.task for run in evidence.run.tasks if run.steps and run.task in tasks}


async def replay(
    bench: Bench, job: Job, mode: RunMode, tasks: Iterable[str], full: Evidence, launcher: Launcher
) -> tuple[str, Evidence] | None:
    """A replay's key and evidence; None if it could not be made, which costs nobody anything but a look."""
    try:
        return await bench.run(job, bench.plan_replay(job, mode, tasks, full.run), launcher)
    except Exception as error:
        bench.listener.say(f"{job.submission.student} could not be replayed ({mode}): {error}")
        return None


async def add_submitted(bench: Bench, job: Job, dossier: Dossier, launcher: Launcher) -> Dossier:
    """The dossier with a replay as submitted, where the seeds of tasks that are compared differ."""
    unlike = list_unlike_seeds(bench.assignment, dossier.full)
    if not unlike:
        return dossier
    found = await replay(bench, job, "submitted", unlike, dossier.full, launcher)
    return replace(dossier, submitted=found and found[1])
