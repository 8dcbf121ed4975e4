"""Classes to be graded: an assignment, and notebooks that answer it alike without being the same file."""

import copy
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.assignment.load import load_assignment
from grader.assignment.reference import PARAMETERS_TAG, inject_parameters
from grader.assignment.spec import Assignment

ROOT = Path(__file__).parents[2]
SOURCES = {"hi-hello": ROOT, "counts": ROOT / "benchmarks" / "material"}
"""Where each assignment and its solution stand."""

TESTS: dict[str, dict[str, tuple[str, ...]]] = {
    "hi-hello": {
        **{
            task: (
                "tuple(yhat.shape) == (999, 7)",
                "bool(((yhat.sum(dim=1) - 1).abs() < 1e-4).all())",
                f"sum(p.numel() for group in optimizer.param_groups for p in group['params']) == {count}",
                "optimizer.param_groups[0]['lr'] == 0.1",
            )
            for task, count in zip(
                ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6"), (199,) * 3 + (243,) * 3, strict=True
            )
        },
        **{
            f"2.{number}": (f"answer_2_{number} is {answer}",)
            for number, answer in enumerate((False, True, True, False, False), start=1)
        },
    },
    "counts": {
        str(number): (f"count_{number} == {count}", f"answer_{number} is {answer}")
        for number, (count, answer) in enumerate(
            ((199, True), (243, True), (408, False), (56, False), (448, True)), start=1
        )
    },
}
"""Expressions that hold after a task is answered rightly: what nbgrader and otter can look at."""


@dataclass(frozen=True)
class Class:
    """Notebooks that answer one assignment, by student."""

    assignment: Assignment
    notebooks: dict[str, NotebookNode]

    @property
    def tests(self) -> dict[str, tuple[str, ...]]:
        """What peers look at after each task."""
        return TESTS[self.assignment.id]

    def take(self, count: int) -> "Class":
        """The first so many of it."""
        return Class(self.assignment, dict(list(self.notebooks.items())[:count]))

    def list_sources(self) -> dict[str, list[str]]:
        """The code cells of every notebook, by student."""
        return {
            student: [cell.source for cell in notebook.cells if cell.cell_type == "code"]
            for student, notebook in self.notebooks.items()
        }


def make_class(assignment: str, count: int, *, epochs: int | None = None, prefix: str = "s") -> Class:
    """So many variants of the solution: each cell of an answer starts with a comment of the student's own."""
    spec = load_assignment(SOURCES[assignment] / "assignments" / assignment / "assignment.toml")
    content = spec.solution_path.read_bytes()
    if epochs is not None:
        content = inject_parameters(content, {"epochs": epochs})
    solution = nbformat.reads(content.decode("utf-8"), as_version=4)
    notebooks = {}
    for number in range(1, count + 1):
        notebook = copy.deepcopy(solution)
        for cell in notebook.cells:
            if find_answer(cell) is not None:
                cell.source = f"# {prefix}{number:03}\n{cell.source}"
            if PARAMETERS_TAG in cell.metadata.get("tags", []):
                del cell.metadata["tags"]
        notebooks[f"{prefix}{number:03}"] = notebook
    return Class(spec, notebooks)


def find_answer(cell: NotebookNode) -> str | None:
    """The task that a code cell answers, by the mark that the released notebook gave it."""
    mark = cell.metadata.get("grader", {})
    return mark.get("task") if cell.cell_type == "code" and mark.get("role") == "answer" else None


def write_notebooks(notebooks: Iterable[tuple[str, NotebookNode]], folder: Path) -> Path:
    """The folder, with a file for each notebook."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, notebook in notebooks:
        nbformat.write(notebook, folder / f"{student}.ipynb")
    return folder


def copy_assignment(assignment: Assignment, folder: Path) -> Path:
    """The folder, with the assignment and its solution in the places where grading looks for them."""
    shutil.copytree(assignment.folder, folder / "assignments" / assignment.id)
    (folder / "solutions").mkdir()
    shutil.copy(assignment.solution_path, folder / "solutions")
    return folder
