"""A cell has moved only where it stands under another task than in the notebook that was handed out."""

from pathlib import Path
from typing import Any

import pytest
from import_samples import list_written_cells, make_cell, write_notebook
from locate_samples import EXAM, copy_released, find_cell
from nbformat import NotebookNode
from test_import_nbgrader import import_cells

from grader.assignment.locate import locate_tasks
from grader.assignment.release import build_release
from grader.assignment.restore import restore_cells
from grader.assignment.spec import Assignment
from grader.notebook import read_notebook
from grader.records import CellMap


def release(assignment: Assignment) -> NotebookNode:
    """The notebook for students."""
    return read_notebook(build_release(assignment, assignment.solution_path.read_bytes()).content)


@pytest.fixture
def written(tmp_path: Path) -> Assignment:
    """Tasks `softmax` and `explain` with texts, and `xor` below the written answer to `explain`."""
    return import_cells(tmp_path, list_written_cells())


def read_moved(assignment: Assignment, cells: list[Any]) -> CellMap:
    """What is found in the notebook for students once its cells are these."""
    notebook = release(assignment)
    notebook.cells = cells
    return locate_tasks(notebook, assignment, release(assignment))


@pytest.mark.parametrize("version", ["released", "source", "solution"])
def test_a_task_without_a_text_stands_where_it_was_handed_out(
    written: Assignment, tmp_path: Path, version: str
) -> None:
    """The code below the written answer is xor's in every version, and nobody has moved it."""
    notebook = {
        "released": lambda: release(written),
        "source": lambda: read_notebook((tmp_path / "source" / "ps1.ipynb").read_bytes()),
        "solution": lambda: read_notebook(written.solution_path.read_bytes()),
    }[version]()
    notebook, restored = restore_cells(notebook, release(written))
    found = locate_tasks(notebook, written, release(written))
    assert ((), ()) == (restored, found.notes)
    assert ["softmax", "softmax", "xor", "xor"] == [task for task in found.tasks if task]


def test_two_tasks_of_code_below_one_text(tmp_path: Path) -> None:
    """Both count for their own task, in place, without a note."""
    both = [cell for cell in list_written_cells() if "explain" not in str(cell.metadata)]
    assignment = import_cells(tmp_path, [cell for cell in both if cell.source != "Say why."])
    assert ["softmax", "xor"] == [task.id for task in assignment.task]
    path = write_notebook(tmp_path / "ada.ipynb", release(assignment).cells)
    found = locate_tasks(read_notebook(path.read_bytes()), assignment, release(assignment))
    assert (["softmax", "softmax", "xor", "xor"], ()) == ([task for task in found.tasks if task], found.notes)


def test_a_cell_that_was_moved_is_told(written: Assignment) -> None:
    """Above the text of explain, xor's cell stands under softmax, where it was not handed out."""
    cells = release(written).cells
    xor = cells.pop(7)
    found = read_moved(written, [*cells[:5], xor, *cells[5:]])
    expected = "Cell 6 was released for xor and now stands under softmax: counted for xor."
    assert ((expected,), "xor") == (found.notes, found.tasks[5])


def test_a_cell_that_was_split_stays_with_its_task(written: Assignment) -> None:
    """Both halves stand where xor was handed out: neither is a copy that was made for explain."""
    cells = release(written).cells
    half = make_cell("code", "b = 1")
    half.metadata = cells[7].metadata
    found = read_moved(written, [*cells[:8], half, *cells[8:]])
    assert (("xor", "xor"), ()) == (found.tasks[7:9], found.notes)


def test_a_copy_below_another_text_answers_that_task(written: Assignment) -> None:
    """With xor's own cell in its place, a second one under softmax was made to answer softmax."""
    cells = release(written).cells
    copy = make_cell("code", "softmax = 1")
    copy.metadata = cells[7].metadata
    found = read_moved(written, [*cells[:4], copy, *cells[4:]])
    assert "softmax" == found.tasks[4]
    assert ("Cell 5 is a copy of the cell for xor and stands under softmax: counted for softmax.",) == (
        found.notes
    )


def test_deleting_a_text_moves_nothing(written: Assignment) -> None:
    """Without the question and the answer to explain, the text above xor is that of softmax."""
    cells = release(written).cells
    found = read_moved(written, [*cells[:5], *cells[7:]])
    assert (("xor", "xor"), ()) == (found.tasks[5:], found.notes)


@pytest.mark.parametrize(("is_released", "count"), [(True, 0), (False, 1)])
def test_a_comment_that_names_another_task(is_released: bool, count: int) -> None:
    """A student's own is told, one that was handed out is not."""
    notebook, released = copy_released(), copy_released()
    at = find_cell(notebook, "1.3", "answer")
    for each in (notebook, released) if is_released else (notebook,):
        each.cells[at].source = "# 1.2\na = 1"
    found = locate_tasks(notebook, EXAM, released)
    assert ("1.3", count) == (found.tasks[at], len(found.notes))
