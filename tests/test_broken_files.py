"""Broken and hostile files beside an honest one."""

import json
import os
import stat
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from broken_files import BROKEN, PLAIN, pack
from nbformat import NotebookNode

from grader.assignment.reference import read_released
from grader.assignment.spec import Assignment
from grader.collect import collect_submissions
from grader.errors import NotebookError
from grader.notebook import read_notebook
from grader.records import CellMap, Submission
from grader.report.sanitise import clean_html
from grader.workflow.jobs import prepare_job, prepare_jobs

MEMORY = 400 * 2**20
NOBODY = 65534


@pytest.fixture(scope="module")
def released(exam: Assignment) -> NotebookNode:
    """What students got."""
    return read_notebook(read_released(exam))


@pytest.fixture
def folder() -> Iterator[Path]:
    """The folder of a class, in a place that everybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def honest(exam: Assignment, released: NotebookNode) -> CellMap:
    """What the grader makes of the honest neighbour alone."""
    submission = Submission(student="zz", file="zz.ipynb", content=PLAIN)
    return prepare_job(exam, submission, released).cells


def test_corpus_is_as_large_as_it_should_be() -> None:
    """There are at least forty files, and some of them deserve to be read."""
    assert len(BROKEN) >= 40
    assert sum(broken.says is None for broken in BROKEN.values()) >= 10


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_gets_one_record_with_its_reason(
    name: str, exam: Assignment, released: NotebookNode, honest: CellMap, folder: Path
) -> None:
    """It is read as if whole or refused in words, in little memory, and its neighbour is graded as ever."""
    broken = BROKEN[name]
    if name == "device" and os.geteuid() != 0:
        pytest.skip("only root makes devices")
    broken.write(folder)
    (folder / "zz.ipynb").write_bytes(PLAIN)
    own_id = os.geteuid()
    tracemalloc.start()
    try:
        if name == "unreadable" and own_id == 0:
            os.seteuid(NOBODY)  # root may read everything
        found = collect_submissions(folder)
        os.seteuid(own_id)
        jobs, rejected = prepare_jobs(exam, found, released)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        os.seteuid(own_id)
        tracemalloc.stop()
    assert 2 == len(found)
    assert 2 == len(jobs) + len(rejected)
    ready = {job.submission.file: job for job in jobs}
    assert honest == ready.pop("zz.ipynb").cells
    if broken.says is None:
        assert ([], 1) == ([result.problem for result in rejected.values()], len(ready))
        assert set(filter(None, honest.tasks)) == {
            task for job in ready.values() for task in job.cells.tasks if task
        }
    else:
        (problem,) = [str(result.problem) for result in rejected.values()]
        assert broken.says in problem
        assert "grader failed" not in problem
        assert problem.endswith(".")
    assert peak < MEMORY


def test_crowded_zips_leave_the_others_their_share(folder: Path) -> None:
    """Students whose zips hold 100,000 files together use up what they may unpack, and nobody else's."""
    crowd = pack({f"{number}.txt": b"" for number in range(17_000)})
    for number in range(6):
        (folder / f"a{number}.zip").write_bytes(crowd)
    (folder / "zz.zip").write_bytes(pack({"hw.ipynb": PLAIN}))
    *crowded, honest = collect_submissions(folder)
    assert [True] * 6 == ["No notebook" in str(other.problem) for other in crowded]
    assert (None, PLAIN) == (honest.problem, honest.content)


def test_deep_folder_in_a_class_zip_stops_one_student(folder: Path) -> None:
    """A class's own zip is opened although one student's folders have no end."""
    (folder / "class.zip").write_bytes(pack({"a/" * 40 + "hw.ipynb": PLAIN, "zz/hw.ipynb": PLAIN}))
    deep, honest = collect_submissions(folder / "class.zip")
    assert "deep" in str(deep.problem)
    assert (None, PLAIN) == (honest.problem, honest.content)


def test_no_file_outside_is_written(folder: Path) -> None:
    """Zips with paths that climb out leave nothing behind."""
    inner = folder / "a" / "class"
    inner.mkdir(parents=True)
    for number, name in enumerate(("climbing path", "absolute path", "backslashes")):
        BROKEN[name].write(inner)
        (inner / "broken.zip").rename(inner / f"{number}.zip")
    before = sorted(folder.rglob("*"))
    collect_submissions(inner)
    assert before == sorted(folder.rglob("*"))
    assert all(stat.S_ISREG(path.stat().st_mode) for path in inner.iterdir())


SLOW = {
    "many short lines": "1) 참\n" * 3_000,
    "escaped quotes": "'" + "\\'" * 9_000,
    "open brackets": "(" * 18_000,
    "combining characters": "a" + "\u0301\u0316" * 9_000,
    "magics": "%x\n" * 6_000,
    "long sums": "1+" * 9_000 + "1",
    "path of attributes": "import torch\ntorch" + ".a" * 8_000 + " = 1",
    "folded constants": "'a'*10**9;" * 1_800,
    "emphasis": "*_~`" * 4_500,
    "tables": "|1" * 9_000,
}


@pytest.mark.parametrize("kind", ["code", "markdown"])
@pytest.mark.parametrize("name", SLOW)
def test_text_made_to_be_slow_comes_to_an_end(
    name: str, kind: str, exam: Assignment, released: NotebookNode
) -> None:
    """2 MB of it are read within the test's own time limit; without limits the worst take hours."""
    cell = {"cell_type": kind, "metadata": {"grader": {"task": "2.1"}}, "source": SLOW[name]}
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell] * 100}

    submission = Submission(student="a", file="a.ipynb", content=json.dumps(content).encode())
    try:
        cells = prepare_job(exam, submission, released).cells
    except NotebookError:
        return
    assert 100 == len(cells.tasks)


def test_cells_beyond_what_is_read_keep_their_marks(
    exam: Assignment, released: NotebookNode, honest: CellMap
) -> None:
    """An answer behind much pasted data still counts for the task that its cell was released for."""

    data = {"cell_type": "code", "metadata": {}, "source": "x = [\n" + "1,\n" * 6_000 + "]"}
    whole = json.loads(PLAIN)
    whole["cells"] = [data] * 60 + whole["cells"]
    submission = Submission(student="a", file="a.ipynb", content=json.dumps(whole).encode())
    cells = prepare_job(exam, submission, released).cells
    assert honest.tasks == cells.tasks[60:]
    assert honest.changed == cells.changed[60:]


def test_formats_left_open_do_not_multiply() -> None:
    """HTML opens each of them again in every paragraph; the text stays, and about its size."""
    html = "".join(f"<b id={number}><p>x" for number in range(3_000))
    cleaned = clean_html(html)
    assert 3_000 == cleaned.count("x")
    assert len(cleaned) < 10 * len(html)
