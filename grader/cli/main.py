"""`grade`: the commands and their options."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import click
from click_default_group import DefaultGroup

from grader import __version__
from grader.cli.author import new_command, release_command, validate_command
from grader.cli.store import store_command
from grader.errors import EngineError, GraderError

SANDBOXES = click.Choice(["auto", "bwrap", "container", "landlock", "none"])
DEVICES = click.Choice(["auto", "cpu", "cuda"])

UNGRADED = 1
MISUSE = 2
OWN_FAULT = 3
"""The grader, the sandbox or the machine failed, and a person has to look. Stronger than UNGRADED."""
INTERRUPTED = 130

LOST = "grader.lost"
"""Where a command keeps what an interruption would lose at the moment."""


@contextmanager
def end_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP act as Ctrl-C does: kernels end and their folders go, as by default they do not."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        # Supervisors send both, or one twice, and the second must not break into the clearing up.
        for other in replaced:
            signal.signal(other, signal.SIG_IGN)
        # asyncio has a handler of its own here, which cancels what runs rather than break into it.
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):
            raise KeyboardInterrupt
        handler(signal.SIGINT, frame)

    replaced: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            # What is ignored stays so: that is how nohup lets a run outlive its terminal.
            if signal.getsignal(number) is not signal.SIG_IGN:
                replaced[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, before in replaced.items():
            signal.signal(number, before)


class Commands(DefaultGroup):  # type: ignore[misc]
    """Turns what the package raises on purpose into a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a GraderError is misuse of some kind, never a traceback."""
        try:
            with end_on_signals():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            # After a hang-up there is no terminal to tell.
            with suppress(OSError):
                click.echo(f"grade: interrupted; {ctx.meta.get(LOST, 'nothing had begun.')}", err=True)
            sys.exit(INTERRUPTED)
        except EngineError as error:
            click.echo(f"grade: {error}", err=True)
            sys.exit(OWN_FAULT)
        except GraderError as error:
            click.echo(f"grade: {error}", err=True)
            sys.exit(MISUSE)


@click.group(cls=Commands, default="run", default_if_no_args=False)
@click.version_option(__version__, prog_name="grade")
def main() -> None:
    """Grade deep-learning notebooks.

    `grade submissions/` is short for `grade run submissions/`.
    """


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("-a", "--assignment", help="Id of the assignment. Default: the one that the notebooks match.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help="Folder for the reports.",
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Notebooks run at once. Default: one a core.")
@click.option("--device", type=DEVICES, default="auto", show_default=True, help="Where networks are trained.")
@click.option("--sandbox", type=SANDBOXES, default="auto", show_default=True, help="What keeps notebooks in.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed for everybody. Default: the assignment's.")
@click.option("--timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="Most seconds for one cell.")
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder where what runs leave is kept, to be shared or not. Default: .evidence in --out.",
)
@click.option("--fresh", is_flag=True, help="Run again what has been kept, and replace it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is printed at the end.",
)
def run(
    submissions: Path,
    assignment: str | None,
    out: Path,
    jobs: int | None,
    device: str,
    sandbox: str,
    seed: int | None,
    timeout: float | None,
    store: Path | None,
    fresh: bool,
    form: str,
) -> None:
    """Grade a folder of notebooks, a zip, or one notebook.

    SUBMISSIONS holds a notebook a student, or a folder a student. The reports are written to
    reports/index.html, with a page a student, grades.csv and results.json beside it. What has run is kept
    there, too: after an interruption the same command goes on where it stopped.

    \b
    Example:
      grade submissions/
      grade run exam.zip --assignment hi-hello --out marks

    Exit status: 0 every submission was graded, whatever its score; 1 some could not be; 2 nothing was; 3 the
    grader, the sandbox or the machine failed at some, which says nothing about these.
    """
    # Imported here, so that `grade --help` answers at once.
    from grader.cli.progress import open_listener
    from grader.cli.results import print_class
    from grader.report.files import write_reports
    from grader.report.folder import hold_folder
    from grader.workflow import Settings, grade_class

    store = store or out / ".evidence"
    meta = click.get_current_context().meta
    settings = Settings(
        device=device, sandbox=sandbox, seed=seed, cell_seconds=timeout, jobs=jobs, store=store, fresh=fresh
    )
    # Before the training, not after it.
    with hold_folder(out) as folder:
        meta[LOST] = f"no report was written. The same command goes on from what is kept in {store}."
        with open_listener(quiet=form == "json") as listener:
            graded = grade_class(submissions, assignment, settings, listener)
        meta[LOST] = f"the reports in {out} are not complete. The same command writes them anew."
        try:
            write_reports(out, graded.assignment, graded.result, graded.pages, "en", folder.announce)
            changed = folder.remove_stale()
        except GraderError as error:
            raise GraderError(f"{error} Nothing runs twice with --store {store}.") from error
        for name in changed:
            click.echo(f"{out / name} is of a former run and was changed since, so it stays.", err=True)
    meta[LOST] = f"nothing is lost: the reports in {out} are complete."
    print_class(graded.result, out, form)
    statuses = {submission.status for submission in graded.result.submissions}
    if "grader_error" in statuses:
        sys.exit(OWN_FAULT)
    if "ungradable" in statuses:
        sys.exit(UNGRADED)


@main.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("-a", "--assignment", help="Id of the assignment. Default: the one that the notebook matches.")
@click.option("--task", "tasks", multiple=True, help="Task to check, such as 1.3; may be repeated.")
@click.option("--sandbox", type=SANDBOXES, default="auto", show_default=True, help="What keeps notebooks in.")
@click.option("--timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="Most seconds for one cell.")
def check(
    notebook: Path, assignment: str | None, tasks: tuple[str, ...], sandbox: str, timeout: float | None
) -> None:
    """Check your own notebook by the public checks.

    Runs it as the grading will, without the reference, so it tells what can be told without one: that
    the network trains, predicts, and keeps the rules. Marks come from the grading alone.

    \b
    Example:
      grade check my-exam.ipynb
      grade check my-exam.ipynb --task 1.3

    Exit status: 0 every public check passed; 1 some did not, or a cell of a task that was checked did
    not end well; 2 the notebook could not be checked.
    """
    from grader.cli.progress import open_listener
    from grader.cli.results import print_check
    from grader.workflow import Settings, check_notebook

    click.get_current_context().meta[LOST] = "the notebook was not checked to its end."
    settings = Settings(device="auto", sandbox=sandbox, cell_seconds=timeout)
    with open_listener(quiet=False) as listener:
        found, result, cells = check_notebook(notebook, assignment, tasks, settings, listener)
    print_check(found, result, cells)
    checked = {task.id for task in result.tasks}
    if any(check.outcome != "passed" for task in result.tasks for check in task.checks) or any(
        cell.status != "ok" and cell.task in checked for cell in cells
    ):
        sys.exit(UNGRADED)


@main.command()
@click.argument("assignment")
@click.option("--seeds", type=click.IntRange(min=1), default=8, show_default=True, help="Seeds to measure.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Runs at once. Default: one a core.")
@click.option("--device", type=DEVICES, default="auto", show_default=True, help="Where networks are trained.")
@click.option("--sandbox", type=SANDBOXES, default="auto", show_default=True, help="What keeps notebooks in.")
def calibrate(assignment: str, seeds: int, jobs: int | None, device: str, sandbox: str) -> None:
    """Measure an assignment's tolerances.

    Runs the reference of ASSIGNMENT in honest variations to see how far float noise goes, and with one
    fault at a time to see how near a wrong network comes. What it finds is written to calibration.json and
    calibration.svg beside assignment.toml, and every grading on the same kind of device uses it.

    \b
    Example:
      grade calibrate hi-hello

    Exit status: 0 every mutant is told from the reference; 1 some are not; 2 nothing could be measured.
    """
    from grader.assignment.spec import find_assignment
    from grader.cli.progress import open_listener
    from grader.cli.results import print_margins
    from grader.judge.vocabulary import VOCABULARY
    from grader.workflow import Settings
    from grader.workflow import calibrate as measure

    found = find_assignment(assignment, vocabulary=VOCABULARY)
    click.get_current_context().meta[LOST] = "nothing was written."
    with open_listener(quiet=False) as listener:
        settings = Settings(device=device, sandbox=sandbox, jobs=jobs)
        measured, kind = measure(found, settings, seeds, listener)
    if print_margins(measured, kind):
        sys.exit(UNGRADED)


main.add_command(store_command)
main.add_command(new_command)
main.add_command(release_command)
main.add_command(validate_command)


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is printed.",
)
def doctor(form: str) -> None:
    """Say what this machine can do, and how to mend the rest.

    Tries every sandbox, and looks at torch and its devices, memory, folders, fonts and assignments. Nothing
    is changed, but that docker or podman keeps an image without files.

    \b
    Example:
      grade doctor

    Exit status: 0 notebooks can be graded here; 1 they cannot.
    """
    from grader.cli.doctor import render_json, render_text
    from grader.doctor import can_grade, examine_machine

    findings = examine_machine()
    click.echo(render_json(findings) if form == "json" else render_text(findings))
    if not can_grade(findings):
        sys.exit(UNGRADED)
