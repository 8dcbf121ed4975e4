"""Runs a class: its notebooks with their replays, and the reference in every way that they need."""

import asyncio
import os
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version

from nbformat import NotebookNode

from grader.assignment.spec import Assignment
from grader.errors import EngineError, GraderError
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.execute.sandbox import Sandbox
from grader.judge.replays import list_parted_at_start
from grader.judge.score import find_order, list_orders, list_unnamed
from grader.store import EvidenceStore
from grader.workflow.bench import Bench, Parameters, unwrap_groups
from grader.workflow.dossiers import Outcome, replay, run_dossier
from grader.workflow.jobs import Job
from grader.workflow.kept import KeptRuns
from grader.workflow.mutants import run_mutants
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
    """What running a class left: outcomes by file, references and mutants by symbol order."""

    outcomes: dict[str, Outcome | GraderError] = field(default_factory=dict)
    references: dict[Order, tuple[Dossier, ...]] = field(default_factory=dict)
    mutants: dict[tuple[Order, str], tuple[Fingerprint, ...]] = field(default_factory=dict)

    @property
    def device(self) -> str | None:
        """Where the networks were trained in the end; None where nothing ran."""
        return next((right[0].full.run.device for right in self.references.values()), None)

    @property
    def torch(self) -> str:
        """torch's version in the sandbox; where nothing ran, the one that would have."""
        runs = [right[0].full.run for right in self.references.values()]
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
    if not jobs:
        return Runs()
    slots = asyncio.Semaphore(settings.jobs or len(os.sched_getaffinity(0)))
    kept = open_kept(settings, sandbox, listener)
    bench = Bench(assignment, solution, released, settings, sandbox, listener, slots, kept)
    with unwrap_groups():
        runs = asyncio.run(_ClassRun(bench, jobs).run())
    kept.finish()
    return runs


def open_kept(settings: Settings, sandbox: Sandbox, listener: Listener) -> KeptRuns:
    """What runs have left in the settings' store. Raises GraderError if nothing can be written there."""
    if settings.store is None:
        return KeptRuns()
    store = EvidenceStore(settings.store)
    store.sweep()
    return KeptRuns(store, sandbox=sandbox.name, fresh=settings.fresh, say=listener.say)


class _ClassRun:
    """The steps of running a class, each of which knows what the ones before it left."""

    def __init__(self, bench: Bench, jobs: list[Job]) -> None:
        self.bench = bench
        self.assignment = bench.assignment
        self.jobs = jobs
        self.runs = Runs()
        self.own_order: Order = bench.assignment.sequence.symbols if bench.assignment.sequence else ()

    async def run(self) -> Runs:
        """All of them."""
        self.bench.listener.plan([REFERENCE, *(job.submission.student for job in self.jobs)])
        # The reference goes first, so that a fault of the assignment's own shows at once.
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run_own_reference())
            students = [group.create_task(self._run_student(job)) for job in self.jobs]
        for job, task in zip(self.jobs, students, strict=True):
            self.runs.outcomes[job.submission.file] = task.result()
        await self._run_other_orders()
        await self._run_order_free()
        await self._run_mutants()
        return self.runs

    async def _run_own_reference(self) -> None:
        self.runs.references[self.own_order] = await self._run_references(self.own_order, None, REFERENCE)

    async def _run_student(self, job: Job) -> Outcome | GraderError:
        try:
            return await run_dossier(self.bench, job, self._list_parted)
        except GraderError as error:
            return error
        except Exception as error:
            # Whatever broke is the grader's fault, and this submission's alone.
            return EngineError(
                f"The grader failed while it ran this notebook: {type(error).__name__}: {error}. "
                "The same command tries it once more; else look at it yourself, and mark it by hand."
            )

    def _list_parameters(self, order: Order) -> list[Parameters]:
        """Values for the reference's `parameters` cell in this order, one set for each right network."""
        stated = self.assignment.reference
        chosen: Parameters = {}
        if order != self.own_order and stated.symbols_parameter is not None:
            chosen[stated.symbols_parameter] = order
        return [{**stated.parameters, **other, **chosen} for other in ({}, *stated.alternatives)]

    async def _run_references(
        self, order: Order, tasks: frozenset[str] | None, name: str
    ) -> tuple[Dossier, ...]:
        async with self.bench.slots, self.bench.open_launcher() as launcher:
            with self.bench.announce(name):
                run = partial(self.bench.run_reference, tasks=tasks, name=name, launcher=launcher)
                return tuple(
                    [
                        Dossier(await run(parameters), hidden=await run(parameters, mode="hidden"))
                        for parameters in self._list_parameters(order)
                    ]
                )

    async def _run_other_orders(self) -> None:
        others = self._find_other_orders()
        if len(others) > MOST_ORDERS:
            self.bench.listener.say(
                f"{len(others)} symbol orders stand in these notebooks. The reference is run in the first "
                f"{MOST_ORDERS}; the others need a person."
            )
        if self.assignment.reference.symbols_parameter is None:
            return
        chosen = dict(list(others.items())[:MOST_ORDERS])
        self.bench.listener.plan([name_reference(order) for order in chosen])

        async def run_order(order: Order, tasks: set[str]) -> None:
            try:
                self.runs.references[order] = await self._run_references(
                    order, frozenset(tasks), name_reference(order)
                )
            except Exception as error:
                # The class has been trained by now: whoever used this order needs a person, and nobody else.
                self.bench.listener.say(f"The reference in the order {' '.join(order)} failed: {error}")

        async with asyncio.TaskGroup() as group:
            for order, tasks in chosen.items():
                group.create_task(run_order(order, tasks))

    def _find_other_orders(self) -> dict[Order, set[str]]:
        """Symbol orders that no reference stands for yet, and the tasks in which they were used."""
        others: dict[Order, set[str]] = {}
        for _, outcome in self._list_outcomes():
            for order, tasks in list_orders(self.assignment, outcome.dossier.full).items():
                if order not in self.runs.references:
                    others.setdefault(order, set()).update(tasks)
        return others

    def _list_outcomes(self) -> list[tuple[Job, Outcome]]:
        outcomes = [(job, self.runs.outcomes[job.submission.file]) for job in self.jobs]
        return [(job, outcome) for job, outcome in outcomes if isinstance(outcome, Outcome)]

    async def _run_order_free(self) -> None:
        """Replay what differs from the reference before the first update, and the reference with it."""
        parted: dict[str, set[str]] = {}
        wanted: dict[Order, set[str]] = {}
        for job, outcome in self._list_outcomes():
            try:
                found = self._find_parted(outcome.dossier.full)
            except Exception as error:
                # Judging meets the same fault, and puts it on record there.
                self.bench.listener.say(f"{job.submission.student} could not be compared: {error}")
                continue
            for order, tasks in found.items():
                parted.setdefault(job.submission.file, set()).update(tasks)
                wanted.setdefault(order, set()).update(tasks)
        for order, tasks in wanted.items():
            try:
                await self._replay_references(order, tasks)
            except Exception as error:
                self.bench.listener.say(f"The reference could not be replayed in another order: {error}")
        async with asyncio.TaskGroup() as group:
            for job, outcome in self._list_outcomes():
                found_in = parted.get(job.submission.file, set())
                if not _has_tasks(outcome.dossier.order_free, found_in):
                    group.create_task(self._replay_student(job, outcome, found_in))

    def _list_parted(self, evidence: Evidence) -> set[str]:
        """Tasks that can be told to need an order-free replay while their notebook's room is still open.

        None before the reference is there: those notebooks get a room of their own for it afterwards.
        """
        return set().union(*self._find_parted(evidence).values())

    def _find_parted(self, evidence: Evidence) -> dict[Order, set[str]]:
        found: dict[Order, set[str]] = {}
        for order, tasks in list_orders(self.assignment, evidence).items():
            for right in self.runs.references.get(order, ()):
                parted = list_parted_at_start(self.assignment, evidence, right.full) & tasks
                if parted:
                    found.setdefault(order, set()).update(parted)
        return found

    async def _replay_references(self, order: Order, tasks: set[str]) -> None:
        replayed = []
        async with self.bench.open_launcher() as launcher:
            run = partial(
                self.bench.run_reference, tasks=tasks, name=REFERENCE, launcher=launcher, mode="order_free"
            )
            for right, parameters in zip(
                self.runs.references[order], self._list_parameters(order), strict=True
            ):
                replayed.append(replace(right, order_free=await run(parameters)))
        self.runs.references[order] = tuple(replayed)

    async def _replay_student(self, job: Job, outcome: Outcome, tasks: set[str]) -> None:
        turn = self.bench.kept.take_turn(job.notebook, self.bench.plan(job, "full"))
        async with turn, self.bench.slots, self.bench.open_launcher() as launcher:
            evidence = await replay(self.bench, job, "order_free", tasks, outcome.dossier.full, launcher)
        self.runs.outcomes[job.submission.file] = replace(
            outcome, dossier=replace(outcome.dossier, order_free=evidence)
        )

    async def _run_mutants(self) -> None:
        """Run the mutants of every task in which a fault has no name yet, once for the class."""
        wanted: dict[tuple[Order, str], None] = {}
        for job, outcome in self._list_outcomes():
            try:
                unnamed = list_unnamed(
                    self.assignment, job.submission, job.cells, outcome.dossier, self.runs.references
                )
            except Exception:
                # Judging meets the same fault, and puts it on record there.
                continue
            for task in unnamed:
                order = find_order(self.assignment, outcome.dossier.full, task)
                if order in self.runs.references:
                    wanted[order, task] = None
        names = {key: f"(mutants of {key[1]})" for key in wanted}
        self.bench.listener.plan(list(names.values()))

        async def run_task(order: Order, task: str) -> None:
            async with self.bench.slots:
                try:
                    with self.bench.announce(names[order, task]):
                        parameters = self._list_parameters(order)[0]
                        self.runs.mutants[order, task] = await run_mutants(self.bench, task, parameters)
                except Exception as error:
                    # They explain; without them every mark is the same.
                    self.bench.listener.say(f"The mutants of {task} could not be run: {error}")

        async with asyncio.TaskGroup() as group:
            for order, task in wanted:
                group.create_task(run_task(order, task))


def _has_tasks(evidence: Evidence | None, tasks: set[str]) -> bool:
    return not tasks or (evidence is not None and all(evidence.run.task(task) for task in tasks))
