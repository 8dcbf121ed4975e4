"""Reads the assertions of an imported assignment: code that says what a task's cells have to leave.

Those that students may see stand in `assertions.toml` beside `assignment.toml`; all of them, the hidden ones
too, in `solutions/<id>.assertions.toml`, which students do not get.
"""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from grader.assignment.faults import Fault, name_unknown
from grader.errors import AssignmentError
from grader.records import Record

PUBLIC_FILE = "assertions.toml"
Form = Literal["python", "doctest"]


class Assertions(Record):
    """One block of assertions: what counts as a whole, or as the share that its last line gives."""

    id: str
    task: str
    code: str
    form: Form = "python"
    """Statements, or examples with `>>>` and what they show."""
    hidden: bool = False
    """Whether students must not see any of it."""
    inside: bool = False
    """Whether it has to run in the student's process, where functions of the notebook's see what it sets."""


class AssertionBook(Record):
    """All blocks of an assignment, and what is needed to read them."""

    schema_version: Literal[1] = Field(default=1, alias="schema")
    imports: dict[str, str] = Field(default_factory=dict)
    """Names that the notebook imports, to what they stand for: `np` to `numpy`."""
    own: tuple[str, ...] = ()
    """Names of Python's own functions that the notebook gives another meaning, and is asked to."""
    block: tuple[Assertions, ...] = ()

    def find(self, block_id: str) -> Assertions | None:
        """The block of that id."""
        return next((block for block in self.block if block.id == block_id), None)

    def list_for(self, task_id: str) -> list[Assertions]:
        """The blocks of a task, in their order."""
        return [block for block in self.block if block.task == task_id]


def locate_secret(folder: Path, assignment_id: str) -> Path:
    """Where all blocks stand, below the folder that holds `assignments/`."""
    return folder.parent.parent / "solutions" / f"{assignment_id}.assertions.toml"


def read_book(folder: Path, assignment_id: object) -> tuple[AssertionBook, bool]:
    """The blocks of an assignment, and whether all of them are there; none where there are no files.

    Raises AssignmentError if a file is no book.
    """
    secret = locate_secret(folder, assignment_id) if isinstance(assignment_id, str) else None
    if secret is not None and secret.is_file():
        return _read(secret), True
    path = folder / PUBLIC_FILE
    return (_read(path) if path.is_file() else AssertionBook()), False


def _read(path: Path) -> AssertionBook:
    try:
        book = AssertionBook.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise AssignmentError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise AssignmentError(
            f"{path}: {place}: {first['msg']}. docs/importing.md shows the form."
        ) from error
    except (ValueError, RecursionError) as error:
        raise AssignmentError(f"{path} is no valid TOML: {error}.") from error
    ids = [block.id for block in book.block]
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise AssignmentError(f"{path}: the id {twice[0]!r} stands twice. Give one block another id.")
    return book


def find_block_faults(raw: Any, book: AssertionBook, *, is_whole: bool) -> Iterator[Fault]:
    """Checks of an `assignment.toml` that name a block which is not there, or is another task's.

    Where the hidden ones are not at hand nothing is said: they may be among them.
    """
    tasks = raw.get("task") if isinstance(raw, dict) else None
    if not is_whole or not isinstance(tasks, list):
        return
    for index, task in enumerate(tasks):
        checks = task.get("checks") if isinstance(task, dict) else None
        for position, check in enumerate(checks if isinstance(checks, list) else ()):
            options = check.get("options") if isinstance(check, dict) else None
            name = options.get("assertions") if isinstance(options, dict) else None
            if not isinstance(name, str):
                continue
            path = ("task", index, "checks", position, "options", "assertions")
            block = book.find(name)
            if block is None:
                yield Fault(path, name_unknown("block of assertions", name, [each.id for each in book.block]))
            elif block.task != task.get("id"):
                yield Fault(path, f"the block {name!r} belongs to task {block.task!r}")


def write_book(book: AssertionBook, *, is_public: bool) -> str:
    """The text of a book's file."""
    lines = [
        "# What the tasks' cells have to leave; docs/importing.md says how it is decided.",
        "# Students may see this file."
        if is_public
        else "# Holds hidden assertions: students must not see this file.",
        "schema = 1",
        "",
    ]
    if book.own:
        lines += [f"own = {json.dumps(list(book.own))}", ""]
    if book.imports:
        lines += ["[imports]", *(f"{quote(name)} = {quote(path)}" for name, path in book.imports.items()), ""]
    for block in book.block:
        lines += ["[[block]]", f"id = {quote(block.id)}", f"task = {quote(block.task)}"]
        lines += [f"form = {quote(block.form)}"] if block.form != "python" else []
        lines += ["hidden = true"] if block.hidden else []
        lines += ["inside = true"] if block.inside else []
        lines += [f"code = {quote_lines(block.code)}", ""]
    return "\n".join(lines)


def quote(text: str) -> str:
    """A text on one line of TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def quote_lines(text: str) -> str:
    """A text of several lines in TOML, as it would be read in a cell where it can be."""
    plain = all(sign in "\n\t" or sign.isprintable() for sign in text)
    if plain and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    return quote(text)
