"""A class that is graded again after a change of the rubric: new marks, and nothing that is made twice."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_class import make_class

from grader.cli import main
from grader.exhibits import ShownPage, SubmissionExhibit
from grader.records import Language
from grader.report import html, shown
from grader.workflow import bench, jobs, pages

pytestmark = pytest.mark.kernel


def grade() -> dict[str, float]:
    """Grade the class in the working folder; scores by student."""
    done = CliRunner().invoke(main, ["run", "submissions", "-o", "out"])
    assert 0 == done.exit_code, done.output
    entries = json.loads(Path("out/results.json").read_text(encoding="utf-8"))["submissions"]
    return {entry["student"]: entry["score"] for entry in entries}


def change_points(old: str, new: str) -> None:
    """Write the assignment with another rubric."""
    path = Path("assignments/small/assignment.toml")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_changed_rubric_runs_nothing_and_draws_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks and pages follow the rubric, while no notebook is read, run or rendered again."""
    make_class(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = grade()
    page = Path("out/slow-to-learn.html").read_text(encoding="utf-8")
    change_points('"fitted_values", points = 4', '"fitted_values", points = 3004')
    for room, step in ((jobs, "locate_tasks"), (bench, "run_launched"), (pages, "render_shown")):
        monkeypatch.delattr(room, step)
    after = grade()
    assert {"right": 10, "right again": 10} == {name: before[name] for name in ("right", "right again")}
    assert {"right": 3010, "right again": 3010} == {name: after[name] for name in ("right", "right again")}
    assert before["slow to learn"] == after["slow to learn"] == 6
    changed = Path("out/slow-to-learn.html").read_text(encoding="utf-8")
    assert page != changed
    assert page == changed.replace("3004", "4").replace("3008", "8").replace("3010", "10")


def test_page_that_cannot_be_rendered_costs_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks stand, the page says what happened, and nothing of it is kept for the next time."""
    make_class(tmp_path)
    monkeypatch.chdir(tmp_path)
    original = shown.render_shown

    def break_down(exhibit: SubmissionExhibit, *, language: Language) -> ShownPage:
        if exhibit.notebook:
            raise ZeroDivisionError("a bug")
        return original(exhibit, language=language)

    for place in (pages, html):
        monkeypatch.setattr(place, "render_shown", break_down)
    assert 10 == grade()["right"]
    assert "a bug" in Path("out/right.html").read_text(encoding="utf-8")
    for place in (pages, html):
        monkeypatch.setattr(place, "render_shown", original)
    grade()
    assert "a bug" not in Path("out/right.html").read_text(encoding="utf-8")
