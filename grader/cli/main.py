"""`grade`: the commands and their options."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader import __version__
from grader.cli.author import new_command, release_command, validate_command
from grader.cli.calibrate import calibrate_command
from grader.cli.group import Commands
from grader.cli.importing import import_command
from grader.cli.options import DEVICES, LOST, MODES, OWN_FAULT, SANDBOXES, UNGRADED
from grader.cli.store import store_command
from grader.errors import GraderError

if TYPE_CHECKING:
    from grader.records import GradingMode


@click.group(cls=Commands, default="run", default_if_no_args=False)
@click.version_option(__version__, prog_name="grade")
def main() -> None:
    """Grade deep-learning notebooks.

    `grade submissions/` is short for `grade run submissions/`.
    """


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "-a",
    "--assignment",
    help="Id of the assignment, or its folder. Default: the one that the notebooks match.",
)
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
@click.option(
    "--mode", type=MODES, default="full", show_default=True, help="Whole trainings, or provisional verdicts."
)
@click.option("--fresh", is_flag=True, help="Run again what has been kept, and replace it.")
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler whose workers run the notebooks.")
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
    mode: "GradingMode",
    fresh: bool,
    cluster: str | None,
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
      grade submissions/ --mode quick

    With --mode quick every training is stopped after its first steps, and what these leave open is trained on
    a shorter text. Every report then says that its verdicts are provisional; a full run replaces them.

    Exit status: 0 every submission was graded, whatever its score; 1 some could not be; 2 nothing was; 3 the
    grader, the sandbox or the machine failed at some, which says nothing about these.
    """
    # Imported here, so that `grade --help` answers at once.
    from grader.cli.collector import calm_collector
    from grader.cli.progress import open_listener
    from grader.cli.results import print_class
    from grader.report.files import write_reports
    from grader.report.folder import hold_folder
    from grader.workflow import Settings, grade_class

    calm_collector()
    store = store or out / ".evidence"
    meta = click.get_current_context().meta
    if cluster is not None and jobs is not None:
        raise click.UsageError("--jobs is for this machine; on a cluster each worker's --nthreads decides.")
    settings = Settings(device, sandbox, seed, timeout, jobs, store, fresh, mode, cluster)
    # Before the training, not after it.
    with hold_folder(out) as folder:
        if mode == "quick":
            folder.refuse_full_marks()
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
@click.option(
    "-a",
    "--assignment",
    help="Id of the assignment, or its folder. Default: the one that the notebook matches.",
)
@click.option("--task", "tasks", multiple=True, help="Task to check, such as 1.3; may be repeated.")
@click.option("--sandbox", type=SANDBOXES, default="auto", show_default=True, help="What keeps notebooks in.")
@click.option("--timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="Most seconds for one cell.")
@click.option(
    "--mode", type=MODES, default="full", show_default=True, help="Whole trainings, or provisional verdicts."
)
def check(
    notebook: Path,
    assignment: str | None,
    tasks: tuple[str, ...],
    sandbox: str,
    timeout: float | None,
    mode: "GradingMode",
) -> None:
    """Check your own notebook by the public checks.

    Runs it as the grading will, without the reference, so it tells what can be told without one: that
    the network trains, predicts, and keeps the rules. Marks come from the grading alone.

    \b
    Example:
      grade check my-exam.ipynb
      grade check my-exam.ipynb --task 1.3
      grade check my-exam.ipynb --mode quick

    Exit status: 0 every public check passed; 1 some did not, or a cell of a task that was checked did
    not end well; 2 the notebook could not be checked.
    """
    from grader.cli.progress import open_listener
    from grader.cli.results import print_check
    from grader.workflow import Settings, check_notebook

    click.get_current_context().meta[LOST] = "the notebook was not checked to its end."
    settings = Settings(device="auto", sandbox=sandbox, cell_seconds=timeout, mode=mode)
    with open_listener(quiet=False) as listener:
        found, result, cells, made = check_notebook(notebook, assignment, tasks, settings, listener)
    print_check(found, result, cells, made)
    checked = {task.id for task in result.tasks}
    if any(check.outcome != "passed" for task in result.tasks for check in task.checks) or any(
        cell.status != "ok" and cell.task in checked for cell in cells
    ):
        sys.exit(UNGRADED)


main.add_command(store_command)
main.add_command(calibrate_command)
main.add_command(new_command)
main.add_command(import_command)
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
