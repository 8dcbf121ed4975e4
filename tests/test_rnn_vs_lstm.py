"""The lesson `rnn-vs-lstm` from end to end: honest styles keep full marks, faults lose their own checks."""

from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from lesson_answers import explain_lost, find_released, find_solution, grade_answers
from rnn_vs_lstm_samples import LECTURE, LOST, OTHER_ORDER, OWN, REPLACED

from grader.results import SubmissionResult

LESSON = "rnn-vs-lstm"


def read_answers() -> dict[str, str]:
    """The reference's code by task; its cells are told by their ids."""
    cells = nbformat.read(find_solution(LESSON), as_version=4).cells
    answers = [cell for cell in cells if cell.id.startswith("answer-")]
    return {cell.id.removeprefix("answer-").replace("-", "."): cell.source for cell in answers}


def write_answers(
    path: Path, answers: Mapping[str, str], *, marked: bool = True, other_order: bool = False
) -> None:
    """The lesson as handed out with these answers; without the release's marks if asked for."""
    notebook = nbformat.read(find_released(LESSON), as_version=4)
    for cell in notebook.cells:
        mark = cell.metadata.get("grader", {})
        if mark.get("role") == "answer":
            cell.source = answers.get(mark["task"], cell.source)
        if other_order and OTHER_ORDER[0] in cell.source:
            cell.source = cell.source.replace(*OTHER_ORDER)
        if not marked:
            cell.metadata.pop("grader", None)
    nbformat.write(notebook, path)


def spoil_answers(student: str) -> dict[str, str]:
    """The tasks that a student answers, with the faults; what 2.2 takes from 2.1 comes with it."""
    right = read_answers()
    answers = {}
    for task, pairs in REPLACED[student].items():
        answers[task] = right[task]
        for good, wrong in pairs:
            assert good in answers[task], (student, task, good)
            answers[task] = answers[task].replace(good, wrong)
    return answers


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SubmissionResult]:
    """Honest and faulty students, the reference as one of them, and the lesson as it is handed out."""
    folder = tmp_path_factory.mktemp("class")
    write_answers(folder / "lecture.ipynb", LECTURE, marked=False)
    write_answers(folder / "own.ipynb", OWN, other_order=True)
    for student in REPLACED:
        write_answers(folder / f"{student}.ipynb", spoil_answers(student))
    return grade_answers(LESSON, folder)


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("student", "points"), [("reference", 100), ("lecture", 70), ("own", 76), ("blank", 0)]
)
def test_right_answers_keep_their_marks(
    graded: dict[str, SubmissionResult], student: str, points: float
) -> None:
    """However they are written; and what was handed out earns nothing. Two leave out what takes minutes."""
    assert points == graded[student].score, explain_lost(graded[student])
    assert points == 0 or not graded[student].needs_review


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("student", REPLACED)
def test_each_fault_loses_its_own_checks(graded: dict[str, SubmissionResult], student: str) -> None:
    """And no other; tasks that are as they were handed out earn nothing."""
    answered = {task.id: task for task in graded[student].tasks if task.id in LOST[student]}
    lost = {
        task: [check.name for check in each.checks if check.points < check.max_points]
        for task, each in answered.items()
    }
    assert LOST[student] == lost, explain_lost(graded[student])
    assert 0 == sum(task.points for task in graded[student].tasks if task.id not in LOST[student])
