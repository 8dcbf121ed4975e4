"""Grades a class with `nbgrader autograde`, in a course folder as its documentation lays one out."""

import copy
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import nbformat
from metering import Command, Usage, run_commands
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from peers.classes import Class, find_answer
from peers.environments import Peer

CONFIG = """c = get_config()
# Half a minute for a cell, as by default, would stop the trainings.
c.Execute.timeout = 3600
"""


class Course:
    """A course folder with one released assignment."""

    def __init__(self, peer: Peer, assigned: Class, folder: Path, threads: Mapping[str, str]) -> None:
        self._peer = peer
        self._assigned = assigned
        self._name = assigned.assignment.id
        self._template = folder
        self._copies = 0
        source = folder / "source" / self._name
        source.mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
        solved = next(iter(assigned.notebooks.values()))
        nbformat.write(mark_cells(solved, assigned), source / f"{self._name}.ipynb")
        self.release = run_commands([self._plan("generate_assignment", folder, threads)])
        """What `nbgrader generate_assignment` took, once for the assignment."""

    def autograde(self, chosen: Class, threads: Mapping[str, str]) -> Usage:
        """Autograde a class in a fresh copy of the course. Ends the program if points are missing."""
        self._copies += 1
        folder = self._template.with_name(f"{self._template.name}-{self._copies}")
        shutil.copytree(self._template, folder)
        for student, notebook in chosen.notebooks.items():
            handed_in = folder / "submitted" / student / self._name
            handed_in.mkdir(parents=True)
            nbformat.write(self._answer(notebook), handed_in / f"{self._name}.ipynb")
        usage = run_commands([self._plan("autograde", folder, threads)])
        reached, whole = _read_scores(folder / "gradebook.db")
        if reached != whole * len(chosen.notebooks):
            raise SystemExit(
                f"nbgrader gave {reached} of {whole * len(chosen.notebooks)} points: see {folder}."
            )
        return usage

    def _plan(self, verb: str, folder: Path, threads: Mapping[str, str]) -> Command:
        program = self._peer.find_program("nbgrader")
        return Command((program, verb, self._name), folder, self._peer.list_variables(threads))

    def _answer(self, notebook: NotebookNode) -> NotebookNode:
        """The released notebook with a student's answers in it."""
        path = self._template / "release" / self._name / f"{self._name}.ipynb"
        released: NotebookNode = nbformat.read(path, as_version=4)
        own = [cell for cell in notebook.cells if cell.cell_type == "code"]
        places = [
            cell
            for cell in released.cells
            if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade")
        ]
        for place, cell in zip(places, own, strict=True):
            place.source = cell.source
        return released


def mark_cells(notebook: NotebookNode, assigned: Class) -> NotebookNode:
    """A solved notebook with nbgrader's marks on its answers, and a locked cell of tests below each."""
    marked = copy.deepcopy(notebook)
    cells = []
    for cell in marked.cells:
        cells.append(cell)
        if (task := find_answer(cell)) is not None:
            name = task.replace(".", "-")
            cell.metadata["nbgrader"] = _describe(f"answer-{name}", solution=True)
            test = new_code_cell("\n".join(f"assert {line}" for line in assigned.tests[task]))
            points = assigned.assignment.find_task(task).points
            test.metadata["nbgrader"] = {**_describe(f"test-{name}", solution=False), "points": points}
            cells.append(test)
    marked.cells = cells
    return marked


def _describe(name: str, *, solution: bool) -> dict[str, object]:
    kind = {"solution": solution, "grade": not solution, "locked": not solution, "task": False}
    return {"grade_id": name, "schema_version": 3, **kind}


def _read_scores(path: Path) -> tuple[float, float]:
    """Points that all students have, and those that one can have."""
    with sqlite3.connect(path) as database:
        reached = database.execute("SELECT SUM(auto_score) FROM grade").fetchone()[0]
        whole = database.execute("SELECT SUM(max_score) FROM grade_cells").fetchone()[0]
    return reached or 0.0, whole
