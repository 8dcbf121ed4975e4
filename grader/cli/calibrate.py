"""`grade calibrate`: an assignment's tolerances, measured."""

import sys

import click

from grader.cli.options import DEVICES, LOST, SANDBOXES, UNGRADED


@click.command("calibrate")
@click.argument("assignment")
@click.option("--seeds", type=click.IntRange(min=1), default=8, show_default=True, help="Seeds to measure.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Runs at once. Default: one a core.")
@click.option("--device", type=DEVICES, default="auto", show_default=True, help="Where networks are trained.")
@click.option("--sandbox", type=SANDBOXES, default="auto", show_default=True, help="What keeps notebooks in.")
def calibrate_command(assignment: str, seeds: int, jobs: int | None, device: str, sandbox: str) -> None:
    """Measure an assignment's tolerances.

    Runs the reference of ASSIGNMENT in honest variations to see how far float noise goes, and with one
    fault at a time to see how near a wrong network comes. What it finds is written to calibration.json and
    calibration.svg beside assignment.toml, and every grading on the same kind of device uses it.

    \b
    Example:
      grade calibrate hi-hello

    Exit status: 0 every mutant is told from the reference; 1 some are not; 2 nothing could be measured.
    """
    from grader.assignment.load import find_assignment
    from grader.cli.progress import open_listener
    from grader.cli.results import print_margins
    from grader.judge.vocabulary import VOCABULARY
    from grader.workflow import Settings, calibrate

    found = find_assignment(assignment, vocabulary=VOCABULARY)
    click.get_current_context().meta[LOST] = "nothing was written."
    with open_listener(quiet=False) as listener:
        settings = Settings(device=device, sandbox=sandbox, jobs=jobs)
        measured, kind = calibrate(found, settings, seeds, listener)
    if print_margins(measured, kind):
        sys.exit(UNGRADED)
