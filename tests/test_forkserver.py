"""Launchers forked into rooms: each in namespaces of its own, and no fault of the server's costs a run."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sandbox_stays import skip_unless_possible
from test_launcher import run_cell

from grader.doctor import start
from grader.execute.execution import Execution
from grader.execute.forkserver import ForkServer, can_change
from grader.execute.launcher import Launcher
from grader.execute.sandbox.bwrap import BwrapSandbox
from grader.execute.sandbox.fake import FakeSandbox

pytestmark = pytest.mark.kernel

LOOK = """
import json, os, platform, resource, sys, traceback, torch
try:
    torch.nn.functional.cross_entropy(torch.zeros(2, 3), torch.zeros(5).long())
except ValueError:
    # The cell's own name holds the number of its kernel.
    told = traceback.format_exc().replace(f"ipykernel_{os.getpid()}", "")
# The processes that a user may have count from those there are, and one holds the room.
LIMITS = [name for name in dir(resource) if "RLIMIT_" in name and name != "RLIMIT_NPROC"]
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(json.dumps({
    "spaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in ("ipc", "uts", "net", "mnt", "pid")},
    "capabilities": [status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")],
    "locks": [status["NoNewPrivs"], status["Seccomp"]],
    "user": os.getuid(), "files": sorted(os.listdir("/proc/self/fd")), "environment": dict(os.environ),
    "signals": [status[f"Sig{kind}"] for kind in ("Blk", "Ign")], "node": platform.node(),
    "groups": os.getgroups(), "mask": os.umask(0o22),
    "limits": [resource.getrlimit(getattr(resource, name)) for name in LIMITS],
    "package": __import__("grader").__path__, "traceback": told,
    "sources": sorted(f"{m.__file__} {m.__spec__.origin} {m.__loader__.path}" for n, m in sys.modules.items()
                      if n.startswith("grader.") and m.__spec__ and n != "grader.probe.launch"),
    "parent": os.getppid(), "root": sorted(os.listdir("/")),
}))
"""


@pytest.fixture(autouse=True, scope="module")
def _room_is_possible() -> None:
    skip_unless_possible("bwrap", "caller")
    if can_change(Path(sys.executable).resolve()):
        pytest.skip("nothing is forked where the interpreter is the caller's own")


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    """What a fork server and its launchers live in."""
    with asyncio.Runner() as runner:
        yield runner


def read(execution: Execution) -> dict[str, object]:
    """What a look has printed."""
    found: dict[str, object] = json.loads(execution.notebook.cells[0].outputs[0].text)
    return found


async def look(server: ForkServer | None) -> dict[str, object]:
    """What a kernel sees in a room of its own."""
    async with Launcher(BwrapSandbox(), server) as launcher:
        return read(await run_cell(launcher, LOOK))


def list_servers() -> list[psutil.Process]:
    """Fork servers below this process, and what guards their launchers."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "grader.probe.forkserver" in child.cmdline()]


def test_forked_room_is_as_tight_as_one_of_its_own(loop: asyncio.Runner) -> None:
    """Same locks, files and environment, no capability, and namespaces that nobody else is in."""

    async def work() -> list[dict[str, object]]:
        server = ForkServer()
        try:
            # At the same time, because the system numbers a namespace as one that has ended.
            async with Launcher(BwrapSandbox(), server) as one, Launcher(BwrapSandbox(), server) as other:
                found = [read(await run_cell(launcher, LOOK)) for launcher in (one, other)]
            found.append(await look(None))
        finally:
            await server.close()
        assert server.fault is None
        return found

    first, second, alone = loop.run(work())
    assert ["0" * 16] * 5 == first["capabilities"]
    assert ["1", "2"] == first["locks"]
    keys = "capabilities locks files environment package root signals node mask limits groups traceback"
    for key in keys.split():
        assert alone[key] == first[key], key
    # This one has been imported to import all the others.
    assert set(first["sources"]) >= set(alone["sources"])  # type: ignore[call-overload]
    assert not any("/var/" in line for line in first["sources"])  # type: ignore[attr-defined]
    assert "/grader/probe/" in str(first["traceback"])
    assert "grader" == first["node"]
    assert 0 != first["user"]
    spaces = [found["spaces"] for found in (first, second)]
    assert all(isinstance(each, dict) for each in spaces)
    own = {
        kind: str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in ("ipc", "uts", "net", "mnt", "pid")
    }
    for kind, name in own.items():
        assert 3 == len({name, *(each[kind] for each in spaces if isinstance(each, dict))}), kind


def test_two_rooms_at_a_time_are_apart(loop: asyncio.Runner) -> None:
    """Neither sees the other's processes or files, nor the server's."""
    write = "import os; open('/tmp/mark', 'w').close(); print(sum(p.isdigit() for p in os.listdir('/proc')))"
    read_other = "import os; print(os.path.exists('/tmp/mark'))"

    async def work() -> tuple[str, str]:
        server = ForkServer()
        try:
            async with (
                Launcher(BwrapSandbox(), server) as one,
                Launcher(BwrapSandbox(), server) as other,
            ):
                said = await run_cell(one, write)
                looked = await run_cell(other, read_other)
        finally:
            await server.close()
        assert server.fault is None
        return said.notebook.cells[0].outputs[0].text, looked.notebook.cells[0].outputs[0].text

    # bwrap's first process, the one that holds the room, the launcher and the kernel.
    assert ("4\n", "False\n") == loop.run(work())


def test_nothing_is_left_behind(loop: asyncio.Runner) -> None:
    """When rooms and server are closed, no process of theirs runs and no file of theirs is open."""

    async def work() -> None:
        server = ForkServer()
        await look(server)
        await server.close()

    loop.run(work())
    before = psutil.Process().num_fds()
    loop.run(work())
    assert before == psutil.Process().num_fds()
    assert [] == list_servers()


def test_run_outlives_the_server(loop: asyncio.Runner) -> None:
    """A server that is killed takes no run along; the next room opens by itself, and says why."""

    async def work() -> tuple[str, str | None]:
        server = ForkServer()
        try:
            async with Launcher(BwrapSandbox(), server) as launcher:
                await run_cell(launcher, "1")
                for process in list_servers():
                    # Not those that guard a launcher, which are forked from it.
                    if process.ppid() == os.getpid():
                        process.send_signal(signal.SIGKILL)
                first = await run_cell(launcher, "print(2)")
                assert server.fault is None
                await look(server)
        finally:
            await server.close()
        return first.notebook.cells[0].outputs[0].text, server.fault

    said, fault = loop.run(work())
    assert "2\n" == said
    assert fault is not None


def refuse_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no room stand that is to be joined."""
    real = BwrapSandbox.build_command

    def refuse(sandbox: BwrapSandbox, module: str, *rest: object) -> list[str]:
        return ["/bin/false"] if module == "grader.probe.hold" else real(sandbox, module, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(BwrapSandbox, "build_command", refuse)


def test_room_that_cannot_be_joined_opens_by_itself(
    loop: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where bwrap's room does not stand, the run is as ever, in a launcher that imports torch itself."""
    refuse_to_hold(monkeypatch)

    async def work() -> str | None:
        server = ForkServer()
        try:
            found = await look(server)
        finally:
            await server.close()
        assert ["1", "2"] == found["locks"]
        return server.fault

    assert "EngineError: the sandbox did not open" == loop.run(work())


def test_interpreter_of_the_caller_is_never_carried_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forked process could change its mode as /proc/self/exe, whatever the room shows of it."""
    mine, other = tmp_path / "mine", tmp_path / "other"
    for path in (mine, other):
        path.touch(mode=0o755)
    user = other.stat().st_uid + 1
    if os.geteuid() == 0:
        os.chown(mine, user, user)
        monkeypatch.setattr(os, "geteuid", lambda: user)
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        assert not can_change(other)
    assert can_change(mine)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not can_change(mine)


def test_other_sandboxes_never_start_it(loop: asyncio.Runner) -> None:
    """Only bwrap's rooms can be joined."""

    async def work() -> int:
        server = ForkServer()
        async with Launcher(FakeSandbox(), server) as launcher:
            await run_cell(launcher, "1")
        started = len(list_servers())
        await server.close()
        return started

    assert 0 == loop.run(work())


def test_doctor_tells_whether_torch_is_imported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room is opened to find it out; where that fails it is told why, and what can be done."""
    [found] = start.examine_start()
    assert (start.NAME, "good") == (found.name, found.state)
    refuse_to_hold(monkeypatch)
    [found] = start.examine_start()
    assert "note" == found.state
    assert "the sandbox did not open" in found.fact
    monkeypatch.setattr("grader.execute.forkserver.can_change", lambda path: True)
    [found] = start.examine_start()
    assert "which this user could change" in found.fact
    assert "such as the system's" in found.remedy
    assert [] == list_servers()
