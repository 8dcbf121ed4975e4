"""Notebooks of a few cells, and what the exam's tasks are found to be in them."""

from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.load import load_assignment
from grader.assignment.locate import locate_tasks
from grader.notebook import read_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = Path(__file__).parent / "notebooks"
EXAM = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
RELEASED = read_notebook(EXAM.notebook_path.read_bytes())
TRAINING = ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]
Cell = str | tuple[str, str]


def build(*cells: Cell) -> NotebookNode:
    """A notebook of Markdown (plain text) and code (`(text, task it is marked for, or "")`) cells."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(new_markdown_cell(cell))
        else:
            made.append(new_code_cell(cell[0], metadata={"grader": {"task": cell[1]}} if cell[1] else {}))
    return new_notebook(cells=made)


def code(source: str) -> Cell:
    """A code cell without a mark."""
    return (source, "")


def locate(*cells: Cell) -> list[str | None]:
    """The tasks of the code cells of a notebook."""
    notebook = build(*cells)
    found = locate_tasks(notebook, EXAM, RELEASED)
    return list_code_tasks(notebook, found.tasks)


def list_code_tasks(notebook: NotebookNode, tasks: Sequence[str | None]) -> list[str | None]:
    """Tasks of the code cells alone."""
    return [task for cell, task in zip(notebook.cells, tasks, strict=True) if cell.cell_type == "code"]


def copy_released() -> NotebookNode:
    """The released notebook, to be changed by a test."""
    return read_notebook(EXAM.notebook_path.read_bytes())


def find_cell(notebook: NotebookNode, task: str, role: str) -> int:
    """Index of the released cell of that task and role."""
    mark = {"task": task, "role": role}
    return next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("grader") == mark)
