"""Where everything in a chart stands; templates draw it. Lengths are units of the chart's own view box."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from grader.exhibits import Matrix

BINS = 10
PIXELS = 180
"""Columns into which a long loss curve is thinned."""
MATRIX_ROWS, MATRIX_COLUMNS = 20, 16
"""Most that one image shows; beyond that its figures cannot be read."""


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram."""

    label: str
    """What it counts, such as `80–90`."""
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A marked place on an axis."""

    position: float
    label: str


@dataclass(frozen=True)
class LossChart:
    """Two loss curves over the steps, the loss on a logarithmic scale."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    student: tuple[str, ...]
    """SVG points of each unbroken piece of the student's curve."""
    reference: tuple[str, ...]
    not_drawn: int
    """Losses that a logarithmic scale has no place for: zero, negative, infinite or no number."""


@dataclass(frozen=True)
class Square:
    """One value of a matrix as a coloured square."""

    x: float
    y: float
    fill: str
    """`#rrggbb`"""
    ink: str
    text: str


@dataclass(frozen=True)
class MatrixImage:
    """A matrix as a blue-white-red image, -1 to 1."""

    width: float
    height: float
    squares: tuple[Square, ...]
    row_labels: tuple[Tick, ...]
    column_labels: tuple[Tick, ...]


def lay_out_histogram(scores: Sequence[float], max_score: float) -> tuple[Bar, ...]:
    """Ten bars for a view box 400 wide, counting scores from 0 to full marks; the last includes those."""
    step = (max_score or 1) / BINS
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, max(0, int(score / step + 1e-9)))] += 1
    highest = max(1, *counts)
    width, floor, room = 36.0, 150.0, 130.0
    return tuple(
        Bar(
            label=f"{step * place:g}–{step * (place + 1):g}",
            count=count,
            x=20 + width * place + 2,
            y=round(floor - room * count / highest, 2),
            width=width - 4,
            height=round(room * count / highest, 2),
        )
        for place, count in enumerate(counts)
    )


def lay_out_losses(student: Sequence[float], reference: Sequence[float]) -> LossChart | None:
    """Both curves in one chart, or None if there is not one loss that can be drawn."""
    drawable = [loss for loss in (*student, *reference) if is_drawable(loss)]
    if not drawable:
        return None
    low, high = math.log10(min(drawable)), math.log10(max(drawable))
    margin = max(0.04 * (high - low), 0.02)
    low, high = low - margin, high + margin
    left, right, top, bottom = 58.0, 410.0, 34.0, 210.0
    last = max(len(student), len(reference), 2) - 1

    def place_x(step: float) -> float:
        return left + (right - left) * step / last

    def place_y(loss: float) -> float:
        return bottom - (bottom - top) * (math.log10(loss) - low) / (high - low)

    def trace(losses: Sequence[float]) -> tuple[str, ...]:
        pieces: list[list[str]] = [[]]
        for step in thin_steps(losses):
            if is_drawable(losses[step]):
                pieces[-1].append(f"{place_x(step):.1f},{place_y(losses[step]):.1f}")
            else:
                pieces.append([])
        # A single point has no length: it is drawn as a line to itself, which a round cap makes a dot.
        return tuple(" ".join(piece if len(piece) > 1 else piece * 2) for piece in pieces if piece)

    return LossChart(
        width=420,
        height=256,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x_ticks=tuple(Tick(round(place_x(step), 1), f"{step:g}") for step in choose_steps(last)),
        y_ticks=tuple(
            Tick(round(place_y(loss), 1), label_loss(loss)) for loss in choose_losses(10**low, 10**high)
        ),
        student=trace(student),
        reference=trace(reference),
        not_drawn=len(student) + len(reference) - len(drawable),
    )


def is_drawable(loss: float) -> bool:
    """Whether a logarithmic scale has a place for it, and room for a margin before a float overflows."""
    return 1e-290 < loss < 1e290


def thin_steps(losses: Sequence[float]) -> list[int]:
    """Steps to be drawn: all of a short curve, else the lowest and highest of each column.

    Taking every n-th instead would hide the very spikes that a loss curve is looked at for.
    """
    if len(losses) <= 2 * PIXELS:
        return list(range(len(losses)))
    chosen = {0, len(losses) - 1}
    for column in range(PIXELS):
        start, end = (len(losses) * edge // PIXELS for edge in (column, column + 1))
        steps = [step for step in range(start, end) if is_drawable(losses[step])]
        if steps:
            chosen |= {min(steps, key=losses.__getitem__), max(steps, key=losses.__getitem__)}
        else:
            chosen.add(start)
    return sorted(chosen)


def sample_steps(count: int) -> tuple[int, ...]:
    """At most 14 steps for a table: the first three, the last, and between them ever wider apart."""
    steps = {0, 1, 2, count - 1} | {round(count ** (place / 10)) for place in range(11)}
    return tuple(sorted(step for step in steps if 0 <= step < count))


def choose_steps(last: int) -> list[float]:
    """Round numbers from 0 to the last step, four to seven of them."""
    rough = max(last / 5, 1)
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [step * place for place in range(int(last / step) + 1)]


def choose_losses(low: float, high: float) -> list[float]:
    """Values to mark on a logarithmic axis: powers of ten, or rounder neighbours if few of those fit."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    spacing = max(1, math.ceil((last - first) / 6))
    powers = [10.0**power for power in range(first, last + 1, spacing) if low <= 10.0**power <= high]
    if len(powers) >= 3:
        return powers
    finer = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    inside = [loss for loss in finer if low <= loss <= high]
    return inside if len(inside) >= 2 else [low * (high / low) ** part for part in (0.15, 0.5, 0.85)]


def label_loss(loss: float) -> str:
    """A loss on an axis: `0.02`, `5`, `1e-6`."""
    return f"{loss:.3g}".replace("e-0", "e-").replace("e+0", "e")


def lay_out_matrix(values: Matrix, rows: Sequence[str], columns: Sequence[str]) -> MatrixImage:
    """The first rows and columns of a matrix as squares with their figures."""
    left, top, width, height = 30.0, 24.0, 42.0, 24.0
    shown = [row[:MATRIX_COLUMNS] for row in values[:MATRIX_ROWS]]
    across = max((len(row) for row in shown), default=0)
    squares = []
    for down, row in enumerate(shown):
        for place, value in enumerate(row):
            fill = colour_value(value)
            squares.append(
                Square(left + width * place, top + height * down, fill, choose_ink(fill), label_value(value))
            )
    return MatrixImage(
        width=left + width * across + 2,
        height=top + height * len(shown) + 2,
        squares=tuple(squares),
        row_labels=tuple(
            Tick(top + height * (place + 0.5), label_symbol(label))
            for place, label in enumerate(rows[: len(shown)])
        ),
        column_labels=tuple(
            Tick(left + width * (place + 0.5), label_symbol(label))
            for place, label in enumerate(columns[:across])
        ),
    )


def draw_squares(squares: Sequence[Square]) -> Markup:
    """Squares as SVG. Not in a template: a page has 2,000 of them, which take it longer than all else.

    All that they hold is made of numbers, so nothing has to be escaped.
    """
    return Markup(
        "".join(
            f'  <rect x="{square.x}" y="{square.y}" width="42" height="24" fill="{square.fill}"/>'
            f'<text x="{square.x + 21}" y="{square.y + 16}" text-anchor="middle" '
            f'style="fill:{square.ink}">{square.text}</text>\n'
            for square in squares
        )
    )


def subtract(minuend: Matrix, subtrahend: Matrix) -> Matrix | None:
    """Their difference, or None if they differ in shape."""
    if [len(row) for row in minuend] != [len(row) for row in subtrahend]:
        return None
    return tuple(
        tuple(a - b for a, b in zip(left, right, strict=True))
        for left, right in zip(minuend, subtrahend, strict=True)
    )


def find_largest(difference: Matrix) -> float | None:
    """Largest absolute value; not a number if one of them is not; None if there is none at all."""
    sizes = [abs(value) for row in difference for value in row]
    if any(math.isnan(size) for size in sizes):
        return math.nan
    return max(sizes, default=None)


def colour_value(value: float) -> str:
    """Blue at -1 and below, white at 0, red at 1 and above, grey if it is not a number."""
    if math.isnan(value):
        return "#9aa0a8"
    fade = round(255 * (1 - min(1.0, abs(value))))
    return f"#{fade:02x}{fade:02x}ff" if value < 0 else f"#ff{fade:02x}{fade:02x}"


@cache
def choose_ink(fill: str) -> str:
    """Black or white, whichever stands out more; one of the two always has a contrast of 4.58 or more."""
    luminance = measure_luminance(fill)
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"


def measure_luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 to 1. Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = ((c / 12.92) if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def label_value(value: float) -> str:
    """A value in few characters: `0`, `.98`, `-.3`, `2e-7`, `1`."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if value == 0:
        return "0"
    if abs(value) < 0.005 or abs(value) >= 1000:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("0.", ".", 1) or "0"


def label_symbol(symbol: str) -> str:
    """A symbol as a label: white space made visible, long ones cut."""
    shown = "".join("␣" if character.isspace() else character for character in symbol) or "∅"
    return shown if len(shown) <= 4 else f"{shown[:3]}…"
