"""Whether a figure shows the columns of a table, in any order and in one series or several."""

from collections.abc import Sequence

import numpy as np

from grader.judge.case import Case, Finding
from grader.judge.values import Variable, read_table, require_value
from grader.values import Kept

SAME_VALUE = 0.01
"""Largest relative difference between a number and what is drawn of it, which may be rounded."""


def find_undrawn(
    case: Case, table: Variable, columns: Sequence[str], drawn: Sequence[Kept]
) -> Finding | None:
    """What is to be said of a column that is not drawn; None if every number of all of them is.

    Raises Missing if the notebook left no table.
    """
    expected = f"{' and '.join(columns)} of `{table}` in a figure"
    read = read_table(case.evidence, case.task.id, require_value(case, table, expected))
    arrays = [array for each in drawn if (array := case.evidence.read_kept(case.task.id, each)) is not None]
    shown = np.concatenate([array[1].reshape(-1) for array in arrays if array.ndim == 2] or [np.empty(0)])
    shown = shown[np.isfinite(shown)]
    for name in columns:
        cells = (read.read(name) if read else None) or ()
        numbers = [float(each) for each in cells if isinstance(each, (int, float))]
        if not numbers:
            seen = f"no numbers in the column {name} of `{table}`"
            return Finding("no_evidence", expected, seen, "There is nothing to be drawn.")
        lacking = [each for each in numbers if not np.any(np.abs(shown - each) <= SAME_VALUE * abs(each))]
        if lacking:
            seen = f"{len(lacking)} of {len(numbers)} values of {name} are not drawn: {lacking[0]:.4g}"
            return Finding("failed", expected, seen, "Draw the values of the table, all of them.")
    return None
