"""Imports torch once and forks launchers, each into namespaces that stand ready for it.

    python -m grader.probe.forkserver LIBRARY INSIDE

No line of a notebook runs in this process, nor does anything that a notebook sends reach it. It stands
outside of every room, and so imports nothing that looks for files of its user's: only torch, and what serves
kernels.

Standard input is a socket (SOCK_SEQPACKET). It says `ready` there once torch is imported. Then the grader
sends one JSON object for each launcher:

    {"confinement": {…}, "environment": {…}, "arguments": [FOLDER…]}

with open files: the launcher's input, output and errors, one for the answer, one that is held open for as
long as the launcher lives, and the namespaces to join. LIBRARY is the folder that holds this package outside
of the rooms, and INSIDE the one where it stands in each. The answer is two lines in any order: the number of
the launcher's process, as it is counted here, and `in`, once it is locked in.
"""

import contextlib
import gc
import importlib
import json
import os
import platform
import signal
import socket
import sys
import tempfile
from typing import Any

from grader.probe.confine import REFUSED, Confinement, ConfinementError, apply_confinement
from grader.probe.moved import Move
from grader.probe.namespaces import KINDS, Namespaces
from grader.probe.privileges import give_up_capabilities
from grader.probe.processes import end_with_parent, hide_process, show_process

OWN_FILES = 5
MOST_BYTES = 200_000


def serve(move: Move) -> None:
    """Answer requests until the grader closes the socket."""
    asked = socket.socket(fileno=os.dup(0))
    asked.send(b"ready")
    while True:
        content, files, _, _ = socket.recv_fds(asked, MOST_BYTES, OWN_FILES + len(KINDS))
        if not content:
            return
        # Where no process can be made, this room's launcher is started in another way, and the next may do.
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                asked.close()
                os.close(0)
                _guard(json.loads(content), files, move)
        for file in files:
            os.close(file)


def _guard(request: dict[str, Any], files: list[int], move: Move) -> None:
    """Fork the launcher, and hold its last file open until it has ended. Never returns."""
    *streams, answer, held = files[:OWN_FILES]
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        spaces = Namespaces(files[OWN_FILES:])
        # Of those who join it, children alone are in a namespace of processes.
        spaces.join_processes()
        launcher = os.fork()
        if launcher == 0:
            os.close(held)
            _become_launcher(request, streams, answer, spaces, move)
        os.write(answer, f"{launcher}\n".encode())
        for file in (*streams, answer):
            os.close(file)
        os.waitpid(launcher, 0)
    except Exception as error:
        os.write(streams[2], f"grader: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(0)


def _become_launcher(
    request: dict[str, Any], streams: list[int], answer: int, spaces: Namespaces, move: Move
) -> None:
    """Join the room, lock this process in, and serve in it. Never returns."""
    status = 1
    try:
        for number, file in enumerate(streams):
            os.dup2(file, number)
        os.setsid()
        spaces.join_rest()
        confinement = Confinement.from_json(json.dumps(request["confinement"]))
        if confinement.uid is None:
            give_up_capabilities()
        show_process()
        _move_in(request["environment"], move, request["arguments"])
        apply_confinement(confinement)
        # A change of user would have undone it.
        end_with_parent()
        os.write(answer, b"in\n")
        os.closerange(3, 1024)
        # Imported before the fork, under the name that its file has here.
        from grader.probe.launch import Launcher

        Launcher(request["arguments"]).serve()
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


def _move_in(environment: dict[str, str], move: Move, arguments: list[str]) -> None:
    """Take the room's environment, and look for this package where it stands in the room."""
    sys.argv = sys.orig_argv = ["grader.probe.launch", *arguments]
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    move.complete()
    # torch has asked it for the machine's name, which it remembers and the room does not have.
    importlib.reload(platform)


def main() -> None:
    """Import, then serve."""
    end_with_parent()
    hide_process()
    # Those that guard launchers are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    move = Move(sys.argv[1], sys.argv[2])
    move.begin()
    from grader.probe import launch

    launch.import_torch()
    with launch.without_collecting():
        importlib.import_module(launch.COMPILER)
    gc.collect()
    # What stands here stays shared with every launcher and kernel.
    gc.freeze()
    serve(move)


if __name__ == "__main__":
    main()
