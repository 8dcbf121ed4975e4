"""No room at all: resource limits only. For notebooks whose authors are trusted."""

import os
from collections.abc import Sequence
from dataclasses import replace

from grader.execute.sandbox.base import Room
from grader.execute.sandbox.interior import (
    build_plain_environment,
    hand_over,
    limit,
    stage_room,
    wrap_command,
)


class NoSandbox:
    """Runs a module with the caller's own rights. Chosen by name only, never as a fallback."""

    name = "none"
    own_folders: tuple[str, ...] = ()

    @property
    def weaker(self) -> str | None:
        """What is not kept out, for people to read."""
        return "nothing is kept out: a notebook can read, change and send whatever you can"

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command that runs the module with limits on memory, time and file size. Makes a home for it."""
        home, _ = stage_room(room)
        hand_over(room.sockets, None)
        confinement = replace(limit(room, home), landlock="off", seccomp=False)
        return wrap_command(confinement, module, arguments)

    def build_environment(self, room: Room) -> dict[str, str]:
        """The whole environment that the command is started with."""
        home, library = stage_room(room)
        environment = build_plain_environment(home, library, gpu=room.gpu)
        if room.gpu and "CUDA_VISIBLE_DEVICES" in os.environ:
            environment["CUDA_VISIBLE_DEVICES"] = os.environ["CUDA_VISIBLE_DEVICES"]
        return environment

    def build_stop_command(self, room: Room) -> list[str]:
        """Nothing: what is started stays below its command."""
        return []
