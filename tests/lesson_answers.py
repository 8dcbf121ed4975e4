"""Answers to a lesson: its reference with cells replaced, written as a student's notebook."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from conftest import ROOT
from quiet import Quiet

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.judge.vocabulary import VOCABULARY
from grader.results import SubmissionResult
from grader.workflow import Settings, grade_class

Changes = Mapping[str, Sequence[tuple[str, str]]]
"""What is replaced in the reference's code, by task."""


def find_solution(lesson: str) -> Path:
    """The reference."""
    return ROOT / "solutions" / f"{lesson}.ipynb"


def find_released(lesson: str) -> Path:
    """The notebook that students get."""
    return ROOT / "assignments" / lesson / f"{lesson}.ipynb"


def load_lesson(lesson: str) -> Assignment:
    """The assignment."""
    return load_assignment(ROOT / "assignments" / lesson / "assignment.toml", VOCABULARY)


def read_answers(lesson: str) -> dict[str, str]:
    """The reference's code by task."""
    cells = nbformat.read(find_solution(lesson), as_version=4).cells
    marks = [(cell.metadata.get("grader", {}), cell.source) for cell in cells]
    return {mark["task"]: source for mark, source in marks if mark.get("role") == "answer"}


def spoil_answers(lesson: str, changes: Changes) -> dict[str, str]:
    """The reference's code with these changes, each of which has something to change."""
    answers = read_answers(lesson)
    for task, pairs in changes.items():
        for right, wrong in pairs:
            assert right in answers[task], (task, right)
            answers[task] = answers[task].replace(right, wrong)
    return answers


def write_answers(lesson: str, path: Path, answers: Mapping[str, str], *, marked: bool = True) -> None:
    """The reference with other answers; without the release's marks if asked for."""
    notebook = nbformat.read(find_solution(lesson), as_version=4)
    for cell in notebook.cells:
        mark = cell.metadata.get("grader", {})
        if mark.get("role") == "answer":
            cell.source = answers.get(mark["task"], cell.source)
        if not marked:
            cell.metadata.pop("grader", None)
    nbformat.write(notebook, path)


def grade_answers(lesson: str, folder: Path) -> dict[str, SubmissionResult]:
    """What each notebook of a folder gets, with the reference and the lesson as it is handed out."""
    (folder / "reference.ipynb").write_bytes(find_solution(lesson).read_bytes())
    (folder / "blank.ipynb").write_bytes(find_released(lesson).read_bytes())
    found = grade_class(folder, lesson, Settings(), Quiet())
    return {result.student: result for result in found.result.submissions}


def list_lost(result: SubmissionResult) -> dict[str, list[str]]:
    """The checks that cost points, by task."""
    lost = {
        task.id: [check.name for check in task.checks if check.points < check.max_points]
        for task in result.tasks
    }
    return {task: names for task, names in lost.items() if names}


def explain_lost(result: SubmissionResult) -> dict[str, str]:
    """What was seen where points were lost, to be read when a test fails."""
    return {
        f"{task.id} {check.name}": f"{check.outcome}: {check.actual}: {check.message}"
        for task in result.tasks
        for check in task.checks
        if check.points < check.max_points
    }
