"""Compares fitted values, meeting a notebook where it is: its steps, its symbol order, its rows."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from grader.assignment.spec import Sequence
from grader.assignment.tolerance import Tolerance
from grader.evidence import Array, Evidence

ROW_SUM = 1e-3
"""Largest distance from 1 of a row of probabilities, rounded to a few decimals perhaps."""

ONE_UPDATE = 0.05
"""Largest change that one late update makes to fitted values: 1.8e-2 was the largest seen, in the LSTM."""


@dataclass(frozen=True)
class FitComparison:
    """How far two runs of a task go together."""

    rows: tuple[int, int] | None
    """Shapes' row counts if the two cannot be compared row by row, else None."""
    differences: dict[int, float]
    """Step to the largest difference, for every step that both kept."""
    parted_at: int | None
    """First of these steps at which they differ by more than the tolerance."""
    is_doubtful: bool = False
    """Whether the difference there may be noise: no tolerance tells it from the nearest fault."""

    @property
    def last_step(self) -> int | None:
        """The last step that both kept."""
        return max(self.differences, default=None)


def find_difference(first: Array, second: Array) -> float:
    """Largest absolute difference; infinite where shapes differ or a value is no number."""
    if first.shape != second.shape:
        return float("inf")
    difference = float(np.max(np.abs(first.astype(np.float64) - second.astype(np.float64)), initial=0.0))
    return difference if np.isfinite(difference) else float("inf")


def compare_fits(
    *, expected: Evidence, expected_task: str, actual: Evidence, actual_task: str, tolerance: Tolerance
) -> FitComparison:
    """Compare two runs at every step whose fitted values both kept."""
    differences: dict[int, float] = {}
    parted_at = None
    expected_run, actual_run = expected.run.task(expected_task), actual.run.task(actual_task)
    steps = set(expected_run.fitted_steps if expected_run else ()) & set(
        actual_run.fitted_steps if actual_run else ()
    )
    for step in sorted(steps):
        first = expected.read_fitted(expected_task, step)
        second = actual.read_fitted(actual_task, step)
        if first is None or second is None:
            continue
        if first.shape[0] != second.shape[0]:
            return FitComparison((first.shape[0], second.shape[0]), {}, step)
        differences[step] = find_difference(first, second)
        if parted_at is None and differences[step] > tolerance.allow(step):
            parted_at = step
    is_doubtful = parted_at is not None and tolerance.is_doubtful(parted_at, differences[parted_at])
    return FitComparison(None, differences, parted_at, is_doubtful)


def find_symbol_order(targets: Array | None, sequence: Sequence) -> tuple[str, ...] | None:
    """The order in which a notebook numbers the symbols, read off the targets its loss was given.

    None where the targets do not spell the sequence, or leave a symbol's number open.
    """
    spelt = sequence.targets
    if targets is None or targets.shape != (len(spelt),):
        return None
    return _read_order(tuple(targets.tolist()), spelt, sequence.symbols)


@lru_cache(maxsize=64)
def _read_order(targets: tuple[int, ...], spelt: str, symbols: tuple[str, ...]) -> tuple[str, ...] | None:
    # Kept, because every task of every notebook asks for it several times, and most number them alike.
    numbers: dict[int, str] = {}
    for number, symbol in zip(targets, spelt, strict=True):
        if numbers.setdefault(number, symbol) != symbol:
            return None
    if sorted(numbers) != list(range(len(symbols))) or set(numbers.values()) != set(symbols):
        return None
    return tuple(numbers[number] for number in sorted(numbers))


def find_last_fitted(evidence: Evidence, task_id: str) -> tuple[int, Array] | None:
    """The last step's fitted values, taken before its update, and that step."""
    run = evidence.run.task(task_id)
    if run is None or not run.fitted_steps:
        return None
    step = run.fitted_steps[-1]
    fitted = evidence.read_fitted(task_id, step)
    return None if fitted is None else (step, fitted)


def find_share_right(fitted: Array, targets: Array) -> float:
    """Share of rows whose largest fitted value stands at the target."""
    return float(np.mean(np.argmax(fitted, axis=1) == targets))


@dataclass(frozen=True)
class YhatComparison:
    """Whether the values that a notebook shows are those that its training made."""

    difference: float
    accepted: bool


def compare_yhat(
    evidence: Evidence, reference: Evidence | None, task_id: str, tolerance: Tolerance
) -> YhatComparison | None:
    """Compare `yhat` with the trace; None where there is none, or it is no table of these rows.

    Right are the values before the last update, which the trace holds, and those after it, which the
    reference holds where it trained that far; else they must lie within one update of the trace.
    """
    yhat = evidence.read_yhat(task_id)
    return None if yhat is None else compare_shown(yhat, evidence, reference, task_id, tolerance)


def compare_shown(
    shown: Array, evidence: Evidence, reference: Evidence | None, task_id: str, tolerance: Tolerance
) -> YhatComparison | None:
    """The same for any array whose last axis may be the symbols."""
    last = find_last_fitted(evidence, task_id)
    if last is None:
        return None
    step, fitted = last
    table = _as_table(shown, fitted)
    if table is None:
        return None
    # A part may be shown: the first rows or the last.
    parts = (slice(0, len(table)), slice(-len(table), None))
    part = min(parts, key=lambda part: find_difference(table, fitted[part]))
    before = find_difference(table, fitted[part])
    if before <= tolerance.late:
        return YhatComparison(before, True)
    if not np.allclose(table.sum(axis=1), 1, atol=ROW_SUM):
        return YhatComparison(before, False)
    after = reference.read_fitted(task_id, step + 1) if reference else None
    if after is not None and after.shape == fitted.shape:
        difference = find_difference(table, after[part])
        if difference <= tolerance.late:
            return YhatComparison(difference, True)
        # The reference knows how far one update moves these values; noise may have grown besides.
        reach = find_difference(fitted[part], after[part])
        return YhatComparison(before, before <= max(reach * 1.5, tolerance.late))
    return YhatComparison(before, before <= ONE_UPDATE)


def _as_table(yhat: Array, fitted: Array) -> np.ndarray[Any, Any] | None:
    columns = fitted.shape[1]
    if yhat.ndim == 0 or yhat.shape[-1] != columns:
        return None
    table = yhat.reshape(-1, columns)
    return table if 0 < len(table) <= len(fitted) else None
