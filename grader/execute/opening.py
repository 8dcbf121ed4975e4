"""Starts a sandbox whose launcher imports torch itself."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

from grader.execute.sandbox import Room, Sandbox

START_LOG = "start.log"
"""What a launcher and a kernel that is starting say; a kernel that serves lets go of this file."""
LOG_SHOWN = 2000


@dataclass(frozen=True)
class Opened:
    """A sandbox that has been started."""

    process: asyncio.subprocess.Process
    """What it was started by; everything in it ends with this process."""
    launcher: int
    """The process above all that it runs."""
    events: asyncio.StreamReader
    requests: asyncio.StreamWriter


def read_log(folder: Path) -> str:
    """What was said in a sandbox that did not start, cut; empty if nothing was."""
    with contextlib.suppress(OSError), (folder / START_LOG).open("rb") as log:
        return log.read(LOG_SHOWN).decode("utf-8", "replace").strip()
    return ""


async def open_alone(sandbox: Sandbox, room: Room, folder: Path) -> Opened:
    """Start a sandbox whose launcher imports torch itself."""
    command = sandbox.build_command("grader.probe.launch", sandbox.own_folders, room)
    with (folder / START_LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=sandbox.build_environment(room),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )
    assert process.stdin is not None and process.stdout is not None
    return Opened(process, process.pid, process.stdout, process.stdin)
