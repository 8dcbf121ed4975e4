"""Verdicts on how networks are set up, shown and stopped, honest and not."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from training_samples import gather
from value_samples import SUBMISSION, describe_assignment, judge, leave

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.score import judge_submission
from grader.probe.networks import digest_tensors
from grader.records import CellMap, TaskRun
from grader.values import Configured, Epoch, Left, TrainingSummary

KERAS_STOPPER = "keras.src.callbacks.early_stopping.EarlyStopping"


def stack(**settings: Any) -> torch.nn.Module:
    """Two recurrent layers with something between them."""
    return torch.nn.Sequential(
        torch.nn.LSTM(4, 3, **settings), torch.nn.Dropout(0.3), torch.nn.LSTM(3, 3), torch.nn.Linear(3, 1)
    )


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ([{"layer": "LSTM", "hidden_size": 3}, {"layer": "LSTM", "input_size": 3}], "passed"),
        ([{"layer": "LSTM", "bidirectional": True}, {"layer": "LSTM", "bidirectional": False}], "passed"),
        ([{"layer": "LSTM", "bidirectional": False}, {"layer": "LSTM", "bidirectional": True}], "failed"),
        ([{"layer": "LSTM"}] * 3, "failed"),
        ([{"layer": "Linear"}, {"layer": "LSTM"}], "failed"),
        ([{"dropout": 0.3}], "passed"),
        ([{"dropout": 0.5}], "failed"),
        ([{"layer": "LSTM", "bidirectional": 1}], "failed"),
        ([{"layer": "GRU"}], "failed"),
    ],
)
def test_layers_are_looked_for_in_their_order(settings: list[dict[str, Any]], outcome: str) -> None:
    """Each stands behind the one before it; a truth value is no number; a rate may be that of any layer."""
    options = {"variable": "net", "settings": settings}
    verdict = judge("layer_settings", options, leave({"net": stack(bidirectional=True)}))
    assert outcome == verdict.outcome


def test_what_is_no_network_has_no_layers() -> None:
    """And says so."""
    options = {"variable": "net", "settings": [{"layer": "LSTM"}]}
    assert "failed" == judge("layer_settings", options, leave({"net": 3})).outcome
    assert "no_evidence" == judge("layer_settings", options, leave()).outcome


NET, OTHER = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)


@pytest.mark.parametrize(
    ("printed", "outcome"),
    [
        ([(NET, 3)], "passed"),
        ([(OTHER, 3), (NET, 0), (NET, 3)], "passed"),
        ([(NET, 0)], "failed"),
        ([(OTHER, 3)], "failed"),
        ([], "failed"),
    ],
)
def test_summary_has_to_be_the_networks_own(printed: list[tuple[Any, int]], outcome: str) -> None:
    """Of this very object, once it has its parameters; one of the same shape is another."""
    verdict = judge("summary_shown", {"variable": "net"}, leave({"net": NET}, printed=printed))
    assert outcome == verdict.outcome


def copy_of(network: torch.nn.Module, *, by: float = 0.0) -> torch.nn.Module:
    """A network of the same shape and values, moved a little if asked for."""
    copied = torch.nn.Linear(2, 1)
    copied.load_state_dict(network.state_dict())
    copied.weight.data += by
    return copied


@pytest.mark.parametrize(
    ("other", "outcome"),
    [(copy_of(NET), "passed"), (copy_of(NET, by=1e-3), "failed"), (OTHER, "failed"), (3, "failed")],
)
def test_networks_hold_the_same_numbers(other: Any, outcome: str) -> None:
    """To the last bit, in whatever object."""
    verdict = judge("same_parameters", {"variables": ["net", "a"]}, leave({"net": NET, "a": other}))
    assert outcome == verdict.outcome


def log(
    scores: Sequence[float],
    *,
    networks: Sequence[torch.nn.Module] = (),
    train: Sequence[float] = (),
    **stopper: Any,
) -> TrainingSummary:
    """A training whose epochs logged these, with a callback that is set up so."""
    callback = Configured(name=KERAS_STOPPER, settings={"monitor": "val_loss", **stopper})
    return TrainingSummary(
        number=0,
        steps=10 * len(scores),
        layers=(),
        parameters=3,
        epochs=tuple(
            Epoch(
                logs={"loss": train[number] if train else score, "val_loss": score},
                digest=digest_tensors(networks[number].parameters()) if networks else "",
            )
            for number, score in enumerate(scores)
        ),
        callbacks=(callback,) if stopper else (),
    )


@pytest.mark.parametrize(
    ("training", "outcome"),
    [
        (log([5, 4, 3, 3.5, 3.2, 3.1], patience=3), "passed"),
        (log([5, 4, 3, 3.5, 3.2, 3.1]), "passed"),
        (log([5, 4, 3, 2, 1], patience=3), "passed"),
        (log([5, 4, 3, 2, 1]), "failed"),
        (log([5, 4, 3, 2, 1], patience=5), "failed"),
        (log([5, 4, 3, 2, 1], patience=3, monitor="loss"), "failed"),
        (log([5, 4, 3, 3.5, 3.2, 3.1], patience=5), "failed"),
        (log([5, 4, 3, 3.5, 3.2, 3.1, 3.3], patience=3), "failed"),
    ],
)
def test_training_ends_when_nothing_gets_better(training: TrainingSummary, outcome: str) -> None:
    """It did, or would have; a training that goes on, or that nothing would have stopped, fails."""
    assert outcome == judge("stops_early", {"patience": 3}, leave(trainings=[training])).outcome


def test_training_without_epochs_tells_nothing() -> None:
    """A loop of the notebook's own does not say where its epochs end."""
    verdict = judge("stops_early", {"patience": 3}, leave(trainings=[log([])]))
    assert "no_evidence" == verdict.outcome


EPOCHS = [copy_of(NET, by=number) for number in range(4)]


@pytest.mark.parametrize(
    ("held", "stopper", "outcome"),
    [
        (1, {}, "passed"),
        (3, {}, "failed"),
        (2, {}, "failed"),
        (2, {"min_delta": -0.05}, "passed"),
        (3, {"min_delta": -0.05}, "failed"),
        (None, {}, "failed"),
    ],
)
def test_best_epoch_is_the_one_that_is_held(held: int | None, stopper: dict[str, Any], outcome: str) -> None:
    """Told by the numbers in the network, not by what the notebook says of them."""
    training = log([5, 3, 3.01, 4], networks=EPOCHS, patience=3, **stopper)
    network = OTHER if held is None else EPOCHS[held]
    verdict = judge("keeps_best_epoch", {"variable": "net"}, leave({"net": network}, trainings=[training]))
    assert outcome == verdict.outcome


def gather_both(own: TrainingSummary, other: TrainingSummary) -> Evidence:
    """Evidence where task 1 trained the one and task 2 the other."""
    runs = [TaskRun(task=name, left=Left(trainings=(each,))) for name, each in (("1", own), ("2", other))]
    return gather(*runs)


def judge_gap(own: TrainingSummary, other: TrainingSummary, known: TrainingSummary | None = None) -> str:
    """The outcome of task 1 after such trainings; `known` is what the reference trained in task 2."""
    described = describe_assignment("narrows_gap", {"task": "2"}, public=True, needs=["2"], others=["2"])
    references = {(): (Dossier(gather_both(known, known)),)} if known else None
    cells = CellMap(tasks=("1", "2"), changed=(True, True), method="metadata")
    result = judge_submission(
        Assignment.model_validate(described),
        SUBMISSION,
        cells,
        Dossier(gather_both(own, other)),
        references,
        only_tasks=["1"],
    )
    return result.tasks[0].checks[0].outcome


@pytest.mark.parametrize(
    ("own", "other", "outcome"),
    [
        (log([2] * 6, train=[1] * 6), log([3] * 6, train=[1] * 6), "passed"),
        (log([3] * 6, train=[1] * 6), log([3] * 6, train=[1] * 6), "failed"),
        (log([1] * 5, train=[2] * 5), log([9] * 3 + [1] * 3, train=[1] * 6), "passed"),
        (log([2] * 4, train=[1] * 4), log([3] * 4, train=[1] * 4), "failed"),
        (log([2] * 6, train=[1] * 6), log([]), "no_evidence"),
    ],
)
def test_gap_is_that_of_the_later_epochs_that_both_have(
    own: TrainingSummary, other: TrainingSummary, outcome: str
) -> None:
    """Equal gaps are not narrower, and a few epochs tell nothing."""
    assert outcome == judge_gap(own, other)


@pytest.mark.parametrize(("known", "outcome"), [(4, "passed"), (3, "failed"), (None, "failed")])
def test_gap_of_a_wrong_network_is_none_to_be_measured_by(known: float | None, outcome: str) -> None:
    """Where nothing was learnt by heart in the other task, the reference's gap there counts."""
    own, other = log([3] * 6, train=[1] * 6), log([1] * 6, train=[1] * 6)
    reference = None if known is None else log([known] * 6, train=[1] * 6)
    assert outcome == judge_gap(own, other, reference)
