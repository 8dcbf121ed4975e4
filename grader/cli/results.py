"""Prints what a command found."""

import sys
from pathlib import Path

import click
from rich.console import Console

from grader.assignment.spec import Assignment
from grader.records import ClassResult, SubmissionResult
from grader.report.files import build_results
from grader.report.text import render_result, render_summary

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
    for submission in result.submissions:
        if submission.status == "ungradable":
            click.echo(f"Not graded: {submission.student} ({submission.file}): {submission.problem}")
    click.echo(f"Reports: {out / 'index.html'}")


def print_check(assignment: Assignment, result: SubmissionResult) -> None:
    """Print the outcome of a self-check."""
    _open_console().print(render_result(assignment, result))
