"""What one run of a submission leaves to the next, in real sandboxes: nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from kernels import Kernels
from nbformat import NotebookNode

from grader.execute.execution import Execution
from grader.execute.launcher import Launcher
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.execute.runner import run_launched
from grader.execute.sandbox import choose_sandbox, examine_backends
from grader.execute.sandbox.fake import FakeSandbox
from grader.execute.scratch import Scratch
from grader.probe.folders import Folders
from grader.probe.landlock import SCOPE_ABI, find_abi

BACKENDS = [report.name for report in examine_backends() if report.works]

DAEMON = """
import subprocess
subprocess.Popen(["setsid", "sh", "-c", "sleep 91 & sleep 92"])
import time; time.sleep(0.3)
"""
FIND_DAEMON = """
from pathlib import Path
lines = []
for process in Path("/proc").glob("[1-9]*"):
    try:
        lines.append((process / "cmdline").read_bytes())
    except OSError:
        pass
found = any(line.startswith((b"sleep\\x0091", b"sleep\\x0092")) for line in lines)
"""
LITTER = """
import os, socket
for folder in [os.environ["HOME"], os.environ["HOME"] + "/tmp", "/tmp", "/dev/shm"]:
    try:
        os.makedirs(folder + "/litter/closed")
        open(folder + "/litter/closed/file", "w").write("x")
        os.symlink("/etc", folder + "/litter/link")
        os.mkfifo(folder + "/pipe")
        os.chmod(folder + "/litter/closed", 0)
    except PermissionError:
        pass
os.mkdir(os.environ["HOME"] + "/sealed", 0)
"""
FIND_LITTER = """
import os
found = []
for folder in [os.environ["HOME"], os.environ["HOME"] + "/tmp", "/tmp", "/dev/shm"]:
    try:
        found += {"litter", "pipe", "sealed"} & set(os.listdir(folder))
    except PermissionError:
        pass
open(os.environ["HOME"] + "/tmp/mine", "w").write("x")
"""
REACH = """
import os, signal
from pathlib import Path
parent = os.getppid()
opened = []
for name in ("mem", "environ", "maps", "fd/0", "cwd"):
    try:
        with open(f"/proc/{parent}/{name}", "rb") as file:
            opened.append(name)
    except OSError:
        pass
"""


@pytest.fixture(scope="module", params=BACKENDS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Kernels]:
    """A sandbox of each kind, in which all tests fork their kernels."""
    kernels = Kernels(choose_sandbox(request.param))
    yield kernels
    kernels.close()


def run_in_turn(kernels: Kernels, *sources: str, show: str = "found", sandboxes: int = 1) -> list[str]:
    """Run notebooks of one cell in so many sandboxes; what each prints of a variable, or how it failed."""
    shown, used = [], set()
    for source in sources:
        execution = kernels.run(*prepare(f"{source}\nprint({show})"))
        outputs = execution.notebook.cells[0].outputs
        shown.append(outputs[0].get("text", outputs[0].get("evalue", "")).strip() if outputs else "")
        used.add(kernels.process_id)
    # In a sandbox of its own a run would find nothing of the one before, whatever that had left.
    assert sandboxes == len(used)
    return shown


def prepare(source: str) -> tuple[NotebookNode, RunPlan]:
    """A notebook of one cell and its plan."""
    plan = RunPlan("launcher", "", ("0",), (TaskPlan("0"),), seed=1, limits=Limits(restarts=0))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), plan


async def run_cell(launcher: Launcher, source: str) -> Execution:
    """Run a notebook of one cell."""
    return await run_launched(*prepare(source), launcher)


@pytest.mark.kernel
def test_processes_end_with_their_run(sandbox: Kernels) -> None:
    """Daemons of one run, in sessions of their own, are not there in the next."""
    before = "found = None" + DAEMON + FIND_DAEMON
    assert ["True", "False"] == run_in_turn(sandbox, before, FIND_DAEMON)


@pytest.mark.kernel
def test_files_end_with_their_run(sandbox: Kernels) -> None:
    """Whatever a run wrote, closed folders and links included, is gone."""
    assert ["[]", "[]"] == run_in_turn(sandbox, "found = []" + LITTER, FIND_LITTER)
    assert Path("/etc/passwd").exists()


@pytest.mark.kernel
def test_names_and_modules_end_with_their_run(sandbox: Kernels) -> None:
    """A kernel starts from the launcher's state, not from the last kernel's."""
    before = "import torch, os\ntorch.forged = os.environ['FORGED'] = 'x'\nfound = 1"
    after = (
        "import torch, os\nfound = hasattr(torch, 'forged') or 'FORGED' in os.environ or 'before' in dir()"
    )
    assert ["1", "False"] == run_in_turn(sandbox, f"before = 1\n{before}", after)


@pytest.mark.kernel
def test_garbage_is_collected(sandbox: Kernels) -> None:
    """What the launcher leaves off while it imports torch, kernels do as ever."""
    assert ["True"] == run_in_turn(sandbox, "import gc\nfound = gc.isenabled()")


@pytest.mark.kernel
def test_launcher_cannot_be_read(sandbox: Kernels) -> None:
    """Its memory, environment and open files are closed to the kernels it forks."""
    assert ["[]"] == run_in_turn(sandbox, REACH, show="opened")


@pytest.mark.kernel
@pytest.mark.skipif(find_abi() < SCOPE_ABI, reason="this kernel's Landlock does not know signals")
def test_launcher_cannot_be_ended(sandbox: Kernels) -> None:
    """A kernel may not send its launcher a signal."""
    shown = run_in_turn(sandbox, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)", "found = 1")
    assert ["[Errno 1] Operation not permitted", "1"] == shown


@pytest.mark.kernel
def test_scheduling_ends_with_its_run(sandbox: Kernels) -> None:
    """Processors and priorities that a run takes from its launcher are not those of the next."""
    change = "import os\nos.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))\nfound = 0"
    show = "import os\nfound = os.sched_getscheduler(0)"
    # What it took cannot be given back: the next run gets another sandbox.
    assert ["0", str(os.SCHED_OTHER)] == run_in_turn(sandbox, change, show, sandboxes=2)


@pytest.mark.kernel
def test_folder_with_names_without_end_goes_as_a_whole() -> None:
    """Sockets that a run bound and left cost the next run a new sandbox, and nothing stays."""
    bind = """
import os, socket, ipykernel
folder = os.path.dirname(ipykernel.get_connection_file())
for number in range(1500):
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{folder}/x{number}")
"""

    async def run() -> int:
        sandbox = FakeSandbox()
        async with Launcher(sandbox) as launcher:
            await run_cell(launcher, bind)
            await run_cell(launcher, "1")
        return len(sandbox.calls)

    assert 2 == asyncio.run(run())


@pytest.mark.kernel
def test_next_run_gets_a_new_sandbox_where_the_old_is_not_clean() -> None:
    """A launcher that is gone, or that could not sweep, costs the next run nothing but time."""

    async def run() -> list[str]:
        shown = []
        async with Launcher(choose_sandbox()) as launcher:
            for _ in range(2):
                execution = await run_cell(launcher, "import os; print(os.getpid())")
                shown.append(execution.notebook.cells[0].outputs[0]["text"])
                launcher._is_clean = False
            assert launcher._process is not None
            launcher._process.kill()
            execution = await run_cell(launcher, "print('again')")
            return [*shown, execution.notebook.cells[0].outputs[0]["text"]]

    first, second, third = asyncio.run(run())
    # The first process that each launcher starts in its own namespace has the same number there.
    assert (first, "again\n") == (second, third)


@pytest.mark.kernel
def test_figures_are_shown() -> None:
    """matplotlib, which the launcher has imported, draws into the notebook, in every run of a sandbox."""
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"

    async def run() -> list[Execution]:
        async with Launcher(choose_sandbox()) as launcher:
            return [await run_cell(launcher, source) for _ in range(2)]

    for execution in asyncio.run(run()):
        assert ["image/png"] == [
            kind
            for output in execution.notebook.cells[0].outputs
            for kind in output.get("data", {})
            if kind.startswith("image/")
        ]


@pytest.mark.kernel
def test_runs_share_one_sandbox() -> None:
    """A second run starts no second sandbox."""

    async def run() -> int:
        sandbox = FakeSandbox()
        async with Launcher(sandbox) as launcher:
            for _ in range(3):
                await run_cell(launcher, "1")
        return len(sandbox.calls)

    assert 1 == asyncio.run(run())


def test_folders_are_put_back(tmp_path: Path) -> None:
    """New entries go and modes return; what a link leads to stays."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    home = tmp_path / "home"
    (home / "old" / "inner").mkdir(parents=True)
    folders = Folders([str(home), str(tmp_path / "missing")])
    (home / "old" / "new").mkdir()
    (home / "old" / "new" / "link").symlink_to(outside)
    (home / "link").symlink_to(outside)
    (home / "old" / "inner").chmod(0o000)
    assert folders.restore()
    assert ["inner"] == [path.name for path in (home / "old").iterdir()]
    assert ["old"] == [path.name for path in home.iterdir()]
    assert 0o755 == (home / "old" / "inner").stat().st_mode & 0o777
    assert (outside / "kept").exists()


@pytest.mark.parametrize("replacement", ["nothing", "file", "link"])
def test_folders_that_cannot_be_put_back_are_told(tmp_path: Path, replacement: str) -> None:
    """A folder that stood before and is gone, or is no folder any more, is not clean."""
    home = tmp_path / "home"
    (home / "old").mkdir(parents=True)
    folders = Folders([str(home)])
    (home / "old").rmdir()
    if replacement == "file":
        (home / "old").touch()
    elif replacement == "link":
        (home / "old").symlink_to(tmp_path)
    assert not folders.restore()
    assert home.is_dir()


def test_folders_of_killed_graders_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder goes when its maker has gone, not while it lives, and nothing else goes with it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    held = Scratch()
    make = "import os, sys; from grader.execute.scratch import Scratch; Scratch(); os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", make], env={**os.environ, "TMPDIR": str(tmp_path)})
    assert -signal.SIGKILL == killed.returncode
    (tmp_path / "grade-notes").mkdir()
    (tmp_path / "grade-link").symlink_to(held.path)
    assert 4 == len(list(tmp_path.iterdir()))
    held_too = Scratch()
    expected = {held.path.name, held_too.path.name, "grade-notes", "grade-link"}
    assert expected == {path.name for path in tmp_path.iterdir()}
    held.remove()
    held_too.remove()
    assert {"grade-notes", "grade-link"} == {path.name for path in tmp_path.iterdir()}
