"""Files that can be made again: found as they were written, or not at all."""

import os
import time
from pathlib import Path

import pytest
from conftest import ROOT

from grader.assignment.reference import hash_content, read_released
from grader.assignment.spec import Assignment
from grader.notebook import read_notebook
from grader.records import Submission
from grader.store import DerivedFiles, EvidenceStore, choose_unused, list_derived, remove_entries
from grader.workflow import jobs, surroundings
from grader.workflow.jobs import prepare_jobs

KEY = "ab" + "0" * 62


def test_content_is_found_again(tmp_path: Path) -> None:
    """What one grader has written another reads; nothing stands under another key."""
    DerivedFiles(tmp_path).save(KEY, b"a page")
    assert b"a page" == DerivedFiles(tmp_path).load(KEY)
    assert DerivedFiles(tmp_path).load("cd" + KEY[2:]) is None


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"0" * 64 + b"a page"])
def test_damaged_file_is_not_there(tmp_path: Path, damage: bytes) -> None:
    """A file that is not as it was written is made again."""
    derived = DerivedFiles(tmp_path)
    derived.save(KEY, b"a page")
    path = tmp_path / "derived" / "ab" / KEY
    path.write_bytes(damage)
    assert derived.load(KEY) is None
    derived.save(KEY, b"a page")
    assert b"a page" == derived.load(KEY)


def test_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    """Where nothing can be kept, nothing is, and nobody is stopped."""
    (tmp_path / "derived").write_text("a file in the way")
    derived = DerivedFiles(tmp_path)
    derived.save(KEY, b"a page")
    assert derived.load(KEY) is None
    assert DerivedFiles(None).load(KEY) is None


def test_unused_file_is_pruned_and_used_one_stays(tmp_path: Path) -> None:
    """Listed and removed as entries are: what the last run asked for, or was made since, stays."""
    store, derived = EvidenceStore(tmp_path), DerivedFiles(tmp_path)
    other = "cd" + KEY[2:]
    for key in (KEY, other):
        derived.save(key, b"a page")
        hour_ago = time.time() - 3600
        os.utime(tmp_path / "derived" / key[:2] / key, (hour_ago, hour_ago))
    store.remember_run([KEY])
    assert [KEY, other] == sorted(entry.key for entry in list_derived(tmp_path))
    remove_entries(choose_unused(list_derived(tmp_path)))
    assert [KEY] == [entry.key for entry in list_derived(tmp_path)]


@pytest.fixture
def submission() -> Submission:
    """One notebook of the sample class."""
    content = (ROOT / "submissions" / "Lee Haneul.ipynb").read_bytes()
    return Submission(student="a", file="a.ipynb", content=content, sha256=hash_content(content))


def test_notebook_is_read_once(
    exam: Assignment, submission: Submission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was found to be is found again, equal in all, without a look at its cells."""
    released = read_notebook(read_released(exam))
    derived = DerivedFiles(tmp_path)
    (first,), _ = prepare_jobs(exam, [submission], released, derived)
    # Whoever locates tasks again breaks here.
    monkeypatch.delattr(jobs, "locate_tasks")
    (second,), rejected = prepare_jobs(exam, [submission], released, derived)
    assert {} == rejected
    assert first == second
    renamed = submission.model_copy(update={"student": "b", "file": "b.ipynb"})
    (third,), _ = prepare_jobs(exam, [renamed], released, derived)
    assert ("b", first.notebook, first.cells) == (third.submission.student, third.notebook, third.cells)


def test_points_do_not_decide_how_a_notebook_is_read(
    exam: Assignment, submission: Submission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed rubric reads nothing again; another title, by which tasks are told apart, does."""
    released = read_notebook(read_released(exam))
    derived = DerivedFiles(tmp_path)
    first_task, *others = exam.task
    cheaper = first_task.model_copy(update={"checks": first_task.checks[:1]})
    renamed = first_task.model_copy(update={"title": first_task.title.model_copy(update={"en": "Other"})})
    prepare_jobs(exam, [submission], released, derived)
    monkeypatch.delattr(jobs, "locate_tasks")
    for task, ready in ((cheaper, 1), (renamed, 0)):
        changed = exam.model_copy(update={"task": (task, *others)})
        found, rejected = prepare_jobs(changed, [submission], released, derived)
        assert (ready, 1 - ready) == (len(found), len(rejected))


def test_whatever_draws_a_page_stands_in_its_key() -> None:
    """A changed template or style sheet makes pages anew, as changed code does."""
    listed = {path.name for path in surroundings.list_files(ROOT / "grader" / "report")}
    drawn = {path.name for path in (ROOT / "grader" / "report").rglob("*.*") if path.suffix != ".pyc"}
    assert {"task.html", "style.css", "html.py"} <= drawn == listed
