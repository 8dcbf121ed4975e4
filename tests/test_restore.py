"""Cells of an imported assignment are found again in what students hand in, and locked ones are restored."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from import_samples import RIGHT, hand_in, list_nbgrader_cells, write_notebook, write_otter

from grader.assignment.importing.write import read_draft, write_draft
from grader.assignment.load import load_assignment
from grader.assignment.locate import locate_tasks
from grader.assignment.release import build_release
from grader.assignment.restore import MOST_CHARACTERS, MOST_PAIRS, find_partners, restore_cells
from grader.assignment.spec import Assignment
from grader.judge.vocabulary import VOCABULARY
from grader.notebook import read_notebook


@pytest.fixture
def imported(tmp_path: Path) -> tuple[Assignment, Any]:
    """The sample of nbgrader's as an assignment, and its notebook for students."""
    draft = read_draft(write_notebook(tmp_path / "ps1.ipynb", list_nbgrader_cells()), None)
    written = write_draft(draft, tmp_path / "assignments" / "ps1", "Problem set 1")
    found = load_assignment(written[0], VOCABULARY)
    return found, read_notebook(build_release(found, found.solution_path.read_bytes()).content)


def list_tasks(imported: tuple[Assignment, Any], path: Path) -> tuple[dict[str, str], tuple[str, ...], Any]:
    """The task of each changed cell of code by its first line, notes, and the notebook."""
    found, released = imported
    notebook, notes = restore_cells(read_notebook(path.read_bytes()), released)
    cells = locate_tasks(notebook, found, released)
    tasks = {
        cell.source.splitlines()[0]: str(task)
        for cell, task, changed in zip(notebook.cells, cells.tasks, cells.changed, strict=True)
        if cell.cell_type == "code" and changed
    }
    return tasks, notes, notebook


@pytest.mark.parametrize("metadata", [True, False])
def test_cells_are_found_with_and_without_metadata(
    imported: tuple[Assignment, Any], tmp_path: Path, metadata: bool
) -> None:
    """By grade_id, or by what stands around them."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT, metadata=metadata)
    tasks, notes, _ = list_tasks(imported, path)
    assert {"def squares(n):": "squares", "mean = 30 / 4": "mean"} == tasks
    assert () == notes


def test_the_header_of_nbgrader_is_no_answer(imported: tuple[Assignment, Any], tmp_path: Path) -> None:
    """A cell that asks for names stands under no task and needs nobody's look."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell('NAME = "Ada"\nCOLLABORATORS = ""'))
    nbformat.write(notebook, path)
    found, released = imported
    restored, _ = restore_cells(read_notebook(path.read_bytes()), released)
    cells = locate_tasks(restored, found, released)
    assert (None, ()) == (cells.tasks[0], cells.notes)


def test_untouched_stubs_are_no_answers(imported: tuple[Assignment, Any], tmp_path: Path) -> None:
    """nbgrader's own stub counts as unchanged, though ours is spelt otherwise."""
    tasks, _, _ = list_tasks(imported, hand_in(tmp_path / "ada.ipynb"))
    assert {} == tasks


def test_locked_cells_are_restored(imported: tuple[Assignment, Any], tmp_path: Path) -> None:
    """A changed set-up and a lost one are as they were handed out, and a person is told."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT, ("squares-values", "assert True"), ("setup", "(deleted)"))
    _, notes, notebook = list_tasks(imported, path)
    sources = [cell.source for cell in notebook.cells]
    assert "assert True" not in sources
    assert "import math\nlimit = 10" == sources[1]
    assert ("Locked cells were missing and were put back: setup.",) == notes
    assert "# squares-values: put to the task when it has ended." == sources[4]
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT, ("setup", "import math\nlimit = 99"))
    _, notes, notebook = list_tasks(imported, path)
    assert ("Cell 2 is locked and was changed; it ran as it was handed out.",) == notes
    assert "limit = 10" in notebook.cells[1].source


def test_cells_that_students_add_follow_those_above(imported: tuple[Assignment, Any], tmp_path: Path) -> None:
    """A helper in a cell of its own belongs to the task that it stands in; copies keep theirs."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(4, nbformat.v4.new_code_cell("helper = 1"))
    copy = nbformat.from_dict(notebook.cells[3])
    copy.id, copy.source = "copied", "again = squares"
    notebook.cells.insert(5, copy)
    nbformat.write(notebook, path)
    tasks, _, _ = list_tasks(imported, path)
    assert ("squares", "squares") == (tasks["helper = 1"], tasks["again = squares"])


def test_renamed_and_strange_metadata(imported: tuple[Assignment, Any], tmp_path: Path) -> None:
    """A grade_id that nobody knows is nobody's, and the text tells."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].metadata["nbgrader"]["grade_id"] = "another"
    notebook.cells[7].metadata["nbgrader"] = ["no", "table"]
    notebook.cells[7].metadata["grader"] = {"task": "why", "role": "setup"}
    nbformat.write(notebook, path)
    tasks, _, _ = list_tasks(imported, path)
    assert {"def squares(n):": "squares", "mean = 30 / 4": "mean"} == tasks


def test_otters_notebooks_are_found_by_text_and_place(tmp_path: Path) -> None:
    """They bear neither names nor ids; answers stand between texts and checks."""
    source = write_otter(tmp_path / "lab.ipynb", files=False)
    written = write_draft(read_draft(source, None), tmp_path / "assignments" / "lab", "Lab")
    found = load_assignment(written[0], VOCABULARY)
    released = read_notebook(build_release(found, found.solution_path.read_bytes()).content)
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[
        3
    ].source = "from functools import partial\nimport operator\ndouble = partial(operator.mul, 2)"
    notebook.cells[6].source = "total = 6"
    for cell in notebook.cells:
        cell.metadata, cell.id = {}, f"x{cell.id}"
    nbformat.write(notebook, tmp_path / "ada.ipynb")
    tasks, _, _ = list_tasks((found, released), tmp_path / "ada.ipynb")
    assert ("q1", "q2") == (tasks["from functools import partial"], tasks["total = 6"])


def test_likeness_is_looked_at_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many long cells a student adds, difflib compares short texts, and few that could be alike."""
    compared: list[int] = []

    class Counted(difflib.SequenceMatcher[str]):
        def __init__(self, junk: None, first: str, second: str, autojunk: bool) -> None:
            self.sizes = [len(first), len(second)]
            super().__init__(junk, first, second, autojunk)

        def set_seq1(self, a: Sequence[str]) -> None:
            self.sizes[0] = len(a)
            super().set_seq1(a)

        def ratio(self) -> float:
            compared.append(max(self.sizes))
            return 0.0

    monkeypatch.setattr(difflib, "SequenceMatcher", Counted)
    text = "".join(f"name_{number} = {number}\n" for number in range(400))
    known = [nbformat.v4.new_code_cell(f"{text}# {number}") for number in range(4)]
    added = [nbformat.v4.new_code_cell(f"{text}{number}") for number in range(200)]
    assert [None] * 200 == find_partners([*added], known)
    assert (MOST_PAIRS, MOST_CHARACTERS) == (len(compared), max(compared))
    compared.clear()
    find_partners([nbformat.v4.new_code_cell("~" * 5_000)], known)
    assert [] == compared


def test_other_assignments_are_left_alone(tmp_path: Path) -> None:
    """Without names in the released notebook nothing is looked for."""
    path = hand_in(tmp_path / "ada.ipynb")
    notebook = read_notebook(path.read_bytes())
    released = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    before = [dict(cell) for cell in notebook.cells]
    same, notes = restore_cells(notebook, released)
    assert (before, ()) == ([dict(cell) for cell in same.cells], notes)
