"""Plain facts of a trace that name a fault, each told from the evidence of two runs."""

from collections import Counter
from functools import lru_cache

import numpy as np

from grader.assignment.spec import Sequence
from grader.assignment.tolerance import Tolerance
from grader.evidence import Array, Evidence
from grader.judge.compare import find_difference
from grader.records import OptimizerTrace, TaskRun

ENDS = 3
"""Rows at either end that a shift of the targets may have filled with anything."""

EQUAL_NORMS = 1e-4
"""Largest relative difference of two norms of the same initial values."""
IGNORED_SETTINGS = frozenset(
    "lr initial_lr foreach maximize capturable differentiable fused decoupled_weight_decay".split()
)
"""Settings that change nothing of the numbers, or are looked at by themselves."""


def count_shapes(run: TaskRun) -> Counter[tuple[int, ...]]:
    """How many tensors of each shape are trained."""
    return Counter(tensor.shape for tensor in run.tensors if tensor.moved and tensor.elements)


def find_hidden_size(run: TaskRun, symbols: int) -> int | None:
    """What the output layer reads, told by the trained matrices with one row a symbol."""
    widths = [
        tensor.shape[1] for tensor in run.tensors if len(tensor.shape) == 2 and tensor.shape[0] == symbols
    ]
    return widths[-1] if widths else None


def has_equal_start(run: TaskRun, reference: TaskRun) -> bool | None:
    """Whether the trained tensors start from values of the same norms; None where that was not seen."""
    norms = [
        sorted(
            (tensor.shape, tensor.initial_norm) for tensor in each.tensors if tensor.initial_norm is not None
        )
        for each in (run, reference)
    ]
    if not norms[0] or [shape for shape, _ in norms[0]] != [shape for shape, _ in norms[1]]:
        return None
    return all(
        abs(first - second) <= EQUAL_NORMS * max(first, second, 1e-12)
        for (_, first), (_, second) in zip(*norms, strict=True)
    )


def find_shift(targets: Array | None, sequence: Sequence) -> int | None:
    """By how many places the targets are off the next symbol; None where they are not the sequence's."""
    codes = _encode(sequence.text * sequence.repeat)
    if targets is None or targets.ndim != 1 or not 2 * ENDS < len(targets) <= len(codes):
        return None
    inner = np.arange(ENDS, len(targets) - ENDS)
    numbers = np.unique(targets[inner].astype(np.int64), return_inverse=True)[1]
    for shift in (-1, 1, -2, 2):
        symbols = codes[(inner + 1 + shift) % len(codes)]
        pairs = len(np.unique(symbols * (numbers.max() + 1) + numbers))
        # Each symbol has one number, and every symbol of the text one of its own.
        if pairs == len(np.unique(symbols)) and numbers.max() == codes.max():
            return shift
    return None


@lru_cache(maxsize=8)
def _encode(text: str) -> Array:
    """A number from 0 for each symbol of a text."""
    return np.unique(list(text), return_inverse=True)[1]


def is_softmax_taken_twice(fitted: Array, expected: Array, tolerance: Tolerance) -> bool:
    """Whether the reference's fitted values went into the loss in the place of its logits.

    Then each row is the softmax of a row of probabilities, which can be had back: their sum is 1.
    """
    if fitted.shape != expected.shape or np.any(fitted <= 0):
        return False
    logs = np.log(fitted.astype(np.float64))
    inner = logs + (1 - logs.sum(axis=1, keepdims=True)) / fitted.shape[1]
    # The logarithm multiplies what float32 has rounded off.
    return find_difference(inner, expected) <= 10 * tolerance.allow(0)


def is_softmax_over_rows(yhat: Array) -> bool:
    """Whether the columns, not the rows, of a table sum to 1, or every value is one of a row of one."""
    if yhat.ndim != 2 or len(yhat) < 2 or np.any(yhat < 0):
        return False
    if np.all(yhat == 1):
        return True
    rows_fit = np.allclose(yhat.sum(axis=1), 1, atol=1e-3)
    return not rows_fit and bool(np.allclose(yhat.sum(axis=0), 1, atol=1e-2))


def is_one_hot(yhat: Array) -> bool:
    """Whether each row of a table is one 1 among zeros, which no softmax gives."""
    return yhat.ndim == 2 and bool(np.all((yhat == 0) | (yhat == 1))) and bool(np.all(yhat.sum(axis=1) == 1))


def list_unlike_settings(optimizer: OptimizerTrace, reference: OptimizerTrace) -> list[str]:
    """Settings of an optimizer that differ from the reference's, the learning rate aside."""
    return [
        name
        for name in sorted(set(optimizer.settings) & set(reference.settings) - IGNORED_SETTINGS)
        if optimizer.settings[name] != reference.settings[name]
    ]


def find_same_values(evidence: Evidence, task_id: str, values: Array) -> str | None:
    """Another task of the notebook whose last fitted values are these."""
    for run in evidence.run.tasks:
        if run.task == task_id or not run.fitted_steps:
            continue
        shown, last = evidence.read_yhat(run.task), evidence.read_fitted(run.task, run.fitted_steps[-1])
        if any(other is not None and find_difference(other, values) <= 1e-6 for other in (shown, last)):
            return run.task
    return None
