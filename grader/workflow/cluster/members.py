"""The workers of a cluster that take part in a class, and their free slots."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from grader.errors import ClusterError

PATIENCE_SECONDS = 300.0
"""How long a class waits while no worker is left: a queue of jobs may bring the next one."""


@dataclass(eq=False)
class Member:
    """A worker that takes part."""

    address: str
    token: str
    slots: int
    """Units that it performs at once."""
    shares: bool
    """Whether it keeps what runs leave in the client's own store."""
    used: int = 0
    is_reserved: bool = False
    """Whether a unit is to be alone there."""
    is_running: bool = True
    """Whether Dask would start a task there at the moment."""
    is_leaving: bool = False
    """Whether it is shutting down as it was told to, which is nobody's fault."""
    lost: asyncio.Event = field(default_factory=asyncio.Event)


class Members:
    """Hands out slots. Which unit runs where is decided here and not by the scheduler.

    Dask itself would start the tasks of a worker that died on the next one, also those that killed it, as
    often as its `allowed-failures` says, and could not keep a suspect apart from others.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._members: dict[str, Member] = {}
        self._changed = asyncio.Event()
        """Set at the next change, and then another one."""
        self._patience = patience_seconds
        self._deserted = time.monotonic()
        """When the last member went."""
        self._fault: ClusterError | None = None

    def find(self, address: str) -> Member | None:
        """The member at that address."""
        return self._members.get(address)

    @property
    def addresses(self) -> set[str]:
        """Where they are."""
        return set(self._members)

    def add(self, member: Member) -> None:
        """Let a worker take part."""
        self._members[member.address] = member
        self._notify()

    def note(self, member: Member, status: str) -> None:
        """Take over what the scheduler says of a worker."""
        member.is_leaving = member.is_leaving or status.startswith("closing")
        if member.is_running != (status == "running"):
            member.is_running = not member.is_running
            self._deserted = time.monotonic()
            self._notify()

    def remove(self, member: Member) -> None:
        """Note that a worker is gone; who waits for one of its units hears of it."""
        if self._members.get(member.address) is member:
            del self._members[member.address]
            self._deserted = time.monotonic()
        member.lost.set()
        self._notify()

    def fail(self, fault: ClusterError) -> None:
        """Note that the cluster is gone: whoever waits, or will, gets this error."""
        self._fault = self._fault or fault
        for member in list(self._members.values()):
            self.remove(member)
        self._notify()

    @asynccontextmanager
    async def take(self, *, alone: bool, avoid: Collection[str]) -> AsyncIterator[Member]:
        """A slot of some worker, once one is free; with `alone` nothing else runs on that worker meanwhile.

        Those to `avoid`, by address, are taken last. Raises ClusterError if the cluster is gone, or if no
        worker has been there for a while.
        """
        member = await (self._take_all(avoid) if alone else self._take_one(avoid))
        try:
            yield member
        finally:
            member.used -= 1
            if alone:
                member.is_reserved = False
            self._notify()

    async def _take_one(self, avoid: Collection[str]) -> Member:
        while True:
            free = [
                member
                for member in self._members.values()
                if member.is_running and not member.is_reserved and member.used < member.slots
            ]
            if free:
                chosen = min(free, key=lambda member: (member.address in avoid, member.used / member.slots))
                chosen.used += 1
                return chosen
            await self._wait()

    async def _take_all(self, avoid: Collection[str]) -> Member:
        while True:
            free = [each for each in self._members.values() if each.is_running and not each.is_reserved]
            if not free:
                await self._wait()
                continue
            chosen = min(free, key=lambda member: (member.address in avoid, member.used))
            chosen.is_reserved = True
            try:
                while chosen.used and not chosen.lost.is_set():
                    await self._wait()
            except BaseException:
                chosen.is_reserved = False
                self._notify()
                raise
            if not chosen.lost.is_set():
                chosen.used = 1
                return chosen

    async def _wait(self) -> None:
        """Return when something has changed. Raises ClusterError as `take`."""
        if self._fault is not None:
            raise self._fault
        is_manned = any(member.is_running for member in self._members.values())
        left = None if is_manned else self._deserted + self._patience - time.monotonic()
        changed = self._changed
        try:
            async with asyncio.timeout(left):
                await changed.wait()
        except TimeoutError:
            self.fail(
                ClusterError(
                    f"No worker has been left for {self._patience:.0f} seconds, or all are paused for lack "
                    "of memory. Start some, and then the same command: it goes on from what is kept."
                )
            )

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
