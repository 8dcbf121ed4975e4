"""Imported assignments from end to end: a class of honest, lazy and hostile students, in real kernels."""

from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from import_samples import (
    RIGHT,
    RIGHT_SQUARES,
    hand_in,
    list_nbgrader_cells,
    list_otter_cells,
    write_notebook,
    write_otter,
)
from quiet import Quiet

from grader.cli import main
from grader.report.files import write_reports
from grader.results import SubmissionResult, Verdict
from grader.workflow import Settings, check_notebook, grade_class

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

EQUALS_ALL = """class Yes(list):
    def __eq__(self, other):
        return True
    def __getitem__(self, index):
        return self
def squares(n):
    if n < 1:
        raise ValueError
    return Yes()"""
PATCHES = """import builtins
builtins.abs = lambda x: 0.0
mean = 1.0"""
PRETENDS = """class Mean(float):
    def __sub__(self, other):
        return 0.0
mean = Mean(0)"""
ENDLESS = "def squares(n):\n    while True:\n        pass"
STUBBORN = """def squares(n):
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass"""
STUDENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "right": RIGHT,
    "blank": (),
    "wrong": (("squares", "def squares(n):\n    return [i for i in range(n)]"), ("mean", "mean = 7")),
    "edits the tests": (("squares", "squares = 1"), ("squares-values", "pass"), ("squares-raises", "pass")),
    "fits the public tests": (
        ("squares", "def squares(n):\n    return {1: [1], 3: [1, 4, 9]}[n]"),
        ("mean", "mean = 7.5"),
    ),
    "equals everything": (("squares", EQUALS_ALL),),
    "patches Python": (("mean", PATCHES),),
    "pretends": (("mean", PRETENDS),),
    "leaves": (("squares", "import sys\nsys.exit()"), ("mean", "mean = 7.5")),
    "ends the kernel": (("squares", "import os\ndef squares(n):\n    os._exit(0)"), ("mean", "mean = 7.5")),
    "never ends": (("squares", ENDLESS), ("mean", "mean = 7.5")),
    "warns": (
        ("squares", f"import warnings, sys\nprint('torch warns', file=sys.stderr)\n{RIGHT_SQUARES}"),
        ("mean", "warnings.warn('deprecated')\nmean = 7.5"),
    ),
    "shadows": (("squares", f"{RIGHT_SQUARES}\nlist = [3]\nabs = None"), ("mean", "mean = 7.5")),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, SubmissionResult], Path]:
    """The class of the nbgrader assignment, and its reports."""
    folder = tmp_path_factory.mktemp("nbgrader")
    course = folder / "course"
    source = write_notebook(folder / "ps1.ipynb", list_nbgrader_cells())
    out = course / "assignments" / "ps1"
    done = CliRunner().invoke(main, ["import", str(source), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "2 of 3 blocks of assertions are decided outside the student's process" in done.output
    assert "To be marked by hand: why" in done.output
    path = out / "assignment.toml"
    # Two students' functions do not end.
    text = path.read_text(encoding="utf-8").replace("cell_seconds = 120", "cell_seconds = 4")
    path.write_text(text.replace("notebook_seconds = 900", "notebook_seconds = 60"), encoding="utf-8")
    for student, answers in STUDENTS.items():
        hand_in(course / "class" / f"{student}.ipynb", *answers)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(course)
        found = grade_class(Path("class"), "ps1", Settings(store=folder / "store"), Quiet())
        write_reports(folder / "reports", found.assignment, found.result, found.pages)
    return {each.student: each for each in found.result.submissions}, folder / "reports"


def list_points(result: SubmissionResult) -> tuple[float, ...]:
    """Points of all checks, in order."""
    return tuple(check.points for task in result.tasks for check in task.checks)


def find_check(result: SubmissionResult, task: str, number: int = 0) -> Verdict:
    """One of a task's verdicts."""
    return next(each for each in result.tasks if each.id == task).checks[number]


@pytest.mark.parametrize(
    ("student", "points"),
    [
        ("right", (3, 1, 3, 0)),
        ("blank", (0, 0, 0, 0)),
        ("wrong", (0, 0, 0, 0)),
        ("edits the tests", (0, 0, 0, 0)),
        ("fits the public tests", (0, 0, 3, 0)),
        ("equals everything", (0, 1, 0, 0)),
        ("patches Python", (0, 0, 1, 0)),
        ("pretends", (0, 0, 0, 0)),
        ("leaves", (0, 0, 3, 0)),
        ("ends the kernel", (0, 0, 3, 0)),
        ("never ends", (0, 0, 3, 0)),
        ("warns", (3, 1, 3, 0)),
        ("shadows", (3, 1, 3, 0)),
    ],
)
def test_points(
    graded: tuple[dict[str, SubmissionResult], Path], student: str, points: tuple[float, ...]
) -> None:
    """Honest answers have theirs, whatever stderr says; no trick earns any, and nobody stops the class."""
    results, _ = graded
    assert (points, "graded") == (list_points(results[student]), results[student].status)


def test_where_it_was_decided_is_said(graded: tuple[dict[str, SubmissionResult], Path]) -> None:
    """Every verdict names the side of the wall that it came from."""
    results, _ = graded
    outside, inside = find_check(results["right"], "squares"), find_check(results["right"], "squares", 1)
    assert "they hold; decided outside the student's process" == outside.actual
    assert "they hold; in the student's process" == inside.actual


def test_who_has_to_be_looked_at(graded: tuple[dict[str, SubmissionResult], Path]) -> None:
    """Answers that answer for themselves have to be; that everybody's essay waits for a mark is no reason."""
    results, _ = graded
    assert "undecided" == find_check(results["right"], "why").outcome
    assert "no_evidence" == find_check(results["equals everything"], "squares").outcome
    assert ["partial", "no_evidence"] == [
        find_check(results[student], "mean").outcome for student in ("patches Python", "pretends")
    ]
    looked_at = {student for student, result in results.items() if result.needs_review}
    assert {"equals everything", "pretends"} <= looked_at
    assert not {"right", "blank", "wrong", "fits the public tests", "warns"} & looked_at


def test_hidden_assertions_are_not_shown(graded: tuple[dict[str, SubmissionResult], Path]) -> None:
    """A student who failed them reads that they are hidden, and no value of theirs."""
    results, reports = graded
    failed = find_check(results["fits the public tests"], "squares")
    assert "the hidden assertions `squares-values` hold" == failed.expected
    assert "they do not hold; decided outside the student's process" == failed.actual
    for page in reports.glob("*.html"):
        assert "15129" not in page.read_text(encoding="utf-8")


def test_what_does_not_end_is_told(graded: tuple[dict[str, SubmissionResult], Path]) -> None:
    """An endless function costs its own task, and says so."""
    results, _ = graded
    assert "took too long" in find_check(results["never ends"], "squares").actual


def test_a_stubborn_function_costs_its_own_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that swallows the interrupt loses its kernel; the tasks after it are run again."""
    source = write_notebook(tmp_path / "ps1.ipynb", list_nbgrader_cells())
    course = tmp_path / "course"
    out = course / "assignments" / "ps1"
    assert CliRunner().invoke(main, ["import", str(source), "--out", str(out)]).exit_code == 0
    path = out / "assignment.toml"
    text = path.read_text(encoding="utf-8").replace("cell_seconds = 120", "cell_seconds = 2")
    path.write_text(text, encoding="utf-8")
    hand_in(course / "class" / "ada.ipynb", ("squares", STUBBORN), ("mean", "mean = 7.5"))
    monkeypatch.chdir(course)
    found = grade_class(Path("class"), "ps1", Settings(), Quiet())
    assert (0, 0, 3, 0) == list_points(found.result.submissions[0])


OTTER_STUDENTS: dict[str, tuple[str, str]] = {
    "right": ("def double(x):\n    return x + x", "total = 6"),
    "reuses a name": ("def double(x):\n    return x + x\ntotal = 'mine'", "total = 6\ndouble = None"),
    "public only": ("def double(x):\n    return 4", "total = 5"),
    "wrong": ("def double(x):\n    return x", "total = '6'"),
    "own client": (
        "def double(x):\n    return x + x\ngrader.check('q1')\ngrader.check_all(); grader.export()",
        "from otter import Notebook\nNotebook('lab.ipynb').check('q2')\ntotal = 6",
    ),
    "blank": ("def double(x):\n    ...", "total = ..."),
}


def test_otters_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run when their task ends, so a name may be used again; otter's client does nothing."""
    source = write_otter(tmp_path / "autograder" / "lab.ipynb", files=True)
    course = tmp_path / "course"
    out = course / "assignments" / "lab"
    done = CliRunner().invoke(main, ["import", str(source), "--out", str(out)])
    assert done.exit_code == 0, done.output
    for student, answers in OTTER_STUDENTS.items():
        cells = list_otter_cells(*answers)
        for cell in cells:
            cell.metadata.pop("tags", None)
        write_notebook(course / "class" / f"{student}.ipynb", cells)
    monkeypatch.chdir(course)
    found = grade_class(Path("class"), "lab", Settings(store=tmp_path / "store"), Quiet())
    points = {each.student: list_points(each) for each in found.result.submissions}
    assert {
        "right": (0.5, 1.5, 1, 2),
        "reuses a name": (0.5, 1.5, 1, 2),
        "public only": (0.5, 0, 1, 0),
        "wrong": (0, 0, 0, 0),
        "own client": (0.5, 1.5, 1, 2),
        "blank": (0, 0, 0, 0),
    } == points
    assert not any(each.needs_review for each in found.result.submissions)
    wrong = next(each for each in found.result.submissions if each.student == "wrong")
    # Its block is `q1-1`, and otter's notebook shows that nowhere.
    assert "See the assertions of the task `q1` in the notebook." == find_check(wrong, "q1").message


def test_self_check_needs_no_solutions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A student's own check puts the public cases, and knows nothing of the hidden ones."""
    source = write_otter(tmp_path / "lab.ipynb", files=False)
    course = tmp_path / "course"
    CliRunner().invoke(main, ["import", str(source), "--out", str(course / "assignments" / "lab")])
    for path in (course / "solutions").iterdir():
        path.unlink()
    path = write_notebook(course / "ada.ipynb", list_otter_cells(*OTTER_STUDENTS["public only"]))
    monkeypatch.chdir(course)
    _, result, _, _ = check_notebook(path, "lab", (), Settings(), Quiet())
    assert {"q1": 0.5, "q2": 1.0} == {task.id: task.points for task in result.tasks}


def test_a_reference_that_fails_its_own_assertions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is marked down by assertions that do not hold of the solution."""
    source = write_otter(tmp_path / "lab.ipynb", files=False)
    course = tmp_path / "course"
    CliRunner().invoke(main, ["import", str(source), "--out", str(course / "assignments" / "lab")])
    path = course / "solutions" / "lab.assertions.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("total == 6", "total == 7"), encoding="utf-8")
    write_notebook(course / "class" / "ada.ipynb", list_otter_cells(*OTTER_STUDENTS["right"]))
    monkeypatch.chdir(course)
    found = grade_class(Path("class"), "lab", Settings(), Quiet())
    assert "grader_error" == find_check(found.result.submissions[0], "q2", 1).outcome


def test_notebooks_are_those_of_nbformat() -> None:
    """The samples are valid notebooks."""
    nbformat.validate(nbformat.v4.new_notebook(cells=list_nbgrader_cells()))
