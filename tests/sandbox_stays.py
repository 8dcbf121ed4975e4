"""Runs a script inside a sandbox among real neighbours, and skips where the machine itself cannot."""

import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.execute.sandbox.container import require_image
from grader.execute.sandbox.engine import find_engine
from grader.execute.sandbox.interior import PACKAGE, list_interpreter_folders
from grader.probe.landlock import find_abi
from grader.probe.seccomp import ARCHITECTURES, DENIED, FILTERED

TESTS = Path(__file__).parent
FIRST_UID, UIDS = 20_000, 20_000
"""Ordinary users, one a place: Linux counts a user's processes in all rooms together, so that a bomb in one
of them would keep another from starting."""
MEMORY_BYTES = 512 * 2**20
SECRET_NAME = "GRADER_TEST_TOKEN"

# Asked of bubblewrap itself, not of our backend, so that a fault of ours fails instead of skipping.
HAS_BWRAP = (
    shutil.which("bwrap") is not None
    and subprocess.run(
        ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--unshare-pid", "true"]
    ).returncode
    == 0
)
AS_ROOT = os.geteuid() == 0

ROOMS = [
    *((backend, user) for backend in ("bwrap", "landlock") for user in ("caller", "ordinary user")),
    # An engine for ordinary users wants a home and a range of users, which a bare number does not have.
    ("container", "caller"),
]


@dataclass(frozen=True)
class Stay:
    """What a script printed inside, and what became of the world outside."""

    results: dict[str, object]
    status: int
    victim_alive: bool
    place: Path


@functools.cache
def find_container_fault() -> str | None:
    """Why no container runs on this machine, asked with as few options as can be; None where one does."""
    try:
        engine = find_engine()
        plain = ["--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        if not engine.bounds_memory and engine.name == "podman":
            plain.append("--cgroups=disabled")
        for folder in ("/usr/bin", "/usr/lib", "/usr/lib64"):
            plain += ["--volume", f"{folder}:{folder}:ro"] if Path(folder).exists() else []
        done = engine.run("run", "--rm", "--pull", "never", *plain, require_image(engine), "/usr/bin/true")
    except SandboxError as error:
        return str(error)
    return done.stderr.decode().strip() if done.returncode else None


def skip_unless_possible(backend: str, user: str) -> None:
    """Skip where the machine itself lacks what the combination needs."""
    if backend == "bwrap" and not HAS_BWRAP:
        pytest.skip("bubblewrap is missing or may not make namespaces here")
    if backend == "landlock" and find_abi() < 3:
        pytest.skip(f"this kernel's Landlock has version {find_abi()}")
    if backend == "container" and (fault := find_container_fault()):
        pytest.skip(f"no container runs here: {fault}")
    if user == "ordinary user" and not AS_ROOT:
        pytest.skip("the tests run as an ordinary user already")
    if user == "ordinary user" and not HAS_BWRAP:
        pytest.skip(
            "the interpreter may lie where only root can go; bubblewrap is needed to show it to others"
        )


def enter_as(user: str, place: Path) -> tuple[list[str], dict[str, str], int | None]:
    """How to start the driver: words before the interpreter, environment, user to become."""
    environment = {
        **os.environ,
        SECRET_NAME: "hush",
        "PYTHONPATH": str(PACKAGE.parent),
        "OMP_NUM_THREADS": "1",
    }
    if user == "caller":
        return [], environment, None
    # root's home and the checkout may be closed to others: show just the interpreter and the package.
    words = ["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/root", "--tmpfs", "/mnt"]
    for folder in list_interpreter_folders():
        if folder.is_relative_to("/root"):
            for parent in reversed(folder.parents):
                if parent.is_relative_to("/root/"):
                    words += ["--perms", "0755", "--dir", str(parent)]
            words += ["--ro-bind", str(folder), str(folder)]
    words += [
        "--ro-bind",
        str(PACKAGE),
        "/mnt/checkout/grader",
        "--ro-bind",
        str(TESTS),
        "/mnt/checkout/tests",
    ]
    words += ["--chmod", "0755", "/mnt/checkout"]
    uid = FIRST_UID + zlib.crc32(str(place).encode()) % UIDS
    for path in (place, *place.rglob("*")):
        os.chown(path, uid, uid)
    return words, {**environment, "PYTHONPATH": "/mnt/checkout"}, uid


def stay(backend: str, user: str, script: str, *, memory_bytes: int = MEMORY_BYTES) -> Stay:
    """Runs a script in a room set up among real neighbours."""
    with (
        tempfile.TemporaryDirectory(prefix="grader-test-") as folder,
        tempfile.TemporaryDirectory() as elsewhere,
    ):
        place, other = Path(folder), Path(elsewhere, "other.txt")
        Path(elsewhere).chmod(0o755)
        other.write_text("another student's answer")
        (place / "solutions").mkdir()
        (place / "solutions" / "exam.ipynb").write_text("the solution")
        with (
            socket.create_server(("127.0.0.1", 0)) as tcp,
            socket.socket(socket.AF_UNIX) as path_server,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram_server,
            socket.socket(socket.AF_UNIX) as abstract_server,
        ):
            path_server.bind(f"{place}/outside.sock")
            datagram_server.bind(f"{place}/datagram.sock")
            abstract = f"\0grader-test-{os.getpid()}"
            abstract_server.bind(abstract)
            for server in (path_server, abstract_server):
                server.listen()
            column = list(ARCHITECTURES).index(os.uname().machine)
            facts = {
                "other": str(other),
                "repository_file": str(PACKAGE.parent / "pyproject.toml"),
                "port": tcp.getsockname()[1],
                "abstract": abstract,
                **{name: (DENIED | FILTERED)[name][column] for name in ("ptrace", "unshare", "clone")},
                "too_much": 2 * memory_bytes,
                "secret_name": SECRET_NAME,
            }
            (place / "script.py").write_text(script)
            (place / "facts.json").write_text(json.dumps(facts))
            for path in (place, *place.rglob("*")):
                path.chmod(0o777)
            words, environment, uid = enter_as(user, place)
            if uid is not None:
                os.chown(other, uid, uid)
            order = {"uid": uid, "backend": backend, "place": str(place), "memory_bytes": memory_bytes}
            tests = "/mnt/checkout/tests" if words else str(TESTS)
            command = [*words, sys.executable, f"{tests}/sandbox_driver.py", json.dumps(order)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
    lines = done.stdout.strip().splitlines()
    assert len(lines) >= 2, f"nothing came back:\n{done.stdout}{done.stderr}"
    outcome = json.loads(lines[-1])
    return Stay(json.loads(lines[-2]), outcome["status"], outcome["victim_alive"], place)
