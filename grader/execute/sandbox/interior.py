"""What stands in every room: the interpreter, the package, the environment, and a user without rights."""

import os
import pwd
import site
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grader.execute.sandbox.allocator import PRELOADED, SETTINGS, find_allocator
from grader.execute.sandbox.base import Room
from grader.probe.confine import Confinement

PACKAGE = Path(__file__).resolve().parents[2]
"""The package's own folder. The repository around it holds solutions, and is never let in."""

HOME = Path("/home/student")
LIBRARY = Path("/opt/grader")
"""Where a room with a file system of its own has its home, and the folder that holds the package."""
TEMPORARY = ("/tmp", "/dev/shm", str(HOME))
"""The folders of such a room that can be written to."""

DEVICES = (
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts",
)  # fmt: skip
"""Devices of such a room, terminals of its own included."""

SYSTEM_FOLDERS = (
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share",
    "/usr/local/bin", "/usr/local/lib", "/usr/local/share",
)  # fmt: skip
"""Programs, libraries and fonts: /usr without its src, where containers like to keep their work."""

LINKED_FOLDERS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
"""Links into /usr on most systems, folders of their own on the others."""

SYSTEM_FILES = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts",
    "/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/nsswitch.conf", "/etc/ssl/openssl.cnf",
    "/var/cache/fontconfig",
)  # fmt: skip
"""What the loader, matplotlib, OpenSSL and the time zone read besides."""

FIRST_UID, UIDS = 52_000, 8_000
"""Users that root's rooms run as: above what `adduser` reaches in practice, and below 65,536, the number
of users that a rootless container has."""


def list_interpreter_folders() -> tuple[Path, ...]:
    """Folders that this interpreter and its packages need, under every name they are reached by.

    Only the parts of a prefix that Python reads: a prefix can be a whole repository.
    """
    prefixes = [Path(sys.prefix), Path(sys.exec_prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix)]
    prefixes += [hop.parent.parent for hop in _follow_links(Path(sys.executable))]
    prefixes += [prefix.resolve() for prefix in prefixes]
    parts = [
        p / part for p in dict.fromkeys(prefixes) for part in ("bin", "lib", "lib64", "share", "pyvenv.cfg")
    ]
    if user_packages := find_user_packages():
        parts.append(user_packages)
    return tuple(dict.fromkeys(part for part in parts if part.exists()))


def list_readable_paths() -> tuple[Path, ...]:
    """All of this machine that a room with a file system of its own shows, none below another."""
    folders = [path for path in LINKED_FOLDERS if not Path(path).is_symlink()]
    named = [*folders, *SYSTEM_FOLDERS, *SYSTEM_FILES, *map(str, list_interpreter_folders())]
    paths = [path for path in dict.fromkeys(named) if Path(path).exists()]
    above = tuple(f"{path}/" for path in paths)
    return tuple(Path(path) for path in paths if not path.startswith(above))


def list_gpu_devices() -> tuple[str, ...]:
    """NVIDIA's device files, those of every card."""
    return tuple(str(path) for path in sorted(Path("/dev").glob("nvidia*")) if path.is_char_device())


def find_user_packages() -> Path | None:
    """The user's own site-packages, if this interpreter uses them."""
    folder = Path(site.getusersitepackages())
    return folder if site.ENABLE_USER_SITE and str(folder) in sys.path and folder.is_dir() else None


def _follow_links(path: Path) -> Iterator[Path]:
    yield path
    while path.is_symlink():
        path = path.parent / path.readlink()
        yield Path(os.path.normpath(path))


def limit(room: Room, folder: Path) -> Confinement:
    """The room's limits on memory, files, processes and time, for what starts in that folder."""
    return Confinement(
        memory_bytes=room.memory_bytes,
        file_bytes=room.file_bytes,
        processes=room.processes,
        cpu_seconds=room.cpu_seconds,
        folder=str(folder),
    )


def confine_to_own_files(room: Room) -> Confinement:
    """The confinement of a room with a file system of its own: it may read whatever is there."""
    return replace(
        limit(room, HOME),
        readable=("/",),
        # A Landlock rule covers all that lies below, so a folder above the sockets cannot be open.
        writable=tuple(folder for folder in TEMPORARY if not room.sockets.is_relative_to(folder)),
        devices=(*DEVICES, *(list_gpu_devices() if room.gpu else ())),
        sockets=(str(room.sockets),),
        own_files=True,
    )


def wrap_command(confinement: Confinement, module: str, arguments: Sequence[str]) -> list[str]:
    """The command that locks itself in and then runs the module."""
    # -P and -s: neither the folder it is started in nor the user's own packages come before ours.
    launcher = [sys.executable, "-P", "-s", "-m", "grader.probe.confine", confinement.to_json()]
    return [*launcher, module, *arguments]


def build_plain_environment(home: Path, library: Path, *, gpu: bool) -> dict[str, str]:
    """The whole environment of a room: nothing of the caller's own.

    `home` is where everything that wants to write goes, `library` the folder that holds the package.
    """
    user_packages = find_user_packages()
    environment = {
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin")),
        "HOME": str(home),
        # Asked for by torch and getpass; the user of a room stands in no /etc/passwd.
        "USER": "student",
        "LOGNAME": "student",
        "PYTHONPATH": os.pathsep.join(map(str, filter(None, (library, user_packages)))),
        "TMPDIR": str(home / "tmp"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "KERAS_HOME": str(home / ".keras"),
        "KERAS_BACKEND": "torch",
        # The kernel chooses the device: to ask for CUDA before it is forked would break it there.
        "KERAS_TORCH_DEVICE": "cpu",
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_RUNTIME_DIR": str(home / ".runtime"),
    }
    if not gpu:
        environment["CUDA_VISIBLE_DEVICES"] = ""
    if allocator := find_allocator():
        environment |= {PRELOADED: str(allocator), **SETTINGS}
    return environment


def choose_uid(room: Room) -> int | None:
    """The user that a room started by root runs as; None where the caller is an ordinary user.

    Every room has another, as RLIMIT_NPROC counts a user's processes in all rooms together. Two rooms
    that meet by chance only share that count.
    """
    if os.geteuid() != 0:
        return None
    uid = FIRST_UID + zlib.crc32(str(room.sockets).encode()) % UIDS
    while _is_known(uid):
        uid += 1
    return uid


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def hand_over(folder: Path, uid: int | None) -> None:
    """Gives a folder and all that lies in it to the room's user, and closes it to others."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if uid is None:
        return
    os.chown(folder, uid, uid)
    # Never through a link: one of them leads to the package.
    for parent, folders, files in os.walk(folder, followlinks=False):
        for name in (*folders, *files):
            os.chown(Path(parent, name), uid, uid, follow_symlinks=False)


def stage_room(room: Room) -> tuple[Path, Path]:
    """Makes a home and a library in the room's work folder, and returns both.

    The library holds the package as a link: the import system lists every folder it searches, so that
    naming the package's own parent would need the repository to be readable.
    """
    home, library = room.work / "home", room.work / "lib"
    for folder in (home, home / "tmp", library):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = library / PACKAGE.name
    if not link.is_symlink():
        link.symlink_to(PACKAGE)
    return home, library
