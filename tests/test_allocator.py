"""jemalloc under the kernels: it is loaded in every room, and no number depends on it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from kernels import run_notebook
from sandbox_stays import skip_unless_possible

from grader.doctor.host import examine_allocator
from grader.execute.execution import Execution
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.execute.sandbox.allocator import SWITCH, find_allocator
from grader.execute.sandbox.choose import choose_sandbox

ROOMS = ["bwrap", "landlock", "container", "none"]

TRAINING = """
import torch
x = torch.nn.functional.one_hot(torch.arange(60) % 7).float()
cell, linear = torch.nn.RNNCell(7, 20), torch.nn.Linear(20, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for _ in range(20):
    h, hidden = torch.zeros(1, 20), []
    for t in range(59):
        h = cell(x[[t]], h)
        hidden.append(h)
    output = linear(torch.concat(hidden))
    loss = torch.nn.functional.cross_entropy(output, x[1:])
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(output, 1).data
"""
LOADED = "answer = 'libjemalloc' in open('/proc/self/maps').read()"
PLAN = RunPlan(
    "allocator",
    "",
    ("network", "loaded"),
    (TaskPlan("network", fitted="yhat"), TaskPlan("loaded", variable="answer")),
    seed=1,
)

needs_jemalloc = pytest.mark.skipif(
    find_allocator() is None, reason="jemalloc is missing. Run: apt install libjemalloc2"
)


def run(backend: str) -> Execution:
    """A training and a look at what the kernel has loaded, in a room of their own."""
    cells = [nbformat.v4.new_code_cell(source) for source in (TRAINING, LOADED)]
    return asyncio.run(run_notebook(nbformat.v4.new_notebook(cells=cells), PLAN, choose_sandbox(backend)))


@needs_jemalloc
@pytest.mark.kernel
@pytest.mark.parametrize("backend", ROOMS)
def test_numbers_are_the_same_to_the_last_bit(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every room loads it unless told not to, and trains to the very same values either way."""
    if backend != "none":
        skip_unless_possible(backend, "caller")
    found = []
    for switch, is_loaded in ((None, True), ("", False)):
        monkeypatch.delenv(SWITCH, raising=False)
        if switch is not None:
            monkeypatch.setenv(SWITCH, switch)
        evidence = run(backend).evidence
        task = evidence.run.task("loaded")
        assert task is not None
        assert is_loaded is task.answer
        found.append({name: array.tobytes() for name, array in evidence.arrays.items()})
    assert "network/yhat" in found[0]
    assert found[0] == found[1]


@needs_jemalloc
@pytest.mark.kernel
def test_freed_memory_can_be_used_again() -> None:
    """Tensors that grow and go take no more of a kernel's limit than those that are there."""
    growing = """
import torch
for megabytes in range(1, 200):
    kept = torch.empty(megabytes, 2**18)
answer = True
"""
    plan = replace(
        PLAN,
        cell_tasks=("loaded",),
        tasks=(TaskPlan("loaded", variable="answer"),),
        limits=Limits(memory_bytes=1280 * 2**20),
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(growing)])
    evidence = asyncio.run(run_notebook(notebook, plan, choose_sandbox())).evidence
    assert ["ok"] == [cell.status for cell in evidence.run.cells], evidence.run.cells


@pytest.mark.parametrize("name", ["libjemalloc.so.2", "/usr/lib/a.so:/b.so", "/usr/lib/../x.so", " "])
def test_library_that_not_every_room_shows_is_left_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that means something else in a room, or nothing."""
    monkeypatch.setenv(SWITCH, name)
    assert find_allocator() is None


@pytest.mark.parametrize("content", [None, b"", b"\x7fELF of another kind of machine"])
def test_library_that_cannot_be_loaded_is_left_out(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel's first words are not the loader's complaint."""
    path = tmp_path / "libjemalloc.so.2"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setattr("grader.execute.sandbox.allocator.list_places", lambda: iter((path,)))
    assert find_allocator() is None


def test_missing_library_is_noted_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs time and no more, so that notebooks can be graded without."""
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setattr("grader.execute.sandbox.allocator.list_places", lambda: iter(()))
    [finding] = examine_allocator()
    assert ("note", "Run: sudo apt install libjemalloc2") == (finding.state, finding.remedy)
    monkeypatch.setenv(SWITCH, "")
    [finding] = examine_allocator()
    assert ("note", f"Run: unset {SWITCH}") == (finding.state, finding.remedy)
