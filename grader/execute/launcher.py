"""A sandbox that lives as long as a submission's runs: it imports torch once and forks a kernel for each."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_client.connect import write_connection_file

from grader.errors import EngineError
from grader.execute.forkserver import ForkServer
from grader.execute.memory import MemoryWatch, measure_hidden
from grader.execute.opening import Opened, open_alone, read_log
from grader.execute.patience import LOOK_SECONDS, Patience, have_patience
from grader.execute.plan import Limits, RunPlan
from grader.execute.remains import empty_folder, end_processes
from grader.execute.sandbox import Room, Sandbox
from grader.execute.sandbox.bwrap import BwrapSandbox
from grader.execute.scratch import Scratch
from grader.execute.uses import find_uses

SWEEP_SECONDS = 10.0
STOP_SECONDS = 30.0
SHARED_BYTES = 512 * 2**20
"""What all processes of a room may hold together beyond the limit of one: the libraries that they share."""


class Launcher:
    """Starts kernels in one sandbox, one after the other, and leaves nothing of one to the next.

    Where the sandbox could not be swept clean after a run, or is gone, the next kernel gets a new one. To be
    used as an asynchronous context, in which one submission runs and no other.
    """

    def __init__(self, sandbox: Sandbox, server: ForkServer | None = None) -> None:
        """With a fork server, the launcher is forked from it wherever the sandbox can be joined."""
        self.sandbox = sandbox
        self._server = server
        self._opened: Opened | None = None
        self._company: list[asyncio.Task[None]] = []
        """Tasks that live as long as the process."""
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._scratch: Scratch | None = None
        self._room: Room | None = None
        self._is_clean = False
        """Whether a kernel may be forked: none has been since the last sweep."""
        self._kernel_lives = False
        self._excess = 0
        """Bytes that the processes held when they were ended for it."""
        self.was_killed = False
        """Whether the present kernel was killed, and not for what it held: by itself, or by the machine."""

    async def __aenter__(self) -> "Launcher":
        """The launcher itself; its sandbox starts with the first kernel."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the sandbox and everything in it."""
        await self.close()

    def is_alive(self) -> bool:
        """Whether the present kernel is."""
        return self._kernel_lives and self._process is not None and self._process.returncode is None

    @property
    def _process(self) -> asyncio.subprocess.Process | None:
        return self._opened.process if self._opened is not None else None

    def explain_death(self) -> str:
        """Why the present kernel has ended, as a cell's error."""
        if self._excess:
            return f"this cell and what it started held {self._excess / 2**30:.1f} GiB of memory"
        if self.was_killed:
            return "its kernel was killed, by this cell or by a machine that ran out of memory"
        return "this cell ended its kernel"

    def be_patient(self) -> Patience:
        """Patience with what the sandbox starts, for as long as that does anything."""
        assert self._opened is not None
        return have_patience(self._opened.launcher)

    async def warm(self, limits: Limits, device: str) -> None:
        """Start the sandbox for runs within these limits, so that the first kernel finds torch imported."""
        await self._open(limits, device)

    async def start_kernel(self, plan: RunPlan, sources: Collection[str]) -> dict[str, Any]:
        """Fork a kernel for a run of cells with these sources; how to connect to it.

        Raises EngineError with what the launcher said if it does not start.
        """
        is_new = self._process is None or self._process.returncode is not None or not self._is_clean
        if is_new:
            await self.close()
            await self._open(plan.limits, plan.device)
        try:
            return await self._fork(plan, sources)
        except EngineError:
            if is_new:
                raise
            # An earlier run can have harmed this launcher in a way that no sweep shows, such as its limits.
            await self.close()
            await self._open(plan.limits, plan.device)
            return await self._fork(plan, sources)

    async def _fork(self, plan: RunPlan, sources: Collection[str]) -> dict[str, Any]:
        assert self._room is not None
        path, info = write_connection_file(
            str(self._room.sockets / "connection.json"),
            transport="ipc",
            ip=str(self._room.sockets / "k"),
            key=os.urandom(16).hex().encode(),
        )
        connection: dict[str, Any] = dict(info)
        owner = self._room.sockets.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
        settings = {"seed": plan.seed, "device": plan.device, "mode": plan.mode, "steps": plan.stop_after}
        self._is_clean = self.was_killed = False
        request = {"do": "start", "connection": path, "settings": settings, **find_uses(plan, sources)}
        await self._send(request)
        try:
            await self._expect("started", LOOK_SECONDS, self.be_patient())
            await self._wait_for_sockets(connection)
        except TimeoutError:
            raise self.describe_failure("it did not answer in time") from None
        return connection

    async def end_kernel(self) -> None:
        """End the kernel and everything that it started, and remove what it wrote."""
        self._kernel_lives = False
        if self._process is None or self._process.returncode is not None or self._is_clean:
            return
        try:
            await self._send({"do": "sweep"})
            swept = await self._expect("swept", SWEEP_SECONDS)
        except (TimeoutError, EngineError):
            return
        assert self._room is not None
        self._is_clean = swept.get("clean") is True and await asyncio.to_thread(
            empty_folder, self._room.sockets
        )

    async def close(self) -> None:
        """End the sandbox, whatever state it is in, and remove its folder."""
        self._kernel_lives = self._is_clean = False
        opened, self._opened = self._opened, None
        if opened is not None:
            await asyncio.to_thread(end_processes, opened.process.pid)
            opened.requests.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await opened.process.wait()
            await self._stop_remains()
        for task in self._company:
            task.cancel()
        self._company.clear()
        if self._scratch is not None:
            # In a thread: a notebook decides how much there is to remove.
            await asyncio.to_thread(self._scratch.remove)
            self._scratch = None

    def describe_failure(self, what: str) -> EngineError:
        """The error to raise for a kernel that did not start, with what the launcher said."""
        said = read_log(self._scratch.path) if self._scratch is not None else ""
        return EngineError(
            f"The kernel did not start: {what}. It said: {said or 'nothing'}. "
            "Run the same notebook with --sandbox none to see whether the sandbox is the reason."
        )

    async def _open(self, limits: Limits, device: str) -> None:
        self._scratch = Scratch()
        folder = self._scratch.path
        # Passable, so that a room's own user reaches the folders below, which only that user may enter.
        folder.chmod(0o711)
        sockets, work = folder / "s", folder / "w"
        sockets.mkdir(mode=0o700)
        work.mkdir(mode=0o700)
        self._room = Room(
            sockets=sockets,
            work=work,
            memory_bytes=limits.memory_bytes,
            cpu_seconds=int(limits.notebook_seconds) + 60,
            gpu=device == "cuda",
        )
        self._events = asyncio.Queue()
        self._opened = await self._start(folder)
        pids = (self._opened.process.pid, self._opened.launcher)
        limit = limits.memory_bytes + SHARED_BYTES + measure_hidden(self._opened.launcher)
        watch = MemoryWatch(pids, limit, self._end_excess)
        self._company = [
            asyncio.create_task(self._listen(self._opened.events, self._events)),
            asyncio.create_task(self._bound(watch)),
        ]
        self._excess = 0
        self._is_clean = True

    async def _start(self, folder: Path) -> Opened:
        assert self._room is not None
        if self._server and isinstance(self.sandbox, BwrapSandbox) and self._server.can_open(self._room):
            # It spares time and no more.
            with contextlib.suppress(EngineError):
                return await self._server.open(self.sandbox, self._room, folder)
        return await open_alone(self.sandbox, self._room, folder)

    async def _bound(self, watch: MemoryWatch) -> None:
        try:
            await watch.watch()
        except Exception:
            # What cannot be measured is not bounded, and must not go on.
            self._end_excess(0)
            raise

    def _end_excess(self, held: int) -> None:
        """End the room at once: its processes hold more than they may."""
        self._excess = held
        if self._process is not None:
            # In a thread, because there may be many processes, and other rooms must not wait for them.
            self._company.append(asyncio.create_task(asyncio.to_thread(end_processes, self._process.pid)))

    async def _stop_remains(self) -> None:
        """End what is no child of the process that was started, such as a container."""
        assert self._room is not None
        command = self.sandbox.build_stop_command(self._room)
        if not command:
            return
        nowhere = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.sandbox.build_environment(self._room),
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
        )
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()

    async def _listen(self, stream: asyncio.StreamReader, events: asyncio.Queue[dict[str, Any]]) -> None:
        # A line that is too long or of another form comes from nothing that can be worked with.
        with contextlib.suppress(ValueError, TypeError, KeyError):
            while line := await stream.readline():
                event = json.loads(line)
                if event["event"] == "ended":
                    self.was_killed = event.get("signal") == signal.SIGKILL and not self._excess
                self._kernel_lives = event["event"] == "started"
                events.put_nowait(event)
        if self._kernel_lives:
            self.was_killed = not self._excess
        self._kernel_lives = False
        events.put_nowait({"event": "gone"})

    async def _send(self, request: dict[str, Any]) -> None:
        assert self._opened is not None
        with contextlib.suppress(ConnectionError):
            self._opened.requests.write(json.dumps(request).encode() + b"\n")
            await self._opened.requests.drain()

    async def _expect(self, name: str, seconds: float, patience: Patience | None = None) -> dict[str, Any]:
        """The next event of that name. Raises TimeoutError, or EngineError if the launcher is gone."""
        while True:
            # Over all events that come, so that a stream of others holds nobody.
            with contextlib.suppress(TimeoutError) if patience else contextlib.nullcontext():
                async with asyncio.timeout(seconds):
                    return await self._receive(name)
            if patience and patience.is_over():
                raise TimeoutError

    async def _receive(self, name: str) -> dict[str, Any]:
        while (event := await self._events.get())["event"] != name:
            if event["event"] == "gone":
                raise self.describe_failure("its launcher ended")
        return event

    async def _wait_for_sockets(self, connection: dict[str, Any]) -> None:
        """Return once the kernel has bound all of its sockets: to connect earlier costs a wait later."""
        channels = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
        paths = [Path(f"{connection['ip']}-{connection[channel]}") for channel in channels]
        patience = self.be_patient()
        while not all(path.is_socket() for path in paths):
            if not self.is_alive():
                raise self.describe_failure("it ended at once")
            if patience.is_over():
                raise TimeoutError
            await asyncio.sleep(0.005)
