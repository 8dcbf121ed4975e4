"""What the terminal shows."""

import io

import pytest
from report_samples import load_exam, make_class, make_result, make_sample_class, make_ungradable
from rich.cells import cell_len
from rich.console import Console, RenderableType

from grader.report.text import render_result, render_summary
from grader.report.words import TASK_MARKS
from grader.results import Outcome

EXAM = load_exam()
NAMED: dict[str, float | Outcome] = {"1.1": 0.5, "1.2": 0.0, "1.4": "not_reached", "1.5": "grader_error"}


def show(renderable: RenderableType, width: int = 80, *, terminal: bool = False) -> str:
    """What a console of that width prints."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
    )
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_summary_fits_its_width(width: int) -> None:
    """No line is wider than asked for, Hangul counted as two columns, and every name begins a line."""
    lines = show(render_summary(make_sample_class(), width), 200).splitlines()
    assert [line for line in lines if cell_len(line) > width] == []
    for name in ("김철수", "이영희", "Alexandra", "오세훈"):
        assert [line for line in lines if line.startswith(name)]


def test_narrow_summary_shows_a_sign_a_task() -> None:
    """At 80 columns the exam's eleven tasks take one sign each, in groups, and the signs are explained."""
    text = show(render_summary(make_class(make_result("김철수", {**NAMED, "2.4": 0.0})), 80))
    assert "~✗✓-!✓ ✓✓✓✗✓" in text
    assert "1.1 1.2 1.3 1.4 1.5 1.6  2.1 2.2 2.3 2.4 2.5" in text
    assert "~ part of the points" in text


@pytest.mark.parametrize("width", [50, 60, 80])
def test_explanations_of_signs_stay_whole(width: int) -> None:
    """No sign's explanation goes on in the next line."""
    lines = show(render_summary(make_class(make_result("kim", {})), width), width).splitlines()
    for mark in TASK_MARKS.values():
        assert [line for line in lines if f"{mark.icon} {mark.word}" in line], mark
    assert [line for line in lines if cell_len(line.rstrip()) > width] == []


def test_wide_summary_shows_points() -> None:
    """Where there is room each task has a column of points."""
    text = show(render_summary(make_class(make_result("kim", {"1.1": 0.5})), 160), 160)
    row = next(line for line in text.splitlines() if line.startswith("kim"))
    assert ["13.5", *["15"] * 5, *["2"] * 5] == row.split()[-11:]


def test_columns_stand_below_each_other() -> None:
    """Names in Hangul and in Latin letters leave the following columns in one line."""
    lines = show(
        render_summary(make_class(make_result("김철수", {}), make_result("Ada", {})), 80)
    ).splitlines()
    places = [cell_len(line[: line.index("100 / 100")]) for line in lines if "100 / 100" in line]
    assert len(places) == 2
    assert len(set(places)) == 1


def test_summary_names_what_could_not_be_graded() -> None:
    """Below the table stand the sums, and each ungradable file with its reason."""
    result = make_class(make_result("kim", {"1.1": "not_reached"}), make_ungradable("오세훈"))
    text = " ".join(show(render_summary(result, 80)).split())
    assert "1 graded, 1 could not be graded, mean 85, median 85, 1 to be reviewed, 5 min 12 s" in text
    assert "✗ 오세훈.ipynb: The file is empty. Ask for it again." in text


def test_empty_class_has_a_summary() -> None:
    """A class without submissions is summed up without failing."""
    assert "0 graded" in show(render_summary(make_class(), 80))


def test_self_check_shows_outcomes_in_signs_and_words() -> None:
    """Each check has sign, word and points; what failed says what was expected, found, and what to do."""
    submission = make_result("kim", NAMED)
    text = " ".join(show(render_result(EXAM, submission)).split())
    assert "✓ Parameter count: passed, 3 / 3" in text
    assert "✗ Fitted values: failed, 0 / 6" in text
    assert "expected: the reference's fitted values found: up to 1.0e-02 away" in text
    assert "Why: Tasks 1.2 and 1.3 are trained with different seeds" in text
    for task in submission.tasks:
        for check in task.checks:
            assert check.message in text
    assert f"In all {submission.score:g} / 100" in text


def test_self_check_is_plain_without_a_terminal() -> None:
    """Colours are for terminals; a file or a pipe gets the same words without escapes."""
    renderable = render_result(EXAM, make_result("kim", NAMED))
    assert "\x1b[" in show(renderable, terminal=True)
    assert "\x1b" not in show(renderable)


def test_self_check_hangs_its_lines() -> None:
    """A long message goes on below itself and not below the sign."""
    text = show(render_result(EXAM, make_result("kim", {"1.2": 0.0})), 50)
    lines = text.splitlines()
    assert [line for line in lines if cell_len(line) > 50] == []
    place = next(number for number, line in enumerate(lines) if "Look at data" in line)
    assert lines[place + 1].startswith("    ")


def test_self_check_of_an_ungradable_notebook_gives_the_reason() -> None:
    """What is wrong and what to do stands in one sentence."""
    text = show(render_result(EXAM, make_ungradable("kim", "It is a PDF. Hand in the notebook.")))
    assert "could not be graded: It is a PDF. Hand in the notebook." in text


def test_titles_follow_the_language() -> None:
    """Task titles are shown in the language asked for."""
    assert "직접 만든 LSTM" in show(render_result(EXAM, make_result("kim", {}), language="ko"))


@pytest.mark.parametrize(
    "name", ["\x1b]0;owned\x07kim", "[red]kim[/red]", "a\nb", "\u202ekim", "[/]", "\x9b31mkim"]
)
def test_hostile_names_do_not_reach_the_terminal(name: str) -> None:
    """Names and messages cannot send escapes, break the table or pose as markup."""
    result = make_class(make_result(name, {}), make_ungradable(name, name))
    text = show(render_summary(result, 80)) + show(render_result(EXAM, make_ungradable(name, name)))
    assert set() == set(text) & set("\x1b\x07\x9b\u202e")
    if name.startswith("["):
        assert name in text
