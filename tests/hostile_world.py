"""What surrounds a hostile cell: secrets, files, servers and a neighbour, and whether they came to harm."""

import hashlib
import os
import re
import secrets
import select
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType

import psutil

from grader.execute.sandbox.interior import PACKAGE
from grader.probe.seccomp import ARCHITECTURES, DENIED, FILTERED, HOST_FILES_DENIED

PASSWORD = re.compile(r"root:[^:\s]*:\d+:\d*:")
"""A line of /etc/shadow."""
FILES = {
    "solution": "solutions/exam.ipynb",
    "submission": "submissions/neighbour.ipynb",
    "home": "home/.ssh/id_ed25519",
}


class World:
    """A class's folder, servers and a neighbour, open to everybody, so that only the sandbox guards them."""

    def __init__(self, place: Path) -> None:
        self.place = place / "class"
        self.word = secrets.token_hex(8)
        self.secrets = {name: f"hush-{name}-{secrets.token_hex(8)}" for name in (*FILES, "environment")}
        self.listed = f"listed-{secrets.token_hex(8)}"
        for name, path in FILES.items():
            (self.place / path).parent.mkdir(parents=True, exist_ok=True)
            (self.place / path).write_text(self.secrets[name], encoding="utf-8")
        for path in (self.place, *self.place.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        self._before = self._look_at_files()
        self._servers: dict[str, socket.socket] = {}
        self._victim: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "World":
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        stream, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for server, address in (
            (tcp, ("127.0.0.1", 0)),
            (udp, ("127.0.0.1", 0)),
            (stream, f"{self.place.parent}/stream.sock"),
            (datagram, f"{self.place.parent}/datagram.sock"),
            (abstract, f"\0hostile-{self.word}"),
        ):
            server.bind(address)
            server.setblocking(False)
        for server in (tcp, stream, abstract):
            server.listen()
        for path in (stream.getsockname(), datagram.getsockname()):
            Path(path).chmod(0o777)
        self._servers = {
            "tcp": tcp, "udp": udp, "stream": stream, "datagram": datagram, "abstract": abstract
        }  # fmt: skip
        self._start_victim()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()
        self._end_victim()

    def _start_victim(self) -> None:
        environment = {"TOKEN": self.secrets["environment"]}
        nowhere = subprocess.DEVNULL
        self._victim = subprocess.Popen(
            [self.listed, "900"],
            executable=shutil.which("sleep"),
            env=environment,
            stdin=nowhere,
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,
        )
        self._rights = _look_at_rights(psutil.Process(self._victim.pid))

    def _end_victim(self) -> None:
        assert self._victim is not None
        self._victim.kill()
        self._victim.wait()

    @property
    def victim(self) -> int:
        """Number of the neighbour's process."""
        assert self._victim is not None
        return self._victim.pid

    def describe(self) -> dict[str, object]:
        """What an attack is told."""
        column = list(ARCHITECTURES).index(os.uname().machine)
        calls = DENIED | HOST_FILES_DENIED | FILTERED
        return {
            "place": str(self.place),
            "solution": str(self.place / FILES["solution"]),
            "submission": str(self.place / FILES["submission"]),
            "home": str(self.place / "home"),
            "package": str(PACKAGE),
            "tcp": self._servers["tcp"].getsockname()[1],
            "udp": self._servers["udp"].getsockname()[1],
            "stream": f"{self.place.parent}/stream.sock",
            "datagram": f"{self.place.parent}/datagram.sock",
            "abstract": f"\0hostile-{self.word}",
            "victim": self.victim,
            "grader": os.getpid(),
            "word": self.word,
            "calls": {name: numbers[column] for name, numbers in calls.items()},
        }

    def find_harm(self, left: str) -> set[str]:
        """What came to harm since the last look, `left` being all that a run left behind, as text."""
        harm = set()
        if any(secret in left for secret in self.secrets.values()) or PASSWORD.search(left):
            harm.add("secret")
        if self.word[::-1] in left:
            harm.add("got in")
        if self.listed in left:
            harm.add("listed")
        if self._look_at_files() != self._before or self._find_planted():
            harm.add("files")
            self._mend_files()
        if self._hear():
            harm.add("network")
        if not self._victim_runs():
            harm.add("victim")
            self._end_victim()
            self._start_victim()
        return harm

    def _look_at_files(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for path in (self.place, *sorted(self.place.rglob("*"))):
            status = path.lstat()
            found[str(path)] = (status.st_mode, status.st_uid, status.st_mtime_ns, os.listxattr(path))
            if path.is_file():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[str(path)] = (found[str(path)], status.st_nlink, digest)
        return found

    def _mend_files(self) -> None:
        for name, path in FILES.items():
            (self.place / path).write_text(self.secrets[name], encoding="utf-8")
        self._before = self._look_at_files()

    def _find_planted(self) -> bool:
        folders = [self.place, self.place / "solutions", PACKAGE, Path(os.__file__).parent]
        folders += map(Path, ("/etc", "/var/tmp", "/usr/bin", "/opt", "/tmp", "/dev/shm"))
        planted = [folder / f"planted-{self.word}" for folder in folders]
        found = [path for path in planted if path.exists()]
        for path in found:
            path.unlink()
        return bool(found)

    def _hear(self) -> bool:
        heard, _, _ = select.select(list(self._servers.values()), [], [], 0)
        for server in heard:
            if server.type == socket.SOCK_STREAM:
                server.accept()[0].close()
            else:
                server.recv(65536)
        return bool(heard)

    def _victim_runs(self) -> bool:
        assert self._victim is not None
        if self._victim.poll() is not None:
            return False
        process = psutil.Process(self._victim.pid)
        return process.status() != psutil.STATUS_STOPPED and _look_at_rights(process) == self._rights


def _look_at_rights(process: psutil.Process) -> tuple[object, ...]:
    """What others may change of a process without ending it."""
    return process.rlimit(psutil.RLIMIT_NOFILE), process.cpu_affinity(), process.nice()
