"""Runs that go wrong, in real kernels in the machine's own sandbox."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from kernels import Kernels, run_notebook
from nbformat import NotebookNode

from grader.errors import EngineError
from grader.execute.execution import Execution
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.execute.sandbox import Room, choose_sandbox
from grader.records import CellRun

pytestmark = pytest.mark.kernel

Run = Callable[..., Execution]
"""Takes sources of cells, and limits."""

STUBBORN = """
while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""


@pytest.fixture
def run(kernels: Kernels) -> Run:
    """Runs cells in a kernel of their own."""

    def run_cells(*sources: str, limits: Limits | None = None) -> Execution:
        return kernels.run(*prepare(*sources, limits=limits))

    return run_cells


def prepare(*sources: str, limits: Limits | None = None) -> tuple[NotebookNode, RunPlan]:
    """A notebook of these cells and its plan."""
    names = tuple(str(index) for index in range(len(sources)))
    plan = RunPlan(
        assignment="runner",
        notebook_sha256="",
        cell_tasks=names,
        tasks=tuple(TaskPlan(name, variable="answer") for name in names),
        seed=1,
        limits=limits or Limits(),
    )
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources]), plan


def find_cell(execution: Execution, index: int) -> CellRun:
    """How one cell ended."""
    return next(cell for cell in execution.evidence.run.cells if cell.index == index)


def test_failing_cell_does_not_stop_the_notebook(run: Run) -> None:
    """The error is on record in one line, and the next cell runs with what stood before."""
    execution = run("answer = True", "answer = False\nundefined", "answer = not answer")
    assert ("error", "NameError: name 'undefined' is not defined") == (
        find_cell(execution, 1).status,
        find_cell(execution, 1).error,
    )
    assert [True, False, True] == [task.answer for task in execution.evidence.run.tasks]


def test_endless_loop_costs_only_its_own_cell(run: Run) -> None:
    """A loop that takes an interrupt is stopped in its kernel."""
    execution = run("answer = True", "while True: pass", "answer", limits=Limits(cell_seconds=2))
    assert ["ok", "timeout", "ok"] == [find_cell(execution, index).status for index in range(3)]
    assert execution.evidence.run.task("2").answer is True


def test_loop_that_swallows_interrupts_is_left_out(run: Run) -> None:
    """A kernel that does not let go is ended, and the other cells run once more without that cell."""
    execution = run("answer = True", STUBBORN, "answer = False", limits=Limits(cell_seconds=2))
    assert ["ok", "timeout", "ok"] == [find_cell(execution, index).status for index in range(3)]
    assert [True, False] == [execution.evidence.run.task(task).answer for task in ("0", "2")]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import os; os._exit(3)", id="exit"),
        pytest.param("import ctypes; ctypes.string_at(0)", id="segfault"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", id="kill"),
    ],
)
def test_dead_kernel_costs_only_the_cell_that_ended_it(run: Run, source: str) -> None:
    """Cells before and after keep their evidence."""
    execution = run("answer = True", source, "answer = False")
    assert "died" == find_cell(execution, 1).status
    assert [True, False] == [execution.evidence.run.task(task).answer for task in ("0", "2")]


@pytest.mark.parametrize(
    ("source", "doubtful"),
    [("import os; os._exit(3)", False), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", True)],
)
def test_killed_kernel_asks_for_a_person(run: Run, source: str, doubtful: bool) -> None:
    """A machine without memory kills, too, so a kill is not kept as the notebook's own doing."""
    execution = run(source, "answer = True")
    assert doubtful == execution.is_doubtful == any("killed" in note for note in execution.evidence.run.notes)


@pytest.mark.parametrize("count", ["[1]", "{}", "True", "'1'", "2.5", "-1", "10**40"])
def test_forged_cell_numbers_change_nothing(run: Run, count: str) -> None:
    """A message that numbers the cell as nothing can be numbered is left out."""
    forge = (
        "kernel = get_ipython().kernel\n"
        f"content = {{'code': '', 'execution_count': {count}}}\n"
        "kernel.session.send(kernel.iopub_socket, 'execute_input', content, parent=kernel.get_parent())\n"
        "answer = True"
    )
    execution = run(forge)
    assert "ok" == find_cell(execution, 0).status
    assert 1 == execution.notebook.cells[0].execution_count


def test_error_that_calls_itself_a_timeout_is_an_error(run: Run) -> None:
    """Only the grader's own clock says that a cell was stopped."""
    execution = run("class CellTimeoutError(Exception): pass\nraise CellTimeoutError('late')")
    assert "error" == find_cell(execution, 0).status


def test_cell_that_ends_its_kernel_later_is_blamed_itself(run: Run) -> None:
    """A kernel that goes down between two cells takes the one that ran, not the one to come."""
    trap = "import os\nget_ipython().kernel.shell_handlers['probe_request'] = lambda *_: os._exit(1)"
    execution = run("answer = True", trap, "answer = False", "answer = True")
    assert "died" == find_cell(execution, 1).status
    assert [True, False, True] == [execution.evidence.run.task(task).answer for task in ("0", "2", "3")]


def test_many_dead_kernels_do_not_silence_the_rest(run: Run) -> None:
    """Three cells that end their kernels leave the others their evidence."""
    killer = "import os; os._exit(1)"
    execution = run(killer, killer, killer, "answer = True")
    assert ["died", "died", "died", "ok"] == [find_cell(execution, index).status for index in range(4)]
    assert execution.evidence.run.task("3").answer is True


def test_cells_that_are_never_reached_are_told(run: Run) -> None:
    """Where the grader gives up, every cell has a record and a person is asked."""
    execution = run("import os; os._exit(1)", "answer = True", limits=Limits(restarts=0))
    assert ["died", "skipped"] == [find_cell(execution, index).status for index in range(2)]
    assert "cells that ended one: 1" in execution.evidence.run.notes[0]


def test_interrupted_run_ends_at_once_and_leaves_nothing(rooms: Path) -> None:
    """Cancelled while it starts or while a cell runs, a run passes the cancellation on and cleans up."""

    async def interrupt(seconds: float) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(STUBBORN)])
        plan = RunPlan("runner", "", ("0",), (TaskPlan("0"),), seed=1)
        task = asyncio.create_task(run_notebook(notebook, plan, choose_sandbox()))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 15)

    for seconds in (0.3, 6.0):
        asyncio.run(interrupt(seconds))
    assert [] == list(rooms.iterdir())


def test_one_cell_may_answer_every_statement(kernels: Kernels) -> None:
    """Variables of all true/false tasks are read when the notebook ends, wherever they were assigned."""
    plan = RunPlan(
        "runner", "", ("2.1",), (TaskPlan("2.1", variable="a"), TaskPlan("2.2", variable="b")), seed=1
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = True; b = False")])
    execution = kernels.run(notebook, plan)
    assert {"2.1": True, "2.2": False} == {task.task: task.answer for task in execution.evidence.run.tasks}


def test_deep_output_counts_as_too_much(run: Run) -> None:
    """Nesting does not hide the size of an output."""
    nested = "value = 'x' * 1000\nfor _ in range(40): value = [value]\n"
    show = "from IPython.display import display; display({'application/json': value}, raw=True)"
    execution = run(nested + show)
    assert "left out" in str(execution.notebook.cells[0].outputs)


def test_memory_is_bounded(run: Run) -> None:
    """An allocation over the limit fails as an error of the cell, and the kernel lives on."""
    execution = run("import numpy; numpy.ones(2**30)", "answer = True", limits=Limits(memory_bytes=2 * 2**30))
    assert "MemoryError" in (find_cell(execution, 0).error or "")
    assert execution.evidence.run.task("1").answer is True


def test_shared_memory_is_bounded(run: Run) -> None:
    """What no limit per process counts ends the kernel of its cell, which says so, and no other cell."""
    greedy = "import mmap; pages = mmap.mmap(-1, 2**31)\nfor at in range(0, 2**31, 4096): pages[at] = 1"
    wait = "import time; time.sleep(2)"
    execution = run("answer = True", f"{greedy}\n{wait}", "answer = False", limits=Limits(memory_bytes=2**30))
    assert "died" == find_cell(execution, 1).status
    assert "GiB of memory" in (find_cell(execution, 1).error or "")
    assert [True, False] == [execution.evidence.run.task(task).answer for task in ("0", "2")]


def test_flood_of_output_is_cut(run: Run) -> None:
    """Outputs are kept up to a size with a note behind them, however they are printed."""
    loud = "for _ in range(20_000):\n    print('x' * 1000)"
    execution = run(loud, "print('x' * 50_000_000)", "answer = True", limits=Limits(output_bytes=100_000))
    for index in (0, 1):
        text = "".join(output["text"] for output in execution.notebook.cells[index].outputs)
        assert len(text) < 200_000
        assert "left out" in text
    assert execution.evidence.run.task("2").answer is True


def test_message_larger_than_any_evidence_does_not_hang(run: Run) -> None:
    """A kernel that sends 200 MB in one message loses its connection, and the run still ends."""
    limits = Limits(cell_seconds=20, restarts=1)
    execution = run("print('x' * 200_000_000)", "answer = True", limits=limits)
    assert "ok" == find_cell(execution, 1).status


def test_awkward_cells_are_recorded_as_what_they_are(run: Run) -> None:
    """Input, exit, magics and shells end in errors or in nothing, and later cells run."""
    sources = ("input()", "exit()", "import sys; sys.exit(3)", "%nosuchmagic", "!true", "await nothing()")
    execution = run(*sources, "answer = True")
    assert "error" == find_cell(execution, 0).status
    assert execution.evidence.run.task(str(len(sources))).answer is True


def test_saved_outputs_of_an_older_run_have_no_power(kernels: Kernels) -> None:
    """What a notebook shows is what ran here."""
    cell = nbformat.v4.new_code_cell(
        "answer = False", outputs=[nbformat.v4.new_output("stream", text="True")]
    )
    plan = RunPlan("runner", "", ("0",), (TaskPlan("0", variable="answer"),), seed=1)
    execution = kernels.run(nbformat.v4.new_notebook(cells=[cell]), plan)
    assert [] == execution.notebook.cells[0].outputs


def test_budget_of_the_notebook_bounds_the_whole_run(run: Run) -> None:
    """Cells for which no time is left are skipped and say so."""
    limits = Limits(notebook_seconds=3, cell_seconds=60)
    execution = run("import time; time.sleep(60)", "answer = True", limits=limits)
    assert ["timeout", "skipped"] == [find_cell(execution, index).status for index in range(2)]
    assert execution.evidence.run.seconds < 30


def test_kernel_that_cannot_start_is_the_graders_fault(tmp_path: Path) -> None:
    """The error carries what the launcher said."""

    class Broken:
        name = "broken"
        own_folders: tuple[str, ...] = ()

        def build_command(self, module: str, arguments: object, room: Room) -> list[str]:
            return ["/bin/sh", "-c", "echo no room >&2; exit 77"]

        def build_environment(self, room: Room) -> dict[str, str]:
            return {}

        def build_stop_command(self, room: Room) -> list[str]:
            return []

    plan = RunPlan("runner", "", ("0",), (TaskPlan("0"),), seed=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    with pytest.raises(EngineError, match="no room"):
        asyncio.run(run_notebook(notebook, plan, Broken()))


def test_nothing_is_left_behind(rooms: Path) -> None:
    """A run removes its folder of sockets."""
    asyncio.run(run_notebook(*prepare("answer = True"), choose_sandbox()))
    assert [] == list(rooms.iterdir())


def test_notebook_can_write_where_it_expects_to(run: Run) -> None:
    """The working folder and /tmp take files; they are gone with the run."""
    execution = run("open('here.txt', 'w').write('x')", "open('/tmp/there.txt', 'w').write('x')")
    assert ["ok", "ok"] == [find_cell(execution, index).status for index in range(2)]
    assert not Path("/tmp/there.txt").exists()
