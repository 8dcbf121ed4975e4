"""Watches what a sandbox's processes take together, which no limit per process bounds.

RLIMIT_DATA counts neither shared anonymous mappings nor a second process. Where nothing else does, memory is
looked at four times a second and whoever started the sandbox is told when it is too much.
"""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

WANTED = frozenset({"Pss", "SwapPss", "VmRSS", "VmSwap"})
PERIOD_SECONDS = 0.25
"""Filling memory with numbers takes a processor a second for 2 to 4 GB, so this overshoots by up to 1 GB."""


class MemoryWatch:
    """Tells once when processes, and all below them, hold more memory than they may.

    A process that was seen below one is counted even after its parent has ended.
    """

    def __init__(self, pids: Iterable[int], limit_bytes: int, on_excess: Callable[[int], None]) -> None:
        """`on_excess` is called with the bytes held, in the event loop."""
        self.limit_bytes = limit_bytes
        self.on_excess = on_excess
        self._seen = [process for pid in pids for process in _open_process(pid)]

    async def watch(self) -> None:
        """Look until the limit is passed or no process is left. Cancel it when the sandbox is closed."""
        while self._seen:
            # In a thread: adding up the pages of a large process takes the kernel tens of milliseconds.
            held = await asyncio.to_thread(self.measure)
            if held > self.limit_bytes:
                self.on_excess(held)
                return
            await asyncio.sleep(PERIOD_SECONDS)

    def measure(self) -> int:
        """Bytes that the processes hold together now: exact above the limit, and not too low below it."""
        self._seen = find_below(self._seen)
        most = sum(_measure_resident(process.pid) for process in self._seen)
        # Pages that two processes share count in both, so the sum that is quick to get is the largest.
        return most if most <= self.limit_bytes else measure_shares(self._seen)


def find_below(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those of the processes that still run, and all below them."""
    found: dict[psutil.Process, None] = {}
    for process in processes:
        try:
            # A number may have been given to another process since; psutil knows when it was made.
            if process not in found and process.is_running():
                if process.status() != psutil.STATUS_ZOMBIE:
                    found[process] = None
                found.update(dict.fromkeys(process.children(recursive=True)))
        except psutil.Error:  # it has just ended
            continue
    return list(found)


def _open_process(pid: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid)]
    except psutil.NoSuchProcess:
        return []


def measure_shares(processes: Iterable[psutil.Process]) -> int:
    """Bytes that the processes hold together, each page counted once among those that share it.

    Where the kernel does not let a process be looked into, its shared pages count in full.
    """
    return sum(_measure_share(process.pid) for process in processes)


def measure_hidden(pid: int) -> int:
    """Bytes that a process shares with others and that count in full, because it cannot be looked into."""
    return 0 if "Pss" in _read_fields(Path(f"/proc/{pid}/smaps_rollup")) else _measure_resident(pid)


def _measure_share(pid: int) -> int:
    """The proportional set size, swapped pages included."""
    fields = _read_fields(Path(f"/proc/{pid}/smaps_rollup"))
    if "Pss" not in fields:
        return _measure_resident(pid)
    return fields["Pss"] + fields.get("SwapPss", 0)


def _measure_resident(pid: int) -> int:
    """All pages in memory, shared ones in full, and the private ones that are swapped."""
    fields = _read_fields(Path(f"/proc/{pid}/status"))
    return fields.get("VmRSS", 0) + fields.get("VmSwap", 0)


def _read_fields(path: Path) -> dict[str, int]:
    """Bytes by name, of lines such as `Pss: 12 kB`; empty where the process has ended or is closed to us.

    Of those that are wanted alone: another line holds the name of the process, which it chooses itself.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: int(value.split()[0]) * 1024 for name, _, value in pairs if name in WANTED}
