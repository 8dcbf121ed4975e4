"""Prepares a reference notebook: papermill's `parameters` cell takes values that the grader chooses."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

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
