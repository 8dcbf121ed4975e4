"""`grade new`, `grade release` and `grade validate` as authors type them."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT

from grader.cli import main


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the commands are typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grade(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, arguments)


def list_files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_new_assignment_is_whole_and_valid(course: Path) -> None:
    """Rubric, author's notebook and the students' are written, and nothing is wrong with them."""
    result = grade("new", "small-cnn", "--title", '작은 "합성곱" 신경망 \\ CNN')
    assert 0 == result.exit_code, result.output
    made = {"assignments/small-cnn/assignment.toml", "assignments/small-cnn/small-cnn.ipynb"}
    assert made | {"solutions/small-cnn.ipynb"} == list_files(course)
    raw = tomllib.loads((course / "assignments/small-cnn/assignment.toml").read_text(encoding="utf-8"))
    assert '작은 "합성곱" 신경망 \\ CNN' == raw["title"]["ko"]
    assert ("small-cnn: 1 task, 10 points\n", 0) == (grade("validate").output, grade("validate").exit_code)
    assert 0 == grade("release", "small-cnn", "--check").exit_code


def test_new_assignments_stand_beside_the_others(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a folder that holds assignments a new one joins them; its seed is its own."""
    grade("new", "one")
    (course / "notes").mkdir()
    monkeypatch.chdir(course / "notes")
    assert 0 == grade("new", "two").exit_code
    texts = [(course / f"assignments/{name}/assignment.toml").read_text() for name in ("one", "two")]
    assert 2 == len({tomllib.loads(text)["seed"] for text in texts})
    assert "two" == tomllib.loads(texts[1])["title"]["en"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Tiny"], "is no name for an assignment"),
        (["../tiny"], "is no name for an assignment"),
        (["tiny-"], "is no name for an assignment"),
        (["a" * 61], "is no name for an assignment"),
        (["한글"], "is no name for an assignment"),
        (["tiny", "--title", " \n "], "The title has to be a line"),
        (["tiny", "--title", "x" * 121], "The title has to be a line"),
        (["tiny", "--title", "x\x07"], "The title has to be a line"),
        (["taken"], "assignments/taken is there already"),
        (["solved"], "solutions/solved.ipynb is there already"),
    ],
)
def test_bad_or_taken_name_writes_nothing(course: Path, arguments: list[str], said: str) -> None:
    """The message says why, the exit status is 2, and every file stays as it was."""
    (course / "assignments" / "taken").mkdir(parents=True)
    (course / "solutions").mkdir()
    (course / "solutions" / "solved.ipynb").write_text("precious")
    before = list_files(course)
    result = grade("new", *arguments)
    assert 2 == result.exit_code
    assert said in result.stderr
    assert before == list_files(course)


def test_title_may_hold_the_words_of_the_template(course: Path) -> None:
    """NAME, SEED and TITLE are plain words in a title."""
    title = "NAME the SEED of a TITLE"
    assert 0 == grade("new", "tiny", "--title", title).exit_code
    raw = tomllib.loads((course / "assignments/tiny/assignment.toml").read_text(encoding="utf-8"))
    assert {"ko": title, "en": title} == raw["title"]
    assert f"# {title}" in (course / "solutions/tiny.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("title", ["Tiny", "BEGIN SOLUTION"])
def test_start_that_fails_leaves_nothing(course: Path, title: str) -> None:
    """Neither files nor empty folders stay where one cannot be written, or the title reads as a mark."""
    if title == "Tiny":
        (course / "solutions").write_text("a file")
    before = set(course.rglob("*"))
    assert 2 == grade("new", "tiny", "--title", title).exit_code
    assert before == set(course.rglob("*"))


def test_release_follows_the_authors_notebook(course: Path) -> None:
    """What was changed makes the students' notebook stale, until it is released again."""
    grade("new", "tiny")
    source, released = course / "solutions/tiny.ipynb", course / "assignments/tiny/tiny.ipynb"
    source.write_text(source.read_text(encoding="utf-8").replace("30", "20"), encoding="utf-8")
    assert 1 == grade("release", "tiny", "--check").exit_code
    stale = grade("validate", "tiny")
    assert 1 == stale.exit_code
    assert "grade release tiny" in stale.output
    assert "wrote assignments/tiny/tiny.ipynb: 6 cells, without 13 lines" in grade("release", "tiny").output
    assert "epochs = 20" in released.read_text(encoding="utf-8")
    assert 0 == grade("validate", "tiny").exit_code


def test_release_with_a_fault_leaves_what_is_there(course: Path) -> None:
    """A mark that is missing is named, and the students' notebook is not touched."""
    grade("new", "tiny")
    source, released = course / "solutions/tiny.ipynb", course / "assignments/tiny/tiny.ipynb"
    before = released.read_bytes()
    source.write_text(source.read_text(encoding="utf-8").replace("### END SOLUTION", ""), encoding="utf-8")
    result = grade("release", "tiny")
    assert 2 == result.exit_code
    assert "cell 6, line 14: BEGIN HIDDEN TESTS stands before the END of line 1" in result.stderr
    assert before == released.read_bytes()
    assert "cell 6" in grade("validate").output


def test_every_command_shows_the_same_faults(course: Path) -> None:
    """A wrong assignment.toml has the same message in validating, releasing, calibrating and grading."""
    grade("new", "tiny")
    path = course / "assignments/tiny/assignment.toml"
    text = path.read_text(encoding="utf-8")
    wrong = text.replace('"fitted_values"', '"fited_values"').replace("points = 3 }", "points = -3 }")
    path.write_text(wrong, encoding="utf-8")
    lines = [number for number, line in enumerate(wrong.splitlines(), 1) if "-3" in line or "fited" in line]
    class_folder = course / "class"
    class_folder.mkdir()
    (class_folder / "ada.ipynb").write_bytes((course / "solutions/tiny.ipynb").read_bytes())
    for arguments in (
        ["validate", "tiny"],
        ["release", "tiny"],
        ["calibrate", "tiny"],
        ["run", "class", "-a", "tiny"],
        ["run", "class"],
        ["check", "class/ada.ipynb"],
    ):
        result = grade(*arguments)
        assert result.exit_code in (1, 2)
        assert all(f"assignment.toml:{line}: task 1.1" in result.output for line in lines), arguments


def test_validate_tells_an_id_that_is_not_the_folders(course: Path) -> None:
    """Commands would not find it by its id; whatever else is wrong is told as well."""
    grade("new", "tiny")
    path = course / "assignments/tiny/assignment.toml"
    text = path.read_text(encoding="utf-8").replace('id = "tiny"', 'id = "small"', 1)
    path.write_text(text, encoding="utf-8")
    (course / "solutions/tiny.ipynb").rename(course / "solutions/small.ipynb")
    (course / "assignments/tiny/tiny.ipynb").unlink()
    result = grade("validate")
    assert 1 == result.exit_code
    assert (
        "tiny: the id in assignment.toml is 'small', and commands find an assignment by its" in result.output
    )
    assert "not up to date" in result.output


def test_validate_names_what_is_not_there(course: Path) -> None:
    """An assignment that does not exist is misuse, whether there are others or none."""
    assert 2 == grade("validate", "nosuch").exit_code
    grade("new", "tiny")
    result = grade("validate", "tiny", "nosuch")
    assert 2 == result.exit_code
    assert "'nosuch'. Known: tiny" in result.stderr


def test_assignments_that_come_along_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wrong with any assignment of this repository, and each notebook is up to date."""
    monkeypatch.chdir(ROOT)
    result = grade("validate")
    assert 0 == result.exit_code, result.output


def test_notebooks_are_not_looked_at_without_a_reference(course: Path) -> None:
    """Students have no solutions: their copy of an assignment is valid without one."""
    grade("new", "tiny")
    (course / "solutions/tiny.ipynb").unlink()
    result = grade("validate")
    assert 0 == result.exit_code
    assert "no reference" in result.output
