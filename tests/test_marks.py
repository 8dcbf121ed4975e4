"""Marks of solutions and hidden checks within a cell."""

import json

import pytest

from grader.assignment.marks import Region, drop_hidden_tests, find_misplaced, find_regions


def test_regions_are_found_in_code_and_text() -> None:
    """Marks may be indented, written with more signs, or as comments of HTML."""
    solution = "a\n  ### BEGIN SOLUTION  \n  b\n  ### END SOLUTION\n"
    text = solution + "<!-- BEGIN HIDDEN TESTS -->\nc\n#### END HIDDEN TESTS"
    assert ([Region("SOLUTION", 1, 3), Region("HIDDEN TESTS", 4, 6)], []) == find_regions(text)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("### BEGIN SOLUTION\na", 0, "BEGIN SOLUTION has no END SOLUTION"),
        ("a\n### END HIDDEN TESTS", 1, "END HIDDEN TESTS has no BEGIN HIDDEN TESTS"),
        ("### BEGIN SOLUTION\na\n### BEGIN SOLUTION\nb\n### END SOLUTION", 2, "before the END of line 1"),
        (
            "### BEGIN SOLUTION\na\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS",
            2,
            "before the END of line 1",
        ),
        ("### BEGIN SOLUTION\na\n### END HIDDEN TESTS", 2, "ends the BEGIN SOLUTION of line 1"),
        ("### BEGIN SOLUTION\n\n### END SOLUTION", 0, "nothing stands between"),
        ("# BEGIN SOLUTION\na\n### END SOLUTION", 0, "looks like a mark and is none"),
        ("### begin solution\na\n### end solution", 0, "looks like a mark and is none"),
        ("### BEGIN SOLUTON\na", 0, "looks like a mark and is none"),
        ("### BEGIN SOLUTION: my own\na", 0, "looks like a mark and is none"),
        ("#BEGIN_SOLUTION", 0, "looks like a mark and is none"),
        ("### START SOLUTION\na\n### STOP SOLUTION", 0, "looks like a mark and is none"),
        ("a\n# --- Stop hidden tests ---", 1, "looks like a mark and is none"),
        ("## Solution: start", 0, "looks like a mark and is none"),
        ("<!-- start of the solution -->", 0, "looks like a mark and is none"),
    ],
)
def test_wrong_mark_is_told(text: str, line: int, said: str) -> None:
    """A mark that is forgotten, nested or misspelt has its line; it never passes for a comment."""
    _, faults = find_regions(text)
    assert line == faults[0][0]
    assert said in faults[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "# the solution begins here",
        "## End of part 1",
        "x = 1  # END",
        "BEGIN SOLUTION",
        "# Solution starts here",
        "# start with the solution of 1.1",
        "# stop if hidden[0] > 1",
    ],
)
def test_other_lines_are_no_marks(text: str) -> None:
    """Headings and comments may speak of beginnings, ends and solutions."""
    assert ([], []) == find_regions(text)


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("x = 1  ### SOLUTION", True),
        ("y = 2\nx = 1 # SOLUTION", True),
        ("x = 1 # SOLUTION NO PROMPT", True),
        ("x = 1  ## Solution", True),
        ("x = 1  ### BEGIN SOLUTION", True),
        ("def f():  # end_solution", True),
        ("assert x == 1  ### HIDDEN TESTS", True),
        ("assert x == 1  ### END HIDDEN TESTS", True),
        ("Because. <!-- BEGIN SOLUTION -->", False),
    ],
)
def test_mark_behind_code_is_told(text: str, is_code: bool) -> None:
    """It would mark nothing, and what stands before it would be handed out."""
    ((line, said),) = find_misplaced(text, find_regions(text)[0], is_code=is_code)
    assert len(text.splitlines()) - 1 == line
    assert f"students would see {text.splitlines()[-1].strip()!r}" in said
    assert "### BEGIN SOLUTION on a line of its own" in said


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("### BEGIN SOLUTION\nx = 1  # SOLUTION\n### END SOLUTION", True),
        ("w = solve(a, b)  # solution", True),
        ("w = solve(a, b)  # SOLUTION of the first equation", True),
        ("print('### SOLUTION')", True),
        ("# the network of the solution", True),
        ("### Solution", False),
        ("It ends with ### SOLUTION", False),
        ("<!-- BEGIN SOLUTION -->\nBecause.\n<!-- END SOLUTION -->", False),
    ],
)
def test_comments_behind_code_are_no_marks(text: str, is_code: bool) -> None:
    """What is marked already may say so again, and comments may speak of solutions."""
    assert [] == find_misplaced(text, find_regions(text)[0], is_code=is_code)


def test_hidden_tests_can_be_left_out_of_a_run() -> None:
    """Only the checks go, with their marks; a notebook without any keeps its bytes."""
    checks = "### BEGIN HIDDEN TESTS\nassert x > 1\n### END HIDDEN TESTS\n"
    solution = "### BEGIN SOLUTION\nx = 2\n### END SOLUTION"
    cells = [{"source": checks + solution + "\n" + checks}, {"source": ["y = 1\n", "z = 2"]}]
    kept = json.loads(drop_hidden_tests(json.dumps({"cells": cells}).encode()))
    assert [f"{solution}\n", "y = 1\nz = 2"] == [cell["source"] for cell in kept["cells"]]
    assert b"{ }" == drop_hidden_tests(b"{ }")


@pytest.mark.parametrize("metadata", [{"tags": ["hidden"]}, {"grader": {"role": "hidden"}}])
def test_cells_that_are_hidden_as_a_whole_are_left_out_too(metadata: dict[str, object]) -> None:
    """A tag or a role marks a cell without a line of its own; its place stays, so that numbers do."""
    cells = [{"source": "assert x > 1", "metadata": metadata}, {"source": "y = 1", "metadata": {"tags": 3}}]
    kept = json.loads(drop_hidden_tests(json.dumps({"cells": cells}).encode()))
    assert ["", "y = 1"] == [cell["source"] for cell in kept["cells"]]
