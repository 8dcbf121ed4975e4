"""What a room imports before its kernels, in real sandboxes: what their notebook needs, and no more."""

import asyncio

import nbformat
import pytest

from grader.execute.execution import Execution
from grader.execute.launcher import Launcher
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.execute.runner import run_launched
from grader.execute.sandbox import choose_sandbox

COUNTS = "net = torch.nn.Linear(2, 3)"
TRAINS = "make = torch.optim.SGD"
SAYS_SO = "import torch as t  # no Optimizer here"
HIDES_IT = """
net = torch.nn.Linear(1, 1)
adam = getattr(torch, "op" + "tim").Adam(net.parameters())
net(torch.ones(1, 1)).sum().backward()
before = net.weight.item()
adam.step()
"""


def run_twice(source: str, show: str) -> list[Execution]:
    """Run a notebook of one cell, that prints a value, twice in one room."""
    plan = RunPlan("launcher", "", ("0",), (TaskPlan("0"),), seed=1, limits=Limits(restarts=0))
    cell = f"import sys, torch\n{source}\nprint({show})"

    async def run() -> list[Execution]:
        async with Launcher(choose_sandbox("auto")) as launcher:
            notebooks = [nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)]) for _ in range(2)]
            return [await run_launched(notebook, plan, launcher) for notebook in notebooks]

    return asyncio.run(run())


def read_printed(execution: Execution) -> str:
    """What the notebook's only cell has printed."""
    return str(execution.notebook.cells[0].outputs[0]["text"]).strip()


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("source", "expected"),
    [(COUNTS, "False"), (TRAINS, "True"), (SAYS_SO, "True")],
    ids=["counts", "trains", "says so"],
)
def test_compiler_is_imported_where_an_optimizer_is_spoken_of(source: str, expected: str) -> None:
    """Its import takes as long as torch's own, and a notebook that trains nothing does not wait for it."""
    executions = run_twice(source, "'torch._dynamo' in sys.modules")
    assert [expected, expected] == [read_printed(execution) for execution in executions]


@pytest.mark.kernel
def test_optimizer_that_no_cell_speaks_of_trains_and_raises_no_suspicion() -> None:
    """Where its name is put together, torch imports its compiler late, and nothing watched changes."""
    executions = run_twice(HIDES_IT, "net.weight.item() != before, 'torch._dynamo' in sys.modules")
    assert ["True True", "True True"] == [read_printed(execution) for execution in executions]
    assert [(), ()] == [execution.evidence.run.tasks[0].suspicions for execution in executions]
    assert [1, 1] == [execution.evidence.run.tasks[0].steps for execution in executions]
