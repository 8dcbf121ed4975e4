"""Images of fitted values: those of the training that was seen, beside whatever else they show."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from training_samples import gather, train
from value_samples import judge

from grader.evidence import Evidence
from grader.probe.collector import Collector
from grader.probe.figures import read_figure
from grader.records import CellRun, name_fitted, name_targets, name_yhat
from grader.values import Left

STEPS = 5
OPTIONS = {"what": "image", "shape": [6, 15], "fitted": True}


def draw(evidence: Evidence, values: Any) -> Evidence:
    """The evidence of a task whose cell drew these values to the right of eight columns of hidden ones."""
    rows = np.asarray(values, dtype=float)[-6:]
    hidden = np.sin(np.arange(48.0)).reshape(6, 8)[: len(rows)]
    figure = Figure()
    figure.add_subplot().matshow(np.hstack([hidden, rows]), vmin=-1, vmax=1)
    collector = Collector("1")
    left = Left(figures=(read_figure(figure, collector),))
    run = evidence.run.tasks[0].model_copy(update={"left": left})
    cell = CellRun.model_validate({"index": 0, "task": "1", "status": "ok", "seconds": 1.0})
    return gather(run, arrays={**evidence.arrays, **collector.arrays}, cells=(cell,))


def find_outcome(evidence: Evidence, values: Any, **runs: Evidence) -> str:
    """The verdict on drawing these values."""
    return judge(
        "figure_drawn", OPTIONS, draw(evidence, values), kind="training", figures=True, **runs
    ).outcome


@pytest.fixture(scope="module")
def trained() -> Evidence:
    """Five steps."""
    return train("1", steps=STEPS)


@pytest.mark.parametrize("kept", [None, "before", "after"])
def test_values_before_the_last_update_are_shown(kept: str | None) -> None:
    """Whatever the notebook keeps."""
    evidence = train("1", steps=STEPS, yhat=kept)
    assert "passed" == find_outcome(evidence, evidence.read_fitted("1", STEPS - 1))


def test_values_after_the_last_update_are_shown(trained: Evidence) -> None:
    """The reference knows them, where it trained longer."""
    longer = train("1", steps=STEPS + 1)
    assert "passed" == find_outcome(trained, longer.read_fitted("1", STEPS), reference=longer)


def test_other_values_are_not_shown(trained: Evidence) -> None:
    """Targets, values of another network, and values of the first step come from elsewhere."""
    targets = np.eye(7)[trained.arrays[name_targets("1")]]
    other = train("1", steps=STEPS, seed=1).read_fitted("1", STEPS - 1)
    for values in (targets, other, trained.read_fitted("1", 0), np.full((6, 7), 1 / 7)):
        assert "failed" == find_outcome(trained, values)


def test_values_of_a_wrong_loss_are_shown() -> None:
    """What the notebook keeps is its network's: a softmax too many in the loss is told elsewhere."""
    evidence = train("1", steps=STEPS, softmax_before_loss=True)
    twice = evidence.arrays[name_fitted("1", STEPS - 1)].astype(np.float64)
    logarithms = np.log(twice)
    # The softmax of the kept values is what the loss made of them, and each row of them sums to one.
    once = logarithms + (1 - logarithms.sum(1, keepdims=True)) / 7
    evidence.arrays[name_yhat("1")] = once.astype(np.float32)
    hidden = train("1", steps=2, seed=5, softmax_before_loss=True)
    assert "passed" == find_outcome(evidence, once, hidden=hidden)
    assert "failed" == find_outcome(evidence, once[::-1], hidden=hidden)


def test_kept_values_that_nothing_computes_are_not_shown() -> None:
    """They are the same under another seed."""
    evidence = train("1", steps=STEPS, yhat="copied")
    targets = np.eye(7)[evidence.arrays[name_targets("1")]]
    assert "failed" == find_outcome(evidence, targets, hidden=train("1", steps=2, seed=5, yhat="copied"))


def test_without_a_training_there_is_nothing_to_show() -> None:
    """An image alone is no evidence."""
    evidence = draw(train("1", steps=STEPS), np.full((6, 7), 1 / 7))
    bare = gather(evidence.run.tasks[0].model_copy(update={"fitted_steps": ()}), arrays=dict(evidence.arrays))
    assert "no_evidence" == judge("figure_drawn", OPTIONS, bare, kind="training", figures=True).outcome
