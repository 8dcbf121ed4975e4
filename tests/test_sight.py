"""What nobody can see of a figure does not count; what is drawn in an odd style does."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from matplotlib import patheffects, style
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D, Bbox
from value_samples import judge, leave

from grader.probe.collector import Collector
from grader.probe.figures import read_figure

CURVE = 2 * 0.95 ** np.arange(100)
DIGIT = np.outer(np.arange(8.0), np.arange(8.0))

Draw = Callable[[Any], Any]


def count_seen(figure: Figure) -> tuple[int, int]:
    """Lines, clouds, sets of bars and images that count, and things that cannot be seen."""
    read = read_figure(figure, Collector("1"))
    return sum(len(axes.drawn) + len(axes.pictures) for axes in read.axes), read.unseen


def draw(drawing: Draw, **settings: Any) -> Figure:
    """A figure whose axes something is drawn on."""
    figure = Figure(**settings)
    drawing(figure.add_subplot())
    return figure


def limit(axes: Any, drawing: Draw, x: tuple[float, float], y: tuple[float, float] | None = None) -> None:
    """Something that is drawn on axes of these limits."""
    drawing(axes)
    axes.set(xlim=x, ylim=y)


HIDDEN_LINES: Mapping[str, Draw] = {
    "opacity of 0": lambda axes: axes.plot(CURVE, alpha=0),
    "hardly any opacity": lambda axes: axes.plot(CURVE, "k-o", alpha=0.001),
    "no stroke": lambda axes: axes.plot(CURVE, linestyle="none"),
    "empty stroke": lambda axes: axes.plot(CURVE, ls=""),
    "no width": lambda axes: axes.plot(CURVE, linewidth=0),
    "markers without size": lambda axes: axes.plot(CURVE, "o", markersize=0),
    "markers without colour": lambda axes: axes.plot(CURVE, "o", mfc="none", mec="none"),
    "crosses without width": lambda axes: axes.plot(CURVE, "x", markeredgewidth=0),
    "no dashes": lambda axes: axes.plot(CURVE, linestyle=(0, (0, 5))),
    "colour without opacity": lambda axes: axes.plot(CURVE, color=(0, 0, 0, 0)),
    "no colour": lambda axes: axes.plot(CURVE, color="none"),
    "white": lambda axes: axes.plot(CURVE, "w-o"),
    "almost white": lambda axes: axes.plot(CURVE, color="#fbfdfe"),
    "set invisible": lambda axes: axes.plot(CURVE)[0].set_visible(False),
    "axes set invisible": lambda axes: (axes.plot(CURVE), axes.set_visible(False)),
    "figure set invisible": lambda axes: (axes.plot(CURVE), axes.figure.set_visible(False)),
    "background of its colour": lambda axes: (axes.plot(CURVE, color="navy"), axes.set_facecolor("navy")),
    "left of it": lambda axes: limit(axes, lambda each: each.plot(CURVE), (200, 300)),
    "above it": lambda axes: limit(axes, lambda each: each.plot(CURVE), (0, 99), (-2, -1)),
    "one stroke of 99": lambda axes: limit(axes, lambda each: each.plot(CURVE), (50.4, 50.6)),
    "a dot": lambda axes: limit(axes, lambda each: each.plot(CURVE), (-1e6, 1e6), (-1e6, 1e6)),
    "moved away": lambda axes: axes.plot(CURVE, transform=axes.transData + Affine2D().translate(9e5, 0)),
    "clipped away": lambda axes: axes.plot(CURVE)[0].set_clip_box(Bbox([[0, 0], [0, 0]])),
    "axes far outside": lambda axes: (axes.plot(CURVE), axes.set_position([5, 5, 1, 1])),
    "axes of no size": lambda axes: (axes.plot(CURVE), axes.set_position([0.5, 0.5, 0, 0])),
    "axes of a dot": lambda axes: (axes.plot(CURVE), axes.set_position([0.5, 0.5, 0.005, 0.005])),
}
HIDDEN_OTHERS: Mapping[str, Draw] = {
    "points without opacity": lambda axes: axes.scatter(CURVE, CURVE, alpha=0),
    "points without size": lambda axes: axes.scatter(CURVE, CURVE, s=0),
    "white points": lambda axes: axes.scatter(CURVE, CURVE, c="w"),
    "points of a white scale": lambda axes: axes.scatter(CURVE, CURVE, c=CURVE, cmap=ListedColormap(["w"])),
    "points outside": lambda axes: limit(axes, lambda each: each.scatter(CURVE, CURVE), (5, 6)),
    "image without opacity": lambda axes: axes.imshow(DIGIT, alpha=0),
    "image without opacity anywhere": lambda axes: axes.imshow(DIGIT, alpha=np.zeros((8, 8))),
    "white image": lambda axes: axes.imshow(DIGIT, cmap=ListedColormap(["w"])),
    "image of one colour": lambda axes: axes.imshow(DIGIT, cmap=ListedColormap(["navy"])),
    "image below all colours": lambda axes: axes.imshow(DIGIT, cmap="Greys", vmin=1e6, vmax=2e6),
    "image outside": lambda axes: limit(axes, lambda each: each.imshow(DIGIT), (20, 30)),
    "image of no size": lambda axes: limit(axes, lambda each: each.imshow(DIGIT), (-1e6, 1e6), (-1e6, 1e6)),
    "image set invisible": lambda axes: axes.imshow(DIGIT).set_visible(False),
}
HIDDEN_BARS: Mapping[str, Draw] = {
    "white line over a white bar": lambda axes: (axes.plot(CURVE, "w"), axes.bar([1], [1], color="w")),
    "bars without opacity": lambda axes: axes.bar([0, 1], [2, 3], alpha=0),
    "white bars": lambda axes: axes.bar([0, 1], [2, 3], color="w"),
    "bars without fill": lambda axes: axes.bar([0, 1], [2, 3], fill=False, linewidth=0),
    "bars outside": lambda axes: limit(axes, lambda each: each.bar([0, 1], [2, 3]), (5, 6)),
}


@pytest.mark.parametrize("hidden", [*HIDDEN_LINES, *HIDDEN_OTHERS])
def test_what_nobody_can_see_does_not_count(hidden: str) -> None:
    """Whatever makes it so."""
    assert (0, 1) == count_seen(draw({**HIDDEN_LINES, **HIDDEN_OTHERS}[hidden]))


@pytest.mark.parametrize("hidden", HIDDEN_BARS)
def test_bars_that_nobody_can_see_do_not_count(hidden: str) -> None:
    """Neither of the two things that are drawn."""
    assert (0, 2) == count_seen(draw(HIDDEN_BARS[hidden]))


def test_figure_of_no_size_shows_nothing() -> None:
    """Whether in inches or in pixels."""
    for settings in ({"figsize": (1e-3, 1e-3)}, {"dpi": 1}):
        assert (0, 1) == count_seen(draw(lambda axes: axes.plot(CURVE), **settings))


def draw_twin(axes: Any) -> None:
    """A white line over bars that belong to the axes beneath."""
    axes.bar(range(100), CURVE, color="navy")
    axes.twinx().plot(CURVE, color="white")


def draw_own_patch(axes: Any) -> None:
    """White on a panel of the figure's own colour."""
    axes.figure.set_facecolor("black")
    axes.set_axis_off()
    axes.plot(CURVE, color="white")


SEEN: Mapping[str, tuple[int, Draw]] = {
    "thin": (1, lambda axes: axes.plot(CURVE, linewidth=0.1)),
    "pale": (1, lambda axes: axes.plot(CURVE, alpha=0.2, color="lightgray")),
    "dotted": (1, lambda axes: axes.plot(CURVE, linestyle=(0, (1, 10)))),
    "markers alone": (1, lambda axes: axes.plot(CURVE, "o", mfc="none")),
    "pixels": (1, lambda axes: axes.plot(CURVE, ",")),
    "crosses": (1, lambda axes: axes.plot(CURVE, "x")),
    "letters": (1, lambda axes: axes.plot(CURVE, marker="$a$")),
    "white markers with a black edge": (1, lambda axes: axes.plot(CURVE, "o", mfc="w", mec="k")),
    "white with an outline": (
        1,
        lambda axes: axes.plot(
            CURVE, "w", path_effects=[patheffects.withStroke(linewidth=3, foreground="k")]
        ),
    ),
    "no frame": (1, lambda axes: (axes.plot(CURVE), axes.axis("off"))),
    "white on grey": (1, lambda axes: (axes.plot(CURVE, "w"), axes.set_facecolor("#eaeaf2"))),
    "white on black without a frame": (1, draw_own_patch),
    "white on an image": (2, lambda axes: (axes.imshow(DIGIT), axes.plot([0, 7], [0, 7], "w"))),
    "white over bars of another axes": (2, draw_twin),
    "white on nothing": (
        1,
        lambda axes: (axes.plot(CURVE, "w"), axes.figure.set_facecolor("none"), axes.set_facecolor("none")),
    ),
    "zoomed": (1, lambda axes: limit(axes, lambda each: each.plot(CURVE), (0, 10))),
    "bottom alone": (1, lambda axes: limit(axes, lambda each: each.plot(CURVE), (0, 99), (0, 0.1))),
    "between two points": (1, lambda axes: limit(axes, lambda each: each.plot([0, 9], [0, 9]), (4, 5))),
    "logarithmic": (1, lambda axes: axes.semilogy(CURVE)),
    "upside down": (1, lambda axes: (axes.plot(CURVE), axes.invert_yaxis())),
    "beside the figure": (1, lambda axes: (axes.plot(CURVE), axes.set_position([1.1, 0, 1, 1]))),
    "one value": (1, lambda axes: axes.plot([1.0], "o")),
    "constant": (1, lambda axes: axes.plot([1.0] * 50)),
    "no numbers": (1, lambda axes: axes.plot([np.nan, np.nan])),
    "a level": (1, lambda axes: axes.axhline(1.0)),
    "faint cloud": (1, lambda axes: axes.scatter(CURVE, CURVE, alpha=0.01, c="k")),
    "rings": (1, lambda axes: axes.scatter(CURVE, CURVE, facecolors="none", edgecolors="k")),
    "grey digit": (1, lambda axes: (axes.imshow(DIGIT, cmap="gray"), axes.axis("off"))),
    "digit that is inverted": (1, lambda axes: axes.matshow(DIGIT, cmap="gray_r")),
    "constant image": (1, lambda axes: axes.imshow(np.zeros((8, 8)))),
    "image of bytes": (1, lambda axes: axes.imshow(np.full((8, 8, 3), 128, np.uint8))),
    "long narrow image": (1, lambda axes: axes.imshow(np.eye(599, 7))),
    "image in part": (1, lambda axes: limit(axes, lambda each: each.imshow(DIGIT), (-0.5, 3.5), (-0.5, 3.5))),
    "bar of nothing": (1, lambda axes: axes.bar([0, 1], [0, 3])),
    "bars with a scale of tens": (1, lambda axes: (axes.bar([0, 1], [2, 3]), axes.set_yscale("log"))),
    "lying bars with names": (1, lambda axes: (axes.barh(["a", "b"], [2, 3]), axes.set_xscale("log"))),
    "points with names": (1, lambda axes: axes.scatter(["a", "b"], [2, 3])),
    "points on a logarithmic scale": (1, lambda axes: (axes.scatter(CURVE, CURVE), axes.set_yscale("log"))),
    "line over dates": (
        1,
        lambda axes: axes.plot(np.arange("2026-01", "2026-05", dtype="M8[D]")[:100], CURVE),
    ),
    "hatched bars": (1, lambda axes: axes.bar([0, 1], [2, 3], color="w", hatch="/", edgecolor="k")),
}


@pytest.mark.parametrize("odd", SEEN)
def test_odd_styles_count(odd: str) -> None:
    """Thin, pale, zoomed, dark, without frame: whoever looks sees it."""
    count, drawing = SEEN[odd]
    assert (count, 0) == count_seen(draw(drawing))


def test_grids_and_projections_count() -> None:
    """Many small axes, a dark theme, axes in three dimensions and polar ones, and a figure in a figure."""
    figure = Figure()
    for axes in figure.subplots(2, 12).flat:
        axes.imshow(DIGIT)
    assert (24, 0) == count_seen(figure)
    with style.context("dark_background"):
        assert (1, 0) == count_seen(draw(lambda axes: axes.plot(CURVE, "w")))
    for projection in ("3d", "polar"):
        figure = Figure()
        figure.add_subplot(projection=projection).plot(CURVE, CURVE)
        assert (1, 0) == count_seen(figure)
    figure = Figure()
    figure.subfigures(1, 2)[1].subplots().plot(CURVE)
    assert (1, 0) == count_seen(figure)


def test_what_cannot_be_decided_counts() -> None:
    """An artist that answers with an error is nothing that a student loses marks by."""
    figure = draw(lambda axes: axes.plot(CURVE))
    figure.axes[0].lines[0].get_alpha = lambda: 1 / 0
    assert (1, 0) == count_seen(figure)


def test_student_is_told_what_cannot_be_seen() -> None:
    """With the number of things, and why; nothing is said where another figure shows the data."""
    hidden = draw(HIDDEN_LINES["no width"])
    options = {"of": ["a"]}
    told = judge("figure_drawn", options, leave({"a": CURVE}, figures=[hidden]), figures=True)
    assert ("failed", "nothing of the kind is drawn that can be seen; what cannot be seen: 1") == (
        told.outcome,
        told.actual,
    )
    assert "in the colour of the background" in told.message
    shown = draw(lambda axes: axes.plot(CURVE))
    passed = judge("figure_drawn", options, leave({"a": CURVE}, figures=[hidden, shown]), figures=True)
    assert ("passed", "1 of them") == (passed.outcome, passed.actual)
