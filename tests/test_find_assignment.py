"""An assignment is found by its id, or by the path of its folder or of its `assignment.toml`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.assignment.load import find_assignment
from grader.cli import main
from grader.errors import UnknownAssignment


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an assignment, `tiny`, in which the commands are typed."""
    monkeypatch.chdir(tmp_path)
    assert 0 == grade("new", "tiny").exit_code
    return tmp_path


def grade(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        (".", "tiny"),
        (".", "assignments/tiny"),
        (".", "assignments/tiny/"),
        (".", "assignments/tiny/assignment.toml"),
        ("assignments/tiny", "."),
        ("assignments/tiny", "assignment.toml"),
        ("assignments/tiny", "tiny"),
        ("..", "{course}/assignments/tiny"),
    ],
)
def test_ids_and_paths_lead_to_the_same(
    course: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    """A path counts from the working folder, and needs no folder `assignments` above it."""
    monkeypatch.chdir(course / folder)
    found = find_assignment(name.format(course=course))
    assert ("tiny", course / "assignments" / "tiny") == (found.id, found.folder)


def test_an_id_goes_before_a_path(course: Path) -> None:
    """A folder of the same name that happens to stand here changes nothing."""
    (course / "tiny").mkdir()
    (course / "tiny" / "assignment.toml").write_text("schema = 1")
    assert course / "assignments" / "tiny" == find_assignment("tiny").folder


@pytest.mark.parametrize("name", ["assignments/small", "assignments", "class", "", "a" * 5000, "a/" * 3000])
@pytest.mark.parametrize("command", [["run", "class", "-a"], ["check", "class/ada.ipynb", "-a"], ["release"]])
def test_what_is_not_there_is_told_alike(course: Path, command: list[str], name: str) -> None:
    """Whether an id or a path was meant, the message says what is known."""
    (course / "class").mkdir()
    (course / "class" / "ada.ipynb").write_bytes((course / "solutions/tiny.ipynb").read_bytes())
    with pytest.raises(UnknownAssignment):
        find_assignment(name)
    done = grade(*command, name)
    assert 2 == done.exit_code
    assert f"No assignment is called {name!r}. Known: tiny." in " ".join(done.stderr.split())


def test_every_command_takes_a_path(course: Path) -> None:
    """A fault in the assignment.toml that a path leads to has the same message as by the id."""
    path = course / "assignments/tiny/assignment.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"fitted_values"', '"fited_values"'))
    (course / "class").mkdir()
    (course / "class" / "ada.ipynb").write_bytes((course / "solutions/tiny.ipynb").read_bytes())
    ways = (["run", "class", "-a"], ["check", "class/ada.ipynb", "-a"])
    for start in (["release"], ["calibrate"], ["validate"], *ways):
        for name in ("tiny", "assignments/tiny", "assignments/tiny/assignment.toml"):
            assert "Did you mean 'fitted_values'?" in grade(*start, name).output, (start, name)
