"""Checks of what a task trained and drew. Each function's docstring is the line that a student sees."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from grader.evidence import Array
from grader.judge.case import Case, Finding
from grader.judge.epochs import list_logged, read_log
from grader.judge.values import Variable, blame_cell, describe_value, read_array, read_table, require_value
from grader.values import Drawn, Picture, TrainingSummary

SAME_CURVE = 1e-3
"""Largest relative difference between what was recorded and what a notebook noted down itself."""
MEAN_CURVE = 0.05
"""The same for means over an epoch, in parts of the curve's range: the last batch may be a smaller one."""
ENDS = 10
"""The first and the last tenth of a training are compared."""


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


def figure_drawn(
    case: Case,
    what: Literal["line", "bars", "points", "image"] = "line",
    of: Sequence[Variable] = (),
    losses: bool = False,
    logs: Sequence[str] = (),
    count: int = 1,
    shape: Sequence[int] | None = None,
    limits: Sequence[float] | None = None,
) -> Finding:
    """A figure is drawn that shows these data."""
    expected = _describe_wanted(what, of, losses=losses, logs=logs, count=count, shape=shape, limits=limits)
    drawn = [each for each in _list_drawn(case) if isinstance(each, Picture) == (what == "image")]
    drawn = [each for each in drawn if isinstance(each, Picture) or each.what == what]
    if not drawn:
        blame_cell(case, expected)
        return Finding("no_evidence", expected, "nothing of the kind is drawn", "Draw it with matplotlib.")
    if isinstance(shape, Sequence):
        drawn = [each for each in drawn if tuple(shape) == each.shape[-len(shape) :]]
    if limits is not None:
        drawn = [
            each
            for each in drawn
            if isinstance(each, Picture) and (each.low, each.high) == (float(limits[0]), float(limits[1]))
        ]
    arrays = [array for each in drawn if (array := case.evidence.read_kept(case.task.id, each)) is not None]
    if what == "image" and of:
        arrays = [array for array in arrays if array.ndim == 2]
    wanted: list[tuple[str, Array | None]] = [
        (name, read_array(case.evidence, case.task.id, require_value(case, name, expected))) for name in of
    ]
    if losses:
        wanted.append(("the losses", case.evidence.read_losses(case.task.id)))
    for name, values in wanted:
        if values is None:
            return Finding("no_evidence", expected, f"no numbers in {name}", "There is nothing to be drawn.")
        if not any(_shows(array, values, is_image=what == "image") for array in arrays):
            seen = f"{len(arrays)} drawn, none of which shows {name}"
            return Finding("failed", expected, seen, "Draw the values themselves, all of them.")
    for name in logs:
        curves = [log for each in list_logged(case.run) if (log := read_log(each.epochs, name)) is not None]
        if not curves:
            return Finding("no_evidence", expected, f"no {name} was logged", "There is nothing to be drawn.")
        if not any(_shows_log(array, np.array(curve)) for array in arrays for curve in curves):
            seen = f"{len(arrays)} drawn, none of which shows {name}"
            return Finding("failed", expected, seen, "Draw what the training logged, epoch by epoch.")
    if len(drawn) < count:
        return Finding("failed", expected, f"{len(drawn)} of them", "Draw all of them.")
    return Finding("passed", expected, f"{len(drawn)} of them", "The figure is there.")


def _describe_wanted(
    what: str,
    of: Sequence[str],
    *,
    losses: bool,
    logs: Sequence[str],
    count: int,
    shape: Sequence[int] | None,
    limits: Sequence[float] | None,
) -> str:
    words = [f"{count} {what}s" if count > 1 and what in ("line", "image") else f"{what} in a figure"]
    shown = [f"`{name}`" for name in of] + (["the losses of the training"] if losses else [])
    shown += [f"{name} of every epoch" for name in logs]
    words += [f"of {' and '.join(shown)}"] if shown else []
    words += [f"of shape {tuple(shape)}"] if shape is not None else []
    words += [f"coloured from {limits[0]:g} to {limits[1]:g}"] if limits is not None else []
    return " ".join(words)


def _list_drawn(case: Case) -> list[Drawn | Picture]:
    plots = [axes for figure in case.run.left.figures for axes in figure.axes]
    drawn: list[Drawn | Picture] = [each for axes in plots for each in axes.drawn]
    return [*drawn, *(each for axes in plots for each in axes.pictures)]


def _shows(array: Array, values: Array, *, is_image: bool) -> bool:
    if is_image:
        return array.shape == values.shape and bool(np.allclose(array, values, rtol=1e-5, atol=1e-7))
    flat = values.reshape(-1)
    return array.shape[-1] > 0 and array.shape[-1] * 20 >= min(len(flat), 200) and is_curve_of(array[1], flat)


def _shows_log(array: Array, log: Array) -> bool:
    """Whether a line shows what was logged: all of it, or what the last of several calls of a loop logged."""
    shown = array[1]
    if not len(log) // 2 < len(shown) <= len(log) or not np.all(np.isfinite(shown)):
        return False
    return bool(np.abs(shown - log[-len(shown) :]).max() <= SAME_CURVE * (np.abs(log).max() or 1.0))


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
) -> Finding:
    """Over repeated runs with different seeds, one kind of network comes out better than the other."""
    expected = f"{better} ahead of {worse} in at least {min_share:.0%} of pairs, {least_runs} runs each"
    value = require_value(case, variable, expected)
    table = read_table(case.evidence, case.task.id, value)
    kinds, scores = (table.read(kind), table.read(score)) if table else (None, None)
    if kinds is None or scores is None:
        return Finding(
            "failed",
            expected,
            describe_value(value),
            f"A table with the columns {kind} and {score} is asked for.",
        )
    runs = {name: _list_scores(kinds, scores, name) for name in (better, worse)}
    few = [name for name, each in runs.items() if len(each) < least_runs]
    if few:
        seen = ", ".join(f"{name}: {len(each)} runs" for name, each in runs.items())
        return Finding("failed", expected, seen, f"Repeat it: {least_runs} runs of each kind are asked for.")
    for name, each in runs.items():
        trained = _list_trained(case, (layers or {}).get(name, name), least_steps)
        ends = {summary.last_loss for summary in trained}
        if len(trained) < len(each) or len(ends) < least_runs:
            seen = (
                f"{name}: {len(each)} rows, {len(trained)} trainings were seen, {len(ends)} of them different"
            )
            message = "Each row has to come from a training of its own, each with another seed."
            return Finding("failed", expected, seen, message)
    sign = -1.0 if lower else 1.0
    gaps = sign * np.subtract.outer(np.array(runs[better]), np.array(runs[worse]))
    share = float(np.mean(gaps > 0) + 0.5 * np.mean(gaps == 0))
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


def _list_trained(case: Case, layer: str, least_steps: int) -> list[TrainingSummary]:
    """The task's trainings of a network that has such a layer."""
    return [
        summary
        for summary in case.run.left.trainings
        if summary.steps >= least_steps and any(name.rpartition(".")[2] == layer for name in summary.layers)
    ]
