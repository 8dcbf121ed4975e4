"""How long a start may take: longer on a machine that is busy, and no longer where nothing happens."""

import contextlib
import time
from collections.abc import Callable
from functools import partial

import psutil

from grader.execute.memory import find_below

LOOK_SECONDS = 1.0
"""Between two questions whether a start is still waited for."""
IDLE_SECONDS = 120.0
"""Without any processor time at the end of it: even a machine with a hundred others gives some by then."""
MOST_SECONDS = 900.0
"""For a start that works on and on, and comes to nothing."""


class Patience:
    """Runs out where those who are waited for do nothing any more, or have had their time.

    That a process has ended is for others to see, at once.
    """

    def __init__(self, measure: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        """`measure` gives the work done so far, in any unit; it is asked once in half of IDLE_SECONDS."""
        self._measure = measure
        self._clock = clock
        self._most = clock() + MOST_SECONDS
        self._next_look = clock() + IDLE_SECONDS / 2
        self._done: float | None = None

    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more. To be asked again and again."""
        now = self._clock()
        if now < self._next_look:
            return False
        done = self._measure()
        is_idle, self._done = done == self._done, done
        self._next_look = now + IDLE_SECONDS / 2
        return is_idle or now >= self._most


def have_patience(pid: int) -> Patience:
    """Patience with a process and all below it."""
    return Patience(partial(measure_work, pid))


def measure_work(pid: int) -> float:
    """Seconds of processor time that a process and all below it have taken so far; 0 where it has ended."""
    done = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in find_below([psutil.Process(pid)]):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                done += times.user + times.system + times.children_user + times.children_system
    return done
