"""What the table that a notebook shows as its fitted values says about where it comes from."""

from collections.abc import Iterator

import numpy as np

from grader.evidence import Array
from grader.judge import facts
from grader.judge.case import Case
from grader.judge.compare import (
    ONE_UPDATE,
    compare_yhat,
    find_difference,
    find_last_fitted,
    find_share_right,
    find_symbol_order,
)
from grader.judge.sentences import name_fault
from grader.results import Diagnosis

NEARLY_ALL = 0.98


def look_at_untrained(case: Case) -> Iterator[Diagnosis]:
    """What a notebook shows that has trained nothing."""
    yhat, sequence = case.evidence.read_yhat(case.task.id), case.assignment.sequence
    if yhat is not None and yhat.ndim == 2:
        if facts.find_same_values(case.evidence, case.task.id, yhat) is not None:
            yield name_fault("copied_values", case.run, exact=True)
        elif sequence is not None and find_symbol_order(yhat.argmax(axis=1), sequence) is not None:
            yield name_fault("hard_coded", case.run, exact=True)
    # A cell that did not end well may have ended before its first step: its error is the cause, and is shown.
    if case.failed_cell is None:
        yield name_fault("not_trained", case.run, exact=True)


def look_at_yhat(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    """What is shown in the place of what was trained."""
    yhat = case.evidence.read_yhat(case.task.id)
    if "fitted_values" not in failed or yhat is None:
        return
    if facts.is_softmax_over_rows(yhat):
        yield name_fault("softmax_axis", case.run, exact=True)
    elif facts.is_one_hot(yhat):
        yield name_fault("hard_coded", case.run, exact=True)
    elif not _is_own_yhat(case, yhat):
        if facts.find_same_values(case.evidence, case.task.id, yhat) is not None:
            yield name_fault("copied_values", case.run, exact=True)
        elif _is_better_than_trained(case, yhat):
            yield name_fault("hard_coded", case.run, exact=False)


def _is_own_yhat(case: Case, yhat: Array) -> bool:
    shown = compare_yhat(case.evidence, case.reference, case.task.id, case.tolerance)
    return shown is None or shown.accepted or _goes_into_loss(case, yhat)


def _goes_into_loss(case: Case, yhat: Array) -> bool:
    """Whether the table itself was given to the loss, which has taken the softmax of it once more."""
    last = find_last_fitted(case.evidence, case.task.id)
    if last is None or last[1].shape != yhat.shape or not np.isfinite(yhat).all():
        return False
    powers = np.exp(yhat - yhat.max(axis=1, keepdims=True))
    return find_difference(powers / powers.sum(axis=1, keepdims=True), last[1]) <= ONE_UPDATE


def _is_better_than_trained(case: Case, yhat: Array) -> bool:
    """Whether a table of probabilities is right everywhere and is not what the training made."""
    targets = case.evidence.read_targets(case.task.id)
    if (
        targets is None
        or yhat.ndim != 2
        or len(yhat) != len(targets)
        or not np.allclose(yhat.sum(axis=1), 1, atol=0.01)
    ):
        return False
    return find_share_right(yhat, targets) > NEARLY_ALL


def predicts_from_the_start(case: Case, fitted: Array) -> bool:
    """Whether fitted values are right nearly everywhere."""
    targets = case.evidence.read_targets(case.task.id)
    return (
        targets is not None and len(targets) == len(fitted) and find_share_right(fitted, targets) > NEARLY_ALL
    )
