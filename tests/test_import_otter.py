"""What `otter assign` has made becomes an assignment, without a line of its tests being run."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from import_samples import OTTER_TESTS, list_otter_cells, read_json, write_notebook, write_otter

from grader.assignment.importing.ok_format import BadTest, read_ok_file, read_ok_test
from grader.assignment.importing.otter_marks import mark_solutions
from grader.assignment.importing.write import list_inside, read_draft, write_draft
from grader.assignment.load import load_assignment
from grader.assignment.release import build_release
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.judge.vocabulary import VOCABULARY


def import_file(path: Path, folder: Path, tests: Path | None = None) -> Assignment:
    """The assignment that comes of a notebook."""
    written = write_draft(read_draft(path, tests), folder / "assignments" / "lab", "Lab")
    return load_assignment(written[0], VOCABULARY)


@pytest.mark.parametrize("files", [True, False])
def test_questions_become_tasks(tmp_path: Path, files: bool) -> None:
    """Tests in files and in the metadata give the same: a check for each case, with its points."""
    found = import_file(write_otter(tmp_path / "autograder" / "lab.ipynb", files=files), tmp_path)
    assert [("q1", "Doubling", 2.0), ("q2", "q2", 3.0)] == [
        (task.id, task.title.en, task.points) for task in found.task
    ]
    assert [("q1-1", 0.5), ("q1-2", 1.5), ("q2-1", 1.0), ("q2-2", 2.0)] == [
        (check.options["assertions"], check.points) for task in found.task for check in task.checks
    ]
    assert [False, True, False, True] == [block.hidden for block in found.assertions.block]


def test_students_get_no_solution(tmp_path: Path) -> None:
    """Lines marked as solution are gone, their prompts stay, and hidden cases are in no file of theirs."""
    found = import_file(write_otter(tmp_path / "lab.ipynb", files=True), tmp_path)
    released = build_release(found, found.solution_path.read_bytes())
    (found.folder / "lab.ipynb").write_bytes(released.content)
    sources = ["".join(cell["source"]) for cell in read_json(found.folder / "lab.ipynb")["cells"]]
    assert "total = ..." in sources[6]
    assert "np.sum" not in sources[6] and "x = 3" in sources[6]
    assert "double(21)" not in (found.folder / "assertions.toml").read_text(encoding="utf-8")
    marks = [cell["metadata"].get("grader", {}) for cell in read_json(found.folder / "lab.ipynb")["cells"]]
    assert ["setup", "setup", "text", "answer", "given", "text", "answer", "given"] == [
        mark.get("role") for mark in marks[:8]
    ]


def test_every_case_is_decided_outside(tmp_path: Path) -> None:
    """Comparisons and assertions of a doctest need no run of it in the notebook."""
    assert {} == list_inside(read_draft(write_otter(tmp_path / "lab.ipynb", files=False), None))


def test_test_files_are_never_run(tmp_path: Path) -> None:
    """What stands beside the dictionary does nothing."""
    path = write_otter(tmp_path / "lab.ipynb", files=True)
    file = path.parent / "tests" / "q1.py"
    owned = tmp_path / "owned"
    file.write_text(f"open({str(owned)!r}, 'w')\n{file.read_text()}")
    import_file(path, tmp_path)
    assert not owned.exists()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("q1.py", "OK_FORMAT = False\nname = 'q1'\n", "not in the OK format"),
        ("q1.py", "test = dict(name='q1')", "`test` is computed"),
        ("q1.py", "test = {'name': __import__('os').getcwd()}", "`test` is computed"),
        ("q1.py", "OK_FORMAT = True\ntest = (", "is no Python that can be read"),
        ("q1.py", "test = []", "`test` is no dictionary"),
        ("q1.pkl", "cos\nsystem\n(S'true'\ntR.", "nothing is unpickled"),
        ("tests.zip", "PK", "nothing is unpickled"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    """Whatever would have to be run or unpickled is refused with a sentence that says what to do."""
    path = write_otter(tmp_path / "lab.ipynb", files=True)
    (path.parent / "tests" / name).write_text(text)
    with pytest.raises(AssignmentError) as raised:
        read_draft(path, None)
    assert said in str(raised.value)


def spoil(**changed: Any) -> dict[str, Any]:
    """The first question's test with some of its entries changed."""
    return {**OTTER_TESTS["q1"], **changed}


def with_case(**changed: Any) -> dict[str, Any]:
    """A test of one case with this in it."""
    return spoil(suites=[{"cases": [{"code": ">>> 1\n1", **changed}], "type": "doctest"}])


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("gANjb3M=", "may hold pickled or compiled code"),
        (spoil(suites=[]), "has no suites"),
        (spoil(suites=[{"type": "sqlite", "cases": []}]), "no doctest"),
        (spoil(suites=[{"setup": ">>> x = 1", "cases": []}]), "setup or teardown"),
        (spoil(suites=[{"cases": []}]), "has no cases"),
        (spoil(points=[1, 2, 3]), "gives 3 points to 2 cases"),
        (spoil(points=1), "its cases have 1.5 points together, and the whole has 1"),
        (spoil(points="two"), "points that are no number"),
        (with_case(locked=True), "a locked case"),
        (with_case(code=None), "a case without code"),
        (with_case(points=-1), "negative points"),
    ],
)
def test_tests_that_cannot_be_read(test: Any, said: str) -> None:
    """Each fault is named."""
    with pytest.raises(BadTest, match=said):
        read_ok_test(test, "q1", "the test 'q1'")


@pytest.mark.parametrize(
    ("total", "own", "points"),
    [
        (None, (None, None), (0.5, 0.5)),
        (4, (None, None), (2.0, 2.0)),
        (4, (1, None), (1.0, 3.0)),
        (None, (2, None), (2.0, 0.0)),
        ([1, 3], (None, None), (1.0, 3.0)),
        (2, (None, None, None), (0.6667, 0.6666, 0.6667)),
    ],
)
def test_points_of_cases(total: Any, own: tuple[Any, ...], points: tuple[float, ...]) -> None:
    """A case's own points count, and the rest is shared by those that have none."""
    cases = [{"code": ">>> 1\n1", **({"points": each} if each is not None else {})} for each in own]
    test = {"name": "q", "points": total, "suites": [{"cases": cases}]}
    assert points == read_ok_test(test, "q", "it").points


def test_all_or_nothing_is_one_block() -> None:
    """All cases together earn the points, and students see those that are not hidden."""
    found = read_ok_test(spoil(all_or_nothing=True), "q1", "it")
    assert ((2.0,), 1, True) == (found.points, len(found.blocks), found.blocks[0].hidden)
    assert [">>> double(2)\n4\n"] == [block.code for block in found.public]


def test_a_test_is_hidden_unless_it_says_otherwise(tmp_path: Path) -> None:
    """As otter has it."""
    found = read_ok_test({"name": "q", "suites": [{"cases": [{"code": ">>> 1\n1"}]}]}, "q", "it")
    assert (True, ()) == (found.blocks[0].hidden, found.public)


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ("x = 1 # SOLUTION", "x = ...\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
        ("x = 1 # SOLUTION NO PROMPT", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
        (
            "def f():\n    return 1 # SOLUTION",
            "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        ),
        ("# BEGIN SOLUTION\ny = 1\n# END SOLUTION", "### BEGIN SOLUTION\ny = 1\n### END SOLUTION"),
        (
            "# BEGIN SOLUTION NO PROMPT\ny = 1 # SOLUTION\n# END SOLUTION",
            "### BEGIN SOLUTION\ny = 1 # SOLUTION\n### END SOLUTION",
        ),
        ('"""; # BEGIN PROMPT\nz = ...\n"""; # END PROMPT\nz = 1', "z = 1"),
        ("print(1)", "print(1)"),
        (
            f"assert_{'almost_' * 9}equal(a, b)  # SOLUTION",
            f"### BEGIN SOLUTION\nassert_{'almost_' * 9}equal(a, b)\n### END SOLUTION",
        ),
        (
            "a.b[0][1] , c = 1, 2 # SOLUTION",
            "a.b[0][1] , c = ...\n### BEGIN SOLUTION\na.b[0][1] , c = 1, 2\n### END SOLUTION",
        ),
        ("a == 1 # SOLUTION", "### BEGIN SOLUTION\na == 1\n### END SOLUTION"),
    ],
)
def test_marks_of_solutions(source: str, marked: str) -> None:
    """otter's marks become those of `grade release`."""
    assert marked == "\n".join(mark_solutions(source))


def test_masters_and_students_versions_are_told(tmp_path: Path) -> None:
    """The sentence says which file of otter's to import instead."""
    master = [nbformat.v4.new_raw_cell("# BEGIN QUESTION\nname: q1"), *list_otter_cells("...", "...")]
    with pytest.raises(AssignmentError, match=r"dist/autograder/lab\.ipynb"):
        read_draft(write_notebook(tmp_path / "lab.ipynb", master), None)
    student = list_otter_cells("def double(x):\n    ...", "total = ...")
    for cell in student:
        if cell.metadata.get("tags"):
            cell.metadata["tags"] = ["otter_answer_cell"]
    with pytest.raises(AssignmentError, match="version that students get"):
        read_draft(write_notebook(tmp_path / "lab.ipynb", student), None)


def test_plain_notebooks_with_test_files(tmp_path: Path) -> None:
    """Where no cell is marked, the only one above a check that does more than import is the answer."""
    path = write_otter(tmp_path / "lab.ipynb", files=True)
    cells = list_otter_cells("def double(x):\n    return x + x", "total = 3 + 3")
    for cell in cells:
        cell.metadata.pop("tags", None)
    found = import_file(write_notebook(path, cells), tmp_path, path.parent / "tests")
    content = build_release(found, found.solution_path.read_bytes()).content
    assert b"x + x" not in content and b"3 + 3" not in content
    notes = read_draft(path, None).notes
    assert "q1: no cell is marked as its answer; cell 4 is taken, as a whole." == notes[0]


def test_solutions_in_two_unmarked_cells_are_refused(tmp_path: Path) -> None:
    """Nobody can tell which of them students should see, so both are named and nothing is written."""
    path = write_otter(tmp_path / "lab.ipynb", files=True)
    cells = list_otter_cells("def double(x):\n    return x + x", "total = 3 + 3")
    cells.insert(6, nbformat.v4.new_code_cell("secret = 3"))
    for cell in cells:
        cell.metadata.pop("tags", None)
    with pytest.raises(AssignmentError, match="'q2': cells 7, 8 stand above its check"):
        read_draft(write_notebook(path, cells), None)


def test_unmarked_answers_to_questions_by_hand_are_named(tmp_path: Path) -> None:
    """Students get all of such a question's cells, so the instructor is told which they are."""
    cells = list_otter_cells("def double(x):\n    return 2 * x # SOLUTION", "total = 6 # SOLUTION")
    cells[5:5] = [
        nbformat.v4.new_markdown_cell("<!-- BEGIN QUESTION -->\n\n_Points:_ 4"),
        nbformat.v4.new_markdown_cell("Because it doubles."),
        nbformat.v4.new_markdown_cell("<!-- END QUESTION -->"),
    ]
    path = write_notebook(tmp_path / "lab.ipynb", cells, otter={"tests": OTTER_TESTS})
    (note,) = read_draft(path, None).notes
    assert note.startswith(
        "by-hand-1: no cell is marked as its answer, so students get cells 6, 7 as they are."
    )


def test_half_a_sign_in_a_name_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A lone surrogate cannot be written as UTF-8; that is said before the first file is made."""
    named = {**OTTER_TESTS, "q2": {**OTTER_TESTS["q2"], "name": "q half"}}
    cells = list_otter_cells("def double(x):\n    return 2 * x # SOLUTION", "total = 6 # SOLUTION")
    path = write_notebook(tmp_path / "lab.ipynb", cells, otter={"tests": named})
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("q half", "q\\ud800"), encoding="utf-8")
    with pytest.raises(AssignmentError, match="lone surrogate"):
        import_file(path, tmp_path)
    assert not (tmp_path / "assignments").exists() and not (tmp_path / "solutions").exists()


def test_questions_marked_by_hand(tmp_path: Path) -> None:
    """They get the points that the text states, or one with a note."""
    manual = [
        nbformat.v4.new_markdown_cell("<!-- BEGIN QUESTION -->\n\n### Essay\n\n_Points:_ 4"),
        nbformat.v4.new_markdown_cell("It is.", metadata={"tags": ["otter_assign_solution_cell"]}),
        nbformat.v4.new_markdown_cell("<!-- END QUESTION -->\n\nMore text."),
    ]
    cells = list_otter_cells("def double(x):\n    return 2 * x # SOLUTION", "total = 6 # SOLUTION")
    path = write_notebook(
        tmp_path / "lab.ipynb",
        [*cells[:5], *manual, *cells[5:]],
        otter={"OK_FORMAT": True, "tests": OTTER_TESTS},
    )
    found = import_file(path, tmp_path)
    assert ["q1", "by-hand-1", "q2"] == [task.id for task in found.task]
    assert [("marked_by_hand", 4.0)] == [(c.name, c.points) for c in found.find_task("by-hand-1").checks]


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """Nobody writes a megabyte of tests by hand."""
    path = tmp_path / "q1.py"
    path.write_text("test = {}\n" + "#" * 2**20)
    with pytest.raises(BadTest, match="larger than"):
        read_ok_file(path)


def test_checks_without_a_test_are_named(tmp_path: Path) -> None:
    """With the cell that checks."""
    path = write_notebook(
        tmp_path / "lab.ipynb",
        list_otter_cells("x = 1", "y = 1"),
        otter={"OK_FORMAT": True, "tests": {"q1": OTTER_TESTS["q1"]}},
    )
    with pytest.raises(AssignmentError, match="cell 8: it checks 'q2'"):
        read_draft(path, None)
