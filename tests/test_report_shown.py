"""What a student's page shows whatever the marks are, rendered once and put into page after page."""

import json
import re
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from exhibit_samples import make_code, make_exhibit, make_notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from report_hostile import HOSTILE, HOSTILE_OUTPUTS, make_marked
from report_samples import load_exam, make_result, make_sample_class, make_ungradable

from grader.exhibits import ShownCell, ShownPage, SubmissionExhibit, TaskExhibit
from grader.records import Language
from grader.report.html import render_page
from grader.report.shown import render_shown
from grader.results import SubmissionResult

EXAM = load_exam()
LANGUAGES: Sequence[Language] = get_args(Language)


def make_hostile_exhibit() -> SubmissionExhibit:
    """Every output that means harm, in cells of a task, of a task that is not judged, and of none."""
    cells = [make_code(HOSTILE, output) for output in HOSTILE_OUTPUTS]
    prose = {"cell_type": "markdown", "source": HOSTILE}
    tasks = (None, "1.1", "9.9", HOSTILE) * len(cells)
    return SubmissionExhibit(notebook=make_notebook(prose, *cells, prose), cell_tasks=tasks)


EXHIBITS = {
    "sample": make_exhibit(),
    "hostile": make_hostile_exhibit(),
    "marked": make_marked(HOSTILE)[1],
    "unreadable": SubmissionExhibit(notebook="{ not JSON", notes=("a note",), method="headings"),
    "no notebook": SubmissionExhibit(notebook="", notes=("a note",)),
    "no numbers": SubmissionExhibit(
        notebook="",
        tasks=(TaskExhibit(task="1.1", fitted=((float("nan"),),), losses=(float("inf"), 0.0)),),
    ),
    "many cells": SubmissionExhibit(notebook=make_notebook(*[make_code("x")] * 500)),
}
SUBMISSIONS: dict[str, SubmissionResult] = {
    **{f"{place}": submission for place, submission in enumerate(make_sample_class().submissions[:6])},
    "ungradable": make_ungradable("kim"),
    "grader error": make_ungradable("kim").model_copy(update={"status": "grader_error"}),
    "without tasks": make_result("kim", {}, tasks=()),
    "marked": make_marked(HOSTILE)[0],
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=EXHIBITS)
def test_kept_parts_make_the_same_pages(exhibit: SubmissionExhibit, language: Language) -> None:
    """Rendered once, kept as JSON and read again, the parts make every submission's page to the letter."""
    kept = render_shown(exhibit, language=language).model_dump_json()
    shown = ShownPage.model_validate_json(kept)
    for name, submission in SUBMISSIONS.items():
        expected = render_page(EXAM, submission, exhibit, language=language)
        assert expected == render_page(EXAM, submission, shown, language=language), name


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=40))
def test_any_text_makes_the_same_page(text: str) -> None:
    """Whatever stands in names, notes and labels, kept parts make the page to the letter."""
    submission, exhibit = make_marked(text)
    kept = render_shown(exhibit).model_dump_json()
    expected = render_page(EXAM, submission, exhibit)
    assert expected == render_page(EXAM, submission, ShownPage.model_validate_json(kept))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_exhibit_is_an_empty_one(language: Language) -> None:
    """A page without an exhibit is that of one which shows nothing."""
    shown = render_shown(SubmissionExhibit(notebook=""), language=language)
    for submission in SUBMISSIONS.values():
        expected = render_page(EXAM, submission, None, language=language)
        assert expected == render_page(EXAM, submission, shown, language=language)


def test_parts_hold_no_mark() -> None:
    """What differs between the pages of full and of no marks stands outside the parts."""
    shown = render_shown(make_exhibit())
    full, none = (render_page(EXAM, make_result("kim", {"1.3": share}), shown) for share in (1.0, 0.0))
    for part in (shown.notes, *shown.tasks.values(), *(cell.html for cell in shown.cells)):
        assert part in full
        assert part in none
    assert [0, 1] == [page.count("> no points</span>") for page in (full, none)]


def test_cells_stand_open_where_points_are_missing() -> None:
    """The cells of a task that has all its points are folded, those of one that lacks some are not."""
    shown = render_shown(make_exhibit())
    for share, cells in ((1.0, '<details class="cells">'), (0.5, '<details class="cells" open>')):
        page = render_page(EXAM, make_result("kim", {"1.3": share}), shown)
        section = page[page.index('<section class="card task" id="task-3"') :].partition("</section>")[0]
        assert cells in section


def test_cells_of_tasks_that_were_not_judged_stand_at_the_end() -> None:
    """A task's cells stand with the task, or, where it was not judged, among the rest in order."""
    shown = render_shown(make_exhibit())
    judged = make_result("kim", {})
    unjudged = judged.model_copy(update={"tasks": tuple(t for t in judged.tasks if t.id != "1.3")})
    rests = [
        render_page(EXAM, submission, shown).partition("The rest of the notebook")[2]
        for submission in (judged, unjudged)
    ]
    numbers = [re.findall(r"<span>Cell (\d+)</span>", rest) for rest in rests]
    assert [["1", "2"], ["1", "2", "3", "4", "5"]] == numbers


def test_parts_are_plain_json() -> None:
    """What is to be kept is strings, numbers and the ids of tasks, in any language's letters."""
    shown = render_shown(make_hostile_exhibit(), language="ko")
    document: Any = json.loads(shown.model_dump_json())
    assert shown.model_dump(mode="json") == document
    assert document["language"] == "ko"
    assert [cell["task"] for cell in document["cells"][:5]] == [None, "1.1", "9.9", HOSTILE, None]


def test_parts_in_another_language_are_refused() -> None:
    """Parts in English do not get into a page in Korean."""
    shown = render_shown(make_exhibit(), language="en")
    with pytest.raises(ValueError, match="'ko' cannot show what was rendered in 'en'"):
        render_page(EXAM, make_result("kim", {}), shown, language="ko")


BAD = "a\x1b[2J\u202eb\ud800c\x85d\x00"


def test_damaged_parts_are_cleaned_again() -> None:
    """Characters that no part is made with neither get into a page nor stop it."""
    damaged = ShownPage.model_construct(
        language="en", notebook="shown", notes=BAD, tasks={"1.1": BAD}, cells_left_out=0, method=BAD,
        cells=tuple(ShownCell.model_construct(task=task, html=BAD) for task in ("1.2", None)),
    )  # fmt: skip
    page = render_page(EXAM, make_result("kim", {}), damaged)
    page.encode()
    assert 5 == page.count("a\ufffd[2J\\u202eb\ufffdc\ufffdd\ufffd")


@pytest.mark.parametrize(
    "kept",
    [
        '{"language": "en", "notebook": "shown", "notes": "\\ud800", "tasks": {}}',
        '{"language": "en", "notebook": "shown", "tasks": {"1.1": 3}}',
        '{"language": "en", "notebook": "shown", "tasks": {}, "verdict": "passed"}',
        '{"language": "en", "notebook": "shown", "tasks": {}, "cel',
        "{}",
    ],
)
def test_damaged_json_is_refused(kept: str) -> None:
    """What was kept and is no longer what was written is found out on reading."""
    with pytest.raises(ValidationError):
        ShownPage.model_validate_json(kept)
