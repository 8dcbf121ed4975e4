"""`grade import`: an assignment out of what an instructor has."""

from pathlib import Path

import click


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the assignment, below assignments/. Default: named after SOURCE.",
)
@click.option(
    "--tests",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of otter's test files. Default: tests/ beside SOURCE.",
)
@click.option("--title", help="Title in both languages, to be translated later. Default: the name.")
def import_command(source: Path, out: Path | None, tests: Path | None, title: str | None) -> None:
    """Import an assignment of nbgrader's or otter's.

    SOURCE is the notebook with the solutions: of nbgrader the one in `source`, of otter the one that
    `otter assign` writes to `autograder`, with its tests in the notebook or in tests/ beside it. Tests
    are read and never run or unpickled. Written are assignment.toml, the author's notebook and all
    assertions in solutions/, and the notebook for students; docs/importing.md says what becomes of what.

    \b
    Example:
      grade import source/ps1/ps1.ipynb --out assignments/ps1
      grade import dist/autograder/lab3.ipynb --tests dist/autograder/tests

    Exit status: 0 it is there; 2 it cannot be imported, and each fault is named.
    """
    from grader.assignment.importing.write import (
        choose_folder,
        list_inside,
        read_draft,
        write_draft,
    )
    from grader.assignment.load import load_assignment
    from grader.assignment.reference import load_solution
    from grader.assignment.release import build_release, write_release
    from grader.assignment.start import find_course
    from grader.errors import AssignmentError
    from grader.judge.vocabulary import VOCABULARY

    draft = read_draft(source, tests)
    folder = choose_folder(source, out, find_course(Path.cwd()))
    written = write_draft(draft, folder, title or folder.name)
    for path in written:
        click.echo(f"wrote {_shorten(path)}")
    for note in draft.notes:
        click.echo(f"note: {note}")
    try:
        assignment = load_assignment(written[0], VOCABULARY)
        released = build_release(assignment, load_solution(assignment))
    except AssignmentError as error:
        raise AssignmentError(
            f"{error}\nThe rest is written. Mend what is named, then run: grade release {folder.name}"
        ) from error
    write_release(assignment.notebook_path, released)
    click.echo(f"wrote {_shorten(assignment.notebook_path)}")
    inside = list_inside(draft)
    count = len(draft.blocks)
    split = (
        f"; {count - len(inside)} of {count} blocks of assertions are decided outside the student's process"
        if count
        else ""
    )
    tasks = "1 task" if len(draft.tasks) == 1 else f"{len(draft.tasks)} tasks"
    click.echo(f"{tasks}, {assignment.points:g} points{split}.")
    if inside:
        click.echo("Inside it:")
        for block, reason in inside.items():
            click.echo(f"  {block}: {reason}")
        hidden = [block.id for block in draft.blocks if block.hidden and block.id in inside]
        if hidden:
            click.echo(f"Hidden, and there a hostile notebook could read them: {', '.join(hidden)}")
    by_hand = [task.id for task in draft.tasks if task.by_hand is not None]
    if by_hand:
        click.echo(f"To be marked by hand: {', '.join(by_hand)}")
    course = folder.resolve().parent.parent
    place = "" if course == find_course(Path.cwd()) else f" in {_shorten(course)}"
    click.echo(f"Grade it{place} with: grade submissions/ -a {folder.name}")


def _shorten(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
