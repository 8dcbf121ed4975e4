"""Runs a class: its notebooks with their replays, and the reference in every way that they need."""

import asyncio
from dataclasses import replace

from nbformat import NotebookNode

from grader.assignment.spec import Assignment
from grader.errors import ClusterError, EngineError, GraderError
from grader.evidence import Evidence
from grader.execute.nursery import Nursery
from grader.execute.sandbox import Sandbox
from grader.judge.provisional import list_unnamed_shorter
from grader.judge.relabelled import list_unlearnt
from grader.judge.score import References, find_parted, list_orders, list_unnamed
from grader.workflow.bench import Bench, Parameters, unwrap_groups
from grader.workflow.crew import Crew, open_crew
from grader.workflow.jobs import Job
from grader.workflow.kept import KeptRuns
from grader.workflow.outcomes import Order, Outcome, Runs
from grader.workflow.quick import RunQuickReference, RunShortMutants, choose_unit, mark_computed
from grader.workflow.settings import Listener, Settings
from grader.workflow.slots import Slots
from grader.workflow.units import ReplayReference, ReplayStudent, RunMutants, RunReference
from grader.workflow.verdicts import excuse_job, judge_job

MOST_ORDERS = 12
"""Symbol orders that the reference is run in for one class. Whoever is beyond needs a person."""

REFERENCE = "(reference)"


def name_reference(order: Order) -> str:
    """What a run of the reference in this symbol order is called."""
    return f"(reference {' '.join(order)})"


def run_class(
    assignment: Assignment,
    jobs: list[Job],
    solution: bytes,
    released: NotebookNode,
    settings: Settings,
    sandbox: Sandbox,
    listener: Listener,
    kept: KeptRuns,
) -> Runs:
    """Run and judge everything.

    Raises AssignmentError if the reference fails, EngineError if no kernel starts.
    """
    if not jobs:
        return Runs(kept)
    slots, nursery = Slots(settings.jobs), Nursery(sandbox)
    bench = Bench(assignment, solution, released, settings, sandbox, listener, slots, kept, nursery)
    work = _ClassRun(bench, mark_computed(bench, jobs) if settings.mode == "quick" else jobs)
    with unwrap_groups():
        # It returns nothing: asyncio puts a coroutine's result into words when it lets go of its signals.
        asyncio.run(work.run())
    kept.finish()
    return work.runs


class _ClassRun:
    """The steps of running a class, each of which knows what the ones before it left."""

    def __init__(self, bench: Bench, jobs: list[Job]) -> None:
        self.bench = replace(bench, list_parted=self._list_parted, find_references=self._find_references)
        self.is_quick = bench.settings.mode == "quick"
        self.has_reference = asyncio.Event()
        self.unnamed: dict[str, list[str]] = {}
        """By file: the tasks that are wrong, and whose faults only mutants can name."""
        self.crew: Crew
        self.assignment = bench.assignment
        self.jobs = jobs
        self.runs = Runs(bench.kept)
        self.own_order: Order = bench.assignment.sequence.symbols if bench.assignment.sequence else ()
        self.parted: dict[str, dict[Order, set[str]]] = {}
        """By file and symbol order: the tasks that differ from the reference before the first update."""

    async def run(self) -> None:
        """All of them; `runs` holds what they left."""
        async with open_crew(self.bench) as self.crew:
            try:
                await self._run()
            finally:
                if self.bench.nursery is not None:
                    await self.bench.nursery.close()

    async def _run(self) -> None:
        self.bench.listener.plan([REFERENCE, *(job.submission.student for job in self.jobs)])
        # The reference goes first, so that a fault of the assignment's own shows at once.
        async with asyncio.TaskGroup() as group:
            reference = group.create_task(self._run_own_reference())
            for job in self.jobs:
                group.create_task(self._run_student(job, reference))
        await self._run_other_orders()
        await self._run_order_free()
        await self._run_mutants()

    async def _run_own_reference(self) -> None:
        await self._run_references(self.own_order, None, REFERENCE)
        self.has_reference.set()

    async def _find_references(self) -> References:
        await self.has_reference.wait()
        return self.runs.references

    async def _run_student(self, job: Job, reference: asyncio.Task[None]) -> None:
        file = job.submission.file
        try:
            if self.is_quick and not self.crew.is_local:
                # Elsewhere nobody can be asked for it.
                await reference
            unit = choose_unit(self.bench.settings.mode, job, self.runs.references)
            async with self.bench.kept.take_turn(job.notebook, self.bench.plan(job, "full")):
                self.runs.outcomes[file] = await self.crew.perform(unit)
        except ClusterError:
            # Nobody's work can go on.
            raise
        except GraderError as error:
            self.runs.outcomes[file] = error
        except Exception as error:
            # Whatever broke is the grader's fault, and this submission's alone.
            self.runs.outcomes[file] = EngineError(
                f"The grader failed while it ran this notebook: {type(error).__name__}: {error}. "
                "The same command tries it once more; else look at it yourself, and mark it by hand."
            )
        await reference
        self._look(job)

    def _look(self, job: Job) -> None:
        """Find out what judging a notebook still needs, and judge it once that is nothing."""
        file = job.submission.file
        try:
            dossier = self.runs.read(job)
            self.runs.orders[file] = list_orders(self.assignment, dossier.full)
            self.parted[file] = find_parted(self.assignment, dossier.full, self.runs.references)
        except GraderError as error:
            self.runs.results[file] = excuse_job(self.assignment, job, str(error))
            return
        except Exception:
            # Judging meets the same fault, and puts it on record.
            self.runs.orders[file], self.parted[file] = {}, {}
        if all(order in self.runs.references for order in self.runs.orders[file]) and not self.parted[file]:
            self._judge(job)

    def _judge(self, job: Job) -> None:
        file = job.submission.file
        try:
            dossier = self.runs.read(job)
        except GraderError as error:
            self.runs.results[file] = excuse_job(self.assignment, job, str(error))
            return
        runs, mode = self.runs, self.bench.settings.mode
        result = judge_job(self.assignment, job, dossier, runs.references, runs.mutants, mode)
        runs.results[file] = result
        self.unnamed[file] = list_unnamed_shorter(result, dossier) if self.is_quick else list_unnamed(result)

    def _list_parameters(self, order: Order) -> tuple[Parameters, ...]:
        """Values for the reference's `parameters` cell in this order, one set for each right network."""
        stated = self.assignment.reference
        chosen: Parameters = {}
        if order != self.own_order and stated.symbols_parameter is not None:
            chosen[stated.symbols_parameter] = order
        return tuple({**stated.parameters, **other, **chosen} for other in ({}, *stated.alternatives))

    async def _run_references(self, order: Order, tasks: frozenset[str] | None, name: str) -> None:
        kind = RunQuickReference if self.is_quick else RunReference
        outcomes = await self.crew.perform(kind(name, self._list_parameters(order), tasks))
        self.runs.references[order] = tuple(self.runs.read_dossier(outcome) for outcome in outcomes)
        self.runs.reference_keys[order] = outcomes[0].full
        if order == self.own_order and not self.is_quick:
            for task in list_unlearnt(self.assignment, self.runs.references[order][0]):
                self.bench.listener.say(
                    f"{task}: the reference does not learn the classes that a replay gives other labels, so "
                    f"nobody's predictions are held against them. Look at `labels` in assignment.toml."
                )

    async def _run_other_orders(self) -> None:
        """Run the reference in the orders that students chose, and look again at who chose them."""
        others = self._find_other_orders()
        if len(others) > MOST_ORDERS:
            self.bench.listener.say(
                f"{len(others)} symbol orders stand in these notebooks. The reference is run in the first "
                f"{MOST_ORDERS}; the others need a person."
            )
        if self.assignment.reference.symbols_parameter is not None:
            chosen = dict(list(others.items())[:MOST_ORDERS])
            self.bench.listener.plan([name_reference(order) for order in chosen])

            async def run_order(order: Order, tasks: set[str]) -> None:
                try:
                    await self._run_references(order, frozenset(tasks), name_reference(order))
                except Exception as error:
                    # The class has been trained by now: whoever used this order needs a person, nobody else.
                    self.bench.listener.say(f"The reference in the order {' '.join(order)} failed: {error}")

            async with asyncio.TaskGroup() as group:
                for order, tasks in chosen.items():
                    group.create_task(run_order(order, tasks))
        for job in self.jobs:
            if set(self.runs.orders.get(job.submission.file, ())) & set(others):
                self._look(job)
                if not self.parted[job.submission.file]:
                    self._judge(job)

    def _find_other_orders(self) -> dict[Order, set[str]]:
        """Symbol orders that no reference stands for yet, and the tasks in which they were used."""
        others: dict[Order, set[str]] = {}
        for job in self.jobs:
            for order, tasks in self.runs.orders.get(job.submission.file, {}).items():
                if order not in self.runs.references:
                    others.setdefault(order, set()).update(tasks)
        return others

    async def _run_order_free(self) -> None:
        """Replay what differs from the reference before the first update, and the reference with it."""
        parted = [job for job in self.jobs if self.parted.get(job.submission.file)]
        wanted: dict[Order, set[str]] = {}
        for job in parted:
            for order, tasks in self.parted[job.submission.file].items():
                wanted.setdefault(order, set()).update(tasks)
        for order, tasks in wanted.items():
            try:
                await self._replay_references(order, tasks)
            except Exception as error:
                self.bench.listener.say(f"The reference could not be replayed in another order: {error}")
        async with asyncio.TaskGroup() as group:
            for job in parted:
                group.create_task(self._replay_student(job))
        for job in parted:
            self._judge(job)

    def _list_parted(self, evidence: Evidence) -> set[str]:
        """Tasks that can be told to need an order-free replay while their notebook's room is still open.

        None before the reference is there: those notebooks get a room of their own for it afterwards.
        """
        return set().union(*find_parted(self.assignment, evidence, self.runs.references).values())

    async def _replay_references(self, order: Order, tasks: set[str]) -> None:
        unit = ReplayReference(REFERENCE, self._list_parameters(order), frozenset(tasks))
        keys = await self.crew.perform(unit)
        self.runs.references[order] = tuple(
            replace(right, order_free=self.runs.kept.read(key))
            for right, key in zip(self.runs.references[order], keys, strict=True)
        )

    async def _replay_student(self, job: Job) -> None:
        """Replay what differs, unless that was done when the notebook ran."""
        file = job.submission.file
        tasks = frozenset().union(*self.parted[file].values())
        outcome = self.runs.outcomes[file]
        assert isinstance(outcome, Outcome)
        try:
            done = self.runs.kept.read(outcome.order_free) if outcome.order_free else None
            if done is not None and all(done.run.task(task) for task in tasks):
                return
            unit = ReplayStudent(job.submission.student, job, tasks, outcome.full)
            async with self.bench.kept.take_turn(job.notebook, self.bench.plan(job, "full")):
                self.runs.outcomes[file] = replace(outcome, order_free=await self.crew.perform(unit))
        except ClusterError:
            raise
        except Exception as error:
            # It costs a look, as any replay that could not be made.
            self.bench.listener.say(f"{job.submission.student} could not be replayed (order_free): {error}")

    def _find_order(self, file: str, task: str) -> Order | None:
        return next((order for order, tasks in self.runs.orders[file].items() if task in tasks), None)

    async def _run_mutants(self) -> None:
        """Run the mutants of every task in which a fault has no name yet, once for the class."""
        wanted: dict[tuple[Order, str], list[Job]] = {}
        for job in self.jobs:
            file = job.submission.file
            for task in self.unnamed.get(file, ()):
                order = self._find_order(file, task)
                if order is not None and order in self.runs.references:
                    wanted.setdefault((order, task), []).append(job)
        names = {key: f"(mutants of {key[1]})" for key in wanted}
        self.bench.listener.plan(list(names.values()))

        async def run_task(order: Order, task: str) -> None:
            try:
                kind = RunShortMutants if self.is_quick else RunMutants
                ran = await self.crew.perform(kind(names[order, task], task, self._list_parameters(order)[0]))
                self.runs.mutants[order, task] = ran.read_fingerprints(self.runs.kept.read(ran.key))
            except Exception as error:
                # They explain; without them every mark is the same.
                self.bench.listener.say(f"The mutants of {task} could not be run: {error}")

        async with asyncio.TaskGroup() as group:
            for order, task in wanted:
                group.create_task(run_task(order, task))
        explained = {job.submission.file: job for key in self.runs.mutants for job in wanted[key]}
        for job in explained.values():
            self._judge(job)
