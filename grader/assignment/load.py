"""Finds `assignment.toml` and reads it into an `Assignment`."""

import os
import tomllib
from pathlib import Path

from pydantic import ValidationError

from grader.assignment.assertions import find_block_faults, read_book
from grader.assignment.faults import list_type_faults, write_faults, write_syntax_fault
from grader.assignment.lines import MAX_DEPTH, is_deep
from grader.assignment.rubric import Vocabulary, find_rule_faults
from grader.assignment.spec import Assignment
from grader.assignment.tolerance import read_calibration
from grader.errors import AssignmentError, UnknownAssignment

RUBRIC = "assignment.toml"
PACKAGED = Path(__file__).parents[1] / "_assignments"
"""Where a wheel carries the assignments."""


def load_assignment(path: Path, vocabulary: Vocabulary | None = None) -> Assignment:
    """The assignment described by an `assignment.toml`.

    With a vocabulary the names and options of its checks are looked at, too. Raises AssignmentError with
    every fault found and its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise AssignmentError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise AssignmentError(f"{path} is not valid UTF-8: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(write_syntax_fault(path, error)) from error
    except RecursionError:
        raw = None
    # What tomllib can just read may still be too deep for those who walk over it.
    if raw is None or is_deep(raw):
        raise AssignmentError(
            f"{path} holds brackets in more than {MAX_DEPTH} others. Nothing there is so deep."
        )
    folder = path.parent.resolve()
    faults = list(find_rule_faults(raw, vocabulary))
    book, is_whole = read_book(folder, raw.get("id"))
    faults += find_block_faults(raw, book, is_whole=is_whole)
    beside = {"folder": folder, "calibration": read_calibration(path.parent), "assertions": book}
    try:
        assignment = Assignment.model_validate({**raw, **beside})
    except ValidationError as error:
        faults += list_type_faults(error, raw)
    if faults:
        raise AssignmentError(write_faults(path, text, raw, faults))
    return assignment


def list_assignments(start: Path | None = None) -> dict[str, Path]:
    """Every `assignment.toml` by id: of `assignments/` in `start` (default: the working folder) or a folder
    above it, else beside the package, else inside it.
    """
    start = (start or Path.cwd()).resolve()
    folders = [parent / "assignments" for parent in (start, *start.parents)]
    folders += [Path(__file__).parents[2] / "assignments", PACKAGED]
    for folder in folders:
        found = {path.parent.name: path for path in sorted(folder.glob("*/assignment.toml"))}
        if found:
            return found
    return {}


def find_assignment(name: str, start: Path | None = None, vocabulary: Vocabulary | None = None) -> Assignment:
    """The assignment of that id, or at that path. Raises UnknownAssignment, which names those there are."""
    return load_assignment(locate_assignment(name, start), vocabulary)


def locate_assignment(name: str, start: Path | None = None) -> Path:
    """The `assignment.toml` of an id, or of a path: to its folder, or to itself. Raises UnknownAssignment."""
    found, place = list_assignments(start), (start or Path.cwd()) / name
    for path in (place, place / RUBRIC):
        if path.name == RUBRIC and os.path.isfile(path):  # noqa: PTH113 - Path raises on endless names
            found.setdefault(name, path)
    if name not in found:
        known = ", ".join(found) or "none: run the command in the folder that holds assignments/"
        raise UnknownAssignment(f"No assignment is called {name!r}. Known: {known}.")
    return found[name]
