"""Joins the namespaces of another process, as nsenter does."""

import ctypes
import fcntl
import os
from pathlib import Path

KINDS = ("ipc", "uts", "net", "cgroup", "mnt", "pid", "user")
"""As /proc/PID/ns names them, and in the order in which they are joined but for the last two."""
NS_GET_PARENT = 0xB702
"""Request of ioctl on a namespace: the one around it (ioctl_ns(2))."""


class Namespaces:
    """Those namespaces of a process that are not this process's own, open to be joined.

    Who joins a user namespace has its capabilities there and nowhere else; bwrap makes two of them for an
    ordinary user, one in the other, and the outer one owns all other namespaces.
    """

    def __init__(self, pid: int) -> None:
        """Raises OSError where the process is gone, or is closed to this one."""
        self._files: dict[str, int] = {}
        for kind in KINDS:
            file = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
            if os.fstat(file).st_ino == Path(f"/proc/self/ns/{kind}").stat().st_ino:
                os.close(file)
            else:
                self._files[kind] = file

    def join_processes(self) -> None:
        """Let children of this process be born in the namespace of processes."""
        user = self._files.get("user")
        if user is not None:
            around = fcntl.ioctl(user, NS_GET_PARENT)
            if os.fstat(around).st_ino == Path("/proc/self/ns/user").stat().st_ino:
                around = self._files.pop("user")
            _set_namespace(around)
        if "pid" in self._files:
            _set_namespace(self._files.pop("pid"))

    def join_rest(self) -> None:
        """Join all others. This process then stands in the root folder of the one it has joined."""
        for kind in KINDS:
            if kind in self._files:
                _set_namespace(self._files.pop(kind))


def _set_namespace(file: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")
    os.close(file)
