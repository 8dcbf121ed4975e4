"""Which of several assignments a notebook answers."""

import pytest
from locate_samples import EXAM, RELEASED, build, code

from grader.assignment.locate import match_assignment
from grader.assignment.spec import Assignment
from grader.errors import UnknownAssignment

OTHER = Assignment.model_validate(
    {
        "schema": 1,
        "id": "other",
        "title": {"ko": "숫자", "en": "Digits"},
        "notebook": "other.ipynb",
        "seed": 1,
        "task": [
            {"kind": "training", "id": "1.1", "title": {"ko": "합성곱", "en": "Convolution"}, "checks": []},
            {"kind": "training", "id": "1.2", "title": {"ko": "풀링", "en": "Pooling"}, "checks": []},
        ],
    }
)
OTHER_RELEASED = build(
    "# Digits: read rows of pixels with a convolution",
    "### 1.1 Convolution over the pixels of a digit",
    ("# convolution here", "1.1"),
    "### 1.2 Pooling after the convolution",
    ("# pooling here", "1.2"),
)
KNOWN = {"hi-hello": (EXAM, RELEASED), "other": (OTHER, OTHER_RELEASED)}


def test_assignment_is_told_by_content_where_numbers_are_shared() -> None:
    """Two assignments that both have tasks 1.1 and 1.2 are told apart by what their notebooks speak of."""
    assert match_assignment(RELEASED, KNOWN) == "hi-hello"
    assert match_assignment(OTHER_RELEASED, KNOWN) == "other"
    answer = build(
        "### (1)", code("rnn = torch.nn.RNN(7, 8); text = 'hi?hello!!'; one_hot = 1"), "### (2)", code("a")
    )
    assert match_assignment(answer, {"hi-hello": KNOWN["hi-hello"]}) == "hi-hello"
    conv = build("### (1)", code("convolution(pixels, digit)"), "### (2)", code("pooling(digits)"))
    assert match_assignment(conv, KNOWN) == "other"


def test_notebook_of_another_course_matches_nothing() -> None:
    """A notebook that shares neither tasks nor words is refused, and so is any where none is known."""
    for known in (KNOWN, {}):
        with pytest.raises(UnknownAssignment, match="--assignment"):
            match_assignment(build("# Cooking", code("bake(cake)")), known)


def test_tie_is_not_guessed() -> None:
    """Two assignments with the same notebook are named, not chosen between."""
    with pytest.raises(UnknownAssignment, match="as much like"):
        match_assignment(RELEASED, {"a": (EXAM, RELEASED), "b": (EXAM, RELEASED)})
