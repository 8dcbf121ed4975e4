"""Joins the namespaces of another process, as nsenter does."""

import ctypes
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

KINDS = ("ipc", "uts", "net", "cgroup", "mnt", "pid", "user")
"""As /proc/PID/ns names them; all but the last two are joined in this order."""
NEEDED = frozenset({"ipc", "uts", "net", "mnt", "pid"})
"""Those without which a room is none."""
NS_GET_PARENT = 0xB702
"""Request of ioctl on a namespace: the one around it (ioctl_ns(2))."""


class Namespaces:
    """Those namespaces of a room that are not this process's own, open to be joined.

    Who joins a user namespace has its capabilities there and nowhere else; bwrap makes two of them for an
    ordinary user, one in the other, and the outer one owns all other namespaces.
    """

    def __init__(self, files: Iterable[int]) -> None:
        """`files` are open files of /proc/PID/ns, in the order of KINDS.

        Raises OSError if one of those that are needed is this process's own.
        """
        self._files = {kind: file for kind, file in zip(KINDS, files, strict=True) if not _is_own(kind, file)}
        if missing := NEEDED - self._files.keys():
            raise OSError(f"not in namespaces of its own: {', '.join(sorted(missing))}")

    def join_processes(self) -> None:
        """Let children of this process be born in the namespace of processes."""
        user = self._files.get("user")
        if user is not None:
            around = fcntl.ioctl(user, NS_GET_PARENT)
            if _is_own("user", around):
                around = self._files.pop("user")
            _set_namespace(around)
        _set_namespace(self._files.pop("pid"))

    def join_rest(self) -> None:
        """Join all others. This process then stands in the root folder of the one it has joined."""
        for kind in KINDS:
            if kind in self._files:
                _set_namespace(self._files.pop(kind))


def open_namespaces(pid: int) -> list[int]:
    """Files of all namespaces of a process, in the order of KINDS. Raises OSError if it is gone or closed."""
    files: list[int] = []
    try:
        for kind in KINDS:
            files.append(os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        for file in files:
            os.close(file)
        raise
    return files


def _is_own(kind: str, file: int) -> bool:
    return os.fstat(file).st_ino == Path(f"/proc/self/ns/{kind}").stat().st_ino


def _set_namespace(file: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")
    os.close(file)
