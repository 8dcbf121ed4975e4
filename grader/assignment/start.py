"""Starts a new assignment that grades at once: a rubric and the author's notebook, with one small task."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

from grader.errors import AssignmentError

ASSIGNMENT_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
MAX_TITLE = 120
SEEDS = 100_000


def find_course(start: Path) -> Path:
    """The folder that holds `assignments/`: this one or one above it; else this one."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / "assignments").is_dir()), start)


@contextmanager
def undo_on_failure(course: Path, name: str) -> Iterator[None]:
    """Takes away what an assignment has got below `course` if its start fails; what was there stays."""
    folder, solution = course / "assignments" / name, course / "solutions" / f"{name}.ipynb"
    new = [
        path
        for path in (folder, solution, folder.parent, solution.parent)
        if not (path.exists() or path.is_symlink())
    ]
    try:
        yield
    except AssignmentError:
        for path in new:
            with suppress(OSError):
                if path == folder:
                    shutil.rmtree(path)
                elif path == solution:
                    path.unlink()
                else:
                    path.rmdir()
        raise


def start_assignment(course: Path, name: str, title: str) -> list[Path]:
    """Write `assignments/NAME/assignment.toml` and `solutions/NAME.ipynb` below `course`; their paths.

    The notebook for students is made of the second: see `build_release`. Raises AssignmentError, and changes
    nothing, where the name is none, or is taken, or the title is none.
    """
    if not ASSIGNMENT_ID.fullmatch(name):
        raise AssignmentError(
            f"{name!r} is no name for an assignment: up to 60 small letters, digits and hyphens, such as "
            "small-cnn. It becomes the name of a folder and a file."
        )
    title = " ".join(title.split())
    if not title or len(title) > MAX_TITLE or not title.isprintable():
        raise AssignmentError(
            f"The title has to be a line of 1 to {MAX_TITLE} characters. Give another --title."
        )
    folder, solution = course / "assignments" / name, course / "solutions" / f"{name}.ipynb"
    for path in (folder, solution):
        if path.exists() or path.is_symlink():
            raise AssignmentError(f"{path} is there already. Choose another name, or remove it first.")
    seed = int(hashlib.sha256(name.encode()).hexdigest(), 16) % SEEDS
    # JSON's texts are TOML's, too, as long as they hold no control characters.
    quoted = json.dumps(title, ensure_ascii=False)
    filled = _read_template("assignment.toml").replace("NAME", name).replace("SEED", str(seed))
    # The title comes last: it may hold the words that stand for the others.
    rubric = filled.replace("TITLE", quoted)
    notebook = json.loads(_read_template("source.ipynb"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("SEED", str(seed)).replace("TITLE", title) for line in cell["source"]]
    with undo_on_failure(course, name):
        try:
            folder.mkdir(parents=True)
            solution.parent.mkdir(exist_ok=True)
            (folder / "assignment.toml").write_text(rubric, encoding="utf-8")
            solution.write_text(f"{json.dumps(notebook, ensure_ascii=False, indent=1)}\n", encoding="utf-8")
        except OSError as error:
            raise AssignmentError(f"{error.filename} cannot be written: {error.strerror}.") from error
    return [folder / "assignment.toml", solution]


def _read_template(name: str) -> str:
    return (files("grader.assignment") / "templates" / name).read_text(encoding="utf-8")
