"""The strongest room: bubblewrap's namespaces around the launcher's own lock."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import SandboxError
from grader.execute.sandbox.allocator import PRELOADED, find_allocator
from grader.execute.sandbox.base import Room
from grader.execute.sandbox.interior import (
    HOME,
    LIBRARY,
    LINKED_FOLDERS,
    PACKAGE,
    build_plain_environment,
    choose_uid,
    confine_to_own_files,
    hand_over,
    list_gpu_devices,
    list_readable_paths,
    wrap_command,
)
from grader.probe.confine import Confinement
from grader.probe.landlock import find_abi

NOBODY = 65534
"""Who an ordinary user's room believes to be; outside it stays that user."""


class BwrapSandbox:
    """Runs a module in namespaces of its own: no network, no other process, no file but those it needs."""

    name = "bwrap"
    own_folders: tuple[str, ...] = ("/tmp", "/dev/shm")

    @property
    def weaker(self) -> str | None:
        """What this room does not keep out on this machine, for people to read; None if nothing is known."""
        if find_abi():
            return None
        return "this kernel has no Landlock: a notebook could leave files in its own folder of sockets"

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command that runs the module in the room.

        Started by root it hands the folder of sockets, with what already lies in it, to the room's user.
        Raises SandboxError where bubblewrap is not installed.
        """
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            raise SandboxError("bubblewrap is not installed. Run: sudo apt install bubblewrap")
        confinement = self.confine(room)
        hand_over(room.sockets, confinement.uid)
        options = [*_separate(as_root=confinement.uid is not None), *_furnish(room)]
        return [bwrap, *options, "--", *wrap_command(confinement, module, arguments)]

    def confine(self, room: Room) -> Confinement:
        """How a process locks itself in, once it stands in the room."""
        return replace(confine_to_own_files(room), uid=choose_uid(room), landlock="where offered")

    def build_inner_environment(self, room: Room) -> dict[str, str]:
        """The whole environment of what runs in the room, with what bwrap itself adds."""
        return {**build_plain_environment(HOME, LIBRARY, gpu=room.gpu), "PWD": "/"}

    def build_environment(self, room: Room) -> dict[str, str]:
        """The whole environment that the command is started with, but for what bwrap itself must not load."""
        environment = build_plain_environment(HOME, LIBRARY, gpu=room.gpu)
        return {name: value for name, value in environment.items() if name != PRELOADED}

    def build_stop_command(self, room: Room) -> list[str]:
        """Nothing: the room ends with its command."""
        return []


def _separate(*, as_root: bool) -> list[str]:
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--die-with-parent", "--new-session", "--hostname", "grader", "--cap-drop", "ALL"]
    if as_root:
        # Without a user namespace the launcher inside must still be able to leave root behind.
        kept = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
        return options + [word for capability in kept for word in ("--cap-add", capability)]
    return [*options, "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)]


def _furnish(room: Room) -> list[str]:
    size = str(room.file_bytes)
    options = ["--proc", "/proc", "--dev", "/dev"]
    # First of all, because the interpreter or the sockets may lie below one of them.
    for folder, mode in (("/tmp", "1777"), ("/dev/shm", "1777")):
        options += ["--perms", mode, "--size", size, "--tmpfs", folder]
    options += ["--perms", "0755", "--dir", "/home", "--perms", "0777", "--size", size, "--tmpfs", str(HOME)]
    options += ["--perms", "0777", "--dir", str(HOME / "tmp")]

    made = {Path("/"), Path("/tmp"), Path("/dev"), Path("/dev/shm"), Path("/proc"), Path("/home"), HOME}
    for link in map(Path, LINKED_FOLDERS):
        if link.is_symlink():
            options += ["--symlink", str(link.readlink()), str(link)]
    for path in list_readable_paths():
        options += [*_make_parents(path, made), "--ro-bind", str(path), str(path)]
    inside = LIBRARY / PACKAGE.name
    options += [*_make_parents(inside, made), "--ro-bind", str(PACKAGE), str(inside)]
    options += [*_make_parents(room.sockets, made), "--bind", str(room.sockets), str(room.sockets)]
    if room.gpu:
        for device in list_gpu_devices():
            options += ["--dev-bind", device, device]
        options += ["--ro-bind", "/sys", "/sys"]
    # Where bwrap has its owner's rights, the loader would drop this from the environment.
    if allocator := find_allocator():
        options += ["--setenv", PRELOADED, str(allocator)]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def _make_parents(path: Path, made: set[Path]) -> list[str]:
    """Options that make a path's missing parents, which bwrap itself would close to other users."""
    options = []
    for parent in reversed(path.parents):
        if parent not in made:
            made.add(parent)
            options += ["--perms", "0755", "--dir", str(parent)]
    return options
