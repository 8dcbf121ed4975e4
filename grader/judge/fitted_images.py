"""Whether an image shows the fitted values of a training, beside whatever else it shows."""

import numpy as np

from grader.assignment.spec import TrainingTask
from grader.assignment.tolerance import Tolerance
from grader.evidence import Array
from grader.judge.case import Case
from grader.judge.compare import compare_shown, find_last_fitted

DRAWN = 1e-4
"""How far a drawn value may lie from the one that the notebook keeps."""


def shows_fitted(case: Case, image: Array) -> bool:
    """Whether columns of an image, side by side, are fitted values of the first rows or of the last.

    They may be those that went into the loss, before the last update or after it, or those that the notebook
    keeps, if it computes them: with a wrong loss they are not the same, and what is wrong is the loss.
    """
    last = find_last_fitted(case.evidence, case.task.id)
    if last is None or image.ndim != 2:
        return False
    symbols = last[1].shape[1]
    parts = [image[:, first : first + symbols] for first in range(image.shape[1] - symbols + 1)]
    return any(_is_trained(case, part) or _is_kept(case, part) for part in parts)


def _is_trained(case: Case, part: Array) -> bool:
    tolerance, reference = Tolerance(), None
    if isinstance(case.task, TrainingTask):
        tolerance = case.tolerance
        # What one more update makes of these values a reference knows if it is this network.
        if case.reference is not None and case.fit.parted_at is None:
            reference = case.reference
    shown = compare_shown(part, case.evidence, reference, case.task.id, tolerance)
    return shown is not None and shown.accepted


def _is_kept(case: Case, part: Array) -> bool:
    kept = case.evidence.read_yhat(case.task.id)
    if kept is None or kept.ndim != 2 or kept.shape[1] != part.shape[1] or len(kept) < len(part):
        return False
    replayed = case.dossier.hidden.read_yhat(case.task.id) if case.dossier.hidden else None
    if replayed is not None and np.array_equal(kept, replayed):
        # No training has a part in what is the same under another seed.
        return False
    ends = (kept[: len(part)], kept[-len(part) :])
    return any(np.allclose(part, end, rtol=0, atol=DRAWN) for end in ends)
