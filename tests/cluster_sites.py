"""Clusters of Dask for the tests, and what happens to their workers."""

import asyncio
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from conftest import ROOT
from distributed import Client, LocalCluster

PATIENCE_SECONDS = 120.0
STUCK_SECONDS = 420.0
"""When a site that is still open says what it is doing, before the test's own time is over."""


@contextmanager
def open_site(workers: int = 1, threads: int = 1) -> Iterator[LocalCluster]:
    """A scheduler in this process, and workers in processes of their own that a nanny starts again."""
    with LocalCluster(
        n_workers=workers, threads_per_worker=threads, processes=True, dashboard_address="127.0.0.1:0"
    ) as site:
        watch = threading.Timer(STUCK_SECONDS, tell_state, (site.scheduler_address,))
        watch.daemon = True
        watch.start()
        try:
            yield site
        finally:
            watch.cancel()


def tell_state(address: str) -> None:
    """Print what this process and each worker wait for, and the processes: seen only where a test fails."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            words = " ".join(process.cmdline())[:100]
            print(process.pid, process.ppid(), process.status(), sum(process.cpu_times()[:2]), words)
    print("here:", list_tasks(), sep="\n")
    with Client(address, set_as_default=False) as client:
        for worker, told in client.run(list_tasks).items():
            print(worker, told, sep="\n")


def list_tasks() -> str:
    """Where each task of this process's event loops waits, down to the coroutine that it stands in."""
    loops = [
        each for each in gc.get_objects() if isinstance(each, asyncio.BaseEventLoop) and each.is_running()
    ]
    tasks = [task for loop in loops for task in asyncio.all_tasks(loop)]
    return "\n".join(" > ".join(trace(task.get_coro())) for task in tasks)


def trace(awaited: object) -> Iterator[str]:
    """The coroutines that wait for one another, and their lines; what else is waited for ends the chain."""
    while frame := getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None):
        yield f"{frame.f_code.co_qualname}:{frame.f_lineno}"
        # Who enters a context waits for the generator that it is made of.
        generator = getattr(frame.f_locals.get("self"), "gen", None)
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
        if not hasattr(awaited, "cr_frame") and generator is not None:
            awaited = generator


@contextmanager
def open_scheduler() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A scheduler in a process of its own, and its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--no-dashboard"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process, f"tcp://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def start_worker(address: str, folder: Path, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as a teacher starts one, with changes to its environment."""
    command = [sys.executable, "-m", "dask", "worker", address, "--nthreads", "1"]
    command += ["--no-dashboard", "--local-directory", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **changes}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        # The nanny takes its worker along.
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def find_workers() -> list[psutil.Process]:
    """The workers that this process's nannies have started."""
    return [
        child
        for child in psutil.Process().children()
        if any("spawn_main" in word for word in child.cmdline())
    ]


class Reaper(threading.Thread):
    """Kills a worker whenever a process of this name is seen below it: a notebook can give itself one."""

    def __init__(self, name: str, most: int = 1000, before: Callable[[], object] = lambda: None) -> None:
        super().__init__(daemon=True)
        self._name, self._most, self._before = name, most, before
        self._is_over = threading.Event()
        self.kills = 0
        self.below: list[psutil.Process] = []
        """What ran on the workers that were killed."""

    def __enter__(self) -> "Reaper":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        """Look, and kill."""
        while not self._is_over.wait(0.05) and self.kills < self._most:
            try:
                for worker in find_workers():
                    below = worker.children(recursive=True)
                    if any(process.name() == self._name for process in below):
                        self._before()
                        worker.send_signal(signal.SIGKILL)
                        self.kills += 1
                        self.below += below
                        break
            except psutil.Error:
                continue


def wait_until_gone(processes: list[psutil.Process]) -> None:
    """Return once none of these runs any more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while found := [process for process in processes if process.is_running() and _is_alive(process)]:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def name_itself(name: str) -> str:
    """Source that gives the process that runs it a name, and lasts long enough to be seen."""
    return f"import ctypes, time\nctypes.CDLL(None).prctl(15, {name.encode()!r}, 0, 0, 0)\ntime.sleep(2)\n"


def plant_package(folder: Path) -> str:
    """A folder for PYTHONPATH in which a package seems to be installed that is nowhere else."""
    info = folder / "strange-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    return f"{folder}{os.pathsep}{ROOT}"


def plant_grader(folder: Path) -> str:
    """A folder for PYTHONPATH that holds this package with one comment more."""
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "grader" / "errors.py").open("a") as file:
        file.write("# another one\n")
    return str(folder)
