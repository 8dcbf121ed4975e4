"""Prepares a reference notebook: papermill's `parameters` cell takes values that the grader chooses."""

import ast
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.assignment.faults import name_unknown
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError

PARAMETERS_TAG = "parameters"


def load_solution(assignment: Assignment) -> bytes:
    """The reference notebook's bytes. Raises AssignmentError if it is not there."""
    path = assignment.solution_path
    try:
        return path.read_bytes()
    except OSError as error:
        raise AssignmentError(
            f"The reference {path} cannot be read: {error.strerror}. Grading compares with it; "
            "a self-check needs none: grade check NOTEBOOK."
        ) from error


def inject_parameters(content: bytes, parameters: Mapping[str, Any]) -> bytes:
    """The notebook with values assigned at the end of its `parameters` cell.

    Within the cell rather than after it, so that every other cell keeps its place. Raises
    AssignmentError where values are to be set and no cell is tagged to take them.
    """
    if not parameters:
        return content
    notebook: NotebookNode = nbformat.reads(content.decode("utf-8"), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and PARAMETERS_TAG in cell.metadata.get("tags", []):
            lines = [f"{name} = {_write_literal(value)}" for name, value in parameters.items()]
            cell.source = "\n".join([cell.source, "# Set by the grader for this run:", *lines])
            return str(nbformat.writes(notebook)).encode("utf-8")
    raise AssignmentError(
        f"The reference has no cell tagged {PARAMETERS_TAG!r} to set {', '.join(parameters)} in. "
        "Tag the cell that assigns them."
    )


def find_parameter_faults(assignment: Assignment, text: str | None) -> Iterator[str]:
    """What `[reference]` sets though the `parameters` cell, of this text, assigns nothing of that name.

    `text` is None where the reference has no such cell. A value that nothing reads would make no difference,
    and nobody would see it.
    """
    reference = assignment.reference
    names = dict.fromkeys(
        [
            *reference.parameters,
            *(name for each in reference.alternatives for name in each),
            *([reference.symbols_parameter] if reference.symbols_parameter else []),
        ]
    )
    if text is None and names:
        yield (
            f"[reference] in assignment.toml sets {', '.join(names)}, and no code cell is tagged "
            f"{PARAMETERS_TAG!r}. Tag the cell that assigns them"
        )
    if text is None:
        return
    lines = ["" if line.startswith(("%", "!")) else line for line in text.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return
    assigned = [
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    for name in names:
        if name not in assigned:
            yield (
                f"[reference] in assignment.toml sets {name!r}, which this cell does not assign: "
                f"{name_unknown('variable', name, dict.fromkeys(assigned))}"
            )


def _write_literal(value: Any) -> str:
    return repr(list(value)) if isinstance(value, tuple) else repr(value)


def hash_content(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(content).hexdigest()


def read_released(assignment: Assignment) -> bytes:
    """The notebook that students get, as bytes. Raises AssignmentError if it is not there."""
    path: Path = assignment.notebook_path
    try:
        content = path.read_bytes()
        json.loads(content)
    except (OSError, ValueError) as error:
        raise AssignmentError(f"The notebook for students, {path}, cannot be read: {error}.") from error
    return content
