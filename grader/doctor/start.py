"""How quickly the rooms of a class start."""

import asyncio
import sys
from pathlib import Path

from grader.doctor.findings import Finding

NAME = "start of rooms"
SLOWER = "Each notebook's room imports torch anew, which takes some two seconds"


def examine_start() -> list[Finding]:
    """Whether a class imports torch once for all of its rooms, found out by opening one in that way."""
    from grader.execute.forkserver import can_change
    from grader.execute.sandbox.choose import examine_backend

    if not examine_backend("bwrap").works:
        return [Finding("machine", NAME, "note", f"{SLOWER}: only rooms of bwrap's can be joined.")]
    fault = asyncio.run(_open_room())
    if fault is None:
        return [Finding("machine", NAME, "good", "torch is imported once for all notebooks of a class.")]
    if can_change(path := Path(sys.executable).resolve()):
        fact = f"{SLOWER}: every room would see {path}, which this user could change."
        remedy = (
            "To spare it, make the environment with a Python that is not this user's, such as the system's."
        )
        return [Finding("machine", NAME, "note", fact, remedy)]
    remedy = "Grading is slower by that, and otherwise the same."
    return [Finding("machine", NAME, "note", f"{SLOWER}, because of a fault ({fault}).", remedy)]


async def _open_room() -> str | None:
    """What keeps launchers from being forked; None if one was."""
    from grader.execute.forkserver import ForkServer
    from grader.execute.launcher import Launcher
    from grader.execute.plan import Limits
    from grader.execute.sandbox.bwrap import BwrapSandbox

    server = ForkServer()
    try:
        async with Launcher(BwrapSandbox(), server) as launcher:
            await launcher.warm(Limits(), "cpu")
    finally:
        await server.close()
    return server.fault
