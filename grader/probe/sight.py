"""Tells what of a figure nobody can see, read off what matplotlib has been told to draw.

Only what is certain is told: whatever cannot be decided, or is of a kind of its own, counts as seen. Nobody
looks for what lies beneath something else.
"""

import importlib
import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

Kind = Literal["line", "bars", "points", "image"]
Array = np.ndarray[Any, Any]

THINNEST = 0.02
"""Points of a line's width, or of a marker, below which nothing is drawn that could be seen."""
ALIKE = 0.03
"""Largest difference of red, green or blue, from 0 to 1, that no eye tells from the background."""
FAINTEST = 0.01
"""The same, where the colour is transparent: points as faint as that are still drawn in clouds."""
SHORTEST, NARROWEST = 10.0, 1.0
"""Pixels of the longer and of the shorter side of something that can be seen."""
PIXELS_PER_INCH = 100.0
"""Of a screen; a figure of more of them is no larger."""
LEAST_SHARE = 1 / 20
"""Of what is drawn that lies within the limits of the axes, at least: part of a curve may be shown larger."""
MOST_NUMBERS = 1_000_000
"""Of an image whose colours are looked at."""
MOST_AXES, MOST_BEHIND, MOST_LOOKED_AT = 100, 200, 2_000
"""Axes, things that may lie behind another, and things that are looked at in all, a millisecond each."""


class Sight:
    """What of one figure can be seen."""

    def __init__(self, figure: Any) -> None:
        self._figure = figure
        self.unseen = 0
        """Lines, bars, points and images that were not kept."""
        self._looked_at = 0
        self._boxes: dict[int, Array] = {}
        self._grounds: dict[int, Array] = {}

    def keep_seen(self, kind: Kind, artists: list[Any], axes: Any) -> list[Any]:
        """Those of the things drawn on these axes that can be seen; the others are counted."""
        seen = [each for each in artists if self.shows(kind, each, axes)]
        self.unseen += len(artists) - len(seen)
        return seen

    def shows(self, kind: Kind, artist: Any, axes: Any) -> bool:
        """Whether something drawn on these axes can be seen; True where that cannot be told."""
        self._looked_at += 1
        if self._looked_at > MOST_LOOKED_AT:
            return True
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return self._shows(kind, artist, axes)
        except Exception:
            return True

    def _shows(self, kind: Kind, artist: Any, axes: Any) -> bool:
        if not all(each.get_visible() for each in (artist, axes, axes.figure, self._figure)):
            return False
        if not self._has_size(_cut(self._find_box(axes), self._page)):
            return False
        if not self._lies_in_view(kind, artist, axes):
            return False
        if any(type(each).__name__ != "Normal" for each in artist.get_path_effects() or ()):
            return True
        paint = PAINTS[kind](artist)
        if _stands_out(paint, self._find_grounds(axes)):
            return True
        return bool(np.any(paint[:, 3] >= FAINTEST)) and self._is_covered(axes)

    @property
    def _pixel(self) -> float:
        """A pixel of a screen, in the figure's own."""
        return max(float(self._figure.dpi) / PIXELS_PER_INCH, 1.0)

    @property
    def _page(self) -> Array:
        """The figure, and as much again around it: a notebook shows what lies beside a figure as well."""
        box = _order(self._figure.bbox.extents)
        size = box[2:] - box[:2]
        return np.concatenate([box[:2] - size, box[2:] + size])

    def _find_box(self, axes: Any) -> Array:
        if id(axes) not in self._boxes:
            # Asking for the position has the aspect applied, as drawing would.
            axes.get_position()
            self._boxes[id(axes)] = _order(axes.bbox.extents)
        return self._boxes[id(axes)]

    def _has_size(self, box: Array) -> bool:
        sides = (box[2:] - box[:2]) / self._pixel
        return bool(sides.min() >= NARROWEST and sides.max() >= SHORTEST)

    def _lies_in_view(self, kind: Kind, artist: Any, axes: Any) -> bool:
        if axes.name == "3d":
            return True
        # Asking for the limits has those that are still to be found from the data found.
        axes.get_xlim()
        axes.get_ylim()
        view = self._page
        if artist.get_clip_on():
            view = _cut(view, _order((artist.get_clip_box() or axes.bbox).extents))
        view = np.concatenate([view[:2] - self._pixel, view[2:] + self._pixel])
        if kind == "line":
            points = np.column_stack([artist.get_xdata(orig=False), artist.get_ydata(orig=False)])
            return self._are_in(points, artist.get_transform(), view, joined=True)
        if kind == "points":
            # Other collections are polygons, which are shifted by their offsets, or are not.
            if not any(base.__name__ == "PathCollection" for base in type(artist).__mro__):
                return True
            points = np.ma.filled(artist.get_offsets(), np.nan)
            return self._are_in(points, artist.get_offset_transform(), view, joined=False)
        if kind == "bars":
            box = _order(artist.get_window_extent().extents)
            # A bar of no length says zero.
            return not np.all(np.isfinite(box)) or bool(np.all(_cut(box, view)[:2] <= _cut(box, view)[2:]))
        left, right, low, high = artist.get_extent()
        corners = [(left, low), (left, high), (right, low), (right, high)]
        places = artist.get_transform().transform(corners)
        box = np.concatenate([places.min(axis=0), places.max(axis=0)])
        seen = _cut(box, view)
        share = np.prod(seen[2:] - seen[:2]) / np.prod(box[2:] - box[:2])
        return self._has_size(seen) and bool(share >= LEAST_SHARE)

    def _are_in(self, points: Array, transform: Any, view: Array, *, joined: bool) -> bool:
        """Whether enough of these points, (points, 2), or of the strokes that join them, lie in view."""
        points = points[np.all(np.isfinite(points), axis=1)]
        if not len(points):
            return True
        places = transform.transform(points)
        starts, ends = (places[:-1], places[1:]) if joined and len(places) > 1 else (places, places)
        lowest, highest = np.minimum(starts, ends), np.maximum(starts, ends)
        inside = np.all((highest >= view[:2]) & (lowest <= view[2:]), axis=1)
        if inside.mean() < LEAST_SHARE:
            return False
        # Many points within one pixel show nothing of what they are.
        reach = np.ptp(np.clip(places, view[:2], view[2:]), axis=0).max()
        return not (np.ptp(points, axis=0).max() > 0 and reach < NARROWEST * self._pixel)

    def _find_near(self, axes: Any) -> list[Any]:
        """The axes, and those that lie over or under them."""
        found = []
        for each in list(self._figure.axes)[:MOST_AXES]:
            shared = _cut(self._find_box(each), self._find_box(axes))
            is_near = each is axes or np.all(shared[2:] - shared[:2] > self._pixel)
            if is_near and each.get_visible():
                found.append(each)
        return found

    def _find_grounds(self, axes: Any) -> Array:
        """The colours that may be behind what is drawn on these axes: (colours, 3)."""
        if id(axes) not in self._grounds:
            # Where a figure is transparent, the page behind it may be light or dark.
            sheets = [np.ones(3), np.zeros(3)]
            for patch in {id(each.patch): each.patch for each in (self._figure, axes.figure)}.values():
                sheets = [_lay(patch, sheet) for sheet in sheets]
            layers = [each for each in self._find_near(axes) if each.axison and each.get_frame_on()]
            grounds = [_lay(each.patch, sheet) for each in layers for sheet in sheets]
            if not any(each is axes and _is_opaque(each.patch) for each in layers):
                grounds += sheets
            self._grounds[id(axes)] = np.stack(grounds)
        return self._grounds[id(axes)]

    def _is_covered(self, axes: Any) -> bool:
        """Whether something of another colour than the background may lie behind: bars, areas, an image."""
        if len(self._figure.images) or len(self._figure.patches):
            return True
        grounds = self._find_grounds(axes)
        for each in self._find_near(axes):
            behind: list[tuple[Kind, Any]] = [
                *(("image", image) for image in each.images),
                *(("points", points) for points in each.collections),
                *(("bars", patch) for patch in each.patches),
            ]
            for kind, artist in behind[:MOST_BEHIND]:
                if artist.get_visible() and _stands_out(PAINTS[kind](artist), grounds):
                    return True
        return False


def _order(box: Any) -> Array:
    """Left, low, right and high of a box."""
    first, second = np.asarray(box, dtype=np.float64).reshape(2, 2)
    return np.concatenate([np.minimum(first, second), np.maximum(first, second)])


def _cut(first: Array, second: Array) -> Array:
    """What two boxes share; its right is less than its left where that is nothing."""
    return np.concatenate([np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])])


def _lay(patch: Any, below: Array) -> Array:
    """The colour of a patch that lies on another colour: red, green, blue."""
    if not patch.get_visible():
        return below
    color = np.asarray(patch.get_facecolor(), dtype=np.float64)
    mixed: Array = color[3] * color[:3] + (1 - color[3]) * below
    return mixed


def _is_opaque(patch: Any) -> bool:
    return bool(patch.get_visible() and patch.get_facecolor()[3] >= 1)


def _stands_out(paint: Array, grounds: Array) -> bool:
    """Whether any of these colours, (colours, 4), can be told from any of the grounds, (colours, 3)."""
    for ground in grounds:
        distances = np.abs(paint[:, :3] - ground).max(axis=1, initial=0.0)
        if np.any((distances >= ALIKE) & (distances * paint[:, 3] >= FAINTEST)):
            return True
    return False


def _mix(colors: list[Any], alpha: Any = None) -> Array:
    """Colours as matplotlib takes them, as red, green, blue and opacity: (colours, 4)."""
    to_rgba: Any = importlib.import_module("matplotlib.colors").to_rgba
    return np.array([to_rgba(color, alpha) for color in colors], dtype=np.float64).reshape(-1, 4)


def _paint_line(line: Any) -> Array:
    colors = []
    dashes = getattr(line, "_unscaled_dash_pattern", (0, None))[1]
    has_strokes = dashes is None or sum(dashes[::2]) >= FAINTEST * sum(dashes)
    if not _is_none(line.get_linestyle()) and line.get_linewidth() >= THINNEST:
        gaps = line.get_gapcolor()
        colors += [line.get_color()] if has_strokes else []
        colors += [] if gaps is None else [gaps]
    marker = line.get_marker()
    if not _is_none(marker) and (line.get_markersize() >= THINNEST or marker == ","):
        is_filled = not isinstance(marker, str) or marker in line.filled_markers or marker[:1] in (",", "$")
        colors += [line.get_markerfacecolor()] if is_filled else []
        colors += [line.get_markeredgecolor()] if line.get_markeredgewidth() >= THINNEST else []
    return _mix(colors, line.get_alpha())


def _is_none(style: Any) -> bool:
    return style is None or (isinstance(style, str) and style.strip().lower() in ("", "none"))


def _paint_bar(patch: Any) -> Array:
    colors = [patch.get_facecolor()]
    if patch.get_linewidth() >= THINNEST and not _is_none(patch.get_linestyle()):
        colors.append(patch.get_edgecolor())
    return _mix(colors + ([patch.get_edgecolor()] if patch.get_hatch() else []))


def _paint_points(points: Any) -> Array:
    sizes = points.get_sizes() if hasattr(points, "get_sizes") else ()
    if len(sizes) and np.max(sizes) < THINNEST**2:
        return np.empty((0, 4))
    # Colours that come from numbers are found when matplotlib draws.
    points.update_scalarmappable()
    parts = [np.asarray(points.get_facecolor(), dtype=np.float64).reshape(-1, 4)]
    if np.max(points.get_linewidth(), initial=0.0) >= THINNEST:
        parts.append(np.asarray(points.get_edgecolor(), dtype=np.float64).reshape(-1, 4))
    return np.concatenate(parts)


def _paint_image(image: Any) -> Array:
    array = image.get_array()
    if array.size > MOST_NUMBERS:
        raise ValueError("too large to be looked at")
    paint = np.array(image.to_rgba(array), dtype=np.float64).reshape(-1, 4)
    alpha = image.get_alpha()
    paint[:, 3] *= 1.0 if alpha is None else np.max(alpha)
    if array.ndim == 2:
        scale = np.asarray(image.get_cmap()(np.linspace(0, 1, 256)), dtype=np.float64)
        # A scale of a single colour shows no number.
        if max(np.ptp(scale, axis=0).max(), np.ptp(paint, axis=0).max()) < ALIKE:
            return np.empty((0, 4))
    return paint


PAINTS: dict[Kind, Callable[[Any], Array]] = {
    "line": _paint_line,
    "bars": _paint_bar,
    "points": _paint_points,
    "image": _paint_image,
}
"""The colours that each kind of thing is drawn with, but for those without width or size."""
