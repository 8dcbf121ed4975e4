"""A notebook is run unless it is known what that leaves: what decides that, and what does not."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from training_samples import gather

from grader.errors import EngineError
from grader.evidence import Evidence
from grader.execute.execution import Execution
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.store import Entry, EvidenceStore, list_entries
from grader.workflow.kept import KeptRuns, hash_run, show_outputs

PLAN = RunPlan("small", "f" * 64, (None, "1.1"), (TaskPlan("1.1"),), seed=3)


def make_notebook(text: str = "# mine", code: str = "x = 1") -> nbformat.NotebookNode:
    """A notebook of one text and one code cell."""
    return new_notebook(cells=[new_markdown_cell(text), new_code_cell(code)])


SAME = hash_run(make_notebook(), PLAN, "bwrap")


@pytest.mark.parametrize(
    ("notebook", "plan", "sandbox"),
    [
        pytest.param(make_notebook("# somebody else's"), PLAN, "bwrap", id="other text"),
        pytest.param(make_notebook(), replace(PLAN, notebook_sha256="e" * 64), "bwrap", id="other file"),
        pytest.param(make_notebook(), replace(PLAN, limits=Limits(cell_seconds=5)), "bwrap", id="less time"),
    ],
)
def test_key_leaves_out_what_decides_nothing(
    notebook: nbformat.NotebookNode, plan: RunPlan, sandbox: str
) -> None:
    """Text, the file that held the notebook and seconds do not stand in a run's key."""
    assert SAME == hash_run(notebook, plan, sandbox)


@pytest.mark.parametrize(
    ("notebook", "plan", "sandbox"),
    [
        pytest.param(make_notebook(code="x = 2"), PLAN, "bwrap", id="code"),
        pytest.param(new_notebook(cells=make_notebook().cells[::-1]), PLAN, "bwrap", id="places of cells"),
        pytest.param(make_notebook(), PLAN, "landlock", id="sandbox"),
        *(
            pytest.param(make_notebook(), replace(PLAN, **change), "bwrap", id=next(iter(change)))
            for change in (
                {"seed": 4},
                {"mode": "hidden"},
                {"stop_after": 2},
                {"device": "cuda"},
                {"cell_tasks": ("1.1", None)},
                {"tasks": (TaskPlan("1.1", fitted="yhat"),)},
                {"keep_steps": (0,)},
                {"keep_every_step": True},
                {"only_tasks": frozenset({"1.1"})},
                {"left_out": frozenset({1})},
                {"trainings": {"1.1": 2}},
                {"parameters": {"epochs": 3}},
                {"limits": Limits(memory_bytes=1)},
                {"limits": Limits(restarts=1)},
            )
        ),
    ],
)
def test_key_holds_what_decides(notebook: nbformat.NotebookNode, plan: RunPlan, sandbox: str) -> None:
    """Whatever changes what comes out of a run changes its key."""
    assert SAME != hash_run(notebook, plan, sandbox)


def test_key_does_not_depend_on_the_order_of_sets() -> None:
    """Every process finds the same key, though each orders sets in its own way."""
    code = (
        "from test_kept import *; "
        "print(hash_run(make_notebook(), replace(PLAN, only_tasks=frozenset('abcdefgh')), 'bwrap'))"
    )
    found = set()
    for seed in ("1", "2", "3"):
        path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        found.add(done.stdout)
    assert 1 == len(found)


class Engine:
    """Executes by counting, and shows the count; fails as often as it is told to."""

    def __init__(self, *, failures: int = 0, is_doubtful: bool = False) -> None:
        self.is_doubtful = is_doubtful
        self.failures = failures
        self.count = 0

    async def __call__(self) -> Execution:
        await asyncio.sleep(0)
        self.count += 1
        if self.count <= self.failures:
            raise EngineError("The kernel did not start: no room.")
        notebook = make_notebook("# the first one's")
        notebook.cells[1].outputs = [new_output("stream", text=f"run {self.count}")]
        run = gather().run.model_copy(update={"notebook_sha256": "1" * 64})
        return Execution(Evidence(run), notebook, self.is_doubtful)


def fetch(kept: KeptRuns, engine: Engine, notebook: nbformat.NotebookNode | None = None) -> Entry:
    """What the class finds or runs."""
    return asyncio.run(kept.fetch(notebook or make_notebook(), PLAN, engine))[1]


def test_second_class_runs_nothing(tmp_path: Path) -> None:
    """What one class left another finds, under its own file's hash and among its own text."""
    engine, said = Engine(), []
    fetch(KeptRuns(EvidenceStore(tmp_path), sandbox="bwrap"), engine)
    kept = KeptRuns(EvidenceStore(tmp_path), sandbox="bwrap", say=said.append)
    second = make_notebook("# the second one's")
    found = fetch(kept, engine, second)
    shown = show_outputs(second, found.outputs)
    kept.finish()
    assert (1, 0, 1) == (engine.count, kept.made, kept.found)
    assert ["# the second one's", "run 1"] == [shown.cells[0].source, shown.cells[1].outputs[0].text]
    assert PLAN.notebook_sha256 == found.evidence.run.notebook_sha256
    assert ["1 of 1 runs stood in"] == [line[:20] for line in said]


def test_identical_notebooks_take_turns(tmp_path: Path) -> None:
    """Of two that are at work at the same moment one runs, and the other waits for what it leaves."""
    engine = Engine()
    kept = KeptRuns(EvidenceStore(tmp_path), sandbox="bwrap")

    async def work() -> Entry:
        async with kept.take_turn(make_notebook(), PLAN):
            return (await kept.fetch(make_notebook(), PLAN, engine))[1]

    async def work_twice() -> list[Entry]:
        return await asyncio.gather(work(), work())

    shown = [found.outputs[1]["outputs"][0]["text"] for found in asyncio.run(work_twice())]
    assert (1, 1, 0) == (engine.count, kept.made, kept.found)
    assert ["run 1", "run 1"] == shown


def test_fresh_runs_again_and_replaces(tmp_path: Path) -> None:
    """What stood there is ignored once, and what comes instead is found by the next class."""
    engine = Engine()
    store = EvidenceStore(tmp_path)
    fetch(KeptRuns(store, sandbox="bwrap"), engine)
    fresh = KeptRuns(store, sandbox="bwrap", fresh=True)
    assert ["run 2", "run 2"] == [fetch(fresh, engine).outputs[1]["outputs"][0]["text"] for _ in range(2)]
    assert "run 2" == fetch(KeptRuns(store, sandbox="bwrap"), engine).outputs[1]["outputs"][0]["text"]


def test_damaged_entry_is_run_again_with_a_word(tmp_path: Path) -> None:
    """A damaged entry costs a run and a line, and is whole afterwards."""
    engine, said = Engine(), []
    store = EvidenceStore(tmp_path)
    fetch(KeptRuns(store, sandbox="bwrap"), engine)
    (store.locate(hash_run(make_notebook(), PLAN, "bwrap")) / "run.json").write_text("{")
    kept = KeptRuns(store, sandbox="bwrap", say=said.append)
    assert "run 2" == fetch(kept, engine).outputs[1]["outputs"][0]["text"]
    assert 1 == len(said)
    assert "run again" in said[0]
    assert "run 2" == fetch(KeptRuns(store, sandbox="bwrap"), engine).outputs[1]["outputs"][0]["text"]


def test_kernel_that_did_not_start_gets_a_second_chance(tmp_path: Path) -> None:
    """One failure is made good in silence; two are the grader's fault, and nothing of it is kept."""
    store = EvidenceStore(tmp_path)
    assert "run 2" == fetch(KeptRuns(store), Engine(failures=1)).outputs[1]["outputs"][0]["text"]
    engine = Engine(failures=2)
    with pytest.raises(EngineError):
        fetch(KeptRuns(store, sandbox="other"), engine)
    assert 2 == engine.count
    assert 1 == len(list_entries(tmp_path))


def test_run_that_the_grader_broke_off_is_not_kept(tmp_path: Path) -> None:
    """Where a kernel did not start or was killed, what there is counts once, and is run again next time."""
    engine = Engine(is_doubtful=True)
    fetch(KeptRuns(EvidenceStore(tmp_path)), engine)
    fetch(KeptRuns(EvidenceStore(tmp_path)), engine)
    assert 2 == engine.count
    assert [] == list_entries(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_costs_no_run(small_disk: Path) -> None:
    """The class goes on with what it has, says so once, and writes it when there is room."""
    engine, said = Engine(), []
    store = EvidenceStore(small_disk / "store")
    ballast = small_disk / "ballast"
    with pytest.raises(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    kept = KeptRuns(store, sandbox="bwrap", say=said.append)
    for code in ("x = 1", "x = 2", "x = 1"):
        fetch(kept, engine, make_notebook(code=code))
    assert 2 == engine.count
    assert 1 == len(said)
    assert "No space left" in said[0]
    assert [] == [path for path in store.folder.rglob("*") if path.is_file()]
    ballast.unlink()
    kept.finish()
    assert 2 == len(list_entries(store.folder))
    fetch(KeptRuns(store, sandbox="bwrap"), engine)
    assert 2 == engine.count
