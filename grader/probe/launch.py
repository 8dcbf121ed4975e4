"""Stays alive in a submission's sandbox and forks a kernel for each of its runs.

    python -m grader.probe.launch FOLDER…

Reads one JSON object a line from standard input and answers in lines of JSON:

    {"do": "start", "connection": FILE, "settings": {…},
     "draws": true, "trains": true, "keras": false}       {"event": "started"}
    {"do": "sweep"}                                       {"event": "swept", "clean": true}
                                          at any time     {"event": "ended", "signal": 0}

`settings` are those of `serve_kernel`; `draws` says that the notebook uses matplotlib, `trains` that it
builds an optimizer. FOLDERs are those that a notebook can write besides its home. torch is imported once,
before the first fork. No run can reach this process, and after a sweep nothing is left of the run before.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from grader.probe.folders import Folders
from grader.probe.processes import (
    adopt_orphans,
    describe_standing,
    end_descendants,
    end_with_parent,
    hide_process,
    separate_process,
    show_process,
)

SWEEP_SECONDS = 5.0
SLOW_IMPORT = "matplotlib.pyplot"
"""It looks through all fonts of the machine when it is first imported."""
COMPILER = "torch._dynamo"
"""Another second or two, which the first optimizer that is built takes to import it."""
KERAS = "keras"
"""Two seconds more. It works on torch, as the environment says."""
INLINE = "module://matplotlib_inline.backend_inline"
"""What a kernel would choose itself, if matplotlib were not there yet; loaded with the first figure."""


class Launcher:
    """Answers requests until its input is closed."""

    def __init__(self, folders: list[str]) -> None:
        self._folders = Folders([os.environ["HOME"], *folders])
        self._standing = describe_standing()
        self._kernel: int | None = None
        self._pending = b""

    def serve(self) -> None:
        """Read requests and watch the kernel, in turns."""
        hide_process()
        adopt_orphans()
        # A child's end writes to this pipe, so that one call waits for it and for requests.
        wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        while True:
            readable, _, _ = select.select([0, wake], [], [])
            if wake in readable:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
                self._reap()
            if 0 in readable:
                content = os.read(0, 65536)
                if not content:
                    # Whoever grades is gone: nothing here may go on without it.
                    end_descendants(SWEEP_SECONDS)
                    return
                *lines, self._pending = (self._pending + content).split(b"\n")
                for line in lines:
                    self._answer(json.loads(line))

    def _answer(self, request: dict[str, Any]) -> None:
        if request["do"] == "start":
            self._start(request)
        else:
            clean = end_descendants(SWEEP_SECONDS) and self._folders.restore()
            # What a kernel changed of this process, the next one would inherit.
            clean = clean and describe_standing() == self._standing
            self._kernel = None
            _say("swept", clean=clean)

    def _start(self, request: dict[str, Any]) -> None:
        with without_collecting():
            if request["draws"]:
                os.environ.setdefault("MPLBACKEND", INLINE)
                with contextlib.suppress(ImportError):
                    importlib.import_module(SLOW_IMPORT)
            if request["trains"]:
                importlib.import_module(COMPILER)
            if request["keras"]:
                with contextlib.suppress(ImportError):
                    importlib.import_module(KERAS)
        # What stands here stays shared with every kernel.
        gc.collect()
        gc.freeze()
        kernel = os.fork()
        if kernel == 0:
            _become_kernel(request)
        self._kernel = kernel
        _say("started")

    def _reap(self) -> None:
        """Take leave of what has ended: the kernel, and whatever a notebook left without a parent."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._kernel:
                    self._kernel = None
                    _say("ended", signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)


def _become_kernel(request: dict[str, Any]) -> None:
    """Never returns: a kernel that ends must not go on as another launcher."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # A group of its own, so that an interrupt reaches what the notebook started, and nothing else.
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.closerange(3, 1024)
        end_with_parent()
        separate_process()
        show_process()
        # Imported before the fork, with all that it needs.
        from grader.probe.serve import serve_kernel

        serve_kernel(request["connection"], request["settings"])
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _say(event: str, **facts: object) -> None:
    os.write(1, json.dumps({"event": event, **facts}).encode() + b"\n")


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """No garbage collection while the block imports what stays."""
    # A million objects come and none goes: looking for garbage among them meanwhile takes a second.
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def import_torch() -> None:
    """Import what every kernel needs."""
    with without_collecting():
        import torch

        importlib.import_module("grader.probe.serve")
    torch.set_num_threads(1)


if __name__ == "__main__":
    import_torch()
    Launcher(sys.argv[1:]).serve()
