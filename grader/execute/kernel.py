"""A kernel in a sandbox, reached over unix sockets in a folder of its own."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from grader.errors import EngineError
from grader.execute.plan import RunPlan
from grader.execute.sandbox import Room, Sandbox

LARGEST_MESSAGE_BYTES = 80 * 2**20
"""A kernel that sends more in one message loses its connection: evidence is at most 64 MiB."""
STARTUP_SECONDS = 120
ASK_SECONDS = 60
LOG_SHOWN = 2000


def choose_folder() -> str | None:
    """Where the rooms' folders are made: TMPDIR if it is set, else /var/tmp.

    Not /tmp if that can be helped, because the rule that guards the sockets closes all of it to notebooks.
    The sockets' paths must stay below 108 bytes, so a long TMPDIR will not do.
    """
    chosen = os.environ.get("TMPDIR")
    if chosen:
        return chosen
    return "/var/tmp" if Path("/var/tmp").is_dir() else None


class KernelDied(Exception):
    """The kernel is gone, or does not answer any more."""


class _OneSpec(KernelSpecManager):
    """Knows one kernel: ours. What a notebook's metadata asks for has no power."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self._spec


class SandboxedKernel:
    """Starts a kernel in a sandbox, asks its probe, and makes sure that it ends."""

    def __init__(self, sandbox: Sandbox, plan: RunPlan) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="grade-", dir=choose_folder()))
        self.client: Any = None
        try:
            self._prepare(sandbox, plan)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _prepare(self, sandbox: Sandbox, plan: RunPlan) -> None:
        # Passable, so that a room's own user reaches the folders below, which only that user may enter.
        self.folder.chmod(0o711)
        sockets, work = self.folder / "s", self.folder / "w"
        sockets.mkdir(mode=0o700)
        work.mkdir(mode=0o700)
        room = Room(
            sockets=sockets,
            work=work,
            memory_bytes=plan.limits.memory_bytes,
            cpu_seconds=int(plan.limits.notebook_seconds) + 60,
            gpu=plan.device == "cuda",
        )
        self._context = zmq.asyncio.Context()
        self._context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE_BYTES)
        self._context.setsockopt(zmq.LINGER, 0)
        self.manager = AsyncKernelManager(
            context=self._context,
            transport="ipc",
            ip=str(sockets / "k"),
            connection_file=str(sockets / "connection.json"),
        )
        # Before the command is built, which hands the folder and all in it to the room's user.
        self.manager.write_connection_file()
        settings = json.dumps(
            {"seed": plan.seed, "device": plan.device, "mode": plan.mode, "steps": plan.stop_after}
        )
        command = sandbox.build_command("grader.probe.launch", [self.manager.connection_file, settings], room)
        self._environment = sandbox.build_environment(room)
        spec = KernelSpec(
            argv=command, display_name="grader", language="python", interrupt_mode="message", env={}
        )
        self.manager.kernel_spec_manager = _OneSpec(spec)

    async def start(self) -> None:
        """Start the kernel and wait until it answers. Raises EngineError with what it said if it does not."""
        log_path = self.folder / "start.log"
        # What the launcher says before it serves the kernel; it then lets go of this file.
        with log_path.open("wb") as log:
            await self.manager.start_kernel(
                env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=str(self.folder)
            )
        self.client = self.manager.client(context=self._context)
        self.client.start_channels()
        self.client.allow_stdin = False
        try:
            await self.client.wait_for_ready(timeout=STARTUP_SECONDS)
        except RuntimeError as error:
            with log_path.open("rb") as log:
                said = log.read(LOG_SHOWN).decode("utf-8", "replace").strip()
            raise EngineError(
                f"The kernel did not start: {error}. It said: {said or 'nothing'}. "
                "Run the same notebook with --sandbox none to see whether the sandbox is the reason."
            ) from error

    async def ask(
        self, action: str, *, seconds: float = ASK_SECONDS, **content: Any
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The probe's reply and its buffers. Raises KernelDied if there is none in time."""
        message = self.client.session.msg("probe_request", {"action": action, **content})
        self.client.shell_channel.send(message)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                reply = await self.client.shell_channel.get_msg(timeout=1.0)
            except Empty:
                if not await self.manager.is_alive():
                    break
                continue
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                buffers = [bytes(buffer) for buffer in reply.get("buffers", [])]
                return dict(reply["content"]), buffers
        raise KernelDied(f"no answer to {action!r} within {seconds:.0f} s")

    async def stop(self) -> None:
        """End the kernel and everything that it started, and remove its folder."""
        if self.client is not None:
            self.client.stop_channels()
        provisioner = self.manager.provisioner
        if isinstance(provisioner, LocalProvisioner) and provisioner.pgid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(provisioner.pgid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError, RuntimeError, OSError, zmq.ZMQError):
            await asyncio.wait_for(self.manager.shutdown_kernel(now=True), 10)
        self._context.destroy(linger=0)
        shutil.rmtree(self.folder, ignore_errors=True)
