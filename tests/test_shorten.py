"""Notebooks on a shorter text: what is changed in their code, and what is left alone."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.assignment.reference import load_solution
from grader.assignment.shorten import shorten_assignment, shorten_notebook
from grader.assignment.spec import Assignment


def shorten(exam: Assignment, source: str) -> str | None:
    """A cell on the shorter text; None where its notebook cannot be shortened."""
    shorter = shorten_notebook(new_notebook(cells=[new_code_cell(source)]), exam.sequence)
    return None if shorter is None else str(shorter.cells[0].source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('text = "hi?hello!!" * 100', 'text = "hi?hello!!" * 20'),
        ("글 = 100 * list('hi?hello!!')  # 백 번", "글 = 20 * list('hi?hello!!')  # 백 번"),
        (
            "t = ['h','i','?','h','e','l','l','o','!','!']*100",
            "t = ['h','i','?','h','e','l','l','o','!','!']*20",
        ),
        ('t = "hi?hello!!" * 100; h = zeros(999, 8)', 't = "hi?hello!!" * 20; h = zeros(199, 8)'),
        ('t = "hi?hello!!" * 100\nepochs = 100', 't = "hi?hello!!" * 20\nepochs = 100'),
    ],
)
def test_text_is_repeated_less_often(exam: Assignment, source: str, expected: str) -> None:
    """The repetitions and rows written in figures become fewer; epochs and everything else stay."""
    assert expected == shorten(exam, source)


@pytest.mark.parametrize(
    "source", ['text = "hi?hello!!" * 50', 'text = "hello" * 100', "n = 999", "text = (", "x" * 60_000]
)
def test_other_texts_are_not_shortened(exam: Assignment, source: str) -> None:
    """A text of another length or of other symbols is none that the assignment can vouch for."""
    assert shorten(exam, source) is None


def test_reference_can_be_shortened(exam: Assignment) -> None:
    """The exam's own reference is, in one line, and its rows are those of the shorter assignment."""
    notebook = nbformat.reads(load_solution(exam).decode(), as_version=4)
    shorter, assignment = shorten_notebook(notebook, exam.sequence), shorten_assignment(exam)
    assert shorter is not None and assignment is not None and assignment.sequence is not None
    changed = [
        after.source
        for before, after in zip(notebook.cells, shorter.cells, strict=True)
        if before.source != after.source
    ]
    assert 1 == len(changed)
    assert 'text = "hi?hello!!" * 20\n' in changed[0]
    assert 199 == len(assignment.sequence.targets)


def test_assignment_without_a_long_text_is_not_shortened(exam: Assignment) -> None:
    """Where nothing repeats often enough, nothing can be left out."""
    assert exam.sequence is not None
    once = exam.sequence.model_copy(update={"repeat": 10})
    assert shorten_assignment(exam.model_copy(update={"sequence": once})) is None
    assert shorten_assignment(exam.model_copy(update={"sequence": None})) is None
