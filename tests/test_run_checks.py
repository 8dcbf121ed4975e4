"""Verdicts on what a task trained and drew, honest and not."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from value_samples import judge, leave, summarise

FALLING = list(2.0 * 0.97 ** np.arange(100) + 0.01 * np.sin(np.arange(100)))
"""Losses of 100 steps, from 2 to about 0.1."""


def draw(*curves: Any) -> Figure:
    """A figure with one line for each of the curves."""
    figure = Figure()
    axes = figure.subplots()
    for curve in curves:
        axes.plot(curve)
    return figure


def show(images: list[Any], **kwargs: Any) -> Figure:
    """A figure with one plot for each image."""
    figure = Figure()
    for place, image in enumerate(images):
        figure.add_subplot(1, len(images), place + 1).imshow(image, **kwargs)
    return figure


@pytest.mark.parametrize(
    ("losses", "outcome"),
    [
        (FALLING, "passed"),
        (FALLING[::-1], "failed"),
        (FALLING[:5], "failed"),
        ([1.0] * 100, "failed"),
        ([*FALLING[:50], float("nan")], "failed"),
    ],
)
def test_training_curve_is_what_the_grader_recorded(losses: list[float], outcome: str) -> None:
    """It falls, lasts long enough, and is a number throughout."""
    assert outcome == judge("training_curve", {}, leave(losses=losses)).outcome


@pytest.mark.parametrize(
    ("fall", "outcome"),
    [(None, "passed"), (0.01, "passed"), (0.7, "passed"), (0.98, "failed"), (3.0, "failed")],
)
def test_loss_has_to_fall_by_itself(fall: float | None, outcome: str) -> None:
    """Not by a factor that falls; where a loss was written by hand nobody can tell."""
    assert outcome == judge("training_curve", {}, leave(losses=FALLING, fall=fall)).outcome


@pytest.mark.parametrize(
    ("noted", "outcome"),
    [
        (FALLING, "passed"),
        (FALLING[::10], "passed"),
        (FALLING[9::10], "passed"),
        (list(np.reshape(FALLING, (10, 10)).mean(1)), "passed"),
        (list(np.reshape(FALLING, (10, 10)).sum(1)), "passed"),
        ([*FALLING, 0.05], "passed"),
        (list(np.linspace(2, 0.1, 10)), "failed"),
        (list(np.array(FALLING) * 0.5), "failed"),
        ([0.1], "failed"),
        ([], "failed"),
        ("falling", "failed"),
    ],
    ids="all first last means sums one-more straight-line halved one none text".split(),
)
def test_noted_losses_are_those_of_the_training(noted: Any, outcome: str) -> None:
    """Each step, each tenth, or the mean of ten are right; a curve that was made up is not."""
    verdict = judge("training_curve", {"variable": "a"}, leave({"a": noted}, losses=FALLING))
    assert outcome == verdict.outcome


def test_loss_that_nobody_saw_is_no_evidence() -> None:
    """A list of falling numbers is no training."""
    verdict = judge("training_curve", {"variable": "a"}, leave({"a": FALLING}))
    assert "no_evidence" == verdict.outcome


def test_figure_shows_the_recorded_losses() -> None:
    """A line of the losses themselves, or of every tenth; not one of other numbers."""
    options = {"losses": True}
    for curve, outcome in ((FALLING, "passed"), (FALLING[::10], "passed"), (FALLING[::-1], "failed")):
        evidence = leave(figures=[draw(curve)], losses=FALLING)
        assert outcome == judge("figure_drawn", options, evidence, figures=True).outcome
    assert "no_evidence" == judge("figure_drawn", options, leave(losses=FALLING), figures=True).outcome
    failed = leave(losses=FALLING, status="error")
    assert "not_reached" == judge("figure_drawn", options, failed, figures=True).outcome


def test_figure_shows_every_variable_asked_for() -> None:
    """Two curves are asked for: one alone is not enough, nor are other data."""
    options = {"of": ["a", "b"]}
    variables = {"a": [3.0, 2.0, 1.0], "b": np.array([4.0, 3.0, 3.5])}
    for figure, outcome in (
        (draw(variables["b"], variables["a"]), "passed"),
        (draw(variables["a"]), "failed"),
        (draw(variables["a"], [4.0, 3.0, 3.4]), "failed"),
    ):
        verdict = judge("figure_drawn", options, leave(variables, figures=[figure]), figures=True)
        assert outcome == verdict.outcome


@pytest.mark.parametrize(
    ("images", "limits", "outcome"),
    [
        (25, (-1, 1), "passed"),
        (24, (-1, 1), "failed"),
        (25, (0, 1), "failed"),
    ],
)
def test_images_are_counted_by_shape_and_colours(images: int, limits: tuple[int, int], outcome: str) -> None:
    """A grid of 25 images of (6, 7), coloured from -1 to 1."""
    options = {"what": "image", "count": 25, "shape": [6, 7], "limits": [-1, 1]}
    figure = show([np.full((6, 7), 0.5)] * images, vmin=limits[0], vmax=limits[1], cmap="bwr")
    assert outcome == judge("figure_drawn", options, leave(figures=[figure]), figures=True).outcome


def test_image_shows_the_variable() -> None:
    """The image's numbers are the variable's."""
    options = {"what": "image", "of": ["a"]}
    for shown, outcome in ((np.eye(3), "passed"), (np.ones((3, 3)), "failed")):
        evidence = leave({"a": np.eye(3)}, figures=[show([shown])])
        assert outcome == judge("figure_drawn", options, evidence, figures=True).outcome


def test_images_that_are_alike_are_one() -> None:
    """Where each has to show data of its own, the same one drawn three times is not enough."""
    options = {"what": "image", "count": 3, "distinct": True}
    for images, outcome in (
        ([np.full((2, 2), number / 3) for number in range(3)], "passed"),
        ([np.eye(2)] * 3, "failed"),
    ):
        evidence = leave(figures=[show(images, vmin=-1, vmax=1)])
        assert outcome == judge("figure_drawn", options, evidence, figures=True).outcome


RUNS = {"variable": "a", "kind": "net", "score": "gap", "better": "LSTM", "worse": "RNN", "least_runs": 5}


def make_runs(better: list[float], worse: list[float]) -> list[dict[str, Any]]:
    """One row a run."""
    return [{"net": "LSTM", "gap": each} for each in better] + [{"net": "rnn", "gap": each} for each in worse]


def train_runs(lstm: int = 5, rnn: int = 5, *, same: bool = False, steps: int = 50) -> list[Any]:
    """Trainings as the grader saw them; all with the same end if asked for."""
    kinds = ["LSTM"] * lstm + ["RNN"] * rnn
    return [
        summarise(number, kind, 0.3 if same else 0.3 + number / 100, steps)
        for number, kind in enumerate(kinds)
    ]


HIGH, LOW, MIXED = [0.9, 0.8, 0.95, 0.7, 0.85], [0.1, 0.3, 0.2, 0.6, 0.4], [0.9, 0.1, 0.8, 0.2, 0.5]


@pytest.mark.parametrize(
    ("rows", "trainings", "outcome"),
    [
        (make_runs(HIGH, LOW), train_runs(), "passed"),
        (make_runs(HIGH, LOW), train_runs(7, 7), "passed"),
        (make_runs(LOW, HIGH), train_runs(), "failed"),
        (make_runs(MIXED, MIXED), train_runs(), "failed"),
        (make_runs(HIGH[:4], LOW[:4]), train_runs(), "failed"),
        (make_runs(HIGH, LOW), train_runs(1, 1), "failed"),
        (make_runs([*HIGH, 0.9, 0.9], LOW), train_runs(), "failed"),
        (make_runs(HIGH, LOW), train_runs(5, 5, same=True), "failed"),
        (make_runs(HIGH, LOW), train_runs(steps=2), "failed"),
        (make_runs(HIGH, LOW), train_runs(10, 0), "failed"),
        (1.0, train_runs(), "failed"),
    ],
    ids="honest more reversed no-difference few pasted rows-added one-seed untrained one-kind number".split(),
)
def test_runs_are_compared_by_what_was_trained(rows: Any, trainings: list[Any], outcome: str) -> None:
    """The share of pairs decides, and each row needs a training of its own that the grader has seen."""
    verdict = judge("compares_runs", RUNS, leave({"a": rows}, trainings=trainings))
    assert outcome == verdict.outcome, verdict.actual


ENDS = [0.3 + number / 100 for number in range(10)]
"""What the trainings of `train_runs` ended with: five LSTMs, then five RNNs."""


@pytest.mark.parametrize(
    ("noted", "outcome"),
    [
        (ENDS, "passed"),
        (ENDS[4::-1] + ENDS[:4:-1], "passed"),
        ([end + 0.02 for end in ENDS], "passed"),
        ([0.001] * 5 + [1.4] * 5, "failed"),
        ([*ENDS[:9], 0.5], "failed"),
        ([None, *ENDS[1:]], "failed"),
    ],
    ids="noted any-order after-the-update made-up one-made-up lacking".split(),
)
def test_noted_losses_are_those_of_the_runs(noted: list[float | None], outcome: str) -> None:
    """Each row's loss is what a training of its own ended with, about."""
    rows = [{**row, "loss": loss} for row, loss in zip(make_runs(HIGH, LOW), noted, strict=True)]
    evidence = leave({"a": rows}, trainings=train_runs())
    verdict = judge("compares_runs", {**RUNS, "loss": "loss"}, evidence)
    assert outcome == verdict.outcome, verdict.actual


def test_column_of_losses_that_is_asked_for_has_to_be_there() -> None:
    """Without it nothing ties the table to what was trained."""
    evidence = leave({"a": make_runs(HIGH, LOW)}, trainings=train_runs())
    assert "failed" == judge("compares_runs", {**RUNS, "loss": "loss"}, evidence).outcome


@pytest.mark.parametrize(("tie", "outcome"), [(0.0, "passed"), (0.05, "failed")])
def test_runs_that_hardly_differ_are_even(tie: float, outcome: str) -> None:
    """A network that is better by a hundredth each time is not ahead where that says nothing."""
    rows = make_runs([0.91, 0.92, 0.93, 0.94, 0.95], [0.9] * 5)
    verdict = judge("compares_runs", {**RUNS, "tie": tie}, leave({"a": rows}, trainings=train_runs()))
    assert outcome == verdict.outcome, verdict.actual
