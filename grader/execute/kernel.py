"""A kernel in a sandbox, reached over unix sockets."""

import contextlib
import time
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from traitlets import Instance

from grader.execute.launcher import STARTUP_SECONDS, Launcher

LARGEST_MESSAGE_BYTES = 80 * 2**20
"""A kernel that sends more in one message loses its connection: evidence is at most 64 MiB."""
ASK_SECONDS = 60
ANSWER_SECONDS = 0.05
"""Between two questions whether a kernel is ready; the clients' own way takes a second."""


class KernelDied(Exception):
    """The kernel is gone, or does not answer any more."""


class _Client(AsyncKernelClient):
    """Asks the launcher whether its kernel lives: there is no kernel manager here."""

    launcher = Instance(Launcher)

    async def is_alive(self) -> bool:
        """Whether the kernel does."""
        return self.launcher.is_alive()


class SandboxedKernel:
    """One run's kernel: asks its probe, interrupts it, and makes sure that it ends.

    Stands in for the kernel manager that nbclient wants, of which it needs the interrupt alone.
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._context = zmq.asyncio.Context()
        self._context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE_BYTES)
        self._context.setsockopt(zmq.LINGER, 0)
        self.client: Any = None

    async def connect(self, connection: dict[str, Any]) -> None:
        """Wait until the kernel of that connection answers. Raises EngineError if it does not."""
        self.client = _Client(context=self._context, launcher=self._launcher)
        self.client.load_connection_info(connection)
        self.client.start_channels(hb=False)
        self.client.allow_stdin = False
        answered = is_heard = False
        deadline = time.monotonic() + STARTUP_SECONDS
        # Both ways: a reply on the shell channel does not say yet that outputs arrive.
        while not (answered and is_heard):
            if not self._launcher.is_alive() or time.monotonic() > deadline:
                raise self._launcher.describe_failure("it does not answer")
            self.client.kernel_info()
            with contextlib.suppress(Empty):
                await self.client.shell_channel.get_msg(timeout=ANSWER_SECONDS)
                answered = True
            with contextlib.suppress(Empty):
                await self.client.iopub_channel.get_msg(timeout=ANSWER_SECONDS)
                is_heard = True

    async def interrupt_kernel(self) -> None:
        """Stop the cell that runs, by a message: a signal would need the kernel's number out here."""
        message = self.client.session.msg("interrupt_request", {})
        self.client.control_channel.send(message)

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
                if not self._launcher.is_alive():
                    break
                continue
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                buffers = [bytes(buffer) for buffer in reply.get("buffers", [])]
                return dict(reply["content"]), buffers
        raise KernelDied(f"no answer to {action!r} within {seconds:.0f} s")

    async def stop(self) -> None:
        """Let go of the kernel, and end it with everything that it started."""
        if self.client is not None:
            self.client.stop_channels()
        self._context.destroy(linger=0)
        await self._launcher.end_kernel()
