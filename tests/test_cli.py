"""The commands as people type them."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from report_samples import load_exam, make_result

from grader.cli import main
from grader.records import CellRun

UNFINISHED = ROOT / "submissions" / "Lee Haneul.ipynb"


def grade(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_each_command_explains_itself() -> None:
    """The help of every command says what it does, gives an example and its exit statuses."""
    assert 0 == grade("--help").exit_code
    for name in main.commands:
        text = grade(name, "--help").output
        assert "Example:" in text, name
        assert "Exit status" in text, name


def test_run_is_the_default_command(tmp_path: Path) -> None:
    """`grade FOLDER` is short for `grade run FOLDER`."""
    for arguments in (("run", tmp_path / "nowhere"), (tmp_path / "nowhere",)):
        result = grade(*arguments, "-o", tmp_path / "reports")
        assert 2 == result.exit_code
        assert "There is no" in result.stderr


@pytest.mark.parametrize(
    ("make", "arguments", "said"),
    [
        pytest.param(lambda path: None, [], "There is no", id="no such folder"),
        pytest.param(lambda path: path.mkdir(), [], "Nothing in", id="empty folder"),
        pytest.param(lambda path: path.write_text("hello"), [], "grade:", id="a text file"),
        pytest.param(
            lambda path: shutil.copytree(ROOT / "submissions", path),
            ["-a", "nosuch"],
            "No assignment is called 'nosuch'. Known: gpu-experiment, hi-hello",
            id="unknown assignment",
        ),
    ],
)
def test_misuse_says_what_and_what_to_do(
    tmp_path: Path, make: object, arguments: list[str], said: str
) -> None:
    """Nothing is graded, the exit status is 2, and one line explains it without a traceback."""
    source = tmp_path / "class"
    make(source)  # type: ignore[operator]
    result = grade("run", source, "-o", tmp_path / "reports", *arguments)
    assert 2 == result.exit_code
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_folder_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    """A class is not trained for reports that cannot be written."""
    (tmp_path / "reports").write_text("in the way")
    result = grade("run", ROOT / "submissions", "-o", tmp_path / "reports" / "here")
    assert 2 == result.exit_code
    assert "--out" in result.stderr


BROKEN = {
    "not-json": "{",
    "empty-file": "",
    "future": json.dumps({"cells": [], "metadata": {}, "nbformat": 9, "nbformat_minor": 0}),
    "no-cells": nbformat.writes(nbformat.v4.new_notebook()),
    "no-task": nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)")])),
}


def test_broken_notebooks_each_get_a_reason_and_stop_nobody(tmp_path: Path) -> None:
    """Every file has its record, its line on the terminal and its page; the exit status is 1."""
    source, out = tmp_path / "class", tmp_path / "reports"
    source.mkdir()
    for name, text in BROKEN.items():
        (source / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (source / "folder.ipynb").mkdir()
    (source / "link.ipynb").symlink_to("/etc/hostname")
    result = grade("run", source, "-o", out, "-a", "hi-hello")
    assert 1 == result.exit_code, result.output
    records = json.loads((out / "results.json").read_text(encoding="utf-8"))["submissions"]
    problems = {record["student"]: record["problem"] for record in records}
    assert {*BROKEN, "folder", "link"} == set(problems)
    assert {"ungradable"} == {record["status"] for record in records}
    assert all(len(problem) > 20 for problem in problems.values())
    for student in problems:
        assert student in result.output
        assert (out / f"{student}.html").is_file()


def test_json_goes_to_standard_output_alone(tmp_path: Path) -> None:
    """With --format json the output is the content of results.json and nothing else."""
    source, out = tmp_path / "class", tmp_path / "reports"
    source.mkdir()
    (source / "a.ipynb").write_text("{", encoding="utf-8")
    result = grade("run", source, "-a", "hi-hello", "-o", out, "--format", "json")
    assert json.loads((out / "results.json").read_text(encoding="utf-8")) == json.loads(result.stdout)


@pytest.fixture
def classroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder: the assignment as it was handed out, their notebook, and no solutions."""
    shutil.copytree(ROOT / "assignments", tmp_path / "assignments")
    shutil.copy(UNFINISHED, tmp_path / "mine.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.kernel
def test_self_check_needs_no_solutions(classroom: Path) -> None:
    """Public checks of one task are judged, and no check that needs the reference is spoken of."""
    result = grade("check", "mine.ipynb", "--task", "1.4")
    assert 0 == result.exit_code, result.output
    assert "1.4: 2 of 2 public checks passed" in result.stderr
    assert "predict" in result.output.lower()
    assert "parameter" not in result.stdout.lower()


@pytest.mark.kernel
def test_self_check_tells_what_is_missing(classroom: Path) -> None:
    """A task that is as it was handed out does not pass, and the exit status says so."""
    result = grade("check", "mine.ipynb", "--task", "1.6")
    assert 1 == result.exit_code, result.output
    assert "handed out" in result.output


@pytest.mark.kernel
def test_self_check_names_cells_that_failed(classroom: Path) -> None:
    """A cell that did not end well is named with its error, so that a student knows where to look."""
    notebook = nbformat.read("mine.ipynb", as_version=4)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "answer-1-4") + 1
    notebook.cells.insert(place, nbformat.v4.new_code_cell("undefined_name"))
    nbformat.write(notebook, "mine.ipynb")
    result = grade("check", "mine.ipynb", "--task", "1.4")
    assert f"Cell {place + 1} (1.4): NameError" in result.stdout


@pytest.mark.parametrize(("task", "status"), [("1.4", 1), (None, 0), ("2.2", 0)])
def test_failed_cell_of_a_checked_task_decides_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, task: str | None, status: int
) -> None:
    """Where every check passed, a cell of a checked task that did not end well still says that all is not."""
    result = make_result("kim", {})
    result = result.model_copy(update={"tasks": tuple(t for t in result.tasks if t.id == "1.4")})
    cells = (CellRun(index=4, task=task, status="timeout", error="this cell was \x1b[31mstopped"),)
    monkeypatch.setattr("grader.workflow.check_notebook", lambda *_: (load_exam(), result, cells, "full"))
    done = grade("check", "mine.ipynb")
    assert status == done.exit_code, done.output
    assert "this cell was stopped" in done.stdout


def stop(number: signal.Signals) -> Callable[..., None]:
    """A stand-in for a step of the work that gets a signal while it runs."""

    def raise_signal(*_: object, **__: object) -> None:
        signal.raise_signal(number)

    return raise_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("step", "said"),
    [
        pytest.param("grader.workflow.grade_class", "no report was written", id="while grading"),
        pytest.param("grader.report.files.write_reports", "are not complete", id="while writing"),
        pytest.param("grader.cli.results.print_class", "nothing is lost", id="while printing"),
    ],
)
def test_interruption_tells_what_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, step: str, said: str
) -> None:
    """One line that is true of the moment, exit status 130, and the handlers of before."""
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    graded = SimpleNamespace(assignment=None, result=None, pages={})
    monkeypatch.setattr("grader.workflow.grade_class", lambda *_: graded)
    monkeypatch.setattr("grader.report.files.write_reports", lambda *_: None)
    monkeypatch.setattr(step, stop(number))
    done = grade("run", tmp_path, "-o", tmp_path / "reports")
    assert 130 == done.exit_code, done.output
    assert said in done.stderr
    assert 1 == len(done.stderr.splitlines())
    assert handlers == [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]


def test_ignored_hangup_stays_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run under nohup outlives its terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        graded = SimpleNamespace(assignment=None, result=SimpleNamespace(submissions=()), pages={})
        monkeypatch.setattr("grader.workflow.grade_class", lambda *_: stop(signal.SIGHUP)() or graded)
        monkeypatch.setattr("grader.report.files.write_reports", lambda *_: None)
        monkeypatch.setattr("grader.cli.results.print_class", lambda *_: None)
        assert 0 == grade("run", tmp_path, "-o", tmp_path / "reports").exit_code
    finally:
        signal.signal(signal.SIGHUP, before)


def test_commands_run_outside_the_main_thread(tmp_path: Path) -> None:
    """Only the main thread may set handlers, and a command elsewhere does without them."""
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(grade, "run", tmp_path / "nowhere", "-o", tmp_path / "reports").result()
    assert 2 == result.exit_code, result.output


@pytest.mark.kernel
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_command_cleans_up(classroom: Path, rooms: Path, number: signal.Signals) -> None:
    """It says so, exits with 130, and leaves neither process nor folder."""
    command = [sys.executable, "-m", "grader", "check", "mine.ipynb"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert 130 == process.returncode
    assert "interrupted" in said
    assert [] == list(rooms.iterdir())


@pytest.mark.kernel
def test_self_check_from_a_cell(classroom: Path) -> None:
    """`from grader import check` runs the same check on the notebook that is named, or the only one there."""
    for call in ('check("1.4")', 'check(1.4, notebook="mine.ipynb")'):
        done = subprocess.run(
            [sys.executable, "-c", f"from grader import check; {call}"],
            cwd=classroom,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        assert "1.4" in done.stdout


def test_self_check_asks_which_notebook_is_meant(classroom: Path) -> None:
    """Where two notebooks stand beside each other none is guessed."""
    shutil.copy("mine.ipynb", "other.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", 'from grader import check; check("1.4")'],
        cwd=classroom,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 != done.returncode
    assert 'notebook="' in done.stderr


def test_unknown_task_names_those_there_are(classroom: Path) -> None:
    """The error lists the tasks."""
    result = grade("check", "mine.ipynb", "--task", "9.9")
    assert 2 == result.exit_code
    assert "1.1, 1.2" in result.stderr
