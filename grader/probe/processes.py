"""What stands between a launcher and the kernels it forks: none reaches it, and it outlives them all."""

import contextlib
import ctypes
import os
import resource
import signal
import time
from pathlib import Path

from grader.probe.landlock import SCOPE_ABI, find_abi, restrict_process

PAUSE_SECONDS = 0.002

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36


def hide_process() -> None:
    """Close this process's memory and open files to others of the same user, /proc and tracing included."""
    _control(_PR_SET_DUMPABLE, 0)


def show_process() -> None:
    """Undo `hide_process`, in a child that inherited it: `subprocess` needs /proc/self/fd."""
    _control(_PR_SET_DUMPABLE, 1)


def adopt_orphans() -> None:
    """Let processes that lose their parent, below this one, become its children."""
    _control(_PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> None:
    """Let this process be killed when its parent ends, however that comes; its own children are not."""
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)


def separate_process() -> None:
    """Keep this process, and all it starts, from sending signals to its parent, where Landlock offers it.

    Elsewhere a notebook can end its launcher, which costs it its own replays and nobody else anything.
    """
    if find_abi() >= SCOPE_ABI:
        everywhere = ("/",)
        restrict_process(
            readable=everywhere, writable=everywhere, devices=everywhere, sockets=everywhere, network=True
        )


def describe_standing() -> tuple[object, ...]:
    """What another process of the same user can change of this one: processors, scheduling and limits."""
    limits = (getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_"))
    return (
        frozenset(os.sched_getaffinity(0)),
        os.sched_getscheduler(0),
        os.getpriority(os.PRIO_PROCESS, 0),
        *(resource.getrlimit(limit) for limit in limits),
    )


def end_descendants(seconds: float) -> bool:
    """Kill every process below this one; whether none was left in time.

    Needs `adopt_orphans`: the children of whatever is killed come to this process, to be killed in turn,
    until the kernel says that it has no child.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for child in _list_children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def _list_children() -> list[int]:
    me, children = str(os.getpid()).encode(), []
    for process in Path("/proc").glob("[1-9]*"):
        try:
            # The name before the state may hold anything, brackets and spaces too.
            fields = (process / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:  # it has just ended
            continue
        if fields[1] == me:
            children.append(int(process.name))
    return children


def _control(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    wide = [ctypes.c_ulong(number) for number in (value, 0, 0, 0)]
    if libc.prctl(option, *wide) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")
