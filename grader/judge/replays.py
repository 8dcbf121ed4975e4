"""What the replays tell: whether values were computed, and which replays a notebook needs."""

from dataclasses import dataclass

import numpy as np

from grader.assignment.spec import Assignment, TrainingTask
from grader.assignment.tolerance import EARLY_STEPS, Tolerance
from grader.evidence import Evidence
from grader.judge.compare import compare_fits, find_difference

GRADIENT_ERROR = 0.05
"""Largest relative difference between the gradients of equal networks: noise stays below 1e-3."""

NO_REPLAY = "The second run with a secret seed, which tells whether this comes from the training, is missing."


@dataclass(frozen=True)
class Replayed:
    """How a replay of the notebook compares with the same replay of the reference."""

    parted_at: int | None
    """First step at which they differ; None if they agree at all that both kept."""
    difference: float
    """There, or the largest."""


def compare_replays(
    expected: Evidence | None, actual: Evidence | None, task_id: str, tolerance: Tolerance
) -> Replayed | None:
    """Compare one replay of both at its first steps; None where one of the two is missing."""
    if expected is None or actual is None:
        return None
    fit = compare_fits(
        expected=expected, expected_task=task_id, actual=actual, actual_task=task_id, tolerance=tolerance
    )
    if fit.rows is not None:
        return Replayed(0, float("inf"))
    if fit.last_step is None:
        return None
    if fit.parted_at is not None and not fit.is_doubtful:
        return Replayed(fit.parted_at, fit.differences[fit.parted_at])
    return Replayed(None, max(fit.differences.values()))


def explains_values(expected: Evidence, actual: Evidence, task_id: str) -> bool:
    """Whether the parameters that are trained are those that make the fitted values.

    Values can be recorded in an earlier task and shown again beside a network that has no say in them.
    Then its gradients are not those that a network with these values has. Compared is the norm of all
    gradients, in units of the loss, so that a sum in the place of a mean changes nothing.
    """
    first, second = (evidence.run.task(task_id) for evidence in (expected, actual))
    if first is None or second is None:
        return True
    steps = [step for step in sorted(set(first.gradients) & set(second.gradients)) if step < EARLY_STEPS]
    if actual.run.mode != "full":
        # The last step of a replay may have been left between two optimizers.
        steps = steps[:-1]
    for step in steps:
        scale = _find_scale(expected, actual, task_id, step)
        if not any(
            abs(second.gradients[step] - factor * first.gradients[step])
            <= GRADIENT_ERROR * factor * first.gradients[step]
            for factor in scale
        ):
            return False
    return True


def _find_scale(expected: Evidence, actual: Evidence, task_id: str, step: int) -> tuple[float, ...]:
    """By how much the loss is larger than the reference's: read off, or what a sum would make of it."""
    found: list[float] = []
    first, second = expected.read_losses(task_id), actual.read_losses(task_id)
    if first is not None and second is not None and len(first) > step and len(second) > step and first[step]:
        scale = float(second[step] / first[step])
        if np.isfinite(scale) and scale > 0:
            found.append(scale)
    fitted = actual.read_fitted(task_id, step)
    return (*found, 1.0) if fitted is None else (*found, 1.0, float(len(fitted)))


def find_own_difference(evidence: Evidence, task_id: str, other_id: str) -> float | None:
    """Largest difference between two tasks of one run at their first step; None where one is missing."""
    first, second = evidence.read_fitted(task_id, 0), evidence.read_fitted(other_id, 0)
    return None if first is None or second is None else find_difference(first, second)


def list_unlike_seeds(assignment: Assignment, evidence: Evidence) -> set[str]:
    """Tasks that must be replayed as submitted: those compared with each other whose seeds differ.

    Where two tasks ask for the same seed, or both for none, the full run has told already.
    """
    found: set[str] = set()
    for task in assignment.task:
        for check in task.checks:
            other = check.options.get("task")
            if check.name != "same_fit_as" or other is None:
                continue
            first, second = (evidence.run.task(task_id) for task_id in (task.id, other))
            if first is None or second is None or not first.steps or not second.steps:
                continue
            late = first.seeded_late or second.seeded_late
            if late or set(first.seeds) != set(second.seeds) or len(set(first.seeds)) > 1:
                found |= {task.id, other}
    return found


def list_parted_at_start(assignment: Assignment, evidence: Evidence, reference: Evidence) -> set[str]:
    """Tasks whose fitted values differ from the reference's before the first update."""
    found: set[str] = set()
    for task in assignment.task:
        if isinstance(task, TrainingTask):
            fit = compare_fits(
                expected=reference,
                expected_task=task.id,
                actual=evidence,
                actual_task=task.id,
                tolerance=assignment.choose_tolerance(task, evidence.run.device),
            )
            if fit.rows is None and fit.parted_at == 0:
                found.add(task.id)
    return found
