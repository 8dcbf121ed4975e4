"""What the grader itself could not do is told apart from what a student did not."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_class import FAULTS, make_class

from grader.cli import main
from grader.execute.sandbox import Room
from grader.execute.sandbox.fake import FakeSandbox
from grader.workflow import jobs, slots, verbs, verdicts

pytestmark = pytest.mark.kernel

ANSWERS = {name: FAULTS[name] for name in ("right", "without bias")}


class FlakySandbox(FakeSandbox):
    """Does not start at the calls with these numbers: 0 is the reference, then student by student."""

    def __init__(self, *broken: int) -> None:
        super().__init__()
        self.broken = broken

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command, or one that ends at once with a reason."""
        command = super().build_command(module, arguments, room)
        if len(self.calls) - 1 in self.broken:
            return ["/bin/sh", "-c", "echo no memory for a room >&2; exit 77"]
        return command


@pytest.fixture
def classroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small class of two, in the working folder."""
    make_class(tmp_path, ANSWERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grade(monkeypatch: pytest.MonkeyPatch, *broken: int) -> Result:
    """Grade the class one by one, in a sandbox that breaks at these starts."""
    sandbox = FlakySandbox(*broken)
    monkeypatch.setattr(verbs, "choose_sandbox", lambda name: sandbox)
    # With a core to spare the next room would be opened ahead, and a start that fails there costs nothing.
    monkeypatch.setattr(slots, "count_cores", lambda: 1)
    return CliRunner().invoke(main, ["run", "submissions", "-o", "out", "-j", "1"])


def read_results(folder: Path) -> dict[str, dict]:
    """The entries of results.json by student."""
    document = json.loads((folder / "out" / "results.json").read_text(encoding="utf-8"))
    return {entry["student"]: entry for entry in document["submissions"]}


def read_row(folder: Path, student: str) -> dict[str, str]:
    """A student's row of grades.csv."""
    with (folder / "out" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["student"] == student)


def test_sandbox_that_fails_gives_no_zero(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The student has no score anywhere, a person is asked, and the exit status is 3; others keep theirs."""
    done = grade(monkeypatch, 1, 2)
    assert 3 == done.exit_code, done.output
    results = read_results(classroom)
    lost = results["right"]
    assert ("grader_error", None, True) == (lost["status"], lost["score"], lost["needs_review"])
    assert "no memory for a room" in lost["problem"]
    assert "graded" == results["without bias"]["status"]
    assert ("grader_error", "", "", "") == tuple(
        read_row(classroom, "right")[name] for name in ("status", "score", "1", "2")
    )
    assert "grader error" in done.stdout
    assert "no memory for a room" in done.stdout
    assert "The grader itself failed" in (classroom / "out" / "right.html").read_text(encoding="utf-8")
    assert "grader error: not graded" in (classroom / "out" / "index.html").read_text(encoding="utf-8")


def test_one_failure_is_made_good(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that does not start is tried once more in a fresh sandbox, and nobody hears of it."""
    done = grade(monkeypatch, 1)
    assert 0 == done.exit_code, done.output
    assert {"graded"} == {entry["status"] for entry in read_results(classroom).values()}


def test_next_run_needs_only_what_failed(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a fault of the grader's own is kept, and all that ended well is."""
    assert 3 == grade(monkeypatch, 1, 2).exit_code
    done = grade(monkeypatch)
    assert 0 == done.exit_code, done.output
    assert 10 == read_results(classroom)["right"]["score"]
    assert "[2/3] right: 0 s" not in done.stderr
    assert "[3/3] without bias: 0 s" in done.stderr


def test_reference_that_cannot_start_is_no_misuse(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be compared the status is 3, not 2, and what students' runs left is kept."""
    done = grade(monkeypatch, 0, 1)
    assert 3 == done.exit_code, done.output
    assert "no memory for a room" in done.stderr
    assert "Traceback" not in done.output
    assert not (classroom / "out" / "results.json").exists()
    assert 0 == grade(monkeypatch).exit_code


@pytest.mark.parametrize(("broken", "status"), [((), 1), ((1, 2), 3)])
def test_worse_status_wins(
    classroom: Path, monkeypatch: pytest.MonkeyPatch, broken: tuple[int, ...], status: int
) -> None:
    """A file that is no notebook makes it 1; together with a fault of the grader's it is 3."""
    (classroom / "submissions" / "zoe.ipynb").write_text("{")
    assert status == grade(monkeypatch, *broken).exit_code
    zoe = read_results(classroom)["zoe"]
    assert ("ungradable", 0.0) == (zoe["status"], zoe["score"])


@pytest.mark.parametrize(("room", "step"), [(jobs, "locate_tasks"), (verdicts, "judge_submission")])
def test_reader_or_judge_that_breaks_gives_no_zero(
    classroom: Path, monkeypatch: pytest.MonkeyPatch, room: object, step: str
) -> None:
    """A bug that one notebook hits before or after its run costs that student no mark, and others nothing."""
    original = getattr(room, step)

    def break_for_one(*arguments, **options):  # type: ignore[no-untyped-def]
        if "bias=False" in str(arguments[0]) or "without" in str(getattr(arguments[1], "student", "")):
            raise ZeroDivisionError("a bug")
        return original(*arguments, **options)

    monkeypatch.setattr(room, step, break_for_one)
    done = grade(monkeypatch)
    assert 3 == done.exit_code, done.output
    results = read_results(classroom)
    assert ("grader_error", None) == (results["without bias"]["status"], results["without bias"]["score"])
    assert "a bug" in results["without bias"]["problem"]
    assert 10 == results["right"]["score"]
