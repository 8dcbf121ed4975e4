"""What processes take: seconds, CPU seconds of all below this one, and memory."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

CPU_PERIOD, MEMORY_PERIOD = 0.1, 0.5
"""Seconds between two looks. Adding up the pages of a process with torch takes the system milliseconds."""


@dataclass(frozen=True)
class Command:
    """A process to be measured."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Usage:
    """What a measurement took."""

    wall_seconds: float
    cpu_seconds: float
    own_peak_mb: float
    """Largest resident memory of any one of the commands' own processes, without those below them."""
    all_peak_mb: float
    """Largest memory of all processes together, where shared pages count once."""


class Meter:
    """CPU seconds and memory of everything below this process, while the block runs.

    By looking often: a kernel that ends with its sandbox is counted for no parent by the system. What a
    process uses after the last look at it is missed, a twentieth of a second on average.
    """

    def __init__(self) -> None:
        self._here = psutil.Process()
        self._seen: dict[psutil.Process, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._started = time.monotonic()
        self.wall_seconds = 0.0
        self.own_peak_bytes = 0
        self.all_peak_bytes = 0

    def __enter__(self) -> "Meter":
        self._started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_seconds = time.monotonic() - self._started
        self._done.set()
        self._thread.join()

    @property
    def cpu_seconds(self) -> float:
        """User and system seconds seen so far."""
        return sum(self._seen.values())

    def _watch(self) -> None:
        due = 0.0
        while not self._done.wait(CPU_PERIOD):
            with contextlib.suppress(psutil.NoSuchProcess):
                below = self._here.children(recursive=True)
                for process in below:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        times = process.cpu_times()
                        self._seen[process] = times.user + times.system
                if time.monotonic() >= due:
                    self._weigh(below)
                    due = time.monotonic() + MEMORY_PERIOD

    def _weigh(self, below: Iterable[psutil.Process]) -> None:
        together = 0
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                resident = process.memory_info().rss
                if process.ppid() == self._here.pid:
                    self.own_peak_bytes = max(self.own_peak_bytes, _read_peak(process.pid))
                try:
                    together += process.memory_full_info().pss
                except psutil.AccessDenied:
                    together += resident
        self.all_peak_bytes = max(self.all_peak_bytes, together)


def _read_peak(pid: int) -> int:
    """Largest resident memory of a process so far, in bytes; 0 if it has just ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def run_commands(commands: Iterable[Command], workers: int = 1) -> Usage:
    """Run commands, so many at a time, and measure them. Ends the program with what one said that failed."""
    with Meter() as meter, ThreadPoolExecutor(workers) as pool:
        list(pool.map(run_command, commands))
    return Usage(
        round(meter.wall_seconds, 2),
        round(meter.cpu_seconds, 2),
        round(meter.own_peak_bytes / 2**20, 1),
        round(meter.all_peak_bytes / 2**20, 1),
    )


def run_command(command: Command) -> float:
    """Seconds that a command takes. Ends the program with what it said if it fails."""
    started = time.monotonic()
    done = subprocess.run(
        command.arguments,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-3000:]
        raise SystemExit(f"{' '.join(command.arguments)} ended with {done.returncode}:\n{said}")
    return time.monotonic() - started
