"""Notebooks of nbgrader's become assignments, and what is wrong with them is told."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from import_samples import (
    SQUARES,
    hand_in,
    list_nbgrader_cells,
    make_cell,
    read_json,
    write_notebook,
)

from grader.assignment.assertions import read_book
from grader.assignment.importing.write import choose_folder, list_inside, read_draft, write_draft
from grader.assignment.load import load_assignment
from grader.assignment.release import build_release
from grader.assignment.spec import Assignment
from grader.cli import main
from grader.errors import AssignmentError
from grader.judge.vocabulary import VOCABULARY


def import_cells(folder: Path, cells: list[Any]) -> Assignment:
    """The assignment that comes of a source notebook."""
    draft = read_draft(write_notebook(folder / "source" / "ps1.ipynb", cells), None)
    written = write_draft(draft, folder / "assignments" / "ps1", "Problem set 1")
    return load_assignment(written[0], VOCABULARY)


def test_cells_become_tasks(tmp_path: Path) -> None:
    """Each solution with its tests is a task; points stand with the tests, or wait for a person."""
    found = import_cells(tmp_path, list_nbgrader_cells())
    checks = {
        task.id: [(check.name, check.points, check.public) for check in task.checks] for task in found.task
    }
    assert {
        "squares": [("assertions_hold", 3.0, True), ("assertions_hold", 1.0, True)],
        "mean": [("assertions_hold", 3.0, True)],
        "why": [("marked_by_hand", 2.0, False)],
    } == checks
    assert ["Squares", "A mean", "Why"] == [task.title.en for task in found.task]
    assert 9.0 == found.points


def test_hidden_tests_stay_with_the_solutions(tmp_path: Path) -> None:
    """Nothing that students get holds a hidden assertion, and the reference holds all of them."""
    found = import_cells(tmp_path, list_nbgrader_cells())
    released = build_release(found, found.solution_path.read_bytes())
    (found.folder / "ps1.ipynb").write_bytes(released.content)
    for path in found.folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "15129" not in text
        assert "i ** 2" not in text
    assert "15129" in (tmp_path / "solutions" / "ps1.assertions.toml").read_text(encoding="utf-8")
    public, is_whole = read_book(found.folder, "other")
    assert (["squares-values", "squares-raises", "mean-value"], False) == (
        [block.id for block in public.block],
        is_whole,
    )


def test_released_notebook_bears_the_names(tmp_path: Path) -> None:
    """Cells are found again by grade_id, and locked ones can be restored."""
    found = import_cells(tmp_path, list_nbgrader_cells())
    released = build_release(found, found.solution_path.read_bytes())
    (tmp_path / "released.ipynb").write_bytes(released.content)
    marks = [cell["metadata"].get("grader") for cell in read_json(tmp_path / "released.ipynb")["cells"]]
    assert {"role": "answer", "task": "squares", "name": "squares"} == marks[3]
    assert {"role": "given", "task": "squares", "name": "squares-values", "locked": "test"} == marks[4]
    assert {"role": "setup", "name": "setup", "locked": "yes"} == marks[1]


def test_what_can_be_decided_outside(tmp_path: Path) -> None:
    """Comparisons can, loops over written values and points too; a function of the test's own cannot."""
    draft = read_draft(write_notebook(tmp_path / "ps1.ipynb", list_nbgrader_cells()), None)
    assert {"squares-raises": "`def refuses(n):` is defined by the test"} == list_inside(draft)


def change(index: int, **nbgrader: Any) -> list[Any]:
    """The sample with one cell's metadata changed."""
    cells = list_nbgrader_cells()
    cells[index].metadata["nbgrader"] |= nbgrader
    return cells


def with_tests(code: str) -> list[Any]:
    """A solution and one cell of tests."""
    return [
        make_cell("code", SQUARES, grade_id="squares", solution=True),
        make_cell("code", code, grade_id="tests", grade=True, locked=True, points=1),
    ]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (change(5, grade_id="squares-values"), "the grade_id 'squares-values' is that of cell 5"),
        (change(5, schema_version=1), "cells 6: nbgrader's metadata are of version 1"),
        (change(5, schema_version=2), "Run `nbgrader update` on the notebook"),
        (change(5, points=None), "'squares-raises' is graded and has no points"),
        (change(5, points=-1), "'squares-raises' is graded and has no points"),
        (change(3, grade_id=""), "cell 4: it needs a grade_id"),
        (with_tests("### AUTOTEST squares(1)"), "Write the tests out"),
        (with_tests("assert ("), "the tests 'tests' are no Python"),
        ([make_cell("code", "x = 1", grade_id="x", locked=True)], "no cell is marked as a solution"),
        (
            [make_cell("code", "# YOUR CODE HERE\nraise NotImplementedError()", grade_id="x", solution=True)],
            "it is the version that students get",
        ),
        ([make_cell("code", SQUARES, grade_id="x", solution=True)], "no cell has points"),
    ],
)
def test_faults_say_what_to_do(tmp_path: Path, cells: list[Any], said: str) -> None:
    """Cells are named by number and grade_id, with what is wrong and how it is mended."""
    with pytest.raises(AssignmentError) as raised:
        read_draft(write_notebook(tmp_path / "ps1.ipynb", cells), None)
    assert said in str(raised.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    """Two faults are two lines."""
    cells = change(5, points=None)
    cells[8].metadata["nbgrader"]["grade_id"] = "squares"
    with pytest.raises(AssignmentError) as raised:
        read_draft(write_notebook(tmp_path / "ps1.ipynb", cells), None)
    assert 3 == len(str(raised.value).splitlines())


def test_other_spellings_of_marks(tmp_path: Path) -> None:
    """nbgrader takes its marks anywhere in a line; magics in tests are left out."""
    cells = [
        make_cell("code", "# BEGIN SOLUTION\nx = 27 * 2\n# END SOLUTION", grade_id="x", solution=True),
        make_cell(
            "code",
            "%matplotlib inline\nassert x > 1\n# BEGIN HIDDEN TESTS\nassert x == 54\n# END HIDDEN TESTS",
            grade_id="t",
            grade=True,
            points=1,
        ),
    ]
    found = import_cells(tmp_path, cells)
    block = found.assertions.find("t")
    assert block is not None
    assert ("\nassert x > 1\nassert x == 54", True) == (block.code, block.hidden)
    assert b"54" not in build_release(found, found.solution_path.read_bytes()).content


def test_tests_above_a_solution_and_solutions_without_points(tmp_path: Path) -> None:
    """Early tests belong to the first task; a solution without points to the task before it."""
    cells = [
        make_cell("code", "assert 1 == 1", grade_id="early", grade=True, points=1),
        make_cell("code", "### BEGIN SOLUTION\nx = 27\n### END SOLUTION", grade_id="x", solution=True),
        make_cell("code", "assert x == 27", grade_id="t", grade=True, points=1),
        make_cell("code", "### BEGIN SOLUTION\ny = 28\n### END SOLUTION", grade_id="y", solution=True),
    ]
    found = import_cells(tmp_path, cells)
    assert [("x", 2.0)] == [(task.id, task.points) for task in found.task]
    assert ["early", "t"] == [block.id for block in found.assertions.list_for("x")]
    assert b"y = 28" not in build_release(found, found.solution_path.read_bytes()).content


def test_what_stands_between_a_solution_and_its_tests(tmp_path: Path) -> None:
    """Text and code there are the task's own, so that it ends once; what comes below is everybody's."""
    cells = [
        *with_tests("assert squares(1) == [1]"),
        make_cell("code", "below = 1"),
        make_cell("markdown", "Next."),
        make_cell("code", "### BEGIN SOLUTION\ny = 28\n### END SOLUTION", grade_id="y", solution=True),
        make_cell("code", "assert y > 1", grade_id="y-test", grade=True, points=1),
    ]
    cells[1:1] = [make_cell("markdown", "It prints:"), make_cell("code", "squares(10)")]
    import_cells(tmp_path, cells)
    found = read_json(tmp_path / "solutions" / "ps1.ipynb")["cells"]
    assert ["squares", "squares", "squares", "squares", None, "y", "y", "y"] == [
        cell["metadata"].get("grader", {}).get("task") for cell in found
    ]


def test_a_task_cell_is_marked_by_hand(tmp_path: Path) -> None:
    """Students see its text, and answer in cells of their own."""
    cells = [
        *with_tests("assert squares(1) == [1]"),
        make_cell("markdown", "## An essay\n\nWrite one.", grade_id="essay", task=True, points=5),
    ]
    found = import_cells(tmp_path, cells)
    assert ["marked_by_hand"] == [check.name for check in found.find_task("essay").checks]
    assert b"Write one" in build_release(found, found.solution_path.read_bytes()).content


def test_hidden_blocks_that_run_inside_are_named(tmp_path: Path) -> None:
    """A hostile notebook could read them, so the instructor is told which they are."""
    cells = list_nbgrader_cells()
    cells[5].source += "\n### BEGIN HIDDEN TESTS\nassert refuses(-77)\n### END HIDDEN TESTS"
    source = write_notebook(tmp_path / "ps1.ipynb", cells)
    out = tmp_path / "course" / "assignments" / "ps1"
    done = CliRunner().invoke(main, ["import", str(source), "--out", str(out)])
    assert "Hidden, and there a hostile notebook could read them: squares-raises\n" in done.output
    assert "Inside it:\n  squares-raises: `def refuses(n):` is defined by the test\n" in done.output


def test_names_that_functions_take_from_around_them_are_told(tmp_path: Path) -> None:
    """A test that sets one of them has to set it where the function sees it."""
    answer = "### BEGIN SOLUTION\ndef grow(x):\n    return x * rate\n### END SOLUTION"
    cells = [
        make_cell("code", answer, grade_id="grow", solution=True),
        make_cell("code", "rate = 3\nassert grow(2) == 6", grade_id="tests", grade=True, points=1),
    ]
    draft = read_draft(write_notebook(tmp_path / "ps1.ipynb", cells), None)
    told = "it sets 'rate', which a function of the notebook takes from around it"
    assert {"tests": told} == list_inside(draft)


def test_a_block_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A rubric that names other assertions than there are is refused, with its line."""
    found = import_cells(tmp_path, list_nbgrader_cells())
    path = found.folder / "assignment.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('"mean-value"', '"mean-valve"'), encoding="utf-8"
    )
    with pytest.raises(AssignmentError, match="Did you mean 'mean-value'"):
        load_assignment(path, VOCABULARY)


@pytest.mark.parametrize("name", ["ps1.zip", "results.pkl"])
def test_packed_files_are_refused_unread(tmp_path: Path, name: str) -> None:
    """What may hold a pickle is not opened."""
    path = tmp_path / name
    path.write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    with pytest.raises(AssignmentError, match="pickle"):
        read_draft(path, None)


def test_places_that_are_taken(tmp_path: Path) -> None:
    """Nothing is overwritten, and the folder has to be one that assignments are looked for in."""
    source = hand_in(tmp_path / "My Lab 1.ipynb")
    assert tmp_path / "assignments" / "my-lab-1" == choose_folder(source, None, tmp_path)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "my-lab-1.ipynb").touch()
    with pytest.raises(AssignmentError, match="there already"):
        choose_folder(source, None, tmp_path)
    with pytest.raises(AssignmentError, match="no place"):
        choose_folder(source, tmp_path / "elsewhere", tmp_path)
