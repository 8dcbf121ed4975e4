"""Notes which figures a task makes with matplotlib, and reads what their axes hold when it ends.

A figure is gone from pyplot once it has been shown, so every figure that is made during a task is held until
the task ends.
"""

import importlib
from typing import Any

import numpy as np

from grader.probe.collector import Collector
from grader.probe.sight import Sight
from grader.probe.stopping import call_after
from grader.values import Axes, Drawn, Figure, Kept, Picture

FIGURES = 100
"""Figures of one task that are held: each may hold its images."""
PLOTS, LINES = 100, 40
"""Axes of a figure, and lines or images of one of them; a grid of 5 × 5 networks has 25 axes."""


class FigureWatch:
    """Holds the figures of the task at hand."""

    def __init__(self) -> None:
        self._made: dict[str, list[Any]] = {}
        """By task: its cells may stand in two places of the notebook."""
        self._task: str | None = None
        self._is_installed = False

    def begin(self, task: str) -> None:
        """Hold what is made from now on, for this task."""
        if not self._is_installed:
            self._install()
        self._task = task

    def end(self, task: str) -> list[Any]:
        """The figures of all of the task's cells so far, as matplotlib has them."""
        self._task = None
        return list(self._made.get(task, ()))

    def _install(self) -> None:
        self._is_installed = True
        try:
            made_by: Any = importlib.import_module("matplotlib.figure").Figure
        except ImportError:
            return
        made_by.__init__ = call_after(made_by.__init__, self._note)

    def _note(self, figure: Any) -> None:
        if self._task is not None:
            made = self._made.setdefault(self._task, [])
            if len(made) < FIGURES:
                made.append(figure)


def holds_data(figure: Figure) -> bool:
    """Whether anything is drawn in it, seen or not."""
    return figure.unseen > 0 or any(axes.drawn or axes.pictures for axes in figure.axes)


def read_figure(figure: Any, collector: Collector) -> Figure:
    """What a figure's axes hold, in the order in which they were added."""
    title = getattr(figure, "_suptitle", None)
    axes = list(figure.axes)
    sight = Sight(figure)
    read = [_read_axes(each, collector, sight) for each in axes[:PLOTS]]
    return Figure(
        title=_read_text(title.get_text(), collector) if title is not None else "",
        axes=tuple(each for each, _ in read),
        left_out=len(axes[PLOTS:]) + sum(left_out for _, left_out in read),
        unseen=sight.unseen,
    )


def _read_axes(axes: Any, collector: Collector, sight: Sight) -> tuple[Axes, int]:
    # Each plot counts for all that it may hold, so that many small ones cannot become the evidence.
    collector.nodes_left -= 1 + len(list(axes.lines)) + len(list(axes.images)) + len(list(axes.collections))
    if collector.nodes_left < 0:
        return Axes(), 1
    drawn: list[Drawn] = []
    for line in sight.keep_seen("line", list(axes.lines)[:LINES], axes):
        kept = _keep(np.array([line.get_xdata(orig=False), line.get_ydata(orig=False)]), collector)
        drawn.append(Drawn(what="line", label=_read_text(line.get_label(), collector), **kept.model_dump()))
    patches = [patch for patch in list(axes.patches)[: LINES * LINES] if _is_bar(patch)]
    bars = sight.keep_seen("bars", patches, axes)
    if bars:
        lying = _find_lying(axes)
        bar_places = np.array([_measure_bar(patch, is_lying=id(patch) in lying) for patch in bars])
        drawn.append(Drawn(what="bars", **_keep(bar_places.T, collector).model_dump()))
    # A colour bar is such a collection, too, and shows no data: kept, it would be an array of nothing.
    clouds = [each for each in list(axes.collections)[:LINES] if len(np.atleast_2d(each.get_offsets())) > 1]
    for points in sight.keep_seen("points", clouds, axes):
        kept = _keep(np.ma.filled(points.get_offsets(), np.nan).T, collector)
        drawn.append(
            Drawn(what="points", label=_read_text(points.get_label(), collector), **kept.model_dump())
        )
    images = sight.keep_seen("image", list(axes.images)[:LINES], axes)
    pictures = [_read_picture(image, collector) for image in images]
    found = Axes(
        title=_read_text(axes.get_title(), collector),
        x_label=_read_text(axes.get_xlabel(), collector),
        y_label=_read_text(axes.get_ylabel(), collector),
        drawn=tuple(drawn),
        pictures=tuple(pictures),
    )
    return found, sum(len(list(each)[LINES:]) for each in (axes.lines, axes.images, axes.collections))


def _is_bar(patch: Any) -> bool:
    # A circle has a height, and no corner.
    return all(hasattr(patch, name) for name in ("get_x", "get_y", "get_width", "get_height"))


def _find_lying(axes: Any) -> set[int]:
    """Ids of the bars that `barh` has drawn."""
    groups = [group for group in axes.containers if getattr(group, "orientation", None) == "horizontal"]
    return {id(patch) for group in groups for patch in group}


def _measure_bar(patch: Any, *, is_lying: bool) -> tuple[float, float]:
    """Where a bar stands, and how long it is."""
    if is_lying:
        return patch.get_y() + patch.get_height() / 2, patch.get_width()
    return patch.get_x() + patch.get_width() / 2, patch.get_height()


def _read_picture(image: Any, collector: Collector) -> Picture:
    low, high = (None if limit is None else float(limit) for limit in image.get_clim())
    kept = _keep(np.ma.filled(image.get_array().astype(float), np.nan), collector)
    return Picture(
        colors=_read_text(image.get_cmap().name, collector), low=low, high=high, **kept.model_dump()
    )


def _keep(numbers: Any, collector: Collector) -> Kept:
    return collector.keep(np.asarray(numbers, dtype=np.float64), "float64")


def _read_text(text: Any, collector: Collector) -> str:
    return collector.cut(text) if type(text) is str else ""
