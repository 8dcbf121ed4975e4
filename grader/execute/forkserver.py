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
from typing import Any, TypeVar

import psutil

from grader.errors import EngineError
from grader.execute.opening import START_LOG, Opened
from grader.execute.patience import LOOK_SECONDS, have_patience
from grader.execute.remains import end_processes
from grader.execute.sandbox import Room
from grader.execute.sandbox.bwrap import BwrapSandbox
from grader.execute.sandbox.interior import LIBRARY, build_plain_environment, stage_room
from grader.execute.scratch import Scratch

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

    async def open(self, sandbox: BwrapSandbox, room: Room, folder: Path) -> Opened:
        """Start a sandbox, and in it a launcher that is forked. Raises EngineError if that cannot be done."""
        await self._start(room)
        process = None
        here, there = socket.socketpair()
        try:
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
                launcher = await self._fork(sandbox, room, process.pid, [there, there, log, held.write_end])
            events, requests = await asyncio.open_connection(sock=here)
            return Opened(process, launcher, events, requests)
        except BaseException as error:
            here.close()
            if process is not None:
                await asyncio.to_thread(end_processes, process.pid)
                await process.wait()
            if isinstance(error, (OSError, psutil.Error, TimeoutError)):
                raise EngineError(f"{type(error).__name__}: {error}") from error
            raise

    async def _start(self, room: Room) -> None:
        async with self._starting:
            if self._process is not None:
                if room.gpu is not self._on_gpu:
                    raise EngineError("another device is asked for")
                return
            self._scratch, self._on_gpu = Scratch(), room.gpu
            # A home of its own, which stays empty: what looks for files there is imported in the rooms.
            home, library = stage_room(replace(room, work=self._scratch.path))
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with there:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-s", "-m", "grader.probe.forkserver", str(library)),
                    env=build_plain_environment(home, library, gpu=room.gpu),
                    stdin=there.fileno(),
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                    cwd=home,
                    start_new_session=True,
                )
            self._socket = here

    async def _fork(self, sandbox: BwrapSandbox, room: Room, outer: int, files: list[Any]) -> int:
        """The launcher's process, once it is locked in."""
        assert self._process is not None and self._socket is not None
        holder = psutil.Process(outer).children(recursive=True)[-1].pid
        request = {
            "holder": holder,
            "confinement": asdict(sandbox.confine(room)),
            "environment": sandbox.build_inner_environment(room),
            "library": str(LIBRARY),
            "arguments": sandbox.own_folders,
        }
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "rb", 0) as answer:
            numbers = [file if isinstance(file, int) else file.fileno() for file in files]
            numbers.insert(3, write_end)
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode()], numbers)
            finally:
                os.close(write_end)
            reader = asyncio.StreamReader()
            loop = asyncio.get_running_loop()
            transport, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader, loop=loop), answer
            )
            try:
                said = await _wait(reader.read(), self._process.pid)
            finally:
                transport.close()
        launcher, _, state = said.decode().partition("\n")
        if state != "in\n":
            raise EngineError("the launcher could not join the sandbox")
        return int(launcher)

    async def close(self) -> None:
        """End the process. Sandboxes that are open stay so."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._scratch is not None:
            self._scratch.remove()
            self._scratch = None


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
