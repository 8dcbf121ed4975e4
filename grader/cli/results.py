"""Prints what a command found."""

import sys
from pathlib import Path

import click
from rich.console import Console

from grader.assignment.spec import Assignment
from grader.assignment.tolerance import locate_calibration
from grader.records import CellRun, RunMode
from grader.report.files import build_results
from grader.report.margins import describe_scores, draw_margins, render_margins
from grader.report.sanitise import clean_line
from grader.report.text import render_result, render_summary
from grader.report.words import PROVISIONAL, describe_quick_check
from grader.results import ClassResult, SubmissionResult

CELLS_SHOWN = 20
PLAIN_WIDTH = 100
"""Columns where the output is no terminal."""


def _open_console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)


def print_class(result: ClassResult, out: Path, form: str) -> None:
    """Print a class's summary, or all of it as JSON."""
    if form == "json":
        click.echo(build_results(result))
        return
    console = _open_console()
    console.print(render_summary(result, console.width))
    click.echo(f"Reports: {out / 'index.html'}")


def print_check(
    assignment: Assignment, result: SubmissionResult, cells: tuple[CellRun, ...], mode: RunMode = "full"
) -> None:
    """Print the outcome of a self-check that ran in this mode, and the cells that did not end well."""
    if done := describe_quick_check(assignment, result, mode):
        click.echo(f"{PROVISIONAL}: {done}")
    _open_console().print(render_result(assignment, result))
    failed = [cell for cell in cells if cell.status != "ok"]
    for cell in failed[:CELLS_SHOWN]:
        place = f"Cell {cell.index + 1}" + (f" ({cell.task})" if cell.task else "")
        click.echo(f"{place}: {clean_line(cell.error or cell.status)}")
    if len(failed) > CELLS_SHOWN:
        click.echo(f"{len(failed) - CELLS_SHOWN} more cells did not end well.")


def print_margins(assignment: Assignment, device: str) -> bool:
    """Print what a calibration measured and draw its picture; whether any mutant was missed."""
    _open_console().print(render_margins(assignment, device))
    for line in describe_scores(assignment, device):
        click.echo(line)
    picture = assignment.folder / "calibration.svg"
    picture.write_text(draw_margins(assignment, device), encoding="utf-8")
    click.echo(f"Written: {locate_calibration(assignment.folder)} and {picture.name}")
    tasks = assignment.calibration.devices[device].tasks.values()
    return any(found.missed for found in tasks)
