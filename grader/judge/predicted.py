"""Predicted classes and the labels that they are held against."""

import numpy as np

from grader.evidence import Array, Evidence
from grader.judge.values import find_value, read_array


def read_predicted(evidence: Evidence, task_id: str, name: str) -> Array | None:
    """Predicted classes, (entries,): as they stand, or each row's largest score; None if there are none."""
    array = _read(evidence, task_id, name)
    if array is None or array.ndim == 0 or not array.size:
        return None
    if array.ndim == 2 and array.shape[1] > 1:
        array = np.argmax(array, axis=1)
    return array.reshape(-1)


def read_labels(evidence: Evidence, task_id: str, name: str) -> Array | None:
    """Labels, (entries,); None if there are none."""
    array = _read(evidence, task_id, name)
    return None if array is None else array.reshape(-1)


def measure_share(
    evidence: Evidence, known: Evidence, task_id: str, predictions: str, targets: str
) -> float | None:
    """Share of a run's predictions that are right by the targets of `known`; None if they do not fit."""
    own = read_predicted(evidence, task_id, predictions)
    right = read_labels(known, task_id, targets)
    if own is None or right is None or own.shape != right.shape:
        return None
    return float(np.mean(own == right))


def _read(evidence: Evidence, task_id: str, name: str) -> Array | None:
    value = find_value(evidence, task_id, name)
    return None if value is None else read_array(evidence, task_id, value)
