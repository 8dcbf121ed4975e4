"""The seam between the runner and whatever keeps a notebook in."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Room:
    """What one run may see and use."""

    sockets: Path
    """Folder of the host where the kernel binds its sockets; it has the same path inside."""
    work: Path
    """Empty folder of the host, for backends that cannot give a run a file system of its own."""
    memory_bytes: int
    """Private memory of each process (RLIMIT_DATA)."""
    file_bytes: int = 256 * 2**20
    """Largest file, and the size of each temporary file system."""
    processes: int = 64
    cpu_seconds: int = 3600
    gpu: bool = False
    """Whether NVIDIA's device files are let in."""


class Sandbox(Protocol):
    """A way to run a module of this package so that it can harm nobody."""

    name: str
    """As in `--sandbox` and in every result."""
    own_folders: tuple[str, ...]
    """Folders besides the home that a run can write, and that are the sandbox's own: swept between runs."""

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command that runs `python -m module arguments` in the sandbox."""
        ...

    def build_environment(self, room: Room) -> dict[str, str]:
        """The whole environment that the command is started with; nothing of the caller's own."""
        ...

    def build_stop_command(self, room: Room) -> list[str]:
        """The command that ends what outlives the first one's end; empty where nothing does.

        Started with the same environment, also after that end, and where nothing is left to be ended.
        """
        ...
