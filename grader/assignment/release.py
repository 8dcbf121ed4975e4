"""Makes the notebook for students out of the author's: without solutions, hidden checks and outputs."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.assignment.leaks import Secret, find_leaks, find_leaks_beside
from grader.assignment.marks import Region
from grader.assignment.parsing import UNREADABLE, parse_code
from grader.assignment.source import SourceCell, SourceFault, read_source
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.notebook import METADATA

NEW_CELL: dict[str, Any] = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
CODE_HERE = "# 여기에 작성하시오 · Your code here"
TEXT_HERE = "*여기에 작성하시오 · Your answer here*"
RAISE = "raise NotImplementedError"
ADDITION = re.compile(r"^([ \t]*)(?:[%!?]|[\w.,* ]+=\s*[%!]|[\w.*%]+\?+[ \t]*$).*$", re.MULTILINE)
"""A line that IPython alone understands: a magic, a command, a question."""
FOREIGN = re.compile(r"\s*%%(?!time|capture|prun)")
"""A magic that takes the whole cell, and not as Python."""


@dataclass(frozen=True)
class ReleasedNotebook:
    """What students get."""

    content: bytes
    cells: int
    withheld: int
    """Lines of the author's notebook that are not in it: solutions and hidden checks."""


def build_release(assignment: Assignment, content: bytes) -> ReleasedNotebook:
    """The notebook for students, out of the bytes of the author's; the same bytes give the same notebook.

    Raises AssignmentError with everything that is wrong: marks, cells that are no Python without their
    solution, and lines of a solution that would still be seen, in the notebook or beside it.
    """
    source, faults = read_source(content, assignment)
    instead = dict(assignment.release.instead)
    secrets: list[Secret] = []
    origins: list[int] = []
    made = []
    for cell in source:
        text, hidden = _strip(cell, assignment, instead.pop(cell.id, None), faults)
        secrets += [Secret(cell.number, line + 1, text, cell.kind == "code") for line, text in hidden]
        if text is None or (hidden and not text.strip()):
            continue
        origins.append(cell.number)
        made.append(_make_cell(cell, text))
    faults += [
        SourceFault(0, 0, f"there is no cell with the id {name!r}, which stands under release.instead")
        for name in instead
    ]
    notebook = new_notebook(cells=made, metadata=METADATA)
    written = f"{nbformat.writes(notebook)}\n".encode()
    shown = assignment.release.shown
    problems = [str(fault) for fault in sorted(faults, key=lambda fault: (fault.cell, fault.line))]
    if not problems:
        problems += find_leaks(secrets, written, shown, origins)
        problems += find_leaks_beside(
            secrets,
            assignment.folder,
            shown,
            except_for={assignment.notebook_path},
            unsearched=assignment.release.unsearched,
        )
    if problems:
        lines = "\n".join(f"  {each}" if each.endswith(("?", ".")) else f"  {each}." for each in problems)
        raise AssignmentError(f"No notebook for students is made of {assignment.solution_path}:\n{lines}")
    withheld = sum(1 for secret in secrets if secret.text.strip())
    return ReleasedNotebook(written, len(made), withheld)


def write_release(path: Path, released: ReleasedNotebook) -> None:
    """Write the notebook for students as a whole or not at all. Raises AssignmentError if that fails."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(released.content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise AssignmentError(f"{path} cannot be written: {error.strerror}.") from error


def _strip(
    cell: SourceCell, assignment: Assignment, instead: str | None, faults: list[SourceFault]
) -> tuple[str | None, list[tuple[int, str]]]:
    """What students get of a cell, None for nothing, and the lines they do not get, with their indices."""
    lines = list(enumerate(cell.text.splitlines()))
    if instead is not None:
        return instead or None, lines if cell.role in ("answer", "hidden") else []
    if cell.role == "hidden":
        return None, lines
    if cell.is_whole_solution:
        return _invite(cell, assignment), lines
    if not cell.regions:
        return cell.text, []
    hidden = [line for region in cell.regions for line in lines[region.first + 1 : region.last]]
    indented = {region for region in cell.regions if _find_indent(cell, region)}
    if cell.kind != "code" or FOREIGN.match(cell.text):
        return _cut(cell, set()), hidden
    if not _is_python(cell.text):
        # Nobody can tell which blocks would be empty, so each gets a statement.
        return _cut(cell, indented), hidden
    # A block of which nothing is left but a comment is no Python: there a statement is needed.
    raising = set(indented)
    for region in indented:
        if _is_python(_cut(cell, raising - {region})):
            raising.remove(region)
    text = _cut(cell, raising)
    if not _is_python(text):
        message = (
            "without what is marked the cell is no Python. Mark whole statements, or the body of a block"
        )
        faults.append(SourceFault(cell.number, cell.regions[0].first + 1, message))
    return text, hidden


def _find_indent(cell: SourceCell, region: Region) -> str:
    """The spaces before a mark."""
    line = cell.text.splitlines()[region.first]
    return line[: len(line) - len(line.lstrip())]


def _cut(cell: SourceCell, raising: Collection[Region]) -> str:
    """The cell with an invitation in the place of each solution, and nothing in that of a hidden check.

    In place of those that are `raising` stands a statement, too; it is `pass` for hidden checks.
    """
    kept: list[str] = []
    lines = cell.text.splitlines()
    at = 0
    for region in cell.regions:
        kept += lines[at : region.first]
        if region.kind == "SOLUTION":
            indent = _find_indent(cell, region)
            kept.append(indent + (CODE_HERE if cell.kind == "code" else TEXT_HERE))
            kept += [indent + RAISE] if region in raising else []
        elif region in raising:
            kept.append(_find_indent(cell, region) + "pass")
        at = region.last + 1
    return "\n".join([*kept, *lines[at:]]).strip("\n")


def _invite(cell: SourceCell, assignment: Assignment) -> str:
    """What stands in the place of a cell that is all solution."""
    said = f"{cell.task} 답안 · Your answer to {cell.task}"
    if cell.kind != "code":
        return f"*{said}*"
    task = next((task for task in assignment.task if task.id == cell.task), None)
    if task is not None and task.kind == "true_false":
        return f"{task.variable} = None  # True 또는 False · True or False"
    return f"# {said}"


def _is_python(text: str) -> bool:
    """Whether a cell is Python, its magics aside."""
    for version in (text, ADDITION.sub(r"\1pass", text)):
        try:
            parse_code(version)
        except UNREADABLE:
            continue
        return True
    return False


def _make_cell(cell: SourceCell, text: str) -> Any:
    made = NEW_CELL[cell.kind](source=text, id=cell.id)
    marks = {"role": cell.role, "task": cell.task, **cell.marks}
    if stated := {key: value for key, value in marks.items() if value}:
        made.metadata["grader"] = stated
    made.metadata.update(cell.flags)
    # Jupyter writes a name with a space as `a%20b.png`.
    said = f"{text}\n{unquote(text)}"
    used = {name: data for name, data in cell.attachments.items() if f"attachment:{name}" in said}
    if used and cell.kind != "code":
        made["attachments"] = used
    return made
