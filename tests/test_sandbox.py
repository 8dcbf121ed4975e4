"""Every access that a hostile notebook may try is really tried, from inside every sandbox."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from grader.errors import SandboxError
from grader.execute.plan import RunPlan
from grader.execute.runner import run_notebook
from grader.execute.sandbox import choose_sandbox, examine_backends
from grader.execute.sandbox.base import Room
from grader.execute.sandbox.choose import BACKENDS
from grader.execute.sandbox.fake import FakeSandbox
from grader.execute.sandbox.interior import (
    FIRST_UID,
    PACKAGE,
    UIDS,
    hand_over,
    list_interpreter_folders,
    stage_room,
)
from grader.execute.sandbox.landlock import can_reach
from grader.probe.landlock import find_abi
from grader.probe.seccomp import ARCHITECTURES, DENIED, FILTERED

TESTS = Path(__file__).parent
ORDINARY_UID = 4321
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

ROOMS = [(backend, user) for backend in ("bwrap", "landlock") for user in ("caller", "ordinary user")]


@dataclass(frozen=True)
class Stay:
    """What a script printed inside, and what became of the world outside."""

    results: dict[str, object]
    status: int
    victim_alive: bool
    place: Path


def skip_unless_possible(backend: str, user: str) -> None:
    """Skip where the machine itself lacks what the combination needs."""
    if backend == "bwrap" and not HAS_BWRAP:
        pytest.skip("bubblewrap is missing or may not make namespaces here")
    if backend == "landlock" and find_abi() < 3:
        pytest.skip(f"this kernel's Landlock has version {find_abi()}")
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
    for path in (place, *place.rglob("*")):
        os.chown(path, ORDINARY_UID, ORDINARY_UID)
    return words, {**environment, "PYTHONPATH": "/mnt/checkout"}, ORDINARY_UID


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


@pytest.fixture(scope="module", params=ROOMS, ids=lambda room: "-".join(room).replace(" ", "-"))
def hostile_stay(request: pytest.FixtureRequest) -> Stay:
    """The hostile script's stay in each room."""
    skip_unless_possible(*request.param)
    return stay(*request.param, (TESTS / "hostile_script.py").read_text())


@pytest.fixture(scope="module")
def free_stay() -> Stay:
    """The same script without a sandbox."""
    return stay("none", "caller", (TESTS / "hostile_script.py").read_text())


# ECONNREFUSED: a network of its own has no such socket. EINVAL: a user namespace has no such user.
REFUSALS = {
    *("EPERM", "EACCES", "ENOENT", "EROFS", "ENOMEM", "EFBIG", "ENOSPC", "ECONNREFUSED", "EINVAL"),
}

REFUSED = [
    "read the solution",
    "read a link to the solution",
    "read a file of another folder",
    "read the repository",
    "list the solutions",
    "read the passwords",
    "read the passwords by way of process 1",
    "write beside the room",
    "change a mode beside the room",
    "write to the interpreter",
    "connect over TCP",
    "send over UDP",
    "connect to an abstract socket",
    "connect to a socket's path",
    "send to a socket's path",
    "make a memfd",
    "be traced",
    "make a user namespace",
    "clone into a user namespace",
    "make an io_uring",
    "type into the terminal",
    "become root",
    "take too much memory",
    "write too large a file",
    "leave a file among the sockets",
]


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_access_is_refused(hostile_stay: Stay, name: str) -> None:
    """What a notebook has no business with fails inside, whoever grades."""
    assert hostile_stay.results[name] in REFUSALS


@pytest.mark.parametrize(
    "name",
    [
        "make a memfd",
        "be traced",
        "make a user namespace",
        "clone into a user namespace",
        "type into the terminal",
    ],
)
def test_system_calls_are_refused_by_the_filter(hostile_stay: Stay, name: str) -> None:
    """Dangerous system calls end with EPERM."""
    assert hostile_stay.results[name] == "EPERM"


def test_neighbour_survives(hostile_stay: Stay) -> None:
    """A process outside, of the user who grades, cannot be killed."""
    assert hostile_stay.results["kill a neighbour"] in {"EPERM", "ESRCH"}
    assert hostile_stay.victim_alive


def test_room_is_no_root(hostile_stay: Stay) -> None:
    """Nothing runs as root, even where root grades."""
    assert hostile_stay.results["uid"] != 0


def test_secrets_of_the_environment_stay_out(hostile_stay: Stay) -> None:
    """No environment that can be read inside holds what stood in the caller's."""
    assert hostile_stay.results["secret seen"] is False


def test_forks_are_bounded(hostile_stay: Stay) -> None:
    """A fork bomb stops at the room's number of processes."""
    children = hostile_stay.results["children"]
    assert isinstance(children, int)
    assert 4 <= children <= 24


def test_foreign_call_numbers_kill(hostile_stay: Stay) -> None:
    """A system call by the x32 numbers, which the filter does not list, ends the process."""
    if "x32 signal" not in hostile_stay.results:
        pytest.skip("only x86-64 has x32 numbers")
    assert hostile_stay.results["x32 signal"] == signal.SIGSYS


@pytest.mark.parametrize("name", ["write at home", "bind a socket", "open a netlink socket"])
def test_what_a_kernel_needs_is_allowed(hostile_stay: Stay, name: str) -> None:
    """A kernel can write in its home and bind its sockets; libzmq can open netlink."""
    assert hostile_stay.results[name] == "ok"


@pytest.mark.parametrize(
    "name",
    [
        "read the solution",
        "read a link to the solution",
        "read a file of another folder",
        "list the solutions",
        "write beside the room",
        "change a mode beside the room",
        "connect over TCP",
        "send over UDP",
        "connect to an abstract socket",
        "connect to a socket's path",
        "send to a socket's path",
        "make a memfd",
        "be traced",
        "kill a neighbour",
        "leave a file among the sockets",
    ],
)
def test_attempts_succeed_without_a_sandbox(free_stay: Stay, name: str) -> None:
    """The attempts are real: without a sandbox each of them succeeds."""
    assert free_stay.results[name] == "ok"


def test_limits_hold_without_a_sandbox(free_stay: Stay) -> None:
    """`none` keeps memory and file size limited, and passes no secret on by itself."""
    assert free_stay.results["take too much memory"] == "ENOMEM"
    assert free_stay.results["write too large a file"] == "EFBIG"


WORK_SCRIPT = """
import os, json, pathlib, torch, zmq
import matplotlib.pyplot as plt
place = json.loads((pathlib.Path(__file__).parent / "facts.json").read_text())["place"]
context = zmq.Context()
server = context.socket(zmq.REP)
server.bind(f"ipc://{place}/sockets/kernel-2")
bound = os.path.exists(f"{place}/sockets/kernel-2")
context.destroy()
plt.plot([0, 1]); plt.savefig("figure.png")
print(json.dumps({"sum": float((torch.ones(64, 64) @ torch.ones(64, 64)).sum()), "bound": bound,
                  "figure": os.path.getsize("figure.png") > 1000}))
"""


@pytest.mark.kernel
@pytest.mark.parametrize(("backend", "user"), ROOMS)
def test_honest_work_goes_well(backend: str, user: str) -> None:
    """torch multiplies, zmq binds over ipc and matplotlib draws, in every room."""
    skip_unless_possible(backend, user)
    inside = stay(backend, user, WORK_SCRIPT, memory_bytes=4 * 2**30)
    assert inside.results == {"sum": 64.0**3, "bound": True, "figure": True}


@pytest.mark.kernel
@pytest.mark.parametrize("backend", ["bwrap", "landlock"])
def test_notebook_runs(backend: str) -> None:
    """A real kernel starts, runs cells and copies files in every room, and cannot reach out."""
    skip_unless_possible(backend, "caller")
    sources = [
        "import shutil; open('a', 'w').write('x'); shutil.copy('a', 'b')",
        "import torch; torch.ones(3).sum()",
        "open('/etc/shadow')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    plan = RunPlan(assignment="room", notebook_sha256="", cell_tasks=(None,) * 3, tasks=(), seed=1)
    execution = asyncio.run(run_notebook(notebook, plan, BACKENDS[backend]()))
    assert [cell.status for cell in execution.evidence.run.cells] == ["ok", "ok", "error"]


@pytest.mark.kernel
@pytest.mark.parametrize(("backend", "user"), ROOMS)
def test_greedy_tensors_end_in_an_error(backend: str, user: str) -> None:
    """A tensor over the room's memory raises inside instead of filling the machine."""
    skip_unless_possible(backend, user)
    script = """
import json, torch
try:
    torch.ones(2**30)
    print(json.dumps({"ended": "ok"}))
except RuntimeError as error:
    print(json.dumps({"ended": "can't allocate memory" in str(error)}))
"""
    assert stay(backend, user, script, memory_bytes=2 * 2**30).results == {"ended": True}


def test_examination_agrees_with_the_machine() -> None:
    """Every backend is tried, strongest first, and works where the machine has what it needs."""
    reports = examine_backends()
    assert [report.name for report in reports] == ["bwrap", "landlock"]
    assert [HAS_BWRAP, find_abi() >= 3] == [report.works for report in reports]
    assert all(report.works or report.remedy for report in reports)


def test_auto_prefers_the_stronger() -> None:
    """`auto` is bubblewrap where that works, and Landlock says what it does not keep out."""
    if not HAS_BWRAP:
        pytest.skip("bubblewrap is missing or may not make namespaces here")
    assert choose_sandbox().name == "bwrap"


def test_missing_bubblewrap_leaves_the_weaker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without bubblewrap `auto` takes Landlock, which says what it does not keep out."""
    if find_abi() < 3:
        pytest.skip(f"this kernel's Landlock has version {find_abi()}")
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox = choose_sandbox()
    assert sandbox.name == "landlock"
    assert "processes" in (sandbox.weaker or "")


def test_no_sandbox_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nothing works the error names each backend's reason and remedy; `none` is never taken."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("grader.execute.sandbox.landlock.find_abi", lambda: 0)
    with pytest.raises(SandboxError) as caught:
        choose_sandbox()
    for words in (
        "bubblewrap is not installed",
        "apt install bubblewrap",
        "landlock:",
        "Linux 6.2",
        "--sandbox none",
    ):
        assert words in str(caught.value)


def test_leaky_sandbox_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that runs but keeps nothing in is reported as not working."""
    monkeypatch.setitem(BACKENDS, "bwrap", FakeSandbox)
    report = examine_backends()[0]
    assert not report.works
    assert "a file of the host can be read" in report.reason


def test_unknown_name_is_an_error() -> None:
    """A misspelt name is answered with those that are known."""
    with pytest.raises(SandboxError, match="auto, bwrap, landlock, none"):
        choose_sandbox("bubblewrap")


def test_none_is_chosen_by_name_only() -> None:
    """`none` is given when asked for, and says what that means."""
    sandbox = choose_sandbox("none")
    assert sandbox.name == "none"
    assert "nothing is kept out" in (sandbox.weaker or "")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "none"])
def test_environment_is_built_anew(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has nothing of the caller's, hides GPUs unless asked, and fixes threads and hashes."""
    monkeypatch.setenv(SECRET_NAME, "hush")
    sandbox = choose_sandbox("none") if backend == "none" else BACKENDS[backend]()
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    environment = sandbox.build_environment(room)
    assert SECRET_NAME not in environment
    assert {
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "",
    }.items() <= (environment.items())
    open_room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES, gpu=True)
    assert "CUDA_VISIBLE_DEVICES" not in sandbox.build_environment(open_room)


@pytest.mark.skipif(not AS_ROOT, reason="only root hands folders over")
@pytest.mark.parametrize("backend", ["bwrap", "landlock"])
def test_root_hands_the_sockets_over(backend: str, tmp_path: Path) -> None:
    """Started by root, the sockets and what lies there belong to a user without a name."""
    skip_unless_possible(backend, "caller")
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    room.sockets.mkdir()
    (room.sockets / "kernel.json").touch()
    BACKENDS[backend]().build_command("timeit", [], room)
    owner = room.sockets.stat().st_uid
    assert FIRST_UID <= owner < FIRST_UID + UIDS
    assert owner == (room.sockets / "kernel.json").stat().st_uid


@pytest.mark.skipif(not AS_ROOT, reason="only root hands folders over")
def test_links_are_not_handed_over(tmp_path: Path) -> None:
    """The package, which a link in the room leads to, keeps its owner."""
    before = [path.stat().st_uid for path in (PACKAGE, PACKAGE / "errors.py")]
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    stage_room(room)
    hand_over(room.work, 4321)
    assert room.work.stat().st_uid == 4321
    assert before == [path.stat().st_uid for path in (PACKAGE, PACKAGE / "errors.py")]


def test_closed_folders_are_noticed(tmp_path: Path) -> None:
    """A user reaches what is open to all or its own, and nothing behind a folder closed to it."""
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    for parent in (tmp_path, *tmp_path.parents):
        if not parent.stat().st_mode & 0o001 and parent.stat().st_uid == os.geteuid():
            parent.chmod(0o711)
    assert not can_reach(4321, inner)
    assert can_reach(inner.parent.stat().st_uid, inner)
    inner.parent.chmod(0o711)
    inner.chmod(0o755)
    assert can_reach(4321, inner)


def test_fake_plays_a_script(tmp_path: Path) -> None:
    """The fake runs a test's script in place of the module and remembers what was asked for."""
    fake = FakeSandbox("import sys; print(sys.argv[1:])")
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    command = fake.build_command("grader.probe.launch", ["a"], room)
    done = subprocess.run(
        command, env=fake.build_environment(room), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['grader.probe.launch', 'a']"
    assert [("grader.probe.launch", ("a",), room)] == fake.calls
