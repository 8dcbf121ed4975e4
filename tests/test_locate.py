"""Which task each cell answers: by marks, by likeness, and in whole notebooks."""

from pathlib import Path

import pytest
from locate_samples import (
    EXAM,
    NOTEBOOKS,
    RELEASED,
    TRAINING,
    Cell,
    build,
    code,
    copy_released,
    find_cell,
    list_code_tasks,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from grader.assignment.likeness import normalise_code
from grader.assignment.locate import locate_tasks
from grader.errors import NotebookError
from grader.notebook import read_notebook


def test_released_notebook_is_located_by_its_marks_and_earns_nothing() -> None:
    """Handing in what was handed out finds every task, and no cell counts as changed."""
    found = locate_tasks(RELEASED, EXAM, RELEASED)
    assert found.method == "metadata"
    assert [task.id for task in EXAM.task] == [task for task in found.tasks if task]
    assert not any(found.changed)
    assert (found.stated, found.notes) == ({}, ())


def test_marks_and_headings_of_the_release_agree() -> None:
    """Without its marks the released notebook is located the same by its headings."""
    bare = copy_released()
    for cell in bare.cells:
        cell.metadata = {}
    found = locate_tasks(bare, EXAM, RELEASED)
    assert found.method == "headings"
    assert locate_tasks(RELEASED, EXAM, RELEASED).tasks == found.tasks


def test_repeated_setup_is_no_answer_wherever_it_stands() -> None:
    """Code equal to a released set-up cell, comments and spacing aside, belongs to no task."""
    setup = next(cell.source for cell in RELEASED.cells if cell.metadata.get("grader") == {"role": "setup"})
    repeated = "# data again\n" + setup.replace("\n", "\n\n")
    notebook = build("(1)", code(repeated), code("a = 1"))
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks == (None, None, "1.1")
    assert found.changed == (True, False, True)


def test_cell_added_to_a_marked_notebook_follows_the_marked_one() -> None:
    """New cells belong to the task above them, and bare numbers in them are steps."""
    notebook = copy_released()
    at = find_cell(notebook, "1.3", "answer")
    notebook.cells[at].source = "class Mine: pass"
    notebook.cells[at + 1 : at + 1] = [
        new_code_cell("a = 1"),
        new_markdown_cell("### (1) step"),
        new_code_cell("b"),
    ]
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at : at + 4] == ("1.3", "1.3", None, "1.3")
    assert found.changed[at : at + 4] == (True, True, True, True)
    assert found.notes == ()


def test_full_heading_without_a_mark_redirects_the_cells_below() -> None:
    """A student's own heading 1.4 in a marked notebook begins 1.4."""
    notebook = copy_released()
    at = find_cell(notebook, "1.2", "answer") + 1
    notebook.cells[at:at] = [new_markdown_cell("## 1.4"), new_code_cell("a = 1")]
    assert locate_tasks(notebook, EXAM, RELEASED).tasks[at + 1] == "1.4"


def test_split_cell_keeps_its_task() -> None:
    """Both halves of a split cell carry the mark and answer the task."""
    notebook = copy_released()
    at = find_cell(notebook, "1.1", "answer")
    half = new_code_cell("b = 1", metadata=notebook.cells[at].metadata)
    notebook.cells.insert(at + 1, half)
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at : at + 2] == ("1.1", "1.1")
    assert found.notes == ()


def test_cell_copied_to_another_task_answers_that_one() -> None:
    """Copying the answer to 1.2 below 1.3 answers 1.3, with a note, though the copy is marked 1.2."""
    notebook = copy_released()
    source = notebook.cells[find_cell(notebook, "1.2", "answer")]
    at = find_cell(notebook, "1.3", "answer") + 1
    notebook.cells.insert(at, new_code_cell("a = 1", metadata=source.metadata))
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at] == "1.3"
    assert "copy of the cell for 1.2" in found.notes[0]


def test_moved_cell_keeps_its_mark_with_a_note() -> None:
    """The only cell marked 1.2 answers 1.2 wherever it stands."""
    notebook = copy_released()
    moved = notebook.cells.pop(find_cell(notebook, "1.2", "answer"))
    at = find_cell(notebook, "1.5", "answer") + 1
    notebook.cells.insert(at, moved)
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.tasks[at] == "1.2"
    assert "now stands under 1.5" in found.notes[0]


def test_deleted_and_reordered_cells_leave_the_others_alone() -> None:
    """Turning the notebook round and dropping its texts changes no cell's task."""
    notebook = copy_released()
    notebook.cells = [cell for cell in reversed(notebook.cells) if cell.cell_type == "code"]
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert [task.id for task in reversed(EXAM.task)] == [task for task in found.tasks if task]


def test_marks_of_other_tasks_are_ignored() -> None:
    """A mark that names no task of the assignment counts for nothing."""
    notebook = build("### (2)", ("a = 1", "9.9"))
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert (found.method, found.tasks[1]) == ("headings", "1.2")


def test_texts_alone_are_enough() -> None:
    """Where the numbers were deleted, the released texts tell the tasks apart."""
    texts = []
    for task in TRAINING:
        text = RELEASED.cells[find_cell(RELEASED, task, "text")].source
        texts.append(text.partition("\n")[2])
    cells = [cell for text in texts for cell in (text, code("a = 1"))]
    notebook = build(*cells)
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert found.method == "likeness"
    assert list_code_tasks(notebook, found.tasks) == TRAINING


def test_only_comments_and_placeholders_are_no_change() -> None:
    """A cell in which nothing happens, or only what was released, earns nothing; any statement counts."""
    notebook = copy_released()
    at = find_cell(notebook, "1.1", "answer")
    truth = find_cell(notebook, "2.1", "answer")
    for source, is_changed in (("", False), ("# my plan\n\n", False), ("x = 1", True), ("!pip list", True)):
        notebook.cells[at].source = source
        assert locate_tasks(notebook, EXAM, RELEASED).changed[at] == is_changed
    notebook.cells[truth].source = "answer_2_1   =  None # ?"
    assert not locate_tasks(notebook, EXAM, RELEASED).changed[truth]
    notebook.cells[truth].source = "answer_2_1 = True"
    assert locate_tasks(notebook, EXAM, RELEASED).changed[truth]


def test_indentation_is_no_mere_spacing() -> None:
    """Two programs that differ in what an `if` governs are not the same."""
    assert normalise_code("if a:\n    b\nc") != normalise_code("if a:\n    b\n    c")
    assert normalise_code("if a:\n    b # x\n\nc") == normalise_code("if a:\n  b\nc\n")


def test_raw_and_text_cells_have_no_task() -> None:
    """Only code answers a task in the map; it still has an entry for every cell."""
    notebook = build("### (1)", code("a = 1"))
    notebook.cells.append(new_raw_cell("raw"))
    assert locate_tasks(notebook, EXAM, RELEASED).tasks == (None, "1.1", None)


def test_notebook_without_any_task_is_refused() -> None:
    """The message says how to number the tasks."""
    with pytest.raises(NotebookError, match=r"### 1\.1"):
        locate_tasks(build("hello", code("print(1)")), EXAM, RELEASED)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("hi-hello-*.ipynb")), ids=lambda path: path.stem)
def test_whole_notebooks_are_located(path: Path) -> None:
    """Each code cell of a sample says in a last comment `expect:` which task it should be found to answer."""
    notebook = read_notebook(path.read_bytes())
    found = locate_tasks(notebook, EXAM, RELEASED)
    expected = [
        None if (name := cell.source.rpartition("expect: ")[2].strip()) == "set-up" else name
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    assert expected == list_code_tasks(notebook, found.tasks)
    assert found.stated == {"2.1": False, "2.2": True, "2.3": True, "2.4": False, "2.5": False}


def test_changed_code_under_no_task_is_noted() -> None:
    """A note counts the changed cells that no task has; imports and set-up cells are none of them."""
    found = locate_tasks(build(code("import torch"), code("a = 1"), "(1)", code("b = 1")), EXAM, RELEASED)
    assert 1 == len(found.notes)
    assert found.notes[0].startswith("1 changed code cell stands under no task")
    assert "cell 2" in found.notes[0]
    found = locate_tasks(build(code("import torch"), "(1)", code("b = 1")), EXAM, RELEASED)
    assert () == found.notes


def test_own_setup_above_a_full_set_of_answers_is_not_noted() -> None:
    """A set-up of the student's own calls for nobody's attention if no task lacks an answer."""
    cells: list[Cell] = [code("txt = 'hi'")]
    for task in EXAM.task:
        cells += [f"### {task.id}", code("a = 1")]
    assert () == locate_tasks(build(*cells), EXAM, RELEASED).notes
    assert 1 == len(locate_tasks(build(*cells[:-2]), EXAM, RELEASED).notes)
