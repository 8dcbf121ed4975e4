"""Opens the room of the next submission while those before it work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from grader.execute.forkserver import ForkServer
from grader.execute.launcher import Launcher
from grader.execute.plan import Limits
from grader.execute.sandbox import Sandbox


class Nursery:
    """Lends launchers, each for one submission: one that has been warmed, or else a cold one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._server = ForkServer()
        self._warming: asyncio.Task[Launcher] | None = None

    def warm(self, limits: Limits, device: str) -> None:
        """Begin to open a room for runs within these limits, unless one is open that nobody has taken yet."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._open(limits, device))

    async def _open(self, limits: Limits, device: str) -> Launcher:
        launcher = Launcher(self._sandbox, self._server)
        try:
            await launcher.warm(limits, device)
        except asyncio.CancelledError:
            await launcher.close()
            raise
        except Exception:
            # Whoever needs it opens it again, and is told what stands in the way.
            await launcher.close()
        return launcher

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Launcher]:
        """A launcher in which no notebook has run, closed afterwards."""
        warming, self._warming = self._warming, None
        try:
            launcher = await warming if warming is not None else Launcher(self._sandbox, self._server)
        except asyncio.CancelledError:
            # It may have opened at this very moment, and then it is nobody's.
            if warming is not None and warming.done() and not warming.cancelled():
                await warming.result().close()
            raise
        async with launcher:
            yield launcher

    async def close(self) -> None:
        """End the room that nobody has taken, and the process that launchers are forked from."""
        warming, self._warming = self._warming, None
        try:
            if warming is not None:
                await (await warming).close()
        finally:
            await self._server.close()
