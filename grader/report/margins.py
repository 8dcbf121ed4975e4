"""Shows what `grade calibrate` measured: a table for the terminal and a picture."""

import math
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from grader.assignment.spec import Assignment
from grader.assignment.tolerance import DeviceCalibration, Gap
from grader.report.environment import build_environment

LEFT, WIDTH, TOP, ROW = 150.0, 520.0, 46.0, 24.0
SMALLEST, LARGEST = -8, 0
"""Decimal exponents that the picture's axis spans."""


@dataclass(frozen=True)
class Strip:
    """One row of the picture: noise up to here, the tolerance, the nearest fault."""

    label: str
    y: float
    noise: float
    tolerance: float
    nearest: float | None
    text: str
    """All of it in words, for those who do not see the picture."""


def list_gaps(measured: DeviceCalibration) -> list[tuple[str, str, Gap]]:
    """Task, step and gap of everything measured, in order."""
    return [
        (task, name, gap)
        for task, found in measured.tasks.items()
        for name, gap in (
            *((f"step {step}", gap) for step, gap in enumerate(found.steps)),
            ("later", found.late),
        )
    ]


def render_margins(assignment: Assignment, device: str) -> Table:
    """What was measured on a kind of device, as a table that fits 80 columns."""
    measured = assignment.calibration.devices[device]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Task", "Step", "Noise", "Tolerance", "Nearest fault"):
        table.add_column(name, justify="left" if name in ("Task", "Step", "Nearest fault") else "right")
    table.add_column("Margin", justify="right")
    last = ""
    for task, step, gap in list_gaps(measured):
        nearest = "-" if gap.nearest is None else escape(f"{gap.nearest:.1e} {gap.mutant}")
        margin = "-" if gap.margin is None else f"{gap.margin:.3g}x" + (" !" if gap.overlaps else "")
        table.add_row(
            "" if task == last else escape(task),
            step,
            f"{gap.noise:.1e}",
            f"{gap.tolerance:.1e}",
            nearest,
            margin,
        )
        last = task
    return table


def describe_scores(assignment: Assignment, device: str) -> list[str]:
    """A line for each task: how many mutants the judge tells from the reference, and which it misses."""
    lines = []
    for task, found in assignment.calibration.devices[device].tasks.items():
        missed = f"; missed: {', '.join(found.missed)}" if found.missed else ""
        idle = f"; without effect: {', '.join(found.idle)}" if found.idle else ""
        lines.append(f"{task}: {found.caught} of {found.mutants} mutants caught{missed}{idle}")
    return lines


def draw_margins(assignment: Assignment, device: str) -> str:
    """The same as an SVG picture on a logarithmic axis, in light and dark."""
    measured = assignment.calibration.devices[device]
    strips = [
        Strip(
            label=f"{task}, {step}",
            y=TOP + ROW * number,
            noise=_place(gap.noise),
            tolerance=_place(gap.tolerance),
            nearest=None if gap.nearest is None else _place(gap.nearest),
            text=f"{task}, {step}: noise up to {gap.noise:.1e}, tolerance {gap.tolerance:.1e}, "
            + (f"nearest fault {gap.nearest:.1e} ({gap.mutant})" if gap.nearest is not None else "no fault"),
        )
        for number, (task, step, gap) in enumerate(list_gaps(measured))
    ]
    ticks = [(_place(10.0**exponent), f"1e{exponent}") for exponent in range(SMALLEST, LARGEST + 1)]
    return (
        build_environment("en")
        .get_template("margins.svg")
        .render(
            strips=strips,
            ticks=ticks,
            left=LEFT,
            right=LEFT + WIDTH,
            top=TOP - ROW / 2,
            bottom=TOP + ROW * (len(strips) - 0.5),
            height=TOP + ROW * len(strips) + 20,
            width=LEFT + WIDTH + 30,
            title=f"{assignment.id}, {device}, torch {measured.torch}",
        )
    )


def _place(value: float) -> float:
    exponent = math.log10(max(value, 10.0**SMALLEST))
    return LEFT + WIDTH * (min(exponent, LARGEST) - SMALLEST) / (LARGEST - SMALLEST)
