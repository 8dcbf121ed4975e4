"""The room for machines without namespaces: the launcher's own lock, with the host around it."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import SandboxError
from grader.execute.sandbox.base import Room
from grader.execute.sandbox.interior import (
    LINKED_FOLDERS,
    PACKAGE,
    SYSTEM_FILES,
    SYSTEM_FOLDERS,
    build_plain_environment,
    choose_uid,
    hand_over,
    limit,
    list_gpu_devices,
    list_interpreter_folders,
    stage_room,
    wrap_command,
)
from grader.probe.landlock import SCOPE_ABI, find_abi

OLDEST_ABI = 3
"""Before it, files of the same user could be emptied (LANDLOCK_ACCESS_FS_TRUNCATE, Linux 6.2)."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
TERMINALS = ("/dev/ptmx", "/dev/pts")


class LandlockSandbox:
    """Runs a module where only named folders can be read, and only the room's own written."""

    name = "landlock"
    own_folders: tuple[str, ...] = ()

    @property
    def weaker(self) -> str | None:
        """What this room does not keep out, for people to read."""
        text = (
            "without bubblewrap a notebook can list this machine's processes and file names, and can fill "
            "the disk that holds the temporary folder"
        )
        if find_abi() < SCOPE_ABI and os.geteuid() != 0:
            text += "; before Linux 6.12 it can also end other programs of the same user"
        return text

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command that runs the module in the room.

        Makes a home in the room's work folder. Started by root it hands the work folder and the folder of
        sockets, with what already lies in them, to the room's user. Raises SandboxError where the kernel
        has no Landlock, or one that is too old.
        """
        abi = find_abi()
        if abi < OLDEST_ABI:
            found = f"it has version {abi}" if abi else "it has none, or it is switched off"
            raise SandboxError(
                f"This kernel's Landlock is not enough: {found}, and version {OLDEST_ABI} is needed. "
                "Use Linux 6.2 or newer with `landlock` in its `lsm=` list, or install bubblewrap."
            )
        uid = choose_uid(room)
        home, library = stage_room(room)
        hand_over(room.sockets, uid)
        hand_over(room.work, uid)
        readable = [*SYSTEM_FOLDERS, *LINKED_FOLDERS, *SYSTEM_FILES, "/proc", str(PACKAGE), str(library)]
        readable += map(str, list_interpreter_folders())
        readable.append(str(room.sockets))
        devices: tuple[str, ...] = DEVICES
        if uid is not None:
            # Another user's terminals are closed to it; its own would be open, and could be typed into.
            devices += TERMINALS
        if room.gpu:
            devices += list_gpu_devices()
            readable.append("/sys")
        confinement = replace(
            limit(room, home),
            uid=uid,
            keep_read_search=uid is not None and not all(can_reach(uid, Path(path)) for path in readable),
            readable=tuple(readable),
            writable=(str(home),),
            devices=devices,
            sockets=(str(room.sockets),),
        )
        return wrap_command(confinement, module, arguments)

    def build_environment(self, room: Room) -> dict[str, str]:
        """The whole environment that the command is started with."""
        home, library = stage_room(room)
        return build_plain_environment(home, library, gpu=room.gpu)

    def build_stop_command(self, room: Room) -> list[str]:
        """Nothing: what is started stays below its command."""
        return []


def can_reach(uid: int, path: Path) -> bool:
    """Whether that user, without any group, could open the path if there were no Landlock."""
    if not path.exists():
        return True
    path = path.resolve()
    steps = (path, *path.parents) if path.is_dir() else path.parents
    return all(step.stat().st_mode & 0o001 or step.stat().st_uid == uid for step in steps)
