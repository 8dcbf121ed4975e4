"""Notebooks in a few lines, and the assignment that they answer."""

from collections.abc import Sequence

import nbformat

from grader.assignment.dependence import find_dependence
from grader.assignment.parts import Dependence
from grader.assignment.spec import Assignment
from grader.records import CellMap

Cells = Sequence[tuple[str | None, str]]
"""Task, or None for set-up, and source."""


def make_assignment(
    training: str = "ABCD",
    statements: Sequence[str] = (),
    needs: dict[str, list[str]] | None = None,
    same: dict[str, str] | None = None,
    leaves: dict[str, list[str]] | None = None,
) -> Assignment:
    """An assignment of trainings, called by letters, and of statements about `answer_…`.

    Where it says what a training leaves, that is a task of the kind `values`.
    """
    title = {"ko": "과제", "en": "A task"}
    tasks: list[dict[str, object]] = []
    for task in training:
        other = (same or {}).get(task)
        checks = [{"name": "same_fit_as", "public": True, "options": {"task": other}}] if other else []
        checks.append({"name": "parameter_count", "points": 1})
        left = (leaves or {}).get(task)
        kind = {"kind": "training"} if left is None else {"kind": "values", "variables": left}
        own = {**kind, "id": task, "title": title, "checks": checks}
        tasks.append({**own, "needs": (needs or {}).get(task, [])})
    for task in statements:
        checks = [{"name": "same_answer", "points": 1}]
        tasks.append(
            {
                "kind": "true_false",
                "id": task,
                "title": title,
                "variable": f"answer_{task}",
                "checks": checks,
            }
        )
    return Assignment.model_validate(
        {"schema": 1, "id": "small", "title": title, "notebook": "x.ipynb", "seed": 1, "task": tasks}
    )


def make_notebook(cells: Cells) -> tuple[nbformat.NotebookNode, CellMap]:
    """A notebook of code cells, and which task each answers."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for _, source in cells])
    tasks = tuple(task for task, _ in cells)
    return notebook, CellMap(tasks=tasks, changed=(True,) * len(tasks), method="metadata")


def analyse(*cells: tuple[str | None, str], assignment: Assignment | None = None) -> Dependence:
    """The parts of a notebook of these cells."""
    notebook, map_ = make_notebook(cells)
    assignment = assignment or make_assignment()
    return find_dependence(assignment, notebook, map_, [task.id for task in assignment.task])


def list_parts(*cells: tuple[str | None, str], assignment: Assignment | None = None) -> set[str]:
    """The tasks of each part, written as words such as `AC`."""
    return {"".join(sorted(part.tasks)) for part in analyse(*cells, assignment=assignment).parts}
