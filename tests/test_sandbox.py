"""Every access that a hostile notebook may try is really tried, from inside every sandbox."""

import asyncio
import signal

import nbformat
import pytest
from kernels import run_notebook
from sandbox_stays import ROOMS, TESTS, Stay, skip_unless_possible, stay

from grader.execute.plan import RunPlan
from grader.execute.sandbox.choose import BACKENDS


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
@pytest.mark.parametrize("backend", ["bwrap", "container", "landlock"])
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
