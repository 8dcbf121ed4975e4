"""Faults that real small trainings have, and the names that are found for them."""

from typing import Any

import pytest
import torch
from diagnosis_samples import change, copy_targets, diagnose, sharpen, study, train_right
from training_samples import gather

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.judge.sentences import PLACES, SENTENCES
from grader.records import CellRun, TaskRun


@pytest.fixture(scope="module")
def right() -> Dossier:
    """The right network's runs of task 1.1."""
    return train_right()


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "hidden size": ("hidden_size", {"hidden": 9}),
    "no bias": ("bias_missing", {"bias": False}),
    "frozen": ("layer_not_trained", {"frozen": True}),
    "other layer": ("wrong_layer", {"kind": "gru", "functions": ("_VF.gru",)}),
    "SGD": ("optimizer", {"optimizer": torch.optim.SGD}),
    "AdamW": ("optimizer", {"optimizer": torch.optim.AdamW}),
    "betas": ("optimizer", {"settings": {"betas": (0.5, 0.9)}}),
    "weight decay": ("optimizer", {"settings": {"weight_decay": 0.1}}),
    "rate": ("learning_rate", {"settings": {"lr": 0.01}}),
    "schedule": ("learning_rate", {"decay": 0.5}),
    "shift": ("labels_shifted", {"shift": 2}),
    "no shift": ("labels_shifted", {"shift": 0}),
    "softmax": ("softmax_before_loss", {"softmax": True}),
    "seed": ("initial_values", {"seed": 5}),
    "scaled": ("initial_values", {"spread": 2.0}),
    "overflow": ("not_finite", {"spread": float("nan"), "initial_norm": None}),
    "axis": ("softmax_axis", {"shown": lambda logits: torch.softmax(logits, 0)}),
    "one-hot": ("hard_coded", {"shown": copy_targets}),
    "sharp": ("hard_coded", {"shown": sharpen}),
    "too short": ("epochs", {"steps": 3}),
}
"""A fault each that the trace or the values tell without any mutant."""


def learn_fault(options: dict[str, Any]) -> Evidence:
    """The evidence of a fault; what overflowed has no norms to compare."""
    evidence = study(**{name: value for name, value in options.items() if name != "initial_norm"})
    if "initial_norm" not in options:
        return evidence
    run = evidence.run.tasks[0]
    tensors = tuple(each.model_copy(update={"initial_norm": None}) for each in run.tensors)
    return gather(run.model_copy(update={"tensors": tensors}), arrays=dict(evidence.arrays))


@pytest.mark.parametrize("name", list(FAULTS))
def test_fault_is_named(small: Assignment, right: Dossier, name: str) -> None:
    """The first fault named is the one built in, in both languages, with the line where it stands."""
    code, options = FAULTS[name]
    found = diagnose(small, learn_fault(options), right)
    assert code == next(iter(found), None)
    assert found[code].message.startswith(SENTENCES[code].en)
    assert found[code].message_ko.startswith(SENTENCES[code].ko)
    assert (code in PLACES) == found[code].message.endswith("Cell 3, line 3: here()")
    assert (code in PLACES) == found[code].message_ko.endswith(
        "위에서 3번째 셀(설명 셀 포함)의 3번째 줄: here()"
    )


def test_right_network_has_no_fault(small: Assignment, right: Dossier) -> None:
    """Trained as long as the reference, it is told nothing."""
    assert {} == diagnose(small, study(steps=40), right)


FINGERPRINTS = {
    "no_zero_grad": {"zero_grad": False},
    "state_reset": {"reset": True},
    "state_detached": {"detach": True},
    "activation": {"relu": True},
    "initial_values": {"spread": 0.5},
}


@pytest.mark.parametrize("code", list(FINGERPRINTS))
def test_fingerprint_that_agrees_names_its_code(small: Assignment, right: Dossier, code: str) -> None:
    """Of several mutants the one whose first steps the network has is named, as sure as can be."""
    prints = tuple(
        Fingerprint(each, each, "mutant", study("mutant", **options))
        for each, options in FINGERPRINTS.items()
    )
    found = diagnose(small, study(**FINGERPRINTS[code]), right, fingerprints=prints)
    assert [(code, "exact")] == [(fault.code, fault.confidence) for fault in found.values()]


def test_fingerprint_of_gates_names_them(small: Assignment) -> None:
    """In an LSTM whose gates are exchanged the mutant is known by its first steps."""
    mutant = Fingerprint("gate_order", "gates", "mutant", study("mutant", kind="lstm", permute=True))
    found = diagnose(
        small,
        study("1.4", kind="lstm", permute=True),
        study("1.4", kind="lstm"),
        "1.4",
        (mutant,),
    )
    assert ["gate_order"] == list(found)


def test_fingerprint_that_does_not_agree_is_not_named(small: Assignment, right: Dossier) -> None:
    """A mutant that agrees at the first step alone, or not at all, names nothing."""
    once = Fingerprint("activation", "once", "mutant", study("mutant", steps=1))
    other = Fingerprint("state_reset", "reset", "mutant", study("mutant", reset=True))
    found = diagnose(small, study(zero_grad=False), right, fingerprints=(once, other))
    assert not {"activation", "state_reset"} & set(found)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("vanishing_gradients", {"gradients": {0: 1e-9, 1: 1e-8}}),
        ("exploding_gradients", {"gradients": {0: 1.0, 1: 1e6}}),
        ("saturated", {"saturated": 0.95}),
        ("saturated", {"saturated": 0.95, "gradients": {0: 1.0}}),
    ],
)
def test_health_is_told_where_nothing_else_is(
    small: Assignment, right: Dossier, code: str, changes: dict[str, Any]
) -> None:
    """A network of no known fault is told what its gradients and its hidden values show."""
    found = diagnose(small, change(study(zero_grad=False), **changes), right)
    assert [(code, "likely")] == [(fault.code, fault.confidence) for fault in found.values()]


def test_large_inputs_saturate_and_large_losses_do_not_count_as_faults(small: Assignment) -> None:
    """The share of hidden values at the ends is what torch's own training has; small ones are no fault."""
    wide = study(spread=30.0)
    assert wide.run.tasks[0].saturated is not None and wide.run.tasks[0].saturated > 0.8
    plain = study(zero_grad=False)
    assert not {"saturated", "vanishing_gradients", "exploding_gradients"} & set(
        diagnose(small, plain, study(steps=40))
    )


ENDINGS = ("ok", "error", "timeout", "died", "skipped")


@pytest.mark.parametrize("status", ENDINGS)
def test_a_failed_cell_is_not_told_that_no_step_is_called(
    small: Assignment, right: Dossier, status: Any
) -> None:
    """That nothing was updated is told only where the cell ended well: else its error is the cause."""
    cell = CellRun(index=0, task="1.1", status=status, error=None if status == "ok" else "NameError: y")
    found = diagnose(small, gather(TaskRun(task="1.1"), cells=(cell,)), right)
    assert (["not_trained"] if status == "ok" else []) == list(found)
