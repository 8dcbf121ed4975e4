"""What real processes hold together: shared mappings are seen, and shared pages count once."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psutil
import pytest

from grader.execute.memory import MemoryWatch, find_below, measure_shares

MIB = 2**20
SLACK = 48 * MIB
"""An interpreter or two, with what they share with nobody."""

SHARE = """
import mmap, os, resource, signal, sys
size, children = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (64 * 2**20,) * 2)
shared = mmap.mmap(-1, size)
for start in range(0, size, 4096):
    shared[start] = 1
for _ in range(children):
    if os.fork() == 0:
        sum(shared[start] for start in range(0, size, 4096))
        break
os.write(1, b"ready\\n")
signal.pause()
"""
"""Fills shared anonymous memory beyond its RLIMIT_DATA; each child reads every page of it."""

FORK = """
import os, signal, sys
private = bytearray(int(sys.argv[1]))
private[::4096] = b"x" * len(private[::4096])
for _ in range(int(sys.argv[2])):
    if os.fork() == 0:
        break
os.write(1, b"ready\\n")
signal.pause()
"""
"""Fills private memory, which its forked children share as long as nobody writes."""

ORPHAN = """
import os, subprocess, sys
left = subprocess.Popen([sys.executable, "-c", sys.argv[3], *sys.argv[1:3]], start_new_session=True)
os.write(1, b"ready\\n")
os.read(0, 1)
"""
"""Starts the script in its third argument in a session of its own, and ends when it is told to."""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a script with a size and a number of children, and returns when all of them are ready."""
    with ExitStack() as stack:

        def start_script(script: str, size: int, children: int, *more: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-c", script, str(size), str(children), *more]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            stack.enter_context(process)
            stack.callback(end_all, process)
            assert process.stdout is not None
            for _ in range(1 + children):
                assert process.stdout.readline() == b"ready\n"
            return process

        yield start_script


def end_all(process: subprocess.Popen[bytes]) -> None:
    """End a process and all below it."""
    if process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()


def measure(process: subprocess.Popen[bytes]) -> int:
    """What a process and all below it hold."""
    return measure_shares(find_below([psutil.Process(process.pid)]))


@pytest.mark.parametrize("children", [0, 3])
@pytest.mark.parametrize("script", [SHARE, FORK])
def test_shared_pages_count_once(start: Start, script: str, children: int) -> None:
    """200 MB that four processes share are 200 MB, whether they are mapped as shared or forked."""
    held = measure(start(script, 200 * MIB, children))
    assert 200 * MIB <= held <= 200 * MIB + SLACK


def test_excess_is_told_once(start: Start) -> None:
    """Shared memory over the limit is told with its size, though RLIMIT_DATA did not stop it."""
    process, told = start(SHARE, 200 * MIB, 0), list[int]()
    asyncio.run(MemoryWatch([process.pid], 150 * MIB, told.append).watch())
    assert len(told) == 1
    assert 200 * MIB <= told[0] <= 200 * MIB + SLACK


def test_forked_pages_are_no_excess(start: Start) -> None:
    """Four processes that share 100 MB stay below a limit of 200 MB, though each of them seems to hold it."""
    process, told = start(FORK, 100 * MIB, 3), list[int]()
    watch = MemoryWatch([process.pid], 200 * MIB, told.append)
    assert sum(one.memory_info().rss for one in find_below([psutil.Process(process.pid)])) > 200 * MIB
    assert watch.measure() <= 200 * MIB

    async def watch_until_ended() -> None:
        watching = asyncio.create_task(watch.watch())
        await asyncio.sleep(0)
        end_all(process)
        process.wait()
        await watching

    asyncio.run(watch_until_ended())
    assert told == []


def test_orphans_are_counted(start: Start) -> None:
    """A process that was seen counts on when its parent ends and it lives in a session of its own."""
    parent = start(ORPHAN, 100 * MIB, 0, SHARE)
    assert parent.stdin is not None
    # The test's own reading end takes the child's line as well, for they share it.
    assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
    watch = MemoryWatch([parent.pid], 50 * MIB, lambda held: None)
    children = psutil.Process(parent.pid).children()
    try:
        assert watch.measure() >= 100 * MIB
        parent.stdin.write(b"x")
        parent.stdin.flush()
        parent.wait()
        assert watch.measure() >= 100 * MIB
    finally:
        for child in children:
            child.kill()
    while watch.measure():
        time.sleep(0.01)


def test_ended_process_holds_nothing(start: Start) -> None:
    """Watching a process that has ended, or never was, ends at once and tells nothing."""
    process, told = start(FORK, MIB, 0), list[int]()
    end_all(process)
    process.wait()
    asyncio.run(MemoryWatch([process.pid], 0, told.append).watch())
    assert told == []


def test_name_of_a_process_cannot_spoil_the_sum(start: Start) -> None:
    """A process that calls itself like an amount of memory is measured like any other."""
    rename = "import ctypes; ctypes.CDLL(None).prctl(15, b'a kB')\n"
    process = start(rename + FORK, 64 * MIB, 0)
    assert 64 * MIB <= MemoryWatch([process.pid], 2**40, lambda _: None).measure()
