"""Checks of what a task trained and drew. Each function's docstring is the line that a student sees."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from grader.evidence import Array
from grader.judge.case import Case, Finding
from grader.judge.values import Variable, describe_value, read_array, read_table, require_value
from grader.values import TrainingSummary

SAME_CURVE = 1e-3
"""Largest relative difference between what was recorded and what a notebook noted down itself."""
MEAN_CURVE = 0.05
"""The same for means over an epoch, in parts of the curve's range: the last batch may be a smaller one."""
ENDS = 10
"""The first and the last tenth of a training are compared."""
SAME_LOSS = 0.05
"""Largest difference between a training's last loss and what a table says of it, in parts of its first loss:
one that was computed again after the last update counts, too."""
SAME_SHARE = {"right": 0.2, "saturated": 0.1}
"""Largest difference between what a table says of a training and what was seen of it, for the same reason."""
MOST_SHARE = 1.5
"""A score beyond this is one in per cent."""
ROWS_APART = 12
"""One row in so many may differ by more: late in a training, one update in thousands throws it back."""


def training_curve(
    case: Case, falls_to: float = 0.5, least_steps: int = 10, variable: Variable | None = None
) -> Finding:
    """The loss falls while the network is trained."""
    expected = f"a loss that falls to {falls_to:g} of its beginning in at least {least_steps} steps"
    losses = case.evidence.read_losses(case.task.id)
    if losses is None or not len(losses):
        return Finding("no_evidence", expected, "no loss was seen", "Train with backward() and an optimizer.")
    if len(losses) < least_steps:
        return Finding("failed", expected, f"{len(losses)} steps", "Train longer.")
    if not np.all(np.isfinite(losses)):
        return Finding("failed", expected, "a loss that is no number", "Find out where it bursts.")
    part = max(1, len(losses) // ENDS)
    first, last = float(losses[:part].mean()), float(losses[-part:].mean())
    actual = f"from {first:.4g} to {last:.4g} in {len(losses)} steps"
    if last > falls_to * first:
        return Finding("failed", expected, actual, "Look at the learning rate and at what is trained.")
    fall = case.run.fall
    # A penalty may fall faster than the loss that it is added to, so half way is enough.
    if fall is not None and fall > (1 + falls_to) / 2:
        actual += f"; what the loss function gave, to {fall:.2g} of its beginning"
        message = "The loss falls because it is multiplied or added to; train until it falls by itself."
        return Finding("failed", expected, actual, message)
    if variable is not None:
        value = require_value(case, variable, "the losses of the training")
        curve = read_array(case.evidence, case.task.id, value)
        if curve is None or curve.ndim != 1 or not is_curve_of(curve, losses):
            message = (
                f"`{variable}` has to hold what the training's own loss was, step by step or epoch by epoch."
            )
            return Finding("failed", "the losses of the training", describe_value(value), message)
    return Finding("passed", expected, actual, "The loss falls.")


def is_curve_of(curve: Array, losses: Array) -> bool:
    """Whether a curve shows these losses: all, every k-th, or the mean or sum of each k."""
    curve, losses = curve.astype(float).reshape(-1), losses.astype(float).reshape(-1)
    if not len(curve) or len(curve) > len(losses) + 1 or not np.all(np.isfinite(curve)):
        return False
    if len(curve) > len(losses):
        # One value more, from after the last update or before the first.
        return any(is_curve_of(part, losses) for part in (curve[:-1], curve[1:]))
    scale = float(np.abs(losses).max()) or 1.0
    for sampled in _list_samples(losses, len(curve)):
        if np.abs(sampled - curve).max() <= SAME_CURVE * scale:
            return True
    size = len(losses) // len(curve)
    means = losses[: size * len(curve)].reshape(len(curve), size).mean(axis=1)
    reach = float(np.ptp(losses)) or 1.0
    return any(np.abs(means - shown).max() <= MEAN_CURVE * reach for shown in (curve, curve / size))


def _list_samples(losses: Array, length: int) -> Iterator[Array]:
    for size in {len(losses) // length, -(-len(losses) // length)}:
        for start in {0, size - 1}:
            sampled = losses[start::size][:length]
            if len(sampled) == length:
                yield sampled
    yield losses[:length]
    yield losses[-length:]


def compares_runs(
    case: Case,
    variable: Variable,
    kind: str,
    score: str,
    better: str,
    worse: str,
    least_runs: int = 5,
    min_share: float = 0.7,
    least_steps: int = 10,
    layers: Mapping[str, str] | None = None,
    lower: bool = False,
    tie: float = 0.0,
    loss: str | None = None,
    seen: Literal["right", "saturated"] | None = None,
    rarest: int | None = None,
) -> Finding:
    """Over repeated runs with different seeds, one kind of network comes out better than the other."""
    expected = f"{better} ahead of {worse} in at least {min_share:.0%} of pairs, {least_runs} runs each"
    value = require_value(case, variable, expected)
    table = read_table(case.evidence, case.task.id, value)
    kinds, scores = (table.read(kind), table.read(score)) if table else (None, None)
    noted = table.read(loss) if table and loss else ()
    if kinds is None or scores is None or noted is None:
        columns = ", ".join(dict.fromkeys([kind, score, loss or score]))
        return Finding(
            "failed",
            expected,
            describe_value(value),
            f"A table with the columns {columns} is asked for.",
        )
    runs = {name: _list_scores(kinds, scores, name) for name in (better, worse)}
    few = [name for name, each in runs.items() if len(each) < least_runs]
    if few:
        actual = ", ".join(f"{name}: {len(each)} runs" for name, each in runs.items())
        return Finding(
            "failed", expected, actual, f"Repeat it: {least_runs} runs of each kind are asked for."
        )
    # Shares in per cent are so in every row, however small some of them are.
    unit = 100.0 if max(map(max, runs.values())) > MOST_SHARE else 1.0
    for name, each in runs.items():
        trained = _list_trained(case, (layers or {}).get(name, name), least_steps)
        ends = {summary.last_loss for summary in trained}
        if len(trained) < len(each) or len(ends) < least_runs:
            actual = (
                f"{name}: {len(each)} rows, {len(trained)} trainings were seen, {len(ends)} of them different"
            )
            message = "Each row has to come from a training of its own, each with another seed."
            return Finding("failed", expected, actual, message)
        losses = _list_scores(kinds, noted, name) if loss else []
        unseen = _find_unseen(losses, trained)
        if unseen is not None or (loss and len(losses) < len(each)):
            ended = "a row without one" if unseen is None else f"{unseen:.4g} in a row"
            actual = f"{name}: {ended} of `{loss}`, with which no training ended"
            message = f"Note in `{loss}` the loss of each run's last epoch."
            return Finding("failed", expected, actual, message)
        apart = _list_apart([share / unit for share in each], trained, seen, rarest) if seen else []
        if apart:
            actual = f"{name}: {apart[0]:.4g} in a row of `{score}`, which no training came to"
            message = f"Compute `{score}` from each run's last epoch, or from the network that it left."
            return Finding("failed", expected, actual, message)
    sign = -1.0 if lower else 1.0
    gaps = sign * np.subtract.outer(np.array(runs[better]), np.array(runs[worse]))
    share = float(np.mean(gaps > tie) + 0.5 * np.mean(np.abs(gaps) <= tie))
    actual = f"{share:.0%} of pairs, {len(runs[better])} and {len(runs[worse])} runs"
    if share >= min_share:
        return Finding("passed", expected, actual, f"{better} comes out better.")
    return Finding("failed", expected, actual, "Look at whether both kinds are trained and scored alike.")


def _list_scores(kinds: Sequence[object], scores: Sequence[object], name: str) -> list[float]:
    pairs = zip(kinds, scores, strict=True)
    folded = name.casefold()
    return [
        float(each)
        for kind, each in pairs
        if isinstance(each, (int, float)) and str(kind).strip().casefold() == folded
    ]


def _find_unseen(noted: Sequence[float], trained: Sequence[TrainingSummary]) -> float | None:
    """A loss that was noted though no training that is left to it ended with it; None if there is none."""
    reach = SAME_LOSS * max((abs(each.first_loss or 0.0) for each in trained), default=0.0)
    ends = [each.last_loss for each in trained if each.last_loss is not None]
    return next(iter(_list_lone(noted, ends, reach)), None)


def _list_lone(noted: Iterable[float], ends: Iterable[float], reach: float) -> list[float]:
    """Numbers that were noted though no end that is left to them lies as near; as few as can be."""
    left, lone = sorted(ends), []
    for number in sorted(noted):
        place = next((index for index, end in enumerate(left) if end >= number - reach), None)
        if place is None or left[place] > number + reach:
            lone.append(number)
        else:
            del left[: place + 1]
    return lone


def _list_apart(
    noted: Sequence[float], trained: Sequence[TrainingSummary], what: str, rarest: int | None
) -> list[float]:
    """Scores that no training came to; none where they are as few as may be.

    A training whose end was not seen may have come to any of them.
    """
    ends = [end for each in trained if (end := _read_seen(each, what, rarest)) is not None]
    apart = _list_lone(noted, ends, SAME_SHARE[what])
    return apart if len(apart) > len(noted) // ROWS_APART + len(trained) - len(ends) else []


def _read_seen(summary: TrainingSummary, what: str, rarest: int | None) -> float | None:
    """What the grader saw at the last step of a training; None if that was nothing."""
    if what != "right":
        return summary.saturated
    classes = summary.right[:rarest]
    rows = sum(count for count, _ in classes)
    return sum(count * share for count, share in classes) / rows if rows else None


def _list_trained(case: Case, layer: str, least_steps: int) -> list[TrainingSummary]:
    """The task's trainings of a network that has such a layer."""
    return [
        summary
        for summary in case.run.left.trainings
        if summary.steps >= least_steps and any(name.rpartition(".")[2] == layer for name in summary.layers)
    ]
