"""What runs on a worker of a cluster.

Units are coroutines in the event loop of the worker, which is its main thread: a room dies with the thread
that started it (`--die-with-parent`), and that thread lives as long as the worker.
"""

import asyncio
import pickle
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import psutil
from distributed import Worker, WorkerPlugin, get_worker

from grader.errors import EngineError, GraderError
from grader.execute.sandbox import choose_sandbox
from grader.execute.scratch import Scratch
from grader.results import TaskResult
from grader.store import Entry, EvidenceStore
from grader.workflow.bench import Bench
from grader.workflow.cluster.parcels import PREFIX, Delivery, Enlisted, Order, Parcel, Probe, Refusal
from grader.workflow.cluster.terms import Offer, Terms, make_offer, read_terms
from grader.workflow.kept import KeptRuns, Say
from grader.workflow.slots import Slots, find_free_memory

STEP_SECONDS = 1.0
"""Between two reports of one training."""


async def describe(sandbox: str) -> tuple[Terms, Offer]:
    """What this worker has and can do."""
    return await asyncio.to_thread(read_terms), await asyncio.to_thread(make_offer, sandbox)


async def enlist(order: bytes, number: int, dask_worker: Worker) -> Enlisted:
    """Take an order on, so that its units can be performed here; Dask fills in the worker.

    Of several that ask for the same the one with the highest number holds, whichever comes to its end first:
    the others were given up by whoever asked.
    """
    taken: Order = pickle.loads(order)
    offer = await asyncio.to_thread(make_offer, taken.settings.sandbox)
    token = secrets.token_hex(8)
    if offer.sandbox != taken.sandbox:
        return Enlisted(offer, token, shares=False)
    # In a thread, because it tries the sandbox once more.
    bench = await asyncio.to_thread(Workbench, taken, token, number, dask_worker)
    before = dask_worker.plugins.get(taken.name)
    if isinstance(before, Workbench) and before.number > number:
        await bench.teardown(dask_worker)
    else:
        await dask_worker.plugin_add(bench, name=taken.name, catch_errors=False)
    return Enlisted(offer, token, bench.shares)


async def dismiss(name: str, dask_worker: Worker) -> None:
    """Forget an order; nothing of it is left then."""
    if name in dask_worker.plugins:
        await dask_worker.plugin_remove(name)


async def perform_parcel(content: bytes) -> Delivery | Refusal:
    """Perform a unit, unless this is not the process that was asked to."""
    parcel: Parcel = pickle.loads(content)
    bench = get_worker().plugins.get(f"{PREFIX}{parcel.order}")
    # Dask would start a task again on a worker that has come back at the same address.
    if not isinstance(bench, Workbench) or bench.token != parcel.token:
        return Refusal()
    return await bench.perform(parcel)


class Workbench(WorkerPlugin):
    """A worker's own bench for one class."""

    def __init__(self, order: Order, token: str, number: int, worker: Worker) -> None:
        """`number` is how late the order was sent, among those to all workers."""
        self.token = token
        self.number = number
        self._worker = worker
        self._topic = order.name
        self._running: dict[str, asyncio.Task[Any]] = {}
        """By key of Dask's task."""
        self._scratch: Scratch | None = None
        store = _open_shared(order.probe)
        self.shares = store is not None
        if store is None:
            self._scratch = Scratch()
            store = EvidenceStore(self._scratch.path / "store")
        self._store = store
        self._sandbox = order.sandbox
        self._fresh = order.settings.fresh
        self._bench = Bench(
            order.assignment,
            order.solution,
            order.released,
            order.settings,
            choose_sandbox(order.sandbox),
            Reporter(self._report, ""),
            Slots(worker.state.nthreads, MemoryShare(worker).find_free),
        )

    def transition(self, key: Any, start: str, finish: str, **kwargs: Any) -> None:
        """End the unit of a task that nobody waits for any more: Dask lets coroutines run to their end."""
        if finish == "released" and (task := self._running.get(key)):
            task.cancel()

    async def teardown(self, worker: Worker) -> None:
        """End what is still running, and remove what was kept for the client."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        if self._scratch is not None:
            await asyncio.to_thread(self._scratch.remove)

    async def perform(self, parcel: Parcel) -> Delivery | Refusal:
        """Do a parcel's unit, and say what it left."""
        task = asyncio.create_task(self._perform(parcel))
        self._running[parcel.key] = task
        try:
            return await task
        except asyncio.CancelledError:
            if self._worker.status.name == "running":
                # Nobody waits for it any more.
                return Refusal()
            self._report({"do": "leave", "worker": self._worker.address})
            return Refusal(is_leaving=True)
        finally:
            del self._running[parcel.key]

    async def _perform(self, parcel: Parcel) -> Delivery:
        try:
            kept = UnitRuns(self._store, self._sandbox, self._fresh, self._say, parcel)
        except (GraderError, OSError) as error:
            return Delivery(error=self._explain(error))
        if self.shares:
            kept.on_saved = lambda key: self._report({"do": "save", "key": key})
        bench = replace(self._bench, kept=kept, listener=Reporter(self._report, parcel.unit.name))
        left, fault = None, None
        try:
            async with bench.slots:
                left = await parcel.unit.perform(bench)
        except GraderError as error:
            fault = error
        except Exception as error:
            fault = self._explain(error)
        return kept.deliver(left, fault, shares=self.shares)

    def _explain(self, error: Exception) -> GraderError:
        return EngineError(
            f"The grader failed on {self._worker.address}: {type(error).__name__}: {error}. "
            "The same command tries it once more; else look at it yourself, and mark it by hand."
        )

    def _say(self, text: str) -> None:
        self._report({"do": "say", "text": f"{self._worker.address}: {text}"})

    def _report(self, event: dict[str, Any]) -> None:
        self._worker.log_event(self._topic, event)


def _open_shared(probe: Probe | None) -> EvidenceStore | None:
    """The client's own store, if it is seen from here and can be written."""
    if probe is None or not probe.is_seen():
        return None
    try:
        return EvidenceStore(probe.store)
    except GraderError:
        return None


class UnitRuns(KeptRuns):
    """What the runs of one unit have left on a worker."""

    def __init__(self, store: EvidenceStore, sandbox: str, fresh: bool, say: Say, parcel: Parcel) -> None:
        super().__init__(store, sandbox=sandbox, fresh=fresh, say=say)
        self._made |= parcel.known | parcel.entries.keys()
        self._doubtful |= parcel.doubtful
        self._given = parcel
        self._saved: list[str] = []
        self.on_saved: Callable[[str], None] = lambda _: None
        for key, entry in parcel.entries.items():
            if store.read(key) is None:
                store.save(key, entry)

    def _keep(self, key: str, entry: Entry) -> None:
        super()._keep(key, entry)
        self._saved.append(key)
        if key not in self._unsaved:
            self.on_saved(key)

    def deliver(self, left: Any, error: Exception | None, *, shares: bool) -> Delivery:
        """All that the client needs of them."""
        doubtful = {key: entry for key, entry in self._doubtful.items() if key not in self._given.doubtful}
        entries = dict(self._unsaved) if shares else {key: self.read_entry(key) for key in self._saved}
        made = frozenset({*self._saved, *doubtful})
        return Delivery(left, error, tuple(self._used), made, entries, doubtful)


class Reporter:
    """A listener whose words reach the client."""

    def __init__(self, report: Callable[[dict[str, Any]], None], unit: str) -> None:
        self._report = report
        self._unit = unit
        self._last = float("-inf")

    def say(self, text: str) -> None:
        """Report a line that the user should read."""
        self._report({"do": "say", "text": text})

    def step(self, name: str, task: str, step: int, loss: float) -> None:
        """Report where a training is, not too often."""
        now = time.monotonic()
        if now - self._last >= STEP_SECONDS:
            self._last = now
            event = {"do": "step", "name": self._unit, "task": task, "step": int(step), "loss": float(loss)}
            self._report(event)

    def plan(self, names: Iterable[str]) -> None:
        """The client knows."""

    def start(self, name: str) -> None:
        """The client knows."""

    def judge(self, result: TaskResult) -> None:
        """Nothing is judged on a worker."""

    def finish(self, name: str) -> None:
        """The client knows."""


class MemoryShare:
    """What a worker and its rooms may still take, of the machine's memory and of the worker's own limit."""

    def __init__(self, worker: Worker) -> None:
        self._limit = worker.memory_manager.memory_limit
        self._process = psutil.Process()

    def find_free(self) -> int:
        """Bytes. Dask itself watches the worker alone, without its rooms."""
        free = find_free_memory()
        return free if self._limit is None else min(free, int(self._limit) - self._find_held())

    def _find_held(self) -> int:
        held = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                held += process.memory_info().rss
            except psutil.Error:
                continue
        return held
