"""The check on what a task's cells draw."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from grader.evidence import Array
from grader.judge.case import Case, Finding
from grader.judge.compare import find_last_fitted
from grader.judge.drawn_columns import find_undrawn
from grader.judge.drawn_rows import find_unlike_rows, read_rows
from grader.judge.drawn_runs import find_unlike_runs
from grader.judge.epochs import list_logged, read_log
from grader.judge.fitted_images import shows_fitted
from grader.judge.run_checks import SAME_CURVE, is_curve_of
from grader.judge.unseen import tell_unseen
from grader.judge.values import Variable, blame_cell, read_array, require_value
from grader.values import Drawn, Picture


@tell_unseen
def figure_drawn(
    case: Case,
    what: Literal["line", "bars", "points", "image"] = "line",
    of: Sequence[Variable] = (),
    table: Variable | None = None,
    columns: Sequence[str] = (),
    losses: bool = False,
    logs: Sequence[str] = (),
    count: int = 1,
    shape: Sequence[int] | None = None,
    limits: Sequence[float] | None = None,
    fitted: bool = False,
    distinct: bool = False,
    among: Variable | None = None,
    trainings: bool = False,
) -> Finding:
    """A figure is drawn that shows these data."""
    expected = _describe_wanted(
        what, of, losses=losses, logs=logs, count=count, shape=shape, limits=limits, fitted=fitted
    )
    expected += f", {'rows' if count > 1 else 'a row'} of `{among}`" if among is not None else ""
    expected += ", each of a training of its own" if trainings else ""
    drawn = [each for each in _list_drawn(case) if isinstance(each, Picture) == (what == "image")]
    drawn = [each for each in drawn if isinstance(each, Picture) or each.what == what]
    if not drawn:
        blame_cell(case, expected)
        if any(each.unseen for each in case.run.left.figures):
            seen = "nothing of the kind is drawn that can be seen"
            return Finding("failed", expected, seen, "Draw it so that it can be seen.")
        return Finding("no_evidence", expected, "nothing of the kind is drawn", "Draw it with matplotlib.")
    undrawn = find_undrawn(case, table, columns, drawn) if table is not None else None
    if undrawn is not None:
        return undrawn
    if isinstance(shape, Sequence):
        drawn = [each for each in drawn if tuple(shape) == each.shape[-len(shape) :]]
    if limits is not None:
        drawn = [
            each
            for each in drawn
            if isinstance(each, Picture) and (each.low, each.high) == (float(limits[0]), float(limits[1]))
        ]
    arrays = [array for each in drawn if (array := case.evidence.read_kept(case.task.id, each)) is not None]
    unlike = None
    if among is not None:
        unlike = find_unlike_rows(among, read_rows(case, among, expected), arrays, count, expected)
    if trainings and unlike is None:
        unlike = find_unlike_runs(case, arrays, count, expected)
    if unlike is not None:
        return unlike
    if what == "image" and (of or fitted):
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
    unlike = _find_unlike_training(case, expected, arrays, logs, fitted=fitted)
    if unlike is not None:
        return unlike
    if len(drawn) < count:
        return Finding("failed", expected, f"{len(drawn)} of them", "Draw all of them.")
    different = len({(array.shape, array.tobytes()) for array in arrays})
    if distinct and different < count:
        seen = f"{len(drawn)} of them, {different} different"
        return Finding("failed", expected, seen, "Each of them has to show data of its own.")
    return Finding("passed", expected, f"{len(drawn)} of them", "The figure is there.")


def _find_unlike_training(
    case: Case, expected: str, arrays: Sequence[Array], logs: Sequence[str], *, fitted: bool
) -> Finding | None:
    """What is not drawn of the fitted values, or of what the epochs logged; None if all is."""
    if fitted and find_last_fitted(case.evidence, case.task.id) is None:
        return Finding("no_evidence", expected, "no fitted values were seen", "There is nothing to be drawn.")
    if fitted and not any(shows_fitted(case, array) for array in arrays):
        seen = f"{len(arrays)} drawn, none of which shows the fitted values of the training"
        return Finding("failed", expected, seen, "Draw what the network that you trained gives.")
    for name in logs:
        curves = [log for each in list_logged(case.run) if (log := read_log(each.epochs, name)) is not None]
        if not curves:
            return Finding("no_evidence", expected, f"no {name} was logged", "There is nothing to be drawn.")
        if not any(_shows_log(array, np.array(curve)) for array in arrays for curve in curves):
            seen = f"{len(arrays)} drawn, none of which shows {name}"
            return Finding("failed", expected, seen, "Draw what the training logged, epoch by epoch.")
    return None


def _describe_wanted(
    what: str,
    of: Sequence[str],
    *,
    losses: bool,
    logs: Sequence[str],
    count: int,
    shape: Sequence[int] | None,
    limits: Sequence[float] | None,
    fitted: bool,
) -> str:
    words = [f"{count} {what}s" if count > 1 and what in ("line", "image") else f"{what} in a figure"]
    shown = [f"`{name}`" for name in of] + (["the losses of the training"] if losses else [])
    shown += [f"{name} of every epoch" for name in logs]
    shown += ["the fitted values"] if fitted else []
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
