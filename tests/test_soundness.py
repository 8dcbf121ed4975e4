"""A reference that does not run stops a grading, and says in which run it failed."""

import pytest
from training_samples import train

from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.records import CellRun, RunMode
from grader.workflow.soundness import require_sound


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("full", "does not run: cell 5 (error): boom"),
        ("quick", "does not run in the quick run, which stops every training after its first steps: cell 5"),
        ("short", "does not run on the shorter text of a quick grading: cell 5"),
    ],
)
def test_run_in_which_the_reference_failed_is_named(exam: Assignment, mode: RunMode, said: str) -> None:
    """Its author may have seen it run in full, and would look in vain without that word."""
    trained = train("1.1", steps=3)
    cells = (CellRun(index=4, task="1.1", status="error", error="boom"),)
    failed = Evidence(trained.run.model_copy(update={"mode": mode, "cells": cells}), trained.arrays)
    with pytest.raises(AssignmentError) as raised:
        require_sound(exam, failed, "cpu")
    assert said in str(raised.value)
