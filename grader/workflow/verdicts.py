"""Judges what the runs of one notebook left, and excuses it where the grader itself fails."""

from grader.assignment.spec import Assignment
from grader.evidence import Dossier
from grader.judge.provisional import judge_provisionally
from grader.judge.score import Mutants, References, judge_submission, reject_submission
from grader.records import GradingMode
from grader.results import SubmissionResult
from grader.workflow.jobs import Job


def judge_job(
    assignment: Assignment,
    job: Job,
    dossier: Dossier,
    references: References,
    mutants: Mutants,
    mode: GradingMode,
) -> SubmissionResult:
    """The result of a submission. A fault of the judge's own costs no more than this one."""
    judge = judge_provisionally if mode == "quick" else judge_submission
    try:
        return judge(assignment, job.submission, job.cells, dossier, references, mutants)
    except Exception as error:
        # Hours of training of a whole class must not be lost to one submission that breaks the judge.
        problem = f"The grader failed while it judged this notebook: {type(error).__name__}: {error}."
        return excuse_job(assignment, job, problem)


def excuse_job(assignment: Assignment, job: Job, problem: str) -> SubmissionResult:
    """The result of a submission that the grader itself could not run or judge."""
    return reject_submission(assignment, job.submission, problem, is_own_fault=True)
