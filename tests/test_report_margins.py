"""What a calibration measured, in a table and in a picture."""

import io
import math
from xml.etree import ElementTree

import pytest
from calibration_samples import ALONE, CLEAR, OVERLAPPING, collect, measure
from rich.console import Console

from grader.assignment.spec import Assignment
from grader.assignment.tolerance import Gap, TaskCalibration
from grader.report.margins import describe_scores, draw_margins, list_gaps, render_margins

SVG = "{http://www.w3.org/2000/svg}"
TASKS = {"1.1": measure(CLEAR, OVERLAPPING, ALONE), "1.6": measure(CLEAR, missed=("a", "b"))}


def attach(exam: Assignment, **tasks: TaskCalibration) -> Assignment:
    """The exam with these figures."""
    return exam.model_copy(update={"calibration": collect(**tasks)})


def print_table(exam: Assignment, **tasks: TaskCalibration) -> str:
    """The table as a terminal of 80 columns shows it."""
    console = Console(width=80, file=io.StringIO())
    console.print(render_margins(attach(exam, **tasks), "cpu"))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_table_has_a_row_for_every_gap(exam: Assignment) -> None:
    """Its figures, the nearest fault's name and, marked, an overlap; a task is named once."""
    table = print_table(exam, **TASKS)
    assert max(map(len, table.splitlines())) <= 80
    heading, *rows = [line.split() for line in table.splitlines()]
    assert "Task Step Noise Tolerance Nearest fault Margin".split() == heading
    assert "1.1 step 0 1.0e-06 1.0e-05 1.0e-04 optimizer_adamw 100x".split() == rows[0]
    assert "step 1 1.0e-06 8.0e-07 1.2e-06 no_zero_grad 1.2x !".split() == rows[1]
    assert "step 2 1.0e-06 1.0e-05 - -".split() == rows[2]
    assert ["later", "1.6", "later"] == [row[0] for row in rows[3:]]


@pytest.mark.parametrize("name", ["layer_not_trained_second_decoder", "bias_missing_" + "source_" * 30])
def test_long_names_keep_the_table_narrow(exam: Assignment, name: str) -> None:
    """A name as long as the exam's longest stands in full, and none is too long for 80 columns."""
    table = print_table(exam, **{"1.1": measure(Gap(noise=1e-6, nearest=1e-4, mutant=name))})
    assert max(map(len, table.splitlines())) <= 80
    assert len(name) > 40 or name in table


@pytest.mark.parametrize("name", ["layer_not_trained_nets[i]", "layer_not_trained_nets[/a]", "nets\\[b]"])
def test_names_are_no_markup(exam: Assignment, name: str) -> None:
    """A mutant is called as the reference writes its layer, brackets included."""
    assert name in print_table(exam, **{"1.1": measure(Gap(noise=1e-6, nearest=1e-4, mutant=name))})


def test_scores_name_what_is_missed(exam: Assignment) -> None:
    """One line a task, for those without a miss too."""
    lines = describe_scores(attach(exam, **TASKS), "cpu")
    assert ["1.1: 20 of 20 mutants caught", "1.6: 18 of 20 mutants caught; missed: a, b"] == lines


def test_scores_name_what_has_no_effect(exam: Assignment) -> None:
    """A mutant that changes nothing is named beside the others, missed or not."""
    tasks = {"1.1": measure(idle=("a",)), "1.2": measure(missed=("b",), idle=("c", "d"))}
    lines = describe_scores(attach(exam, **tasks), "cpu")
    assert "1.1: 20 of 20 mutants caught; without effect: a" == lines[0]
    assert "1.2: 19 of 20 mutants caught; missed: b; without effect: c, d" == lines[1]


def test_gaps_are_listed_task_by_task(exam: Assignment) -> None:
    """First steps in order, then what came later."""
    listed = list_gaps(attach(exam, **TASKS).calibration.devices["cpu"])
    expected = [("1.1", "step 0"), ("1.1", "step 1"), ("1.1", "step 2"), ("1.1", "later")]
    assert [*expected, ("1.6", "step 0"), ("1.6", "later")] == [(task, step) for task, step, _ in listed]
    assert [CLEAR, OVERLAPPING, ALONE, ALONE, CLEAR, ALONE] == [gap for _, _, gap in listed]


def draw(exam: Assignment, **tasks: TaskCalibration) -> ElementTree.Element:
    """The picture, parsed."""
    return ElementTree.fromstring(draw_margins(attach(exam, **tasks), "cpu"))


def test_picture_says_every_row_in_words(exam: Assignment) -> None:
    """Well-formed SVG with a title, and a text for those who do not see it in every row."""
    picture = draw(exam, **TASKS)
    assert f"{SVG}svg" == picture.tag
    assert "hi-hello, cpu, torch 2.13.0" == picture.findtext(f"{SVG}title")
    texts = [row.findtext(f"{SVG}title") for row in picture.iter(f"{SVG}g")]
    assert 6 == len(texts)
    noise = "noise up to 1.0e-06"
    assert f"1.1, step 0: {noise}, tolerance 1.0e-05, nearest fault 1.0e-04 (optimizer_adamw)" == texts[0]
    assert f"1.1, step 2: {noise}, tolerance 1.0e-05, no fault" == texts[2]
    labels = [row.findtext(f"{SVG}text") for row in picture.iter(f"{SVG}g")]
    assert ["1.1, step 0", "1.6, later"] == [labels[0], labels[-1]]


def test_picture_is_logarithmic(exam: Assignment) -> None:
    """Noise, tolerance and fault, ten times apart each, stand equally far apart, as ticks do."""
    row = next(draw(exam, **{"1.1": measure(CLEAR)}).iter(f"{SVG}g"))
    noise, mark = row.findall(f"{SVG}rect")
    fault = row.find(f"{SVG}circle")
    assert fault is not None
    ends = float(noise.get("x", 0)) + float(noise.get("width", 0)), float(mark.get("x", 0)) + 1.5
    places = [*ends, float(fault.get("cx", 0))]
    assert math.isclose(places[1] - places[0], places[2] - places[1], abs_tol=0.2)
    ticks = [float(line.get("x1", 0)) for line in draw(exam, **TASKS).iter(f"{SVG}line")]
    assert math.isclose(ticks[1] - ticks[0], places[1] - places[0], abs_tol=0.2)


@pytest.mark.parametrize("size", [0.0, 1e-30, 1.0, 1e9])
def test_nothing_is_drawn_outside_the_axis(exam: Assignment, size: float) -> None:
    """Sizes beyond its ends stand at its ends."""
    picture = draw(exam, **{"1.1": measure(Gap(noise=size, nearest=size))})
    ticks = [float(line.get("x1", 0)) for line in picture.iter(f"{SVG}line")]
    for row in picture.iter(f"{SVG}g"):
        for circle in row.findall(f"{SVG}circle"):
            assert ticks[0] <= float(circle.get("cx", 0)) <= ticks[-1]
        for box in row.findall(f"{SVG}rect"):
            left = float(box.get("x", 0))
            assert ticks[0] - 2 <= left <= left + float(box.get("width", 0)) <= ticks[-1] + 2


def test_names_do_not_break_the_picture(exam: Assignment) -> None:
    """Signs of XML in a mutant's name are its name."""
    name = "layer_<a>&\"b'</title>"
    row = next(draw(exam, **{"1.1": measure(Gap(noise=1e-6, nearest=1e-4, mutant=name))}).iter(f"{SVG}g"))
    assert f"({name})" in (row.findtext(f"{SVG}title") or "")
