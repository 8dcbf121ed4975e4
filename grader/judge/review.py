"""Why a person has to look at a submission, in words."""

from collections.abc import Iterable, Iterator

from grader.assignment.spec import CheckSpec
from grader.evidence import Evidence
from grader.judge.case import Finding
from grader.records import CellMap, Submission

NOT_INSTALLED = "not installed where this is graded"
"""What the error of a cell says that lacks a package."""
LONGEST = 400


def explain_run(submission: Submission, cells: CellMap, evidence: Evidence) -> Iterator[str]:
    """What a person has to look at whatever the checks found."""
    for note in (*submission.notes, *cells.notes, *evidence.run.notes):
        yield note[:LONGEST]
    for cell in evidence.run.cells:
        # A package that is missing here may be no fault of the student's.
        if cell.error and NOT_INSTALLED in cell.error:
            yield f"Cell {cell.index + 1}: {cell.error}"[:LONGEST]
    for run in evidence.run.tasks:
        for suspicion in run.suspicions:
            yield f"Task {run.task}, seen while it ran: {suspicion}"[:LONGEST]


def explain_doubts(task: str, findings: Iterable[tuple[CheckSpec, Finding]]) -> tuple[str, ...]:
    """One sentence for each reason that a task's checks give, after the names of those checks."""
    reasons: dict[str, list[str]] = {}
    for check, finding in findings:
        if finding.needs_review or finding.outcome == "grader_error":
            why = finding.doubt or finding.message or "A person has to look at this."
            reasons.setdefault(why, []).append(check.name)
    return tuple(f"Task {task}, {', '.join(names)}: {why}" for why, names in reasons.items())
