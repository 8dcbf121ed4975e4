"""Frozen records of how a check, a task, a submission and a class were judged: all of `results.json`."""

from typing import Literal

from grader.records import Record

Outcome = Literal["passed", "partial", "failed", "not_reached", "no_evidence", "undecided", "grader_error"]


class Verdict(Record):
    """The judgement on one check."""

    name: str
    outcome: Outcome
    points: float
    max_points: float
    expected: str
    actual: str
    message: str


class Diagnosis(Record):
    """A named fault. It explains, and never costs points."""

    code: str
    confidence: Literal["exact", "likely"]
    message: str
    """A sentence for the student, in English."""
    message_ko: str = ""
    """The same in Korean."""


class TaskResult(Record):
    """The judgement on one task."""

    id: str
    points: float
    max_points: float
    checks: tuple[Verdict, ...]
    diagnosis: tuple[Diagnosis, ...] = ()


class SubmissionResult(Record):
    """The judgement on one submission: one entry of `results.json`."""

    student: str
    file: str
    sha256: str
    status: Literal["graded", "ungradable", "grader_error"]
    score: float | None
    """None for a `grader_error`: the grader, the sandbox or the machine failed, not the submission."""
    max_score: float
    needs_review: bool = False
    review_reasons: tuple[str, ...] = ()
    """Why a person has to look, one English sentence each; results of earlier versions have none."""
    tasks: tuple[TaskResult, ...] = ()
    problem: str | None = None
    """Why there is no grade; written to `results.json` only then."""


class RunInfo(Record):
    """How a class was graded."""

    seed: int
    device: str
    mode: str
    torch: str
    sandbox: str
    weaker: str | None = None
    """What the sandbox did not keep out on that machine, in words; None if nothing is known."""
    seconds: float


class ClassResult(Record):
    """The judgement on a class: all of `results.json`."""

    schema_version: Literal[1] = 1
    assignment: str
    run: RunInfo
    submissions: tuple[SubmissionResult, ...]
