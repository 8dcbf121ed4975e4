"""What replays tell of real small trainings: where they part, and whose gradients theirs are."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from replay_samples import SECRET, SEED, TASK, TOLERANCE, learn, learn_reference
from training_samples import gather, train

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.replays import (
    compare_replays,
    explains_values,
    list_parted_at_start,
)
from grader.records import name_fitted


@pytest.fixture(scope="module")
def reference() -> Dossier:
    """What all runs of the right network left."""
    return learn_reference()


def compare(expected: Evidence | None, actual: Evidence | None) -> Any:
    """How two replays of the first task compare."""
    return compare_replays(expected, actual, TASK, TOLERANCE)


def test_sample_is_what_the_shared_one_trains() -> None:
    """Both trainers of these tests make the same values, so that what is measured here is theirs."""
    expected, actual = train(steps=3), learn()
    for name in (name_fitted(TASK, step) for step in range(3)):
        np.testing.assert_allclose(expected.arrays[name], actual.arrays[name], rtol=0, atol=1e-5)


def test_same_network_agrees_under_every_seed(reference: Dossier) -> None:
    """A loss that is summed is the same network; the largest difference is told."""
    found = compare(reference.hidden, learn(seed=SECRET, reduction="sum"))
    assert found.parted_at is None
    assert 0 <= found.difference <= TOLERANCE.early


@pytest.mark.parametrize(("fault", "step"), [({"seed": SEED}, 0), ({"seed": SECRET, "lr": 0.01}, 1)])
def test_replays_part_where_they_differ(reference: Dossier, fault: dict[str, Any], step: int) -> None:
    """Values of the full run's seed part at once, a wrong rate behind the first update."""
    assert reference.hidden is not None
    actual = learn(**fault)
    found = compare(reference.hidden, actual)
    name = name_fitted(TASK, step)
    expected = np.abs(reference.hidden.arrays[name].astype(float) - actual.arrays[name].astype(float)).max()
    assert step == found.parted_at
    assert expected == found.difference


def test_replays_of_other_lengths_part_at_once(reference: Dossier) -> None:
    """What cannot be compared row by row does not agree."""
    arrays = {name: array[:500] for name, array in learn(seed=SECRET).arrays.items()}
    assert 0 == compare(reference.hidden, replace(learn(seed=SECRET), arrays=arrays)).parted_at


def test_replay_that_is_not_there_tells_nothing(reference: Dossier) -> None:
    """Without one of the two, or without values in it, there is no comparison."""
    assert compare(reference.hidden, None) is compare(None, reference.hidden) is None
    assert compare(reference.hidden, gather()) is None


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}])
def test_gradients_of_the_same_network_explain_its_values(options: dict[str, Any]) -> None:
    """The loss's scale is no part of it: a sum over 999 rows is as good as a mean."""
    assert explains_values(learn(), learn(**options), TASK)


def test_sum_is_known_without_its_losses() -> None:
    """Where the losses were not seen, a sum over the rows is tried."""
    actual = learn(reduction="sum")
    arrays = {name: array for name, array in actual.arrays.items() if not name.endswith("/losses")}
    assert explains_values(learn(), replace(actual, arrays=arrays), TASK)


@pytest.mark.parametrize("options", [{"seed": 3}, {"seed": 3, "reduction": "sum"}, {"lr": 0.5}])
def test_another_networks_gradients_explain_nothing(options: dict[str, Any]) -> None:
    """Shown beside a network of other values, the reference's values are foreign to it."""
    assert not explains_values(learn(), learn(**options, shown=learn()), TASK)


def test_gradients_that_were_not_seen_accuse_nobody() -> None:
    """Without gradients, or without the task, there is nothing to say."""
    assert explains_values(learn(), train(steps=3), TASK)
    assert explains_values(learn(), gather(), TASK)


def test_only_what_differs_before_the_first_update_is_replayed(exam: Assignment, reference: Dossier) -> None:
    """A wrong rate parts at step 1 and is not listed; another seed parts at step 0 and is."""
    assert set() == list_parted_at_start(exam, learn(lr=0.01), reference.full)
    assert {TASK} == list_parted_at_start(exam, learn(seed=SEED + 1), reference.full)
