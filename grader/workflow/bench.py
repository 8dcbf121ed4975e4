"""Runs one notebook after another for a class: what all of its runs have in common."""

import asyncio
import copy
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field, replace

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.assignment.marks import drop_hidden_tests
from grader.assignment.reference import hash_content, inject_parameters
from grader.assignment.spec import Assignment
from grader.errors import GraderError
from grader.evidence import Evidence
from grader.execute.execution import Execution, TaskEnded
from grader.execute.launcher import Launcher
from grader.execute.nursery import Nursery
from grader.execute.plan import Parameter, RunPlan, TaskPlan
from grader.execute.runner import run_launched
from grader.execute.sandbox import Sandbox
from grader.judge.relabelled import list_mistaken
from grader.judge.score import References
from grader.records import RunMode, RunRecord, Submission
from grader.workflow.jobs import Job, find_job, plan_limits, plan_run
from grader.workflow.kept import KeptRuns
from grader.workflow.settings import Listener, Settings
from grader.workflow.slots import Slots
from grader.workflow.soundness import require_sound

HIDDEN_STEPS = 2
"""Steps of a hidden replay: the second shows that values follow from training, not from a start alone."""
SUBMITTED_STEPS = 2
"""Steps of a replay as submitted. What it tells shows before the first update; which loop drives a training
shows at the second."""
ORDER_FREE_STEPS = 3
QUICK_STEPS = 3
"""Steps of a quick run: they tell every kind of fault that is there from the beginning."""
REPLAY_SECONDS = 60.0
"""What a replay may take beyond its full run."""
TRIAL_STEPS = 3

STOP_AFTER: dict[RunMode, int | None] = {
    "full": None,
    "hidden": HIDDEN_STEPS,
    "submitted": SUBMITTED_STEPS,
    "order_free": ORDER_FREE_STEPS,
    "relabelled": None,
    "quick": QUICK_STEPS,
    "short": None,
}

Parameters = dict[str, Parameter]


@dataclass(frozen=True)
class Trial:
    """An edited answer of the reference's that is run beside others."""

    task: str
    name: str
    source: str

    @property
    def id(self) -> str:
        """The name that its evidence stands under."""
        return f"{self.task}~{self.name}"


@dataclass(frozen=True)
class Bench:
    """An assignment, how to run it, and the slots that its runs share."""

    assignment: Assignment
    solution: bytes
    released: NotebookNode
    settings: Settings
    sandbox: Sandbox
    listener: Listener
    slots: Slots = field(default_factory=Slots)
    kept: KeptRuns = field(default_factory=KeptRuns)
    nursery: Nursery | None = None
    list_parted: Callable[[Evidence], set[str]] = lambda _: set()
    """Tasks of a full run that can be told to need an order-free replay while its room is still open."""
    find_references: Callable[[], Awaitable[References]] | None = None
    """Waits for what the reference has left."""

    @property
    def secret(self) -> int:
        """The seed of hidden replays: the same as long as the reference is, and as secret."""
        digest = hashlib.sha256(b"hidden replay" + self.assignment.id.encode() + self.solution).digest()
        return int.from_bytes(digest[:4], "big") % 2**31

    def plan(self, job: Job, mode: RunMode, tasks: Iterable[str] | None = None) -> RunPlan:
        """How a notebook is run in this mode; of `tasks` only, and those that they need."""
        plan = plan_run(self.assignment, job, self.settings)
        only = None if tasks is None else self._add_needs(tasks)
        seed = plan.seed if mode in ("full", "short") else self.secret
        # What answers a statement runs to its end in a quick run: its result is the answer.
        whole = (
            {task.id for task in self.assignment.task if task.kind != "training"} if mode == "quick" else ()
        )
        if mode == "relabelled":
            plan = replace(plan, labels=self.assignment.labels, mistaken=list_mistaken(self.assignment))
        return replace(
            plan,
            mode=mode,
            seed=seed,
            stop_after=STOP_AFTER[mode],
            unstopped=frozenset(whole),
            only_tasks=only,
        )

    def plan_replay(self, job: Job, mode: RunMode, tasks: Iterable[str], full: RunRecord) -> RunPlan:
        """How a notebook is replayed for these tasks, as its full run went.

        The tasks before them run too: a notebook may define there what it uses later. Cells that had to be
        stopped are left out, and the time of the full run is enough.
        """
        order = [task.id for task in self.assignment.task if task.kind != "true_false"]
        last = max(order.index(task) for task in tasks)
        plan = self.plan(job, mode, order[: last + 1])
        stopped = {cell.index for cell in full.cells if cell.status in ("timeout", "died")}
        seconds = REPLAY_SECONDS + full.seconds
        limits = plan.limits
        return replace(
            plan,
            left_out=frozenset(stopped),
            trainings={run.task: run.training for run in full.tasks if run.training is not None},
            limits=replace(
                limits,
                cell_seconds=min(limits.cell_seconds, seconds),
                task_seconds=min(limits.task_seconds, seconds),
                notebook_seconds=min(limits.notebook_seconds, seconds),
                restarts=1,
            ),
        )

    @contextmanager
    def announce(self, name: str) -> Iterator[None]:
        """Tell the listener that a run begins, and that it ends, unless it is broken off."""
        self.listener.start(name)
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            self.listener.finish(name)
            raise
        self.listener.finish(name)

    def open_launcher(self) -> AbstractAsyncContextManager[Launcher]:
        """A launcher for all runs of one notebook, to be entered."""
        return self.nursery.lend() if self.nursery is not None else Launcher(self.sandbox)

    def warm_next(self) -> None:
        """Open the room of whoever waits, if a core would be idle otherwise and there is memory for it."""
        if self.nursery is not None and self.slots.could_use_another:
            limits = plan_limits(self.assignment, self.settings)
            self.nursery.warm(limits, self.settings.choose_device())

    async def run(
        self, job: Job, plan: RunPlan, launcher: Launcher, on_task: TaskEnded | None = None
    ) -> tuple[str, Evidence]:
        """Run a notebook, unless it is known what that leaves: the key that it is kept under, and what it is.

        Raises EngineError if no kernel starts.
        """
        name = job.submission.student

        def report(task: str, step: int, loss: float) -> None:
            self.listener.step(name, task, step, loss)

        async def execute() -> Execution:
            # Not sooner: what is known already needs no room, nor may what comes next.
            self.warm_next()
            return await run_launched(
                copy.deepcopy(job.notebook),
                plan,
                launcher,
                on_progress=report if plan.mode == "full" else None,
                on_task=on_task,
            )

        key, entry = await self.kept.fetch(job.notebook, plan, execute)
        evidence = entry.evidence
        # The notebook's own word, so no more than it could have had.
        self.slots.learn_need(min(evidence.run.peak_memory_bytes, plan.limits.memory_bytes))
        return key, evidence

    async def run_reference(
        self,
        parameters: Parameters,
        tasks: Iterable[str] | None,
        name: str,
        launcher: Launcher,
        mode: RunMode = "full",
    ) -> str:
        """Run the reference; the key that what it left is kept under.

        Raises AssignmentError if it fails, EngineError if no kernel starts.
        """
        solution = self.solution if mode == "full" else drop_hidden_tests(self.solution)
        job = self._prepare_reference(inject_parameters(solution, parameters), name)
        plan = replace(self.plan(job, mode, tasks), keep_every_step=True, parameters=parameters)
        key, evidence = await self.run(job, plan, launcher)
        if mode in ("full", "quick", "short"):
            require_sound(self.assignment, evidence, self.settings.device)
        return key

    async def run_trials(
        self, trials: Iterable[Trial], parameters: Parameters, seed: int, *, steps: int | None = TRIAL_STEPS
    ) -> tuple[str, Evidence]:
        """Run edited answers of the reference's one after another in one kernel: key and evidence.

        It stands under their ids. One that fails leaves none.
        """
        trials = list(trials)
        solution = drop_hidden_tests(self.solution)
        job = self._prepare_reference(inject_parameters(solution, parameters), "(reference)")
        needed = self._add_needs({trial.task for trial in trials}) - {trial.task for trial in trials}
        needed |= {need for trial in trials for need in self.assignment.list_needs(trial.task)}
        kept = [
            (cell, task)
            for cell, task in zip(job.notebook.cells, job.cells.tasks, strict=True)
            if cell.cell_type == "code" and (task is None or task in needed)
        ]
        notebook = copy.deepcopy(job.notebook)
        notebook.cells = [copy.deepcopy(cell) for cell, _ in kept]
        notebook.cells += [new_code_cell(trial.source) for trial in trials]
        plan = self.plan(job, "full")
        names = {task.id: getattr(task, "fitted", None) for task in self.assignment.task}
        plan = replace(
            plan,
            seed=seed,
            stop_after=steps,
            keep_every_step=True,
            cell_tasks=(*(task for _, task in kept), *(trial.id for trial in trials)),
            tasks=(*plan.tasks, *(TaskPlan(trial.id, fitted=names[trial.task]) for trial in trials)),
            parameters=parameters,
            limits=replace(plan.limits, restarts=len(trials)),
        )

        async def execute() -> Execution:
            async with self.open_launcher() as launcher:
                return await run_launched(copy.deepcopy(notebook), plan, launcher)

        key, entry = await self.kept.fetch(notebook, plan, execute)
        return key, entry.evidence

    def read_reference(self) -> Job:
        """The reference without its hidden checks. Raises NotebookError if it cannot be read."""
        return self._prepare_reference(drop_hidden_tests(self.solution), "(reference)")

    def read_sources(self) -> Mapping[str, str]:
        """The reference's code of each task."""
        job = self.read_reference()
        sources: dict[str, list[str]] = {}
        for cell, task in zip(job.notebook.cells, job.cells.tasks, strict=True):
            if task is not None and cell.cell_type == "code":
                sources.setdefault(task, []).append(cell.source)
        return {task: "\n".join(parts) for task, parts in sources.items()}

    def _add_needs(self, tasks: Iterable[str]) -> frozenset[str]:
        chosen = set(tasks)
        return frozenset(chosen.union(*(self.assignment.list_needs(task) for task in chosen)))

    def _prepare_reference(self, content: bytes, name: str) -> Job:
        submission = Submission(
            student=name,
            file=self.assignment.solution_path.name,
            content=content,
            sha256=hash_content(content),
        )
        return find_job(self.assignment, submission, self.released, self.kept.derived)


@contextmanager
def unwrap_groups() -> Iterator[None]:
    """Raise the first fault of the grader's own that a task group has wrapped: one is enough to stop for."""
    try:
        yield
    except BaseExceptionGroup as group:
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
