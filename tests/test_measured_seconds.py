"""What stands behind seconds in a table: time awake, backward passes, events of CUDA, and bars."""

import threading
import time
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from value_samples import judge, leave

from grader.probe.collector import Collector
from grader.probe.devices import ClockEvent
from grader.probe.figures import read_figure
from grader.probe.pauses import Pauses

ROWS = [
    {"len": 2000, "backward": True, "cpu": 4.0},
    {"len": 2000, "backward": False, "cpu": 1.0},
]
OPTIONS = {
    "variable": "a",
    "columns": ["len", "backward", "cpu"],
    "rows": [{"len": 2000, "backward": True}, {"len": 2000, "backward": False}],
    "seconds": ["cpu", "gpu"],
    "only_cuda": ["gpu"],
    "trained": {"backward": True},
}


@pytest.mark.parametrize(
    ("seconds", "slept", "backward", "outcome"),
    [
        (5.5, 0.0, 2.5, "passed"),
        (8.5, 3.0, 2.5, "passed"),
        (5.5, 5.0, 2.5, "failed"),
        (5.5, 0.0, 0.0, "failed"),
        (5.5, 0.0, 0.5, "failed"),
    ],
    ids="measured pauses-between sleeps no-backward little-backward".split(),
)
def test_seconds_are_spent_awake_and_on_backward_passes(
    seconds: float, slept: float, backward: float, outcome: str
) -> None:
    """Sleeping costs nothing and counts for nothing; rows with a backward pass need backward passes."""
    evidence = leave({"a": ROWS}, seconds=seconds, slept=slept, backward=backward)
    assert outcome == judge("measured_table", OPTIONS, evidence).outcome


def test_pasted_gpu_column_is_looked_at_without_cuda() -> None:
    """It need not be there, but what is there counts among the seconds that have to be seen."""
    rows = [{**row, "gpu": 20.0} for row in ROWS]
    verdict = judge("measured_table", OPTIONS, leave({"a": rows}, seconds=5.5, backward=2.5))
    assert ("failed", "cannot have been measured" in verdict.message) == (verdict.outcome, True)


def test_backward_passes_of_cuda_tell_no_time() -> None:
    """They return before they are done, so only the columns of the CPU are held against them."""
    rows = [{**row, "gpu": 20.0} for row in ROWS]
    evidence = leave({"a": rows}, seconds=46, backward=2.5, device="cuda")
    assert "passed" == judge("measured_table", OPTIONS, evidence).outcome


@pytest.mark.parametrize("yes", [True, 1, 1.0, "True", "o", "with", "예"])
def test_backward_may_be_said_in_many_ways(yes: Any) -> None:
    """As a truth value, a number or a word."""
    rows = [{**ROWS[0], "backward": yes}, ROWS[1]]
    assert "passed" == judge("measured_table", OPTIONS, leave({"a": rows}, seconds=5.5, backward=2.5)).outcome


def test_pauses_are_those_of_the_task_and_its_own_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What libraries sleep in threads, and what is slept between tasks, is nobody's pause."""
    monkeypatch.setattr(time, "sleep", time.sleep)
    pauses = Pauses()
    pauses.install()
    time.sleep(0.01)
    pauses.task = "1"
    thread = threading.Thread(target=time.sleep, args=(0.01,))
    thread.start()
    thread.join()
    assert 0 == pauses.read("1")
    time.sleep(0.01)
    assert 0.01 <= pauses.read("1")
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    assert 0 == pauses.read("2")


def test_clock_event_measures_milliseconds() -> None:
    """As CUDA's own events do, from one to the other, once both are recorded."""
    start, end = ClockEvent(enable_timing=True), ClockEvent(enable_timing=True)
    start.record()
    with pytest.raises(RuntimeError, match="recorded"):
        start.elapsed_time(end)
    time.sleep(0.01)
    end.record()
    assert 10 <= start.elapsed_time(end)
    assert end.query()


def draw_bars(values: list[float], *, lying: bool = False, groups: int = 1) -> Figure:
    """A figure with a bar for each value, in so many groups."""
    figure = Figure()
    axes = figure.subplots()
    for group in range(groups):
        part = values[group::groups]
        places = np.arange(len(part)) + 0.3 * group
        if lying:
            axes.barh(places, part, height=0.3)
        else:
            axes.bar(places, part, width=0.3)
    return figure


@pytest.mark.parametrize("lying", [False, True])
def test_bars_are_as_long_as_their_values(lying: bool) -> None:
    """Whether they stand or lie."""
    collector = Collector("1")
    read_figure(draw_bars([3.0, 1.0], lying=lying), collector)
    np.testing.assert_allclose([[0, 1], [3, 1]], next(iter(collector.arrays.values())), atol=1e-12)


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [
        (draw_bars([4.0, 1.0]), "passed"),
        (draw_bars([1.0, 4.0], lying=True), "passed"),
        (draw_bars([4.0, 1.0], groups=2), "passed"),
        (draw_bars([4.004, 1.0, 7.0]), "passed"),
        (draw_bars([4.0, 4.0]), "failed"),
        (draw_bars([4.2, 1.0]), "failed"),
    ],
    ids="bars lying grouped rounded one-missing another".split(),
)
def test_bars_show_a_column(figure: Figure, outcome: str) -> None:
    """In any order and grouping, but each of its values."""
    options = {"what": "bars", "table": "a", "columns": ["CPU"]}
    verdict = judge("figure_drawn", options, leave({"a": ROWS}, figures=[figure]), figures=True)
    assert outcome == verdict.outcome


def test_column_that_is_not_there_cannot_be_drawn() -> None:
    """That is no evidence, and not a fault of the grader's."""
    options = {"what": "bars", "table": "a", "columns": ["gpu"]}
    verdict = judge("figure_drawn", options, leave({"a": ROWS}, figures=[draw_bars([4.0])]), figures=True)
    assert ("no_evidence", "no numbers in the column gpu of `a`") == (verdict.outcome, verdict.actual)
