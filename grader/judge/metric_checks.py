"""The check on a metric that training has to reach, such as an accuracy."""

from dataclasses import replace

import numpy as np

from grader.evidence import Dossier, Evidence
from grader.judge.case import Case, Finding
from grader.judge.predicted import measure_share
from grader.judge.relabelled import judge_relabelled
from grader.judge.replays import NO_REPLAY
from grader.judge.values import Variable, describe_value, find_value, read_array, require_value
from grader.values import Value

ROUNDED = 5.1e-3
"""How far a metric may lie from its recomputation: rounded to two decimals, or to whole per cent."""
HARDLY = 0.9
"""A loss that has fallen no further may have been low already: a person has to see why."""


def metric_at_least(
    case: Case,
    variable: Variable,
    least: float,
    predictions: Variable | None = None,
    targets: Variable | None = None,
) -> Finding:
    """The metric is as high as it has to be, and the training made it so."""
    expected = f"at least {least:g}, by training"
    claimed = _read_metric(case.evidence, case.task.id, require_value(case, variable, expected), least)
    if claimed is None:
        seen = describe_value(find_value(case.evidence, case.task.id, variable))
        return Finding("failed", expected, seen, f"`{variable}` has to be one number.")
    if predictions is not None and targets is not None:
        require_value(case, predictions, expected)
        real = _measure_share(case, case.evidence, predictions, targets)
        if real is None:
            message = f"`{predictions}` has to hold one class for each of `{targets}`."
            return Finding("failed", expected, "predictions that fit no targets", message)
        if abs(real - claimed) > ROUNDED:
            message = f"`{predictions}` and `{targets}` give another number than `{variable}`."
            return Finding("failed", expected, f"{claimed:.4g} stated, {real:.4g} recomputed", message)
        claimed = real
    if claimed < least:
        return Finding(
            "failed", expected, f"{claimed:.4g}", "Train longer, or find out why it learns so little."
        )
    finding = _judge_untrained(case, expected, claimed, (variable, least, predictions, targets))
    if finding.outcome == "passed" and predictions is not None and targets is not None:
        finding = judge_relabelled(case, finding, predictions, targets, least)
    fall = case.run.fall
    if finding.outcome == "passed" and fall is not None and fall > HARDLY:
        message = f"{finding.message} But the loss only came to {fall:.2g} of its beginning: what made it so?"
        return replace(finding, message=message, needs_review=True)
    return finding


def _judge_untrained(
    case: Case, expected: str, claimed: float, names: tuple[Variable, float, Variable | None, Variable | None]
) -> Finding:
    """Whether the metric comes from training: it must not be as high where that is stopped."""
    if _read_untrained(case, case.reference_dossier, *names, is_reference=True) is None:
        return Finding("passed", expected, f"{claimed:.4g}", "It is high enough.")
    replayed = _read_untrained(case, case.dossier, *names, is_reference=False)
    if replayed is not None and replayed >= names[1]:
        message = (
            "It is as high where the training is stopped after two updates: it does not come from there."
        )
        # Without the number, which the notebook could choose so that it tells the secret seed.
        return Finding("failed", expected, f"{claimed:.4g}, with and without training", message)
    # A replay that should be there and is not has been avoided, or the grader could not make it.
    finding = Finding("passed", expected, f"{claimed:.4g}", "It is high enough.")
    return replace(finding, needs_review=replayed is None, doubt=NO_REPLAY)


def _read_untrained(
    case: Case,
    dossier: Dossier | None,
    variable: Variable,
    least: float,
    predictions: Variable | None,
    targets: Variable | None,
    *,
    is_reference: bool,
) -> float | None:
    """The metric in the replay that stops each training early; None where it says nothing.

    Of the reference it has to lie below what is asked for: else the task is learnt in two updates.
    """
    hidden = dossier.hidden if dossier else None
    value = find_value(hidden, case.task.id, variable)
    if hidden is None or value is None:
        return None
    if predictions is not None and targets is not None:
        metric = _measure_share(case, hidden, predictions, targets)
    else:
        metric = _read_metric(hidden, case.task.id, value, least)
    return metric if metric is None or not is_reference or metric < least else None


def _read_metric(evidence: Evidence, task_id: str, value: Value, least: float) -> float | None:
    array = read_array(evidence, task_id, value)
    if array is None or array.size != 1 or not np.isfinite(array).all():
        return None
    number = float(array.reshape(-1)[0])
    # Many give an accuracy in per cent.
    return number / 100 if least <= 1 < number <= 100 else number


def _measure_share(case: Case, evidence: Evidence, predictions: Variable, targets: Variable) -> float | None:
    """Share of predictions that are right, by the reference's targets; by the notebook's in a self-check."""
    return measure_share(evidence, case.reference or case.evidence, case.task.id, predictions, targets)
