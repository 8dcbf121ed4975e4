"""Runs inside a sandbox: tries what a hostile cell would, and prints how each attempt ended.

The neighbours that `facts.json` names are set up by `test_sandbox.py` and `sandbox_driver.py`. Every
attempt ends as "ok" or as the name of an errno.
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import time
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
facts = json.loads((Path(__file__).parent / "facts.json").read_text())
place, home = Path(facts["place"]), Path(os.environ["HOME"])
results: dict[str, object] = {}


def attempt(name, action):
    """Notes how the action ended."""
    try:
        action()
        results[name] = "ok"
    except OSError as error:
        results[name] = errno.errorcode.get(error.errno or 0, str(error))
    except MemoryError:
        results[name] = "ENOMEM"


def attempt_in_child(name, action):
    """Notes how the action ended in a process of its own, which it may change for good."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except OSError as error:
            os._exit(error.errno or 255)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    results[name] = "ok" if status == 0 else errno.errorcode.get(status, str(status))


def plant(path):
    """Makes a file and takes it away again."""
    write(path)
    path.unlink()


def call(number, *arguments):
    """Makes a system call; raises OSError where it fails."""
    if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(argument) for argument in arguments]) < 0:
        raise OSError(ctypes.get_errno(), "")


def reach(family, kind, address):
    """Sends something to a socket outside."""
    with socket.socket(family, kind) as client:
        if kind == socket.SOCK_DGRAM:
            client.sendto(b"x", address)
        else:
            client.connect(address)


def read(path):
    """Reads a file."""
    Path(path).read_bytes()


def change_mode(path):
    """Changes a file's mode; raises OSError where that was only pretended."""
    path.chmod(0o640)
    if path.stat().st_mode & 0o777 != 0o640:
        raise OSError(errno.EPERM, "pretended")


def link(folder):
    """Makes a link at home to a folder outside."""
    (home / "link").symlink_to(folder)
    return home / "link"


def write(path, size=1):
    """Makes a file."""
    Path(path).write_bytes(b"x" * size)


def fork_many():
    """Forks until it is refused; says how often that went well."""
    children = []
    try:
        while len(children) < 200:
            child = os.fork()
            if child == 0:
                time.sleep(30)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return len(children)


def die_by(number):
    """Makes a system call in a child; says which signal ended it."""
    child = os.fork()
    if child == 0:
        libc.syscall(ctypes.c_long(number))
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def list_environments():
    """All environments that can be read, joined."""
    found = [repr(dict(os.environ))]
    for process in ("self", 1, os.getppid(), facts["victim"]):
        with contextlib.suppress(OSError):
            found.append(Path(f"/proc/{process}/environ").read_text())
    return "\n".join(found)


attempt("read the solution", lambda: read(place / "solutions" / "exam.ipynb"))
attempt("read a link to the solution", lambda: read(link(place / "solutions") / "exam.ipynb"))
attempt("read a file of another folder", lambda: read(facts["other"]))
attempt("read the repository", lambda: read(facts["repository_file"]))
# The folder above it may be there: an environment inside the repository needs a path to lie on.
attempt("list the solutions", lambda: list((Path(facts["repository_file"]).parent / "solutions").iterdir()))
attempt("read the passwords", lambda: read("/etc/shadow"))
attempt("read the passwords by way of process 1", lambda: read("/proc/1/root/etc/shadow"))
attempt("write beside the room", lambda: write(place / "written"))
attempt("change a mode beside the room", lambda: change_mode(Path(facts["other"])))
attempt("write to the interpreter", lambda: plant(Path(os.__file__).parent / "planted.py"))
attempt("connect over TCP", lambda: reach(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", facts["port"])))
attempt("send over UDP", lambda: reach(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", facts["port"])))
attempt("connect to an abstract socket", lambda: reach(socket.AF_UNIX, socket.SOCK_STREAM, facts["abstract"]))
attempt(
    "connect to a socket's path",
    lambda: reach(socket.AF_UNIX, socket.SOCK_STREAM, str(place / "outside.sock")),
)
attempt(
    "send to a socket's path", lambda: reach(socket.AF_UNIX, socket.SOCK_DGRAM, str(place / "datagram.sock"))
)
attempt("make a memfd", lambda: os.memfd_create("x"))
attempt_in_child("be traced", lambda: call(facts["ptrace"], 0, 0, 0, 0))
attempt_in_child("make a user namespace", lambda: call(facts["unshare"], 0x10000000))
attempt_in_child("clone into a user namespace", lambda: call(facts["clone"], 0x10000000, 0, 0, 0, 0))
attempt("make an io_uring", lambda: call(425, 1, 0))
attempt("type into the terminal", lambda: fcntl.ioctl(os.open("/dev/null", os.O_RDONLY), 0x5412, b"x"))
attempt("become root", lambda: os.setuid(0))
attempt("kill a neighbour", lambda: os.kill(facts["victim"], signal.SIGKILL))
attempt("take too much memory", lambda: mmap.mmap(-1, facts["too_much"], flags=mmap.MAP_PRIVATE))
attempt("write too large a file", lambda: write(home / "large", 9 * 2**20))
(home / "large").unlink(missing_ok=True)
attempt("leave a file among the sockets", lambda: write(place / "sockets" / "left"))
attempt("write at home", lambda: write(home / "fine"))
attempt("bind a socket", lambda: socket.socket(socket.AF_UNIX).bind(str(place / "sockets" / "kernel-1")))
attempt("open a netlink socket", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
results["uid"] = os.getuid()
results["secret seen"] = facts["secret_name"] in list_environments()
results["children"] = fork_many()
if os.uname().machine == "x86_64":
    results["x32 signal"] = die_by(0x40000000 + 39)
print(json.dumps(results))
