"""A grader that is killed at any moment: the next one goes on where it stopped."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT
from small_class import TRAINING, make_class, write_notebook

from grader.store import list_entries

pytestmark = pytest.mark.kernel

KILLS = 25
PATIENCE_SECONDS = 60.0
"""For processes to be gone that were killed with the grader."""
SECONDS = re.compile(r"\b(?:\d+ h )?(?:\d+ min )?\d+(?:\.\d)? s\b|\b\d+ h \d+ min\b")
FOUND = re.compile(r"^(\d+) of (\d+) runs stood", re.MULTILINE)


def start(folder: Path, out: str, *options: str) -> subprocess.Popen[str]:
    """`grade run` on the small class of that folder."""
    command = [sys.executable, "-m", "grader", "run", "submissions", "-o", out, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finish(folder: Path, out: str, *options: str) -> str:
    """What a run that nothing disturbs says; it ends with status 0."""
    process = start(folder, out, *options)
    _, said = process.communicate()
    assert 0 == process.returncode, said
    return said


def read_reports(out: Path) -> dict[str, str]:
    """Every report by name, times aside."""
    reports = {}
    for path in sorted(out.iterdir()):
        if not path.name.startswith("."):
            text = path.read_text(encoding="utf-8")
            if path.name == "results.json":
                text = json.dumps({**json.loads(text), "run": {**json.loads(text)["run"], "seconds": 0}})
            reports[path.name] = SECONDS.sub("(time)", text)
    return reports


@dataclass(frozen=True)
class Stamp:
    """Which file an entry is: one that is written again is another."""

    inode: int
    written: int


def stamp_entries(out: Path) -> dict[str, Stamp]:
    """The store's entries as files."""
    stamps = {}
    for entry in list_entries(out / ".evidence"):
        status = (entry.path / "run.json").stat()
        stamps[entry.key] = Stamp(status.st_ino, status.st_mtime_ns)
    return stamps


def list_processes(mark: str) -> list[str]:
    """Command lines of living processes in which the mark stands."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in line:
            found.append(line)
    return found


def wait_for_silence(mark: str) -> None:
    """Return once no process bears the mark."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while found := list_processes(mark):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small class, graded once from beginning to end in `whole`."""
    folder = tmp_path_factory.mktemp("class")
    make_class(folder)
    finish(folder, "whole")
    return folder


@pytest.mark.slow
def test_killed_grader_goes_on_where_it_stopped(classroom: Path, rooms: Path) -> None:
    """25 times killed at a random moment, it repeats nothing and ends as if it had never been disturbed.

    Whenever it ends by itself, its reports are compared, and the next kills fall on a new folder.
    """
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed of the moments: {seed}")
    chance = random.Random(seed)
    expected = read_reports(classroom / "whole")
    total = len(list_entries(classroom / "whole" / ".evidence"))
    began = time.monotonic()
    finish(classroom, "measured")
    longest = time.monotonic() - began
    kills = rounds = 0
    while kills < KILLS:
        out = f"killed-{rounds}"
        rounds += 1
        kept: dict[str, Stamp] = {}
        while kills < KILLS:
            process = start(classroom, out)
            try:
                process.communicate(timeout=chance.uniform(0.2, 0.4 * longest))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                kills += 1
            else:
                assert 0 == process.returncode
                break
            wait_for_silence(str(rooms))
            found = stamp_entries(classroom / out)
            assert kept == {key: found[key] for key in kept}
            kept = found
        said = finish(classroom, out)
        found = stamp_entries(classroom / out)
        assert total == len(found)
        assert kept == {key: found[key] for key in kept}
        if kept:
            reused, ran = map(int, FOUND.search(said).groups())  # type: ignore[union-attr]
            assert total == ran
            assert len(kept) <= reused
        assert expected == read_reports(classroom / out)
        assert [] == [path for path in (classroom / out).iterdir() if path.suffix == ".tmp"]
        assert {"derived", "entries", "last-run.json"} == {
            path.name for path in (classroom / out / ".evidence").iterdir()
        }
    wait_for_silence(str(rooms))


def test_room_of_a_killed_grader_is_swept(classroom: Path, rooms: Path) -> None:
    """A SIGKILL leaves the folder of a room behind, and the next run removes it."""
    process = start(classroom, "swept")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any(rooms.glob("grade-*/s/k-*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert [] != list(rooms.glob("grade-*"))
    finish(classroom, "swept")
    assert [] == list(rooms.iterdir())


def test_unchanged_class_runs_nothing(classroom: Path) -> None:
    """A second run on the same class takes everything from the store and writes the same reports."""
    expected = read_reports(classroom / "whole")
    before = stamp_entries(classroom / "whole")
    said = finish(classroom, "whole")
    found, total = map(int, FOUND.search(said).groups())  # type: ignore[union-attr]
    assert (len(before), len(before)) == (found, total)
    assert before == stamp_entries(classroom / "whole")
    assert expected == read_reports(classroom / "whole")


def test_identical_answers_run_once_and_keep_their_own_text(classroom: Path) -> None:
    """Two students with the same code share its runs, and each page shows the student's own cells."""
    reports = read_reports(classroom / "whole")
    runs = {"full", "hidden"}
    students = {"reference", "right", "slow to learn", "without bias", "broken"}
    entries = list_entries(classroom / "whole" / ".evidence")
    modes = [json.loads((entry.path / "run.json").read_bytes())["mode"] for entry in entries]
    # What trains nothing is not replayed.
    assert len(students) == modes.count("full") - count_mutants(entries)
    assert len(students) - 1 == modes.count("hidden")
    assert runs <= set(modes)
    results = {each["student"]: each for each in json.loads(reports["results.json"])["submissions"]}
    assert 10 == results["right"]["score"] == results["right again"]["score"]
    assert results["right"]["sha256"] != results["right again"]["sha256"]


def count_mutants(entries: list) -> int:
    """How many of the entries hold mutants of the reference."""
    records = [json.loads((entry.path / "run.json").read_bytes()) for entry in entries]
    return sum(any("~" in task["task"] for task in record["tasks"]) for record in records)


def test_changed_notebook_runs_alone(classroom: Path) -> None:
    """A student who hands in again costs that notebook's runs, in a store that is shared by folders."""
    store = ("--store", str(classroom / "shared"))
    said = finish(classroom, "first", *store)
    assert FOUND.search(said) is None
    known = {entry.key for entry in list_entries(classroom / "shared")}
    path = classroom / "submissions" / "slow to learn.ipynb"
    before = path.read_bytes()
    try:
        write_notebook(path, TRAINING.replace("lr=0.1", "lr=0.03"), "answer = True")
        said = finish(classroom, "second", *store)
    finally:
        path.write_bytes(before)
    reused, total = map(int, FOUND.search(said).groups())  # type: ignore[union-attr]
    new = {entry.key for entry in list_entries(classroom / "shared")} - known
    assert len(new) == total - reused
    records = [
        json.loads((classroom / "shared" / "entries" / k[:2] / k / "run.json").read_bytes()) for k in new
    ]
    students = [record for record in records if not record["parameters"]]
    assert {"full", "hidden"} <= {record["mode"] for record in students}
    assert 1 == len({record["notebook_sha256"] for record in students})
