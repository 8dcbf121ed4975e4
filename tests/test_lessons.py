"""What all lessons have in common: a hundred points, and a notebook for students that holds no answers."""

import nbformat
import pytest
from lesson_answers import find_released, find_solution, load_lesson

from grader.assignment.release import build_release

LESSONS = ("gpu-experiment", "keras-lstm-gru", "mnist-lstm", "rnn-vs-lstm", "sentiment")


@pytest.mark.parametrize("lesson", LESSONS)
def test_rubric_is_sound(lesson: str) -> None:
    """A hundred points, options that the checks take, and one cell for the answer to each task, in order."""
    assignment = load_lesson(lesson)
    assert 100 == assignment.points
    cells = nbformat.read(find_released(lesson), as_version=4).cells
    marks = [cell.metadata.get("grader", {}) for cell in cells]
    answered = [mark["task"] for mark in marks if mark.get("role") == "answer"]
    assert [task.id for task in assignment.task] == answered


# The solution of mnist-lstm has no marks to release by: both of its notebooks are written.
@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if lesson != "mnist-lstm"])
def test_released_notebook_is_what_the_command_makes(lesson: str) -> None:
    """`grade release` gives the very bytes that students get."""
    made = build_release(load_lesson(lesson), find_solution(lesson).read_bytes())
    assert find_released(lesson).read_bytes() == made.content
