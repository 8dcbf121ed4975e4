"""A kernel in a sandbox, reached over unix sockets."""

import contextlib
import time
from collections.abc import Mapping
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.session import Session
from traitlets import Instance

from grader.execute.launcher import Launcher
from grader.execute.oversized import unpack_capped

LARGEST_FRAMES: Mapping[str, int] = {"shell": 68 * 2**20, "iopub": 68 * 2**20}
"""A kernel that sends more in one part of a message loses its connection: evidence is at most 64 MiB."""
LARGEST_FRAME = 2**20
"""On the other channels, where nothing of use arrives."""
MESSAGES_WAITING = 1
"""On each channel, so that what is sent while nobody reads waits in the kernel, or is lost to it."""
ASK_SECONDS = 60
ANSWER_SECONDS = 0.05
"""Between two questions whether a kernel is ready; the clients' own way takes a second."""


class KernelDied(Exception):
    """The kernel is gone, or does not answer any more."""


class _Client(AsyncKernelClient):
    """Asks the launcher whether its kernel lives: there is no kernel manager here."""

    launcher = Instance(Launcher)

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> Any:
        # Limits hold for the connections that are made after they are set.
        self.context.setsockopt(zmq.MAXMSGSIZE, LARGEST_FRAMES.get(channel, LARGEST_FRAME))
        return super()._create_connected_socket(channel, identity)

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
        self._context.setsockopt(zmq.RCVHWM, MESSAGES_WAITING)
        # Clients send without awaiting. A kernel that has lost its connection must not hold the grader.
        self._context.setsockopt(zmq.SNDTIMEO, 0)
        self._context.setsockopt(zmq.LINGER, 0)
        self.client: Any = None

    async def connect(self, connection: dict[str, Any]) -> None:
        """Wait until the kernel of that connection answers. Raises EngineError if it does not."""
        session = Session(unpack=unpack_capped)
        self.client = _Client(context=self._context, launcher=self._launcher, session=session)
        self.client.load_connection_info(connection)
        self.client.start_channels(hb=False)
        self.client.allow_stdin = False
        answered = is_heard = False
        patience = self._launcher.be_patient()
        # Both ways: a reply on the shell channel does not say yet that outputs arrive.
        while not (answered and is_heard):
            if not self._launcher.is_alive() or patience.is_over():
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
        with contextlib.suppress(zmq.Again):
            self.client.control_channel.send(message)

    async def ask(
        self, action: str, *, seconds: float = ASK_SECONDS, **content: Any
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The probe's reply and its buffers.

        Raises KernelDied if there is none in time, or one that cannot be understood.
        """
        message = self.client.session.msg("probe_request", {"action": action, **content})
        try:
            self.client.shell_channel.send(message)
        except zmq.Again:
            raise KernelDied(f"no way to ask it for {action!r}") from None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                reply = await self.client.shell_channel.get_msg(timeout=1.0)
                if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                    # The probe sends one; copies of more would only take memory.
                    buffers = [bytes(buffer) for buffer in reply["buffers"][:1]]
                    return dict(reply["content"]), buffers
            except Empty:
                if not self._launcher.is_alive():
                    break
            except Exception as error:
                # A notebook can send this channel whatever it likes, wrongly signed or in no form at all.
                fault = f"{type(error).__name__}: {error}"[:200]
                raise KernelDied(f"no answer to {action!r} that can be understood ({fault})") from None
        raise KernelDied(f"no answer to {action!r} within {seconds:.0f} s")

    async def stop(self) -> None:
        """Let go of the kernel, and end it with everything that it started."""
        if self.client is not None:
            self.client.stop_channels()
        self._context.destroy(linger=0)
        await self._launcher.end_kernel()
