"""The room for machines with docker or podman: a container whose image is empty.

An image holds no more than links and empty folders, made on the spot and never pulled: the interpreter, the
libraries and the package are this machine's own, shown to the container and not to be written there.
"""

import csv
import functools
import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grader.errors import SandboxError
from grader.execute.sandbox.base import Room
from grader.execute.sandbox.engine import Engine, build_client_environment, find_engine, say_last
from grader.execute.sandbox.interior import (
    HOME,
    LIBRARY,
    LINKED_FOLDERS,
    PACKAGE,
    TEMPORARY,
    build_plain_environment,
    choose_uid,
    confine_to_own_files,
    hand_over,
    list_readable_paths,
    wrap_command,
)
from grader.probe.confine import Confinement
from grader.probe.landlock import find_abi

IMAGE = "localhost/grader-room"
OPEN_FILES = 1024
UNCOUNTED = 2**14
"""Instead of a number of processes, where the kernel would count the caller's own among them."""
BESIDES = 8
"""Processes of a container that are not the notebook's: the first one, and the launcher's threads."""
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
"""Docker's client sets these from its settings, passwords included, unless they are given."""


class ContainerSandbox:
    """Runs a module in a container of docker's or podman's, whichever answers."""

    name = "container"
    own_folders: tuple[str, ...] = ("/tmp", "/dev/shm")

    @functools.cached_property
    def engine(self) -> Engine:
        """The engine in use. Raises SandboxError where none answers."""
        return find_engine()

    @functools.cached_property
    def image(self) -> str:
        """The image in use, made where it is missing. Raises SandboxError if it cannot be."""
        return require_image(self.engine)

    @property
    def weaker(self) -> str | None:
        """What this room does not keep out on this machine, for people to read; None if nothing is known."""
        faults = []
        if not find_abi():
            faults.append(
                "this kernel has no Landlock: a notebook could leave files in its folder of sockets"
            )
        if not self.engine.bounds_memory:
            faults.append(f"{self.engine.name} cannot bound a container here: only each process is bounded")
        return "; ".join(faults) or None

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command that runs the module in a container, which ends when its standard input does.

        Makes the image where it is missing. Started by root it hands the folder of sockets, with what already
        lies in it, to the room's user. Raises SandboxError where no engine answers or no image can be made.
        """
        uid = choose_uid(room)
        if uid is not None and self.engine.rootless:
            raise SandboxError("root's containers are not to be rootless. Unset CONTAINER_HOST.")
        hand_over(room.sockets, uid)
        inside = wrap_command(self._confine(room, counts_own=uid is not None), module, arguments)
        return [
            *(self.engine.path, "run", "--name", name_container(room)),
            *self._separate(room, os.geteuid() if uid is None else uid),
            *self._furnish(room),
            self.image,
            *inside,
        ]

    def build_environment(self, room: Room) -> dict[str, str]:
        """The environment of the engine's client; the container gets its own by the command."""
        return build_client_environment()

    def build_stop_command(self, room: Room) -> list[str]:
        """The command that ends the container: it is no child of whoever asked the engine for it."""
        return [self.engine.path, "rm", "--force", *self._if_podman("--time=0"), name_container(room)]

    def _confine(self, room: Room, *, counts_own: bool) -> Confinement:
        # In a user namespace the kernel counts anew; by docker the container's user is the caller.
        counted = counts_own or self.engine.rootless
        return replace(
            confine_to_own_files(room),
            processes=room.processes if counted else UNCOUNTED,
            open_files=OPEN_FILES,
            # An engine's own filter may close Landlock, and must not do so unseen.
            landlock="required" if find_abi() else "off",
        )

    def _separate(self, room: Room, uid: int) -> Iterator[str]:
        yield from ("--rm", "-i", "--init", "--pull", "never", "--log-driver", "none")
        yield from ("--network", "none", "--read-only", "--cap-drop", "ALL", "--ipc", "private")
        yield from ("--security-opt", "no-new-privileges", "--hostname", "grader", "--workdir", "/")
        if Path("/sys/fs/selinux/enforce").exists():
            # The system's own folders cannot be given a container's label.
            yield from ("--security-opt", "label=disable")
        yield from ("--user", f"{uid}:{uid if os.geteuid() == 0 else os.getegid()}")
        yield from ("--ulimit", f"nofile={OPEN_FILES}:{OPEN_FILES}")
        if self.engine.name == "podman":
            yield from ("--env-host=false", "--http-proxy=false", "--no-hosts", "--read-only-tmpfs=false")
            # Its own choice is the highest number of all, which not every caller may set.
            yield from ("--ulimit", f"nproc={UNCOUNTED}:{UNCOUNTED}")
        if self.engine.rootless:
            yield from ("--userns", "keep-id")
        if self.engine.bounds_memory:
            memory = str(room.memory_bytes + len(TEMPORARY) * room.file_bytes)
            yield from ("--memory", memory, "--memory-swap", memory)
            yield from ("--pids-limit", str(room.processes + BESIDES))
        else:
            yield from self._if_podman("--cgroups=disabled")

    def _furnish(self, room: Room) -> Iterator[str]:
        for folder in TEMPORARY:
            yield from ("--tmpfs", f"{folder}:rw,exec,nosuid,nodev,size={room.file_bytes},mode=1777")
        for path in map(str, list_readable_paths()):
            yield from ("--mount", _describe_mount(path, path, "readonly"))
        yield from ("--mount", _describe_mount(str(PACKAGE), str(LIBRARY / PACKAGE.name), "readonly"))
        yield from ("--mount", _describe_mount(str(room.sockets), str(room.sockets)))
        environment = build_plain_environment(HOME, LIBRARY, gpu=room.gpu)
        # A home that has just been mounted has no folder in it yet.
        environment["TMPDIR"] = str(HOME) if room.sockets.is_relative_to("/tmp") else "/tmp"
        if self.engine.name == "docker":
            environment |= dict.fromkeys((*PROXIES, *map(str.upper, PROXIES)), "")
        for name, value in environment.items():
            yield from ("--env", f"{name}={value}")
        if room.gpu:
            podman = ("--device", "nvidia.com/gpu=all")
            yield from podman if self.engine.name == "podman" else ("--gpus", "all")

    def _if_podman(self, *words: str) -> tuple[str, ...]:
        return words if self.engine.name == "podman" else ()


def name_container(room: Room) -> str:
    """The name of the container of a room."""
    return f"grade-{hashlib.sha256(str(room.sockets).encode()).hexdigest()[:20]}"


def require_image(engine: Engine) -> str:
    """The name of the image without files, made where it is missing. Raises SandboxError if it cannot be."""
    content = build_image()
    name = f"{IMAGE}:{hashlib.sha256(content).hexdigest()[:12]}"
    if engine.run("image", "inspect", name).returncode != 0:
        done = engine.run("import", "-", name, given=content)
        if done.returncode != 0:
            raise SandboxError(
                f"{engine.name} cannot make an image: {say_last(done.stderr)}. "
                f"See that its store can be written: {engine.name} info."
            )
    return name


def build_image() -> bytes:
    """A tar archive of the root of a container: links as this machine has them, and empty folders."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("usr", "etc", "proc", "sys", "dev", "run", "tmp", "var", "home"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        for path in map(Path, LINKED_FOLDERS):
            if path.is_symlink():
                link = tarfile.TarInfo(path.name)
                link.type, link.linkname = tarfile.SYMTYPE, str(path.readlink())
                tar.addfile(link)
    return archive.getvalue()


def _describe_mount(source: str, target: str, *options: str) -> str:
    """What `--mount` takes: one line of CSV, so that a path may hold a comma."""
    line = io.StringIO()
    fields = ("type=bind", f"source={source}", f"destination={target}", *options)
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()
