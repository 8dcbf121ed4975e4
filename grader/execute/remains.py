"""Clears away what a room leaves: processes in sessions of their own, and sockets."""

import contextlib
import itertools
import os
import signal
import time
from pathlib import Path

import psutil

from grader.execute.memory import find_below

END_SECONDS = 10.0
PAUSE_SECONDS = 0.005
MOST_SOCKETS = 1000


def end_processes(launcher: int) -> None:
    """End a launcher and all below it, which are in groups and sessions of their own.

    The launcher goes last: what loses its parent comes to it, and can be found as long as it lives.
    """
    deadline = time.monotonic() + END_SECONDS
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(launcher)
        while (below := find_below(top.children())) and time.monotonic() < deadline:
            # Stopped first, so that none of them starts another while the next is ended.
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for process in below:
                    with contextlib.suppress(psutil.Error):
                        process.send_signal(number)
            time.sleep(PAUSE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(launcher, signal.SIGKILL)


def empty_folder(folder: Path) -> bool:
    """Remove all that lies in a folder of sockets; whether that went well.

    A notebook can bind names without end. Then the folder goes as a whole, with its room.
    """
    try:
        entries = list(itertools.islice(folder.iterdir(), MOST_SOCKETS + 1))
        if len(entries) > MOST_SOCKETS:
            return False
        for entry in entries:
            entry.unlink()
    except OSError:
        return False
    return True
