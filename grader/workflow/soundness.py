"""Refuses a reference that does not run: nothing can be compared with it."""

from importlib.util import find_spec

from grader.assignment.spec import Assignment
from grader.errors import AssignmentError, EngineError
from grader.evidence import Evidence
from grader.records import RunMode

WHICH_RUN: dict[RunMode, str] = {
    "quick": " in the quick run, which stops every training after its first steps",
    "short": " on the shorter text of a quick grading",
}
"""What is said of the run in which the reference failed, where it was no full one."""


def require_sound(assignment: Assignment, evidence: Evidence, device: str) -> None:
    """Raises AssignmentError where a cell of the reference failed, EngineError where it lacks the device."""
    for cell in evidence.run.cells:
        if cell.status != "ok":
            which = WHICH_RUN.get(evidence.run.mode, "")
            raise AssignmentError(
                f"The reference {assignment.solution_path} does not run{which}: cell {cell.index + 1} "
                f"({cell.status}): {cell.error}. Nothing can be compared with it until it is mended."
            )
    if device == "cuda" and evidence.run.device != "cuda":
        raise EngineError(
            "--device cuda was asked for, but torch sees no CUDA in the sandbox. "
            "Install a torch with CUDA, or leave the option out."
        )


def require_packages(assignment: Assignment) -> None:
    """Raises AssignmentError where a package that the assignment's notebooks import is not installed."""
    for package, command in assignment.packages.items():
        if find_spec(package) is None:
            raise AssignmentError(
                f"The notebooks of {assignment.id} import {package}, which is not installed. Run: {command}"
            )
