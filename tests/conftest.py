"""What the tests share."""

from pathlib import Path

import pytest

from grader.assignment.spec import Assignment, load_assignment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def exam() -> Assignment:
    """The assignment `hi-hello`."""
    return load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
