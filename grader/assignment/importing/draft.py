"""What an import has read, before anything is written."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.assignment.assertions import AssertionBook, Assertions
from grader.assignment.claims import read_code
from grader.assignment.imported_names import list_around, list_bound, list_imports, list_own
from grader.assignment.parsing import UNREADABLE, parse_code
from grader.errors import AssignmentError, NotebookError
from grader.notebook import read_notebook

MAX_NAME = 64
"""Characters of a mark that are kept when a notebook is read."""
MAX_TITLE = 120
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


@dataclass
class DraftTask:
    """One task and what its points are given for."""

    id: str
    title: str
    blocks: list[tuple[str, float, bool]] = field(default_factory=list)
    """Id of each block of assertions, its points, and whether students may see any of it."""
    by_hand: float | None = None
    """Points that a person gives."""

    @property
    def points(self) -> float:
        """The task's full marks."""
        return sum(points for _, points, _ in self.blocks) + (self.by_hand or 0)


@dataclass
class Draft:
    """An assignment as it was read."""

    origin: str
    """`nbgrader` or `otter`."""
    cells: list[NotebookNode]
    tasks: list[DraftTask] = field(default_factory=list)
    blocks: list[Assertions] = field(default_factory=list)
    public: list[Assertions] = field(default_factory=list)
    """Those that students may see, without what is hidden in them."""
    notes: list[str] = field(default_factory=list)
    """What the instructor should know."""

    def find(self, task_id: str) -> DraftTask:
        """The task of that id."""
        return next(task for task in self.tasks if task.id == task_id)

    def list_around(self) -> set[str]:
        """Names that functions of the notebook take from around them: a test may have set one for them."""
        return list_around(self._list_answers()) - set(self._list_imports())

    def _list_imports(self) -> dict[str, str]:
        return list_imports(cell.source for cell in self.cells if cell.cell_type == "code")

    def _list_answers(self) -> list[str]:
        """Code of the notebook's own: what the tests define are no names of it."""
        return [
            cell.source
            for cell in self.cells
            if cell.cell_type == "code" and cell.metadata.get("grader", {}).get("role") != "given"
        ]

    def build_books(self) -> tuple[AssertionBook, AssertionBook]:
        """All blocks, and those that students may see."""
        imports, around = self._list_imports(), self.list_around()
        own = tuple(name for name in list_own(self._list_answers()) if name not in imports)
        books = [
            AssertionBook(
                imports=imports,
                own=own,
                block=tuple(
                    each.model_copy(update={"inside": bool(list_bound(read_code(each)) & around)})
                    for each in blocks
                ),
            )
            for blocks in (self.blocks, self.public)
        ]
        return books[0], books[1]


def read_raw(path: Path) -> tuple[list[NotebookNode], list[dict[str, Any]], dict[str, Any]]:
    """A notebook's cells, their metadata, and its own. Raises AssignmentError if it is none of nbformat 4."""
    try:
        content = path.read_bytes()
        notebook = read_notebook(content)
        raw = json.loads(content)
    except OSError as error:
        raise AssignmentError(f"{path} cannot be read: {error.strerror}.") from error
    except (NotebookError, ValueError) as error:
        raise AssignmentError(f"{path} cannot be imported: {error}") from error
    if raw.get("nbformat") != 4:
        raise AssignmentError(f"{path} is not of nbformat 4. Open it in Jupyter and save it again.")
    own = raw.get("metadata")
    metadata = [cell.get("metadata") for cell in raw["cells"]]
    return (
        list(notebook.cells),
        [each if isinstance(each, dict) else {} for each in metadata],
        own if isinstance(own, dict) else {},
    )


def refuse(path: Path, faults: Iterable[str]) -> None:
    """Raise AssignmentError with all of these faults, if there are any."""
    if lines := [f"  {fault}" for fault in faults]:
        raise AssignmentError("\n".join([f"{path} is not imported:", *lines]))


def find_title(cell: NotebookNode, cells: list[NotebookNode]) -> str | None:
    """The last heading of a Markdown cell, but for the one that the notebook begins with: that is its own."""
    found = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
    is_first = cell is next((each for each in cells if each.cell_type == "markdown"), None)
    if is_first and found and found[0][0] == "#":
        found = found[1:]
    title = " ".join(re.sub(r"[*_`]|<!--.*?-->", "", found[-1][1]).split()) if found else ""
    return title[:MAX_TITLE] if title and title.isprintable() else None


def clean_code(code: str) -> str | None:
    """A block's code without lines for IPython alone; None where it is no Python."""
    for version in (code, MAGIC.sub("", code)):
        try:
            parse_code(version)
        except UNREADABLE:
            continue
        return version
    return None


def mark_cell(
    cell: NotebookNode, *, role: str = "", task: str = "", name: str = "", locked: bool | str = False
) -> None:
    """Write on a cell what `grade release` and grading know it by; `locked` may be a word."""
    word = locked if isinstance(locked, str) else "yes" if locked else ""
    marks = {"role": role, "task": task, "name": name, "locked": word}
    cell.metadata["grader"] = {key: value for key, value in marks.items() if value}
