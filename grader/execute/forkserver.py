"""Starts sandboxes whose launchers are forked from one process that has imported torch already."""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Awaitable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeVar

import psutil

from grader.errors import EngineError
from grader.execute.opening import START_LOG, Opened, read_log
from grader.execute.patience import LOOK_SECONDS, have_patience
from grader.execute.remains import end_processes
from grader.execute.sandbox import Room
from grader.execute.sandbox.bwrap import BwrapSandbox
from grader.execute.sandbox.interior import LIBRARY, build_plain_environment, stage_room
from grader.execute.scratch import Scratch
from grader.probe.namespaces import open_namespaces

FORK_SECONDS = 120.0
"""For what takes a moment, on a machine that has a hundred other things to do."""

Found = TypeVar("Found")


class ForkServer:
    """A process that imports torch once for all sandboxes of a class, and forks a launcher into each.

    It runs nothing that anybody handed in, and stands outside of the sandboxes. bwrap furnishes each of them;
    the forked process joins its namespaces and locks itself in as a launcher of its own would.
    """

    def __init__(self) -> None:
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self._scratch: Scratch | None = None
        self._on_gpu = False
        self.fault: str | None = None
        """Why it cannot be used, and is not tried any more."""

    def can_open(self, room: Room) -> bool:
        """Whether launchers for such a room can be forked, as far as is known."""
        return self.fault is None and (self._process is None or room.gpu is self._on_gpu)

    async def open(self, sandbox: BwrapSandbox, room: Room, folder: Path) -> Opened:
        """Start a sandbox, and in it a launcher that is forked.

        Raises EngineError if that cannot be done; then it is not tried again.
        """
        process = None
        here, there = socket.socketpair()
        try:
            await self._start(room)
            with (folder / START_LOG).open("wb") as log, there, contextlib.closing(_Pipe()) as held:
                process = await asyncio.create_subprocess_exec(
                    *sandbox.build_command("grader.probe.hold", (), room),
                    env=sandbox.build_environment(room),
                    stdin=held.read_end,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    cwd=folder,
                    start_new_session=True,
                )
                assert process.stdout is not None
                if await _wait(process.stdout.readline(), process.pid) != b"open\n":
                    raise EngineError("the sandbox did not open")
                streams = (there.fileno(), there.fileno(), log.fileno())
                launcher = await self._fork(sandbox, room, process.pid, streams, held.write_end)
            events, requests = await asyncio.open_connection(sock=here)
            return Opened(process, launcher, events, requests)
        except BaseException as error:
            here.close()
            there.close()
            if process is not None:
                await asyncio.to_thread(end_processes, process.pid)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FORK_SECONDS):
                        await process.wait()
            if not isinstance(error, Exception):
                raise
            if self.fault is None:
                said = read_log(folder)
                self.fault = f"{type(error).__name__}: {error}" + (f" It said: {said}" if said else "")
            await self.close()
            raise EngineError(self.fault) from error

    async def _start(self, room: Room) -> None:
        async with self._starting:
            if self.fault is not None:
                # It was found while this room waited for its turn.
                raise EngineError(self.fault)
            if self._process is not None:
                if self._process.returncode is not None:
                    raise EngineError("the fork server has ended")
                return
            if can_change(Path(sys.executable).resolve()):
                raise EngineError("the interpreter is the caller's own")
            self._on_gpu, self._scratch = room.gpu, self._scratch or Scratch()
            # A home of its own, which stays empty: what looks for files there is imported in the rooms.
            home, library = stage_room(replace(room, work=self._scratch.path))
            command = [
                sys.executable,
                "-P",
                "-s",
                "-m",
                "grader.probe.forkserver",
                str(library),
                str(LIBRARY),
            ]
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            here.setblocking(False)
            self._socket = here
            with there:
                self._process = await asyncio.create_subprocess_exec(
                    *(*command, str(library), str(LIBRARY)),
                    env=build_plain_environment(home, library, gpu=room.gpu),
                    stdin=there.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    cwd=home,
                    start_new_session=True,
                )
            loop = asyncio.get_running_loop()
            if await _wait(loop.sock_recv(here, 16), self._process.pid) != b"ready":
                raise EngineError("the fork server did not start")

    async def _fork(
        self, sandbox: BwrapSandbox, room: Room, outer: int, streams: tuple[int, ...], held: int
    ) -> int:
        """The launcher's process, once it is locked in."""
        assert self._process is not None and self._socket is not None
        request = {
            "confinement": asdict(sandbox.confine(room)),
            "environment": sandbox.build_inner_environment(room),
            "arguments": sandbox.own_folders,
        }
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "rb", 0) as answer:
            spaces: list[int] = []
            try:
                # bwrap, its first process in the room, and below that one the process that holds the room.
                spaces += open_namespaces(psutil.Process(outer).children(recursive=True)[-1].pid)
                files = [*streams, write_end, held, *spaces]
                socket.send_fds(self._socket, [json.dumps(request).encode()], files)
            finally:
                for file in (write_end, *spaces):
                    os.close(file)
            reader = asyncio.StreamReader()
            loop = asyncio.get_running_loop()
            transport, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader, loop=loop), answer
            )
            try:
                # Not as long as anything is done below the server, where all other rooms work.
                async with asyncio.timeout(FORK_SECONDS):
                    words = (await reader.read()).split()
            finally:
                transport.close()
        numbers = [int(word) for word in words if word.isdigit()]
        if b"in" not in words or not numbers:
            raise EngineError("the launcher could not join the sandbox")
        return numbers[0]

    async def close(self) -> None:
        """End the process. Sandboxes that are open stay so."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        process, self._process = self._process, None
        scratch, self._scratch = self._scratch, None
        try:
            if process is not None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        finally:
            if scratch is not None:
                scratch.remove()


def can_change(path: Path) -> bool:
    """Whether an ordinary caller could change a file, or its mode.

    A forked process keeps the interpreter that its server was started with, as /proc/self/exe, from outside
    of the room: where root does not grade, the room's user is the caller.
    """
    return os.geteuid() != 0 and (path.stat().st_uid == os.geteuid() or os.access(path, os.W_OK))


class _Pipe:
    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()

    def close(self) -> None:
        os.close(self.read_end)
        os.close(self.write_end)


async def _wait(awaited: Awaitable[Found], pid: int) -> Found:
    """What comes in the end. Raises TimeoutError where the process that is to bring it does nothing."""
    patience = have_patience(pid)
    task = asyncio.ensure_future(awaited)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK_SECONDS))[0]:
            if patience.is_over():
                raise TimeoutError("it did not answer in time")
        return task.result()
    finally:
        task.cancel()
