"""Performs a class's units on the workers of a Dask cluster."""

import asyncio
import os
import pickle
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from distributed import Client, Future, KilledWorker
from distributed.client import FutureCancelledError
from distributed.scheduler import NoValidWorkerError

from grader.errors import EngineError
from grader.store import EvidenceStore
from grader.store.store import TEMPORARY
from grader.workflow.bench import Bench
from grader.workflow.cluster.connection import POLL_SECONDS, connect
from grader.workflow.cluster.members import Member, Members
from grader.workflow.cluster.parcels import PREFIX, Delivery, Order, Parcel, Probe, Refusal
from grader.workflow.cluster.recruiting import Recruiter, describe_loss
from grader.workflow.cluster.remote import NotHere, WatchedRuns
from grader.workflow.cluster.worker import dismiss, perform_parcel
from grader.workflow.units import Unit

Left = TypeVar("Left")

MOST_LOSSES = 2
"""Workers that may die during one unit. The second time nothing else runs on that worker."""
MOST_REFUSALS = 20
"""Times that the way to a worker may be lost during one unit, and the worker not."""
MOST_LEAVES = 5
"""Workers that may be told to go during one unit: where signals are not kept in, a notebook can do that."""
VISIBLE_SECONDS = 90.0
"""How long a network disk may take to show what a worker wrote: its caches hold names for up to a minute."""
GOODBYE_SECONDS = 5.0
LOST = (KilledWorker, NoValidWorkerError, FutureCancelledError, OSError)
"""What a task of Dask's raises whose worker, or whose scheduler, is gone."""


@asynccontextmanager
async def open_cluster_crew(bench: Bench) -> AsyncIterator["ClusterCrew"]:
    """A crew on the cluster of the bench's settings, as long as it is needed.

    Raises ClusterError if no scheduler can be reached.
    """
    settings = bench.settings
    assert settings.cluster is not None
    with lay_probe(settings.store and settings.store.resolve()) as probe:
        order = Order(
            uuid.uuid4().hex,
            bench.assignment,
            bench.solution,
            bench.released,
            settings,
            bench.sandbox.name,
            probe,
        )
        async with connect(settings.cluster) as client:
            members = Members()
            crew = ClusterCrew(bench, client, order, members)
            client.subscribe_topic(order.name, crew.hear)
            recruiter = Recruiter(client, order, members, bench.listener.say)
            watch = asyncio.create_task(recruiter.watch())
            # Nobody else would notice that workers go, and who waits for one would wait for ever.
            watch.add_done_callback(
                lambda _: members.fail(describe_loss(order, "nobody watches its workers"))
            )
            try:
                yield crew
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
                with suppress(Exception):
                    asked = list(recruiter.enlisted)
                    async with asyncio.timeout(GOODBYE_SECONDS):
                        await client.run(dismiss, order.name, workers=asked, on_error="ignore")


@contextmanager
def lay_probe(store: Path | None) -> Iterator[Probe | None]:
    """A file in the store, by which workers are known that see the same folder; None if there can be none."""
    if store is None:
        yield None
        return
    # Named like what is half-written, so that it is swept away if this process is killed.
    name = f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
    probe = Probe(store, name, secrets.token_hex(16))
    path = store / probe.name
    try:
        path.write_text(probe.content, encoding="utf-8")
    except OSError:
        yield None
        return
    try:
        yield probe
    finally:
        with suppress(OSError):
            path.unlink()


class ClusterCrew:
    """Every unit in a room on some worker, as many at once as the workers have threads."""

    is_local = False

    def __init__(self, bench: Bench, client: Client, order: Order, members: Members) -> None:
        self._bench = bench
        self._client = client
        self._order = order
        self._members = members
        self._store = EvidenceStore(order.probe.store) if order.probe is not None else None
        self._resources = {"GPU": 1.0} if order.settings.choose_device() == "cuda" else None
        self._arrivals: set[asyncio.Task[Any]] = set()
        """Those that nobody waits for any more."""

    async def perform(self, unit: Unit[Left]) -> Left:
        """What the unit leaves, once a worker is free. Raises what it raises.

        Raises EngineError if two workers died over it, ClusterError if the cluster is gone.
        """
        losses: list[str] = []
        leaves = refusals = 0
        is_announced = not unit.is_announced
        with ExitStack() as announced:
            while len(losses) < MOST_LOSSES:
                async with self._members.take(alone=bool(losses), avoid=losses) as member:
                    if not is_announced:
                        announced.enter_context(self._bench.announce(unit.name))
                        is_announced = True
                    found = await self._perform_on(member, unit)
                if isinstance(found, Delivery):
                    left: Left = await self._accept(found)
                    return left
                if found is None and not member.is_leaving:
                    losses.append(member.address)
                leaves += member.is_leaving
                refusals += found is not None and not member.is_leaving
                if refusals == MOST_REFUSALS:
                    raise EngineError(
                        f"{refusals} times the way to a worker was lost that ran {unit.name}. Look at the "
                        "network and at the workers' logs. The same command tries it once more."
                    )
                if leaves == MOST_LEAVES:
                    raise EngineError(
                        f"{leaves} workers were told to go while they ran {unit.name}. Look whether the "
                        "notebook does that itself. The same command tries it once more."
                    )
            raise EngineError(
                f"The worker {losses[0]} died while it ran {unit.name}, and so did {losses[1]}, on which "
                "nothing else ran then. Perhaps it takes more than those machines have: look at the notebook "
                "and at the workers' logs. The same command tries it once more."
            )

    async def _perform_on(self, member: Member, unit: Unit[Any]) -> Delivery | Refusal | None:
        """What a worker delivers; None if it died over the unit, a refusal if nobody is to blame."""
        runs = WatchedRuns(self._bench.kept)
        if not member.shares:
            try:
                return Delivery(await unit.perform(replace(self._bench, kept=runs)))
            except NotHere:
                pass
        entries, doubtful = runs.pack([*unit.reads, *runs.met], shares=member.shares)
        made = runs.list_made() if self._order.settings.fresh else frozenset[str]()
        key = f"{PREFIX}{self._order.id}-{uuid.uuid4().hex}"
        parcel = Parcel(self._order.id, member.token, key, unit, made, entries, doubtful)
        if self._client.status == "closed":
            # The scheduler is gone, which is told in a moment.
            await asyncio.sleep(POLL_SECONDS)
            return Refusal()
        future = self._submit(member, parcel)
        arrival = asyncio.create_task(_receive(future))
        loss = asyncio.create_task(member.lost.wait())
        try:
            await asyncio.wait({arrival, loss}, return_when=asyncio.FIRST_COMPLETED)
            if not arrival.done():
                return None
            found = asyncio.CancelledError() if arrival.cancelled() else arrival.result()
        finally:
            loss.cancel()
            # The scheduler then has it ended, wherever it is, and with it the arrival. That one is not
            # cancelled: Dask fetches results that come together in one go, and others wait for theirs.
            future.release()
            self._arrivals.add(arrival)
            arrival.add_done_callback(self._forget)
        if isinstance(found, Delivery):
            return found
        if isinstance(found, Refusal):
            # Else it came back at the same address, as another process.
            self._members.remove(member)
            return found if found.is_leaving else None
        return await self._explain(member, found)

    def _forget(self, arrival: asyncio.Task[Any]) -> None:
        self._arrivals.discard(arrival)
        if not arrival.cancelled():
            # Looked at, or asyncio would complain that nobody has.
            arrival.exception()

    async def _explain(self, member: Member, fault: BaseException) -> Refusal | None:
        """Whether a worker died, or the way to it was lost."""
        if isinstance(fault, KilledWorker):
            self._members.remove(member)
            return None
        with suppress(TimeoutError):
            async with asyncio.timeout(4 * POLL_SECONDS):
                await member.lost.wait()
        return None if member.lost.is_set() else Refusal()

    def _submit(self, member: Member, parcel: Parcel) -> "Future[Any]":
        return self._client.submit(
            perform_parcel,
            # Bytes, in which Dask does not look for tasks.
            pickle.dumps(parcel),
            key=parcel.key,
            workers=[member.address],
            allow_other_workers=False,
            resources=self._resources,
            retries=0,
            pure=False,
        )

    async def _accept(self, found: Delivery) -> Any:
        self._bench.kept.take(found.used, set(found.made), found.entries, found.doubtful)
        for key in found.made - found.entries.keys() - found.doubtful.keys():
            await self._wait_for(key)
        if found.error is not None:
            raise found.error
        return found.left

    async def _wait_for(self, key: str) -> None:
        """Return once the store shows here what a worker has written there."""
        deadline = time.monotonic() + VISIBLE_SECONDS
        while self._store is not None and time.monotonic() < deadline:
            path = self._store.locate(key)
            for folder in (path.parent.parent, path.parent):
                # To list a folder makes a network disk look at it anew.
                with suppress(OSError):
                    list(folder.iterdir())
            if path.is_dir():
                return
            await asyncio.sleep(POLL_SECONDS)

    def hear(self, event: tuple[float, Any]) -> None:
        """Pass on what a worker reports."""
        _, said = event
        match said:
            case {"do": "say", "text": str(text)}:
                self._bench.listener.say(text)
            case {"do": "step", "name": str(name), "task": str(task), "step": step, "loss": loss}:
                self._bench.listener.step(name, task, step, loss)
            case {"do": "save", "key": str(key)}:
                self._bench.kept.take((), {key}, {}, {})
            case {"do": "leave", "worker": str(address)}:
                if member := self._members.find(address):
                    member.is_leaving = True


async def _receive(future: "Future[Any]") -> Delivery | Refusal | BaseException:
    """What a task returns, or whatever shows that it was lost."""
    try:
        found: Delivery | Refusal = await future
        return found
    except LOST as error:
        return error
    except Exception as error:
        raise EngineError(f"Dask could not run a task: {type(error).__name__}: {error}.") from error
