"""A sandbox for tests: keeps nothing in, remembers what it was asked for, and can play any process."""

import sys
from collections.abc import Sequence

from grader.execute.sandbox.base import Room
from grader.execute.sandbox.interior import build_plain_environment, stage_room


class FakeSandbox:
    """Runs a module, or a script in its place, without any confinement.

    `script` is Python source; it finds the module and its arguments in `sys.argv[1:]`, so that a test can
    let a kernel die, hang or lie without writing one.
    """

    name = "fake"
    own_folders: tuple[str, ...] = ()
    weaker: str | None = "nothing is kept out: this is for tests"

    def __init__(self, script: str | None = None) -> None:
        self.script = script
        self.calls: list[tuple[str, tuple[str, ...], Room]] = []
        """What `build_command` was asked for, in order."""

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command that runs the module or the script; remembered in `calls`."""
        self.calls.append((module, tuple(arguments), room))
        room.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.script is not None:
            return [sys.executable, "-P", "-c", self.script, module, *arguments]
        return [sys.executable, "-P", "-m", module, *arguments]

    def build_environment(self, room: Room) -> dict[str, str]:
        """The whole environment that the command is started with."""
        home, library = stage_room(room)
        return build_plain_environment(home, library, gpu=room.gpu)

    def build_stop_command(self, room: Room) -> list[str]:
        """Nothing: the script ends with its command."""
        return []
