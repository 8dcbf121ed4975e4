"""What this process and those below it hold, while hostile cells run."""

import contextlib
import threading
import time
from pathlib import Path

import psutil

from grader.execute.memory import find_below, measure_shares


class RoomWatch:
    """The most memory that the processes below this one hold, looked at all the time.

    Adding up the pages that processes share takes the kernel as long as many an attack: for None nothing is.
    """

    def __init__(self, besides: int | None) -> None:
        self.most = 0
        self._besides = besides
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(besides,), daemon=True)

    def __enter__(self) -> "RoomWatch":
        if self._besides is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._besides is not None:
            self._thread.join()

    def _watch(self, besides: int) -> None:
        while not self._done.wait(0.1):
            with contextlib.suppress(psutil.Error, OSError, ValueError):
                self.most = max(self.most, measure_shares(list_below(besides)))


def list_below(besides: int) -> list[psutil.Process]:
    """Processes below this one that still run, without the neighbour."""
    below = find_below(psutil.Process().children())
    return [process for process in below if process.pid != besides]


def forget_peak() -> None:
    """Let this process's largest size be counted anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def read_peak() -> int:
    """Largest size of this process since then, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def wait_for_end(besides: int) -> int:
    """Processes that are still there some seconds after they were ended."""
    for _ in range(50):
        if not list_below(besides):
            return 0
        time.sleep(0.1)
    return len(list_below(besides))
