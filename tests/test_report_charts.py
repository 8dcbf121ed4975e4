"""Layout of charts."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.charts import (
    choose_ink,
    choose_losses,
    choose_steps,
    colour_value,
    draw_squares,
    find_largest,
    label_value,
    lay_out_histogram,
    lay_out_losses,
    lay_out_matrix,
    measure_luminance,
    sample_steps,
    subtract,
    thin_steps,
)

LOSSES = st.lists(st.floats(width=64), max_size=60)


def test_histogram_counts_every_score_once() -> None:
    """Scores fall into ten bins of equal width, each including its lower end, the last also full marks."""
    bars = lay_out_histogram([0, 9.99, 10, 70, 99, 100], 100)
    assert [bar.count for bar in bars] == [2, 1, 0, 0, 0, 0, 0, 1, 0, 2]
    assert (bars[0].label, bars[-1].label) == ("0–10", "90–100")


def test_histogram_heights_are_proportional() -> None:
    """A bin with twice as many scores is twice as high, and all stand on one floor."""
    bars = lay_out_histogram([5, 15, 15], 100)
    assert 2 * bars[0].height == bars[1].height
    assert len({bar.y + bar.height for bar in bars}) == 1


def test_losses_are_drawn_on_a_logarithmic_scale() -> None:
    """Equal ratios take equal heights."""
    chart = lay_out_losses([1.0, 0.1, 0.01], [])
    assert chart
    heights = [float(point.split(",")[1]) for point in chart.student[0].split()]
    assert math.isclose(heights[1] - heights[0], heights[2] - heights[1], abs_tol=0.11)
    assert [height for height in heights if not chart.top <= height <= chart.bottom] == []


def test_losses_without_a_logarithm_break_the_curve() -> None:
    """Zero, negative and undefined losses leave a gap and are counted."""
    chart = lay_out_losses([1.0, 0.5, 0.0, math.nan, -1.0, math.inf, 0.25, 0.2], [1.0])
    assert chart
    assert (len(chart.student), chart.not_drawn) == (2, 4)


def test_nothing_to_draw_gives_no_chart() -> None:
    """A training that left only undefined losses has no chart."""
    assert lay_out_losses([math.nan, 0.0], []) is None


@given(LOSSES, LOSSES)
def test_any_losses_can_be_laid_out(student: list[float], reference: list[float]) -> None:
    """Every point of every curve stands inside its chart, with marks on both axes."""
    chart = lay_out_losses(student, reference)
    if chart is None:
        return
    for points in (*chart.student, *chart.reference):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert chart.left <= x <= chart.right
            assert chart.top - 0.1 <= y <= chart.bottom + 0.1
    assert chart.x_ticks
    assert chart.y_ticks


def test_long_curves_keep_their_spikes() -> None:
    """One spike among 8000 steps is still drawn, in far fewer points."""
    losses = [0.5] * 8000
    losses[4321] = 90.0
    steps = thin_steps(losses)
    assert {0, 4321, 7999} <= set(steps)
    assert len(steps) < 500


def test_table_shows_the_steps_that_tell_faults_apart() -> None:
    """The first three steps and the last are always listed, whatever the length."""
    assert {0, 1, 2, 99} <= set(sample_steps(100))
    assert (sample_steps(0), sample_steps(1), sample_steps(2)) == ((), (0,), (0, 1))
    assert len(sample_steps(8000)) < 15


@pytest.mark.parametrize("last", [1, 4, 99, 499, 7999])
def test_steps_are_marked_at_round_numbers(last: int) -> None:
    """The axis has between two and seven marks, evenly apart, from 0 on."""
    steps = choose_steps(last)
    assert steps[0] == 0
    assert 2 <= len(steps) <= 7
    assert len({b - a for a, b in itertools.pairwise(steps)}) == 1


@pytest.mark.parametrize(("low", "high"), [(1e-6, 2.0), (1.2, 1.9), (1.90, 1.91), (1e-300, 1e300)])
def test_every_range_of_losses_has_marks(low: float, high: float) -> None:
    """Two to eight marks, however wide or narrow the range is."""
    marks = choose_losses(low, high)
    assert 2 <= len(marks) <= 8
    assert [mark for mark in marks if not low <= mark <= high] == []


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        (-1.0, "#0000ff"), (0.0, "#ffffff"), (1.0, "#ff0000"), (-7.0, "#0000ff"), (math.inf, "#ff0000"),
        (0.6, "#ff6666"), (-0.6, "#6666ff"),
    ],
)  # fmt: skip
def test_values_are_blue_white_red(value: float, colour: str) -> None:
    """Minus one is blue, zero white, one red, and what lies beyond is cut."""
    assert colour == colour_value(value)


@given(st.floats())
def test_figures_stand_out_from_their_squares(value: float) -> None:
    """Ink and square always have the contrast that WCAG asks for."""
    fill = colour_value(value)
    light, dark = sorted((measure_luminance(fill), measure_luminance(choose_ink(fill))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.0, "0"),
        (0.982, ".98"),
        (0.999, "1"),
        (-0.3, "-.3"),
        (2e-7, "2e-7"),
        (math.nan, "nan"),
        (1.5, "1.5"),
    ],
)
def test_values_are_labelled_in_few_characters(value: float, label: str) -> None:
    """A label is short, and shows a small difference as such rather than as zero."""
    assert label == label_value(value)


def test_matrix_labels_rows_and_columns() -> None:
    """Each value has a square, each row and column its symbol; white space is made visible."""
    image = lay_out_matrix(((1.0, 0.0), (0.0, 1.0)), ("h", " "), ("h", "i", "too many"))
    assert [square.text for square in image.squares] == ["1", "0", "0", "1"]
    assert [label.label for label in image.row_labels] == ["h", "␣"]
    assert [label.label for label in image.column_labels] == ["h", "i"]


def test_ragged_and_huge_matrices_are_cut() -> None:
    """Rows of different length and thousands of values are laid out without failing."""
    assert len(lay_out_matrix(((1.0,), (0.5, math.nan)), (), ()).squares) == 3
    assert len(lay_out_matrix(((0.0,) * 500,) * 500, (), ()).squares) == 320


def test_difference_needs_the_same_shape() -> None:
    """Matrices are subtracted value by value, and not at all if they differ in shape."""
    assert subtract(((1.0, 0.0),), ((0.5, 1.0),)) == ((0.5, -1.0),)
    assert subtract(((1.0,),), ((1.0, 2.0),)) is None
    assert find_largest(((0.5, -1.0),)) == 1.0
    assert math.isnan(find_largest(((math.nan, 1.0),)) or 0)


def test_squares_are_drawn_where_they_stand() -> None:
    """One half is a pale red square beside its row's label and below its column's, its figure in it."""
    (square,) = draw_squares(lay_out_matrix(((0.5,),), ("h",), ("h",)).squares).splitlines()
    assert square == (
        '  <rect x="30.0" y="24.0" width="42" height="24" fill="#ff8080"/>'
        '<text x="51.0" y="40.0" text-anchor="middle" style="fill:#000000">.5</text>'
    )
