"""Imports torch once and forks launchers, each into namespaces that stand ready for it.

    python -m grader.probe.forkserver LIBRARY

No line of a notebook runs in this process, nor does anything that a notebook sends reach it. It stands
outside of every room, and so imports nothing that looks for files of its user's: only torch, and what serves
kernels.

Standard input is a socket (SOCK_SEQPACKET) on which the grader sends one JSON object for each launcher:

    {"holder": PID, "confinement": {…}, "environment": {…}, "library": FOLDER, "arguments": [FOLDER…]}

with five open files: the launcher's input, output and errors, one for the answer, and one that is held open
for as long as the launcher lives. HOLDER is a process in the namespaces to join, and LIBRARY the folder that
holds this package, outside of them and inside. The answer is the number of the launcher's process, as it is
counted here, and on a line of its own `in`, once it is locked in.
"""

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
from typing import Any

from grader.probe import launch
from grader.probe.confine import REFUSED, Confinement, ConfinementError, apply_confinement
from grader.probe.namespaces import Namespaces
from grader.probe.privileges import give_up_capabilities
from grader.probe.processes import end_with_parent, hide_process, show_process

FILES = 5
MOST_BYTES = 200_000


def serve(library: str) -> None:
    """Answer requests until the grader closes the socket."""
    asked = socket.socket(fileno=os.dup(0))
    while True:
        content, files, _, _ = socket.recv_fds(asked, MOST_BYTES, FILES)
        if not content:
            return
        if os.fork() == 0:
            asked.close()
            _guard(json.loads(content), files, library)
        for file in files:
            os.close(file)


def _guard(request: dict[str, Any], files: list[int], library: str) -> None:
    """Fork the launcher, and hold the last file open until it has ended. Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        *streams, answer, _ = files
        spaces = Namespaces(request["holder"])
        # Of those who join it, children alone are in a namespace of processes.
        spaces.join_processes()
        launcher = os.fork()
        if launcher == 0:
            _become_launcher(request, files, spaces, library)
        os.write(answer, f"{launcher}\n".encode())
        for file in (*streams, answer):
            os.close(file)
        os.waitpid(launcher, 0)
    finally:
        os._exit(0)


def _become_launcher(request: dict[str, Any], files: list[int], spaces: Namespaces, library: str) -> None:
    """Join the room, lock this process in, and serve in it. Never returns."""
    status = 1
    try:
        *streams, answer, held = files
        for number, file in enumerate(streams):
            os.dup2(file, number)
        os.close(held)
        os.setsid()
        end_with_parent()
        spaces.join_rest()
        confinement = Confinement.from_json(json.dumps(request["confinement"]))
        if confinement.uid is None:
            give_up_capabilities()
        show_process()
        _move_in(request["environment"], library, request["library"])
        apply_confinement(confinement)
        os.write(answer, b"in\n")
        os.closerange(3, 1024)
        launch.Launcher(request["arguments"]).serve()
        status = 0
    except ConfinementError as error:
        print(f"grader: this process could not be locked in, so nothing was run: {error}", file=sys.stderr)
        status = REFUSED
    except BaseException as error:
        print(f"grader: the launcher ended: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(status)


def _move_in(environment: dict[str, str], library: str, inside: str) -> None:
    """Take the room's environment, and look for this package where it stands in the room."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.path[:] = [inside if folder == library else folder for folder in sys.path]
    sys.path_importer_cache.clear()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "grader":
            continue
        if getattr(module, "__path__", None):
            module.__path__ = [_replace(folder, library, inside) for folder in module.__path__]
        if getattr(module, "__file__", None):
            module.__file__ = _replace(str(module.__file__), library, inside)


def _replace(path: str, library: str, inside: str) -> str:
    return f"{inside}{path.removeprefix(library)}" if path.startswith(f"{library}/") else path


def main() -> None:
    """Import, then serve."""
    end_with_parent()
    hide_process()
    # Those that guard launchers are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    launch.import_torch()
    with launch.without_collecting():
        importlib.import_module(launch.COMPILER)
    gc.collect()
    # What stands here stays shared with every launcher and kernel.
    gc.freeze()
    serve(sys.argv[1])


if __name__ == "__main__":
    main()
