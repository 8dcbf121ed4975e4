"""Where a quick run says that its verdicts are provisional."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from exhibit_samples import make_exhibit
from report_samples import ROOT, load_exam, make_result, make_sample_class
from rich.console import Console

from grader.assignment.load import load_assignment
from grader.cli.main import main
from grader.cli.results import print_check
from grader.report.files import write_reports
from grader.report.text import render_summary
from grader.report.words import OUTCOMES, judge_tone
from grader.results import ClassResult, TaskResult
from grader.workflow import Graded, Settings

EXAM = load_exam()
LESSON = load_assignment(ROOT / "assignments" / "mnist-lstm" / "assignment.toml")
TASKS = (*EXAM.task, *LESSON.task)


def make_quick_class() -> ClassResult:
    """The sample class, graded quickly; one student has a task that is open."""
    result = make_sample_class()
    run = result.run.model_copy(update={"mode": "quick"})
    first = make_result("김철수", {"1.3": "undecided"})
    return result.model_copy(update={"run": run, "submissions": (first, *result.submissions[1:])})


def read_statuses(folder: Path) -> list[str]:
    """The statuses in `grades.csv`."""
    with (folder / "grades.csv").open(encoding="utf-8-sig") as file:
        return [row["status"] for row in csv.DictReader(file)]


def test_every_file_says_that_it_is_provisional(tmp_path: Path) -> None:
    """Each page does in both languages, the table in each student's row, the results in their run."""
    result = make_quick_class()
    write_reports(tmp_path, EXAM, result, {result.submissions[0].file: make_exhibit()})
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")]
    assert len(result.submissions) + 1 == len(pages)
    assert all("<strong>Provisional:</strong>" in page and "잠정 결과입니다" in page for page in pages)
    expected = ["provisional" if each.status == "graded" else each.status for each in result.submissions]
    assert expected == read_statuses(tmp_path)
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert "quick" == document["run"]["mode"]


def test_full_run_says_nothing_of_it(tmp_path: Path) -> None:
    """Written over the reports of a quick run, those of a full one leave no label behind."""
    write_reports(tmp_path, EXAM, make_quick_class(), {})
    write_reports(tmp_path, EXAM, make_sample_class(), {})
    assert not any("rovisional" in path.read_text(encoding="utf-8") for path in tmp_path.glob("*.*"))


@pytest.mark.parametrize("width", [60, 100, 160])
def test_terminal_says_it_before_the_table_and_after(width: int) -> None:
    """The line above the table, and the sum below it."""
    console = Console(width=width)
    with console.capture() as capture:
        console.print(render_summary(make_quick_class(), width))
    text = " ".join(capture.get().split())
    assert text.startswith("Provisional: this is a quick run")
    assert "graded provisionally" in text


def test_open_task_is_neither_failed_nor_passed() -> None:
    """It has a word and a sign of its own, and no points."""
    task = next(task for task in make_quick_class().submissions[0].tasks if task.id == "1.3")
    assert ("none", 0) == (judge_tone(task), task.points)
    assert "not decided yet" == OUTCOMES["undecided"].word
    assert len(OUTCOMES) == len({mark.icon for mark in OUTCOMES.values()})


@pytest.mark.parametrize(("options", "mode"), [((), "full"), (("--mode", "quick"), "quick")])
def test_mode_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], mode: str
) -> None:
    """A class is graded in full unless `--mode quick` stands there."""
    heard: list[Settings] = []

    def pretend(source: Path, name: str | None, settings: Settings, listener: Any) -> Graded:
        heard.append(settings)
        return Graded(EXAM, make_quick_class(), {}, {})

    monkeypatch.setattr("grader.workflow.grade_class", pretend)
    arguments = ["run", str(tmp_path), "--out", str(tmp_path / "out"), *options]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert [mode] == [settings.mode for settings in heard]
    assert "Provisional: this is a quick run" in " ".join(result.output.split())


def test_self_check_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever checks quickly is told to check in full before handing in."""
    print_check(EXAM, make_result("kim", {}), (), "short")
    assert capsys.readouterr().out.startswith("Provisional: this quick check trained on a shorter text.")
    print_check(EXAM, make_result("kim", {}), (), "quick")
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Provisional: this quick check stopped every training after its first steps")
    assert "trained on" not in said
    print_check(EXAM, make_result("kim", {}), ())
    assert "Provisional" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("values", "values"), "stopped no training of the tasks that it checked."),
        (("values", "true_false"), "stopped no training of the tasks that it checked."),
        (("values", "training"), "stopped the training of 2 after its first steps."),
    ],
)
def test_self_check_names_only_what_it_stopped(
    kinds: tuple[str, str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is judged by the values it leaves trains to its end, and nobody is told that it was stopped."""
    options = {kind: next(task for task in TASKS if task.kind == kind) for kind in set(kinds)}
    chosen = [options[kind].model_copy(update={"id": f"{place}"}) for place, kind in enumerate(kinds, 1)]
    judged = tuple(TaskResult(id=task.id, points=0, max_points=1, checks=()) for task in chosen)
    print_check(
        EXAM.model_copy(update={"task": tuple(chosen)}), make_result("kim", {}, tasks=judged), (), "quick"
    )
    assert f"Provisional: this quick check {expected}" in " ".join(capsys.readouterr().out.split())
