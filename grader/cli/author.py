"""`grade new`, `grade release` and `grade validate`: what authors of assignments need."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from grader.assignment.release import ReleasedNotebook
    from grader.assignment.spec import Assignment

FAULTY = 1


@click.command("new")
@click.argument("name")
@click.option("--title", help="Title in both languages, to be translated later. Default: the name.")
def new_command(name: str, title: str | None) -> None:
    """Start an assignment that grades at once.

    Writes assignments/NAME/assignment.toml, which holds the tasks and their points, solutions/NAME.ipynb,
    which holds text and solution together, and the notebook for students, made of it. The three are
    to be changed: docs/authoring.md walks through it.

    \b
    Example:
      grade new small-cnn --title "A small convolutional network"

    Exit status: 0 it is there; 2 nothing was written, because the name is taken or is none.
    """
    from grader.assignment.release import write_release
    from grader.assignment.start import find_course, start_assignment, undo_on_failure

    course = find_course(Path.cwd())
    with undo_on_failure(course, name):
        written = start_assignment(course, name, title or name)
        assignment = _load(written[0])
        released = _build(assignment)
        write_release(assignment.notebook_path, released)
    for path in (*written, assignment.notebook_path):
        click.echo(f"wrote {_shorten(path)}")
    click.echo(f"Change the first two, then run: grade release {name}")


@click.command("release")
@click.argument("name")
@click.option("--check", is_flag=True, help="Write nothing; say whether the notebook is what it should be.")
def release_command(name: str, check: bool) -> None:
    """Make the notebook for students.

    Takes solutions/NAME.ipynb, which is the reference as well, and leaves out solutions, hidden checks,
    outputs and metadata. It writes nothing if a line of a solution could still be seen, in the notebook or
    in another file beside it.

    \b
    Example:
      grade release hi-hello
      grade release hi-hello --check

    Exit status: 0 it is written, or with --check up to date; 1 with --check it is not; 2 the assignment has
    faults, and each is named.
    """
    from grader.assignment.load import find_assignment
    from grader.assignment.release import write_release
    from grader.judge.vocabulary import VOCABULARY

    assignment = find_assignment(name, vocabulary=VOCABULARY)
    released = _build(assignment)
    path = assignment.notebook_path
    if check:
        if not _is_up_to_date(assignment, released):
            click.echo(f"{_shorten(path)} is not what the reference gives. Run: grade release {name}")
            sys.exit(FAULTY)
        click.echo(f"{_shorten(path)} is up to date.")
        return
    write_release(path, released)
    click.echo(
        f"wrote {_shorten(path)}: {released.cells} cells, without {released.withheld} lines of the solution"
    )


@click.command("validate")
@click.argument("names", nargs=-1)
def validate_command(names: tuple[str, ...]) -> None:
    """Say what is wrong with assignments.

    Looks at assignment.toml, at the marks in the author's notebook, and at whether the notebook for students
    is up to date. All faults are told at once, each with its place. Without NAMES all assignments are looked
    at. Nothing is run.

    \b
    Example:
      grade validate
      grade validate hi-hello

    Exit status: 0 nothing is wrong; 1 something is; 2 there is no such assignment.
    """
    from grader.assignment.load import list_assignments, locate_assignment
    from grader.errors import AssignmentError, UnknownAssignment

    known = {name: locate_assignment(name) for name in names} if names else list_assignments()
    if not known:
        raise UnknownAssignment(
            "There is no assignment: run the command in the folder that holds assignments/."
        )
    is_faulty = False
    for name, path in known.items():
        try:
            assignment = _load(path)
            if assignment.id != path.parent.resolve().name:
                is_faulty = True
                click.echo(
                    f"{name}: the id in assignment.toml is {assignment.id!r}, and commands find an "
                    "assignment by its folder. Give both the same name."
                )
            count = len(assignment.task)
            said = f"{count} {'task' if count == 1 else 'tasks'}, {assignment.points:g} points"
            if not assignment.solution_path.is_file():
                said += "; no reference, so its notebooks were not looked at"
            elif not _is_up_to_date(assignment, _build(assignment)):
                raise AssignmentError(
                    f"The notebook for students is not up to date. Run: grade release {name}"
                )
            click.echo(f"{name}: {said}")
        except AssignmentError as error:
            is_faulty = True
            click.echo(f"{name}: {error}")
    if is_faulty:
        sys.exit(FAULTY)


def _load(path: Path) -> "Assignment":
    from grader.assignment.load import load_assignment
    from grader.judge.vocabulary import VOCABULARY

    return load_assignment(path, VOCABULARY)


def _build(assignment: "Assignment") -> "ReleasedNotebook":
    from grader.assignment.reference import load_solution
    from grader.assignment.release import build_release

    return build_release(assignment, load_solution(assignment))


def _is_up_to_date(assignment: "Assignment", released: "ReleasedNotebook") -> bool:
    path = assignment.notebook_path
    return path.is_file() and path.read_bytes() == released.content


def _shorten(path: Path) -> Path:
    """A path as the user would write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
