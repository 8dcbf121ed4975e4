"""What a person has still to mark is told apart from what needs a look."""

import csv
import io
import json
from typing import Any, cast

import pytest
from import_samples import list_nbgrader_cells
from page_reader import Page
from report_samples import load_exam, make_class, make_result
from test_import_nbgrader import import_cells
from test_report_text import show

from grader.assignment.spec import Assignment
from grader.judge.assertion_checks import marked_by_hand
from grader.judge.case import Case
from grader.report.files import build_grades, build_results
from grader.report.html import render_index, render_page
from grader.report.text import render_result, render_summary
from grader.report.words import list_by_hand
from grader.results import Outcome, SubmissionResult, TaskResult, Verdict


@pytest.fixture(scope="module")
def essay(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """An imported assignment whose last task, `why`, is marked by hand."""
    return import_cells(tmp_path_factory.mktemp("essay"), list_nbgrader_cells())


def make_essay(student: str, outcome: Outcome = "undecided", **changes: Any) -> SubmissionResult:
    """A submission whose task `why` ended so, and whose task `mean` waits for a full run."""
    finding = marked_by_hand(cast(Case, None))
    checks = {
        "mean": ("assertions_hold", "undecided", 3.0),
        "why": ("marked_by_hand", outcome, 2.0),
    }
    tasks = tuple(
        TaskResult(
            id=task,
            points=0,
            max_points=points,
            checks=(
                Verdict(
                    name=name,
                    outcome=cast(Outcome, ended),
                    points=0,
                    max_points=points,
                    expected=finding.expected,
                    actual=finding.actual,
                    message=finding.message,
                ),
            ),
        )
        for task, (name, ended, points) in checks.items()
    )
    return make_result(student, {}, tasks=tasks, score=0.0, max_score=5.0, **changes)


def test_waiting_for_a_person_is_no_suspicion() -> None:
    """Everybody's essay waits, so that alone sends nobody to the review."""
    finding = marked_by_hand(cast(Case, None))
    assert ("undecided", False) == (finding.outcome, finding.needs_review)


def test_only_open_checks_of_a_person_count() -> None:
    """A check that quick mode leaves open is none, and a task that a rule took needs no mark."""
    assert ("why",) == list_by_hand(make_essay("ada"))
    assert () == list_by_hand(make_essay("ada", "not_reached"))


def test_terminal_counts_both_apart() -> None:
    """One has to be looked at, two to be marked, and the third is done."""
    essays = (make_essay("ada"), make_essay("bob", needs_review=True), make_result("eve", {}))
    lines = show(render_summary(make_class(*essays), 100), 100).splitlines()
    said = {line.split()[0]: line for line in lines if line.startswith(("ada", "bob", "eve"))}
    assert "> by hand" in said["ada"]
    assert "! review > by hand" in said["bob"]
    assert "✓" in said["eve"]
    assert any("1 to be reviewed, 2 to be marked by hand" in line for line in lines)


def test_one_result_names_the_tasks(essay: Assignment) -> None:
    """A submission's own summary says which tasks are not in the score."""
    said = show(render_result(essay, make_essay("ada")))
    assert "> To be marked by hand, and not in the score yet: why" in said
    assert "A person has to look" not in said


def test_pages_show_both_apart(essay: Assignment) -> None:
    """The class's page counts them apart and marks each row; a student's page names the tasks."""
    essays = (make_essay("ada"), make_essay("bob", needs_review=True))
    text = Page(render_index(essay, make_class(*essays), ["ada.html", "bob.html"])).text
    assert "To be reviewed1 To be marked by hand2" in text
    assert (1, 2) == (text.count("! needs review"), text.count("> to be marked by hand"))
    assert "> to be marked by hand: why" in Page(render_page(essay, essays[0], None)).text


def test_pages_without_such_tasks_say_nothing_of_it() -> None:
    """An exam that the grader marks whole has pages as before."""
    exam, result = load_exam(), make_result("ada", {})
    for page in (render_index(exam, make_class(result), ["ada.html"]), render_page(exam, result, None)):
        assert "by hand" not in page


def test_last_column_of_the_table_names_the_tasks(essay: Assignment) -> None:
    """A spreadsheet can be sorted by what is left to be marked; the column is there for such tasks alone."""
    essays = (make_essay("ada"), make_essay("bob", "not_reached"))
    header, *rows = csv.reader(io.StringIO(build_grades(essay, make_class(*essays))))
    assert ["by_hand", "why", ""] == [row[-1] for row in (header, *rows)]
    assert ["no", "no"] == [row[header.index("needs_review")] for row in rows]
    exam = build_grades(load_exam(), make_class(make_result("ada", {})))
    assert "by_hand" not in exam


def test_programs_find_it_by_name_and_outcome() -> None:
    """The schema of results.json is what it was: the check says so itself."""
    (found,) = json.loads(build_results(make_class(make_essay("ada"))))["submissions"]
    assert found["needs_review"] is False
    check = found["tasks"][1]["checks"][0]
    assert ("marked_by_hand", "undecided") == (check["name"], check["outcome"])
