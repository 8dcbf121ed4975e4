"""Values that no training of the task has made, and networks that start from what is not theirs."""

from typing import Any

import numpy as np
import pytest
import torch
from diagnosis_samples import OWN, SECRET, change, diagnose, sharpen, study, train_right
from training_samples import gather, join

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.records import TaskRun, name_fitted, name_yhat


@pytest.fixture(scope="module")
def right() -> Dossier:
    """The right network's runs of task 1.1."""
    return train_right()


def show(values: Any) -> Evidence:
    """A task that trained nothing, and these values in `yhat`."""
    return gather(TaskRun(task="1.2", yhat="yhat"), arrays={name_yhat("1.2"): np.asarray(values)})


def test_nothing_trained_is_named(small: Assignment, right: Dossier) -> None:
    """Without a step there is nothing else to be told."""
    found = diagnose(small, gather(TaskRun(task="1.1")), right)
    assert [("not_trained", "exact")] == [(fault.code, fault.confidence) for fault in found.values()]


@pytest.mark.parametrize("code", ["copied_values", "hard_coded"])
def test_values_without_training_are_told_apart(small: Assignment, right: Dossier, code: str) -> None:
    """Another task's last values are copied; a table that spells the text is written down."""
    first = study()
    values = first.arrays[name_fitted("1.1", 3)] if code == "copied_values" else sharpen(torch.empty(0))
    found = diagnose(small, join(first, show(values)), study("1.2"), "1.2")
    assert [code, "not_trained"] == list(found)


def test_values_of_another_task_beside_a_training_are_copied(small: Assignment) -> None:
    """A variable that holds what another task has made is named, though this task has trained."""
    first = study("1.2", seed=5)
    values = torch.from_numpy(first.arrays[name_fitted("1.2", 3)])
    own = join(first, study(shown=lambda logits: values))
    assert "copied_values" == next(iter(diagnose(small, own, study())))


def test_start_from_a_trained_network_is_copied(small: Assignment, right: Dossier) -> None:
    """Tensors that start from what another task has trained are named with that task."""
    own = study(seed=5)
    tensors = tuple(each.model_copy(update={"copied_from": "1.2"}) for each in own.run.tasks[0].tensors)
    found = diagnose(small, change(own, tensors=tensors), right)
    assert "1.2" in found["copied_values"].message
    assert "1.2" in found["copied_values"].message_ko


@pytest.mark.parametrize(
    ("code", "hidden"),
    [("hard_coded", {}), ("copied_values", {"seed": SECRET, "settings": {"lr": 0.2}})],
)
def test_hidden_replay_tells_written_from_copied_values(
    small: Assignment, right: Dossier, code: str, hidden: dict[str, Any]
) -> None:
    """Under another seed written values stay where they were; copied ones follow it, and part later."""
    found = diagnose(small, Dossier(right.full, study(**hidden)), right)
    assert [(code, "likely")] == [(fault.code, fault.confidence) for fault in found.values()]


def test_right_before_the_first_update_is_hard_coded(small: Assignment, right: Dossier) -> None:
    """What predicts everything before it has learnt anything was given the answers."""
    values = sharpen(torch.empty(0)).numpy()
    arrays = {name_fitted("1.1", step): values for step in range(4)}
    found = diagnose(small, change(study(), arrays=arrays), right)
    assert ("hard_coded", "likely") == (found["hard_coded"].code, found["hard_coded"].confidence)


def test_other_order_of_creation_is_named_and_costs_nothing(small: Assignment, right: Dossier) -> None:
    """The same network with its output layer built first gets a note."""
    own = Dossier(
        study(steps=40, output_first=True),
        hidden=study(seed=SECRET, output_first=True),
        order_free=study(seed=SECRET, output_first=True, by_layer=True),
    )
    assert ["creation_order"] == list(diagnose(small, own, right))


@pytest.mark.parametrize(("replayed", "confidence"), [(True, "exact"), (False, "likely")])
def test_seeds_that_differ_are_named_with_their_numbers(
    small: Assignment, replayed: bool, confidence: str
) -> None:
    """It is sure where the replay as submitted has shown it, and likely by the seeds alone."""
    cell = study("1.2", steps=40, seeds=(12,))
    own = study("1.3", steps=40, seeds=(34,), modules=(OWN,), functions=())
    submitted = join(study("1.2", seed=12), study("1.3", seed=34)) if replayed else None
    found = diagnose(small, Dossier(join(cell, own), submitted=submitted), own, "1.3")
    assert [("seeds_differ", confidence)] == [(fault.code, fault.confidence) for fault in found.values()]
    for message in (found["seeds_differ"].message, found["seeds_differ"].message_ko):
        assert "12" in message and "34" in message


def test_tasks_that_differ_under_one_seed_differ_in_more_than_seeds(small: Assignment) -> None:
    """Where the networks themselves are unlike, seeds are not what parts them."""
    cell = study("1.2", spread=2.0, seeds=(12,))
    own = study("1.3", seeds=(34,), modules=(OWN,), functions=())
    assert "seeds_differ" not in diagnose(small, join(cell, own), own, "1.3")


def test_forbidden_layer_is_named(small: Assignment) -> None:
    """A class of one's own around torch's RNN is trained with another layer than the task asks for."""
    right = study("1.3", modules=(OWN,), functions=())
    wrapped = study("1.3", modules=(*study().run.tasks[0].modules, OWN))
    assert "wrong_layer" == next(iter(diagnose(small, join(study("1.2"), wrapped), right, "1.3")))


@pytest.mark.parametrize("steps", [4, 60])
def test_table_that_went_into_the_loss_is_no_table_written_down(small: Assignment, steps: int) -> None:
    """Who gives the loss a softmax shows what the network has made: that fault alone is named."""
    own = study(steps=steps, softmax=True, shown=lambda logits: torch.softmax(logits, 1))
    found = diagnose(small, own, study(steps=steps))
    assert "softmax_before_loss" in found
    assert not {"hard_coded", "copied_values"} & set(found)
