"""What is read of figures is what their record says, whatever else matplotlib puts into them."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from grader.probe.collector import Collector
from grader.probe.figures import read_figure
from grader.values import Left, list_kept, name_value


def draw_colour_bar(figure: Figure) -> None:
    """An image with its scale beside it."""
    figure.colorbar(figure.add_subplot().matshow(np.eye(3), cmap="bwr", vmin=-1, vmax=1))


def draw_one_point(figure: Figure) -> None:
    """A line, and a single point on it."""
    axes = figure.add_subplot()
    axes.plot([3.0, 1.0, 2.0])
    axes.scatter([1], [1])


def draw_areas(figure: Figure) -> None:
    """Areas between curves, and contours."""
    first, second = figure.subplots(1, 2)
    first.fill_between([0, 1, 2], [1, 2, 3])
    second.contourf(np.arange(16.0).reshape(4, 4))


@pytest.mark.parametrize("draw", [draw_colour_bar, draw_one_point, draw_areas])
def test_arrays_are_those_that_the_record_speaks_of(draw: Callable[[Figure], None]) -> None:
    """One more or less, and nothing of the task would be evidence."""
    figure, collector = Figure(), Collector("1")
    draw(figure)
    left = Left(figures=(read_figure(figure, collector),))
    named = {name_value("1", kept.array) for kept in list_kept(left) if kept.array is not None}
    assert set(collector.arrays) == named
