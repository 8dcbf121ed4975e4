"""Locks this process in, proves it, and only then runs a module.

    python -m grader.probe.confine CONFINEMENT MODULE ARGUMENTS…

CONFINEMENT is a `Confinement` as JSON. Exits with `REFUSED` and says why if a piece does not take.
Standard library only, so that nothing of the environment runs before the lock is shut.
"""

import dataclasses
import json
import os
import resource
import runpy
import sys
from pathlib import Path
from typing import Any, Literal

from grader.probe.landlock import restrict_process
from grader.probe.privileges import drop_root, find_weak_privileges, forbid_new_privileges
from grader.probe.seccomp import install_filter

REFUSED = 77
"""Exit status when the process could not be locked in, and so ran nothing (EX_NOPERM of sysexits.h)."""


class ConfinementError(Exception):
    """A part of the lock did not take; says which."""


@dataclasses.dataclass(frozen=True)
class Confinement:
    """What one process, and all it starts, may do. Travels as JSON on a command line."""

    memory_bytes: int
    """Private memory of each process (RLIMIT_DATA): RLIMIT_AS would count CUDA's reserved addresses."""
    file_bytes: int
    processes: int
    """Processes and threads, besides those that this user already runs where they can be seen."""
    cpu_seconds: int
    folder: str
    """Where the module starts."""
    open_files: int = 1024
    uid: int | None = None
    """User to become, with no group but the one of that number; None stays who it is."""
    keep_read_search: bool = False
    """Whether folders closed to `uid` can be passed: Landlock alone then says what may be read."""
    landlock: Literal["required", "where offered", "off"] = "required"
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """Device files that may be read and written."""
    sockets: tuple[str, ...] = ()
    """Folders where sockets may be bound, and where no other file may be made."""
    seccomp: bool = True
    network: bool = False
    own_files: bool = False
    """Whether the file system is the sandbox's own, so that modes and sockets in it are nobody else's."""

    def to_json(self) -> str:
        """One line that `from_json` reads."""
        return json.dumps(dataclasses.asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Confinement":
        """The confinement written so. Raises ConfinementError where it is not one."""
        try:
            fields: dict[str, Any] = json.loads(text)
            for name in ("readable", "writable", "devices", "sockets"):
                fields[name] = tuple(fields.get(name, ()))
            return cls(**fields)
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfinementError(f"the first argument is no confinement: {error}") from error


def apply_confinement(confinement: Confinement) -> None:
    """Locks this process in for good. Raises ConfinementError, after which nothing may be run in it."""
    try:
        os.chdir(confinement.folder)
        _limit_resources(confinement)
        forbid_new_privileges()
        if confinement.landlock != "off":
            _restrict_paths(confinement)
        if confinement.uid is not None:
            drop_root(confinement.uid, confinement.uid, keep_read_search=confinement.keep_read_search)
        # After the change of user: root is not held to it, and the count is the new user's.
        _limit(resource.RLIMIT_NPROC, _count_own_threads() + confinement.processes)
        if confinement.seccomp:
            install_filter(network=confinement.network, own_files=confinement.own_files)
    except (OSError, ValueError, OverflowError) as error:
        raise ConfinementError(str(error)) from error
    if faults := _find_faults(confinement):
        raise ConfinementError("; ".join(faults))


def _limit_resources(confinement: Confinement) -> None:
    _limit(resource.RLIMIT_DATA, confinement.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, confinement.file_bytes)
    _limit(resource.RLIMIT_CPU, confinement.cpu_seconds)
    _limit(resource.RLIMIT_NOFILE, confinement.open_files)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _restrict_paths(confinement: Confinement) -> None:
    try:
        restrict_process(
            readable=confinement.readable,
            writable=confinement.writable,
            devices=confinement.devices,
            sockets=confinement.sockets,
            network=confinement.network,
        )
    except OSError:
        if confinement.landlock == "required":
            raise


def _count_own_threads() -> int:
    """Threads of this process's real user, as the kernel counts them for RLIMIT_NPROC."""
    uid, threads = os.getuid(), 0
    for process in Path("/proc").glob("[1-9]*"):
        try:
            status = (process / "status").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has just ended
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(fields["Uid"].split()[0]) == uid:
            threads += int(fields["Threads"])
    return threads


def _find_faults(confinement: Confinement) -> list[str]:
    """What was asked for and is not so, tried rather than assumed."""
    faults = []
    if confinement.seccomp:
        faults += find_weak_privileges(keep_read_search=confinement.keep_read_search, seccomp=True)
    if confinement.landlock == "required":
        made = [folder for folder in confinement.sockets if _make_file(Path(folder))]
        faults += [f"Landlock is not in force: a file could be made in {folder}" for folder in made]
        if "/" not in confinement.readable and _list_folder(Path("/")):
            faults.append("Landlock is not in force: the root folder can be listed")
    return faults


def _make_file(folder: Path) -> bool:
    try:
        (folder / f".confine-{os.getpid()}").touch(exist_ok=False)
    except OSError:
        return False
    (folder / f".confine-{os.getpid()}").unlink()
    return True


def _list_folder(folder: Path) -> bool:
    try:
        next(folder.iterdir(), None)
    except OSError:
        return False
    return True


def main() -> None:
    """Reads the command line, locks the process in, runs the module in it."""
    if len(sys.argv) < 3:
        sys.exit("usage: python -m grader.probe.confine CONFINEMENT MODULE [ARGUMENT…]")
    _, confinement, module, *arguments = sys.argv
    try:
        apply_confinement(Confinement.from_json(confinement))
    except ConfinementError as error:
        print(f"grader: this process could not be locked in, so nothing was run: {error}", file=sys.stderr)
        sys.exit(REFUSED)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
