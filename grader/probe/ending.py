"""What a training came to at its last step: how sure it was of each class, how saturated, what it fitted."""

from dataclasses import dataclass

import torch

from grader.probe.losses import OVER_CLASSES, LossCall, read_fitted, read_inputs, read_targets
from grader.probe.training import Training

BEYOND = 0.9
"""Hidden values further from 0 than this count as saturated."""
CLASSES, ROWS = 20, 16
"""Classes that are told apart, and rows whose fitted values are kept: an image shows the last of them."""
LARGEST = 4_000_000
"""Numbers of one step that are looked at."""
ROW_SUM = 1e-4


@dataclass(frozen=True)
class Ending:
    """The last step of one training. What cannot be read is as if it had not been seen."""

    right: tuple[tuple[int, float], ...] = ()
    """Of each class, the rarest first: rows that are of it, and its mean fitted value in these."""
    rows: torch.Tensor | None = None
    """Fitted values of the last rows: float32, (rows, classes), CPU."""
    saturated: float | None = None
    """Share of hidden values beyond 0.9 or -0.9."""


def read_ending(training: Training) -> Ending:
    """The last step of a training, before its update."""
    # A training whose loss is of an unusual form is one all the same, and none of the student's cells.
    saturated = None
    try:
        saturated = _measure_saturated(training.last_hidden)
        calls = training.last_calls
        if not calls or calls[0].function not in OVER_CLASSES or _count(calls) > LARGEST:
            return Ending(saturated=saturated)
        inputs = read_inputs(calls)
        # Where a softmax came before the loss, what went into the loss is what the network gives.
        fitted = inputs.float().cpu() if _are_shares(inputs) else read_fitted(calls)
        kept = fitted[-ROWS:].clone() if fitted.shape[1] <= CLASSES else None
        return Ending(_measure_right(fitted, read_targets(calls)), kept, saturated)
    except Exception:
        return Ending(saturated=saturated)


def _count(calls: list[LossCall]) -> int:
    return sum(call.inputs.numel() for call in calls)


def _are_shares(inputs: torch.Tensor) -> bool:
    sums = inputs.sum(dim=1)
    return bool((inputs >= 0).all() and torch.allclose(sums, torch.ones_like(sums), rtol=0, atol=ROW_SUM))


def _measure_right(fitted: torch.Tensor, targets: torch.Tensor | None) -> tuple[tuple[int, float], ...]:
    if targets is None or len(targets) != len(fitted):
        return ()
    # torch leaves out rows whose class is negative.
    fitted, targets = fitted[targets >= 0], targets[targets >= 0]
    classes = sorted(set(targets.tolist()))
    if len(classes) > CLASSES or not bool(torch.isfinite(fitted).all()):
        return ()
    own = fitted.double().gather(1, targets[:, None])[:, 0]
    parts = [own[targets == each] for each in classes]
    return tuple(sorted((len(part), float(part.mean())) for part in parts))


def _measure_saturated(hidden: list[torch.Tensor]) -> float | None:
    if not hidden or sum(values.numel() for values in hidden) > LARGEST:
        return None
    beyond = torch.cat([(values.abs() > BEYOND).reshape(-1) for values in hidden])
    return float(beyond.double().mean().cpu())
