"""The store gives back what it was given, or nothing, and can be emptied."""

import os
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from training_samples import train

from grader.cli import main
from grader.errors import EvidenceError, GraderError
from grader.evidence import Evidence
from grader.records import CellRun, OptimizerTrace
from grader.store import (
    Entry,
    EvidenceStore,
    TimeLimits,
    choose_old,
    choose_oldest,
    choose_unused,
    list_entries,
)

KEY, OTHER = "a" * 64, "b" * 64
LIMITS = TimeLimits(cell_seconds=10, task_seconds=20, notebook_seconds=30)


def make_entry(*cells: CellRun, limits: TimeLimits = LIMITS) -> Entry:
    """An entry with real arrays."""
    evidence = train(steps=2)
    run = evidence.run.model_copy(update={"cells": cells, "seconds": sum(cell.seconds for cell in cells)})
    return Entry(Evidence(run, evidence.arrays), [{"execution_count": 1, "outputs": []}], limits)


def test_entry_comes_back_as_it_was(tmp_path: Path) -> None:
    """Record, arrays, outputs and limits, numbers that are none and arrays without dimensions included."""
    entry = make_entry(CellRun(index=0, task="1.1", status="ok", seconds=0.1 + 0.2))
    task = entry.evidence.run.tasks[0]
    strange = OptimizerTrace(
        name="a", settings={"lr": float("nan"), "eps": float("inf"), "on": True}, steps=2
    )
    task = task.model_copy(update={"optimizers": (strange,), "notes": ("\u202e\0", "김")})
    evidence = Evidence(
        entry.evidence.run.model_copy(update={"tasks": (task,)}),
        {**entry.evidence.arrays, "1.1/yhat": np.float32(0.5).reshape(())},
    )
    store = EvidenceStore(tmp_path / "store")
    store.save(KEY, replace(entry, evidence=evidence))
    found = store.load(KEY, LIMITS)
    assert found is not None
    assert repr(evidence.run) == repr(found.evidence.run)
    assert (entry.outputs, entry.limits) == (found.outputs, found.limits)
    assert set(evidence.arrays) == set(found.evidence.arrays)
    for name, array in evidence.arrays.items():
        assert (array.shape, array.dtype) == (found.evidence.arrays[name].shape, array.dtype)
        np.testing.assert_array_equal(array, found.evidence.arrays[name])


def test_unknown_key_is_nothing(tmp_path: Path) -> None:
    """A miss is None, in a store that holds something else too."""
    store = EvidenceStore(tmp_path)
    assert store.load(KEY, LIMITS) is None
    store.save(OTHER, make_entry())
    assert store.load(KEY, LIMITS) is None


def cut(path: Path) -> None:
    """Leave half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["run.json", "arrays.safetensors", "outputs.json", "entry.json"])
@pytest.mark.parametrize("damage", [cut, flip, Path.unlink, lambda path: path.write_bytes(b"")])
def test_damaged_entry_is_never_used(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    """Whatever happens to one of its files, the entry is refused, and can be replaced."""
    store = EvidenceStore(tmp_path)
    store.save(KEY, make_entry())
    damage(store.locate(KEY) / name)
    with pytest.raises(EvidenceError, match=KEY[:12]):
        store.load(KEY, LIMITS)
    store.save(KEY, make_entry())
    assert store.load(KEY, LIMITS) is not None


def test_entry_of_another_key_is_refused(tmp_path: Path) -> None:
    """A folder that was copied under another name is no evidence for that."""
    store = EvidenceStore(tmp_path)
    store.save(KEY, make_entry())
    store.locate(OTHER).parent.mkdir()
    store.locate(KEY).rename(store.locate(OTHER))
    with pytest.raises(EvidenceError, match="it is the entry aaaaaaaaaaaa"):
        store.load(OTHER, LIMITS)


@pytest.mark.parametrize("stand_in_the_way", [lambda path: path.write_text("x"), lambda path: path.mkdir()])
def test_what_stands_in_an_entrys_place_is_replaced(
    tmp_path: Path, stand_in_the_way: Callable[[Path], object]
) -> None:
    """A file or an empty folder at the place of an entry does not keep it from being written."""
    store = EvidenceStore(tmp_path)
    store.locate(KEY).parent.mkdir()
    stand_in_the_way(store.locate(KEY))
    store.save(KEY, make_entry())
    assert store.load(KEY, LIMITS) is not None


def test_only_the_owner_may_look_in(tmp_path: Path) -> None:
    """The store holds what the reference computed: nobody else may enter it."""
    store = EvidenceStore(tmp_path / "store")
    store.save(KEY, make_entry())
    for folder in (store.folder, store.locate(KEY)):
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_what_a_dead_grader_left_is_swept(tmp_path: Path) -> None:
    """Half-written entries go if their process is gone, and stay if it is alive."""
    store = EvidenceStore(tmp_path)
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    names = [store._name_temporary().name.replace(f"-{os.getpid()}-", f"-{pid}-") for pid in (ended.pid, 1)]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{")
    store.sweep()
    assert [False, True] == [(tmp_path / name).exists() for name in names]


def test_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    """The error names the place and the option."""
    (tmp_path / "file").write_text("")
    with pytest.raises(GraderError, match=r"file.*--store"):
        EvidenceStore(tmp_path / "file" / "store")


def end(status: str, seconds: float) -> CellRun:
    """A cell of task 1.1 that ended so."""
    return CellRun.model_validate({"index": 1, "task": "1.1", "status": status, "seconds": seconds})


@pytest.mark.parametrize(
    ("cell", "cell_seconds", "stands"),
    [
        pytest.param(end("ok", 4), 10, True, id="same limits"),
        pytest.param(end("ok", 4), 60, True, id="more time changes nothing where nothing was stopped"),
        pytest.param(end("ok", 4), 5, True, id="less time, which is still enough"),
        pytest.param(end("ok", 4), 3, False, id="less time than it took"),
        pytest.param(end("timeout", 10), 10, True, id="stopped, and would be again"),
        pytest.param(end("timeout", 10), 60, False, id="stopped, and has more time now"),
        pytest.param(end("timeout", 10), 5, True, id="stopped, and has even less time now"),
        pytest.param(end("skipped", 0), 60, False, id="not reached in time"),
        pytest.param(end("error", 4), 60, True, id="failed by itself"),
    ],
)
def test_time_limits_count_only_where_they_decide(cell: CellRun, cell_seconds: float, stands: bool) -> None:
    """More seconds run those again that were stopped, and nobody else."""
    limits = TimeLimits(cell_seconds=cell_seconds, task_seconds=20, notebook_seconds=30)
    if cell_seconds > 10:
        limits = TimeLimits(cell_seconds=cell_seconds, task_seconds=60, notebook_seconds=60)
    assert stands is make_entry(cell).stands_for(limits)


def test_equal_limits_are_enough_whatever_a_start_took() -> None:
    """A run of longer than its notebook's limit, because its kernel started slowly, stands for that limit."""
    entry = make_entry(end("ok", 4))
    slow = replace(entry, evidence=Evidence(entry.evidence.run.model_copy(update={"seconds": 31.0})))
    assert slow.stands_for(LIMITS)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A store of two entries, of which the last run used the first; the second is ten days old."""
    store = EvidenceStore(tmp_path / "store")
    for key in (KEY, OTHER):
        store.save(key, make_entry())
    store.remember_run([KEY])
    past = store.locate(OTHER).stat().st_mtime - 10 * 86_400
    os.utime(store.locate(OTHER), (past, past))
    return store.folder


def test_entries_can_be_chosen_by_age_size_and_use(filled: Path) -> None:
    """Old ones, unused ones, and the oldest beyond a size."""
    entries = list_entries(filled)
    assert [OTHER, KEY] == [entry.key for entry in entries]
    assert [OTHER] == [entry.key for entry in choose_old(entries, 9)]
    assert [OTHER] == [entry.key for entry in choose_unused(entries)]
    size = entries[0].size_bytes
    assert size > 0
    assert [] == choose_oldest(entries, 2 * size)
    assert [OTHER] == [entry.key for entry in choose_oldest(entries, 2 * size - 1)]


def test_nothing_counts_as_unused_before_a_run_has_ended(filled: Path) -> None:
    """What an interrupted first run left is what the next needs."""
    (filled / "last-run.json").unlink()
    assert [] == choose_unused(list_entries(filled))


def test_work_of_an_interrupted_run_does_not_count_as_unused(filled: Path) -> None:
    """What is younger than the last run that ended may be continued."""
    later = (filled / "last-run.json").stat().st_mtime + 1
    other = next(entry for entry in list_entries(filled) if entry.key == OTHER)
    assert [OTHER] == [entry.key for entry in choose_unused([other, *list_entries(filled)])][:1]
    os.utime(other.path, (later, later))
    assert [] == choose_unused(list_entries(filled))


def test_clock_that_was_put_back_makes_nothing_old(filled: Path) -> None:
    """An entry of tomorrow is no seconds old."""
    future = filled.stat().st_mtime + 86_400
    for entry in list_entries(filled):
        os.utime(entry.path, (future, future))
    assert [0.0, 0.0] == [entry.age_seconds for entry in list_entries(filled)]


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], 2),
        (["--unused"], 2),
        (["--prune"], 1),
        (["--prune", "--unused"], 1),
        (["--prune", "--older-than", "9"], 1),
        (["--prune", "--older-than", "11"], 2),
        (["--prune", "--keep-mb", "0"], 0),
    ],
)
def test_store_command_lists_and_prunes(filled: Path, arguments: list[str], left: int) -> None:
    """Nothing goes without --prune, and with it what the other options name."""
    done = CliRunner().invoke(main, ["store", str(filled), *arguments])
    assert 0 == done.exit_code, done.output
    assert "2 entries" in done.output
    assert "1 used by the last run" in done.output
    assert left == len(list_entries(filled))


def test_store_command_asks_for_a_folder(tmp_path: Path) -> None:
    """Where there is no store the command says where it would be."""
    done = CliRunner().invoke(main, ["store", str(tmp_path / "nowhere")])
    assert 2 == done.exit_code
    assert "OUT/.evidence" in done.stderr
