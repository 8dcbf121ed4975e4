"""As many notebooks at once as there are cores, and as the machine has memory for."""

import asyncio
import os
import time
from collections.abc import Callable
from types import TracebackType

import psutil

FIRST_NEED_BYTES = 2**30
"""What a room is taken to need before any has been seen: torch with an exam's networks stays below 0.6 GB."""
MARGIN = 1.25
COUNTED = 3
YOUNG_SECONDS = 10.0
"""How long a room may take until what it needs shows in what the machine has left."""
PERIOD_SECONDS = 0.5


def count_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def find_free_memory() -> int:
    """Bytes that programs can still take without swapping."""
    return int(psutil.virtual_memory().available)


class Slots:
    """To be entered around whatever opens a room; waits until there is a core and memory for one more.

    One room may always run, however little memory there is: what is too much is ended by its own limit.
    """

    def __init__(self, count: int | None = None, find_free: Callable[[], int] = find_free_memory) -> None:
        """`count` rooms at most; None means one a core."""
        self.count = count or count_cores()
        self._cores = asyncio.Semaphore(self.count)
        self._door = asyncio.Lock()
        """Rooms are let in one after the other, so that two do not take the same memory."""
        self._find_free = find_free
        self._peaks: list[int] = []
        """Bytes that runs have held at most, the largest first."""
        self._began: list[float] = []
        """When each room that is open was let in."""
        self._waiting = 0

    def learn_need(self, peak_bytes: int) -> None:
        """Note what a run has held at most, so that later rooms are let in by what runs have needed.

        The two largest do not count where there are others: one notebook must not make a class wait.
        """
        self._peaks = sorted([*self._peaks, peak_bytes], reverse=True)[:COUNTED]

    @property
    def _need(self) -> int:
        return max(FIRST_NEED_BYTES, int(MARGIN * self._peaks[-1])) if self._peaks else FIRST_NEED_BYTES

    @property
    def could_use_another(self) -> bool:
        """Whether somebody waits while a core is idle, and there is memory for one room more."""
        return self._waiting > 0 and len(self._began) < count_cores() and self._has_room()

    async def __aenter__(self) -> None:
        """Wait for a core, then for memory."""
        self._waiting += 1
        try:
            await self._cores.acquire()
        finally:
            self._waiting -= 1
        try:
            async with self._door:
                while self._began and not self._has_room():
                    await asyncio.sleep(PERIOD_SECONDS)
                self._began.append(time.monotonic())
        except BaseException:
            self._cores.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the core back; of the rooms that are open the oldest counts as the one that ended."""
        self._began.pop(0)
        self._cores.release()

    def _has_room(self) -> bool:
        now = time.monotonic()
        young = sum(now - began < YOUNG_SECONDS for began in self._began)
        return self._find_free() - young * self._need >= self._need
