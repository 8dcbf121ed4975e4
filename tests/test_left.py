"""What a task leaves is read piece by piece: one that cannot be read costs no other."""

from typing import Any

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.figure import Figure
from value_samples import leave

from grader.judge.metric_checks import ROUNDED
from grader.judge.values import read_table
from grader.probe.figures import FigureWatch
from grader.probe.left import read_left
from grader.probe.ownership import Ownership
from grader.probe.places import Places
from grader.probe.sampling import PassSampler
from grader.probe.trace import Trace
from grader.values import Column, Left, NumberValue, TableValue


@pytest.fixture
def trace() -> Trace:
    """That of a task which trains nothing."""
    places = Places()
    return Trace(
        Ownership(places, []),
        places,
        keep=(),
        keep_every=False,
        stop_after=None,
        sampler=PassSampler(0),
        earlier={},
        report=lambda step, loss: None,
    )


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> FigureWatch:
    """Holds what a task draws, until the test ends."""
    monkeypatch.setattr(Figure, "__init__", Figure.__init__)
    watch = FigureWatch()
    watch.begin("1")
    return watch


def leave_all(trace: Trace, figures: FigureWatch, **variables: Any) -> tuple[Left, dict[str, Any]]:
    """What is read of these variables and of all figures."""
    asked = {"variables": list(variables), "figures": True}
    return read_left("1", asked, variables, figures, trace, Ownership(Places(), []))


def test_figure_that_cannot_be_read_costs_no_other(trace: Trace, figures: FigureWatch) -> None:
    """A line of unlike lengths, which matplotlib itself could not draw, beside a variable and a good line."""
    broken, good = plt.figure().add_subplot(), plt.figure().add_subplot()
    broken.plot([1, 2, 3])[0].set_ydata([1, 2])
    good.plot([4, 5])
    left, arrays = leave_all(trace, figures, accuracy=0.5)
    plt.close("all")
    assert {"accuracy": NumberValue(value=0.5)} == left.values
    assert [[4.0, 5.0]] == [array[1].tolist() for array in arrays.values()]
    assert 1 == len(left.figures)
    assert ["a figure could not be read: ValueError"] == [note[:38] for note in trace.faults]


def test_circle_is_no_bar(trace: Trace, figures: FigureWatch) -> None:
    """It has a height, and no corner; the line beside it is read."""
    axes = plt.figure().add_subplot()
    axes.add_patch(plt.Circle((0.5, 0.5), 0.1))
    axes.plot([1, 2])
    left, _ = leave_all(trace, figures)
    plt.close("all")
    assert [["line"]] == [
        [each.what for each in axes.drawn] for figure in left.figures for axes in figure.axes
    ]
    assert [] == trace.faults


def test_tensor_without_values_is_known_by_its_shape(trace: Trace, figures: FigureWatch) -> None:
    """One on torch's meta device has no number that could be asked for."""
    left, arrays = leave_all(trace, figures, empty=torch.zeros((), device="meta"), accuracy=0.5)
    assert {"empty", "accuracy"} == set(left.values)
    assert {} == arrays
    assert [] == trace.faults


def test_table_is_no_longer_than_its_cells() -> None:
    """Whatever number of rows it claims: a loop over them would not end."""
    claimed = TableValue(columns=(Column(name="cpu", dtype="float64", cells=(1.0, 2.0)),), rows=10**15)
    table = read_table(leave(), "1", claimed)
    assert table is not None
    assert 2 == table.rows


@pytest.mark.parametrize(("shown", "real"), [(0.97, 0.9652), (97, 0.9652), (0.965, 0.9652)])
def test_metric_may_be_rounded_to_two_decimals(shown: float, real: float) -> None:
    """As teachers and students write it, per cent included."""
    assert abs((shown / 100 if shown > 1 else shown) - real) <= ROUNDED
