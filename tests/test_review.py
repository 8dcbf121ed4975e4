"""Why a person has to look: every way that asks for one says so, in the result and on the page."""

import pytest
from page_reader import Page
from report_samples import load_exam, make_result
from training_samples import ORDER, gather, train

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.replays import NO_REPLAY
from grader.judge.score import judge_submission, reject_submission
from grader.records import CellMap, CellRun, Submission, TaskRun
from grader.report.html import render_page
from grader.results import SubmissionResult

SUBMISSION = Submission(student="Ada", file="ada.ipynb", sha256="0" * 64)
LACK = "ModuleNotFoundError: keras cannot be used: it is not installed where this is graded"


def judge(
    exam: Assignment, evidence: Evidence, reference: Dossier | None = None, **changes: tuple[str, ...]
) -> SubmissionResult:
    """The result of task 1.1; `changes` are notes of the submission or of its cells."""
    submission = SUBMISSION.model_copy(update={"notes": changes.get("submitted", ())})
    cells = CellMap(tasks=("1.1",), changed=(True,), method="metadata", notes=changes.get("cells", ()))
    right = {ORDER: (reference or Dossier(train()),)}
    return judge_submission(exam, submission, cells, Dossier(evidence), right, only_tasks=["1.1"])


def note_run(evidence: Evidence, *notes: str) -> Evidence:
    """The evidence of a run that left these notes."""
    return Evidence(evidence.run.model_copy(update={"notes": notes}), evidence.arrays)


def test_nothing_to_look_at_has_no_reason(exam: Assignment) -> None:
    """A right network that leaves nothing to ask is neither marked nor explained."""
    result = judge(exam, train())
    assert (False, ()) == (result.needs_review, result.review_reasons)


@pytest.mark.parametrize("where", ["submitted", "cells", "run"])
def test_a_note_is_its_own_reason(exam: Assignment, where: str) -> None:
    """What was noted of the submission, of its cells or of its run stands as it was noted."""
    note = "cell 2: the kernel was killed"
    evidence = note_run(train(), note) if where == "run" else train()
    result = judge(exam, evidence, **({} if where == "run" else {where: (note,)}))
    assert (True, (note,)) == (result.needs_review, result.review_reasons)


def test_a_missing_package_is_a_reason(exam: Assignment) -> None:
    """A cell that lacks a package is named with its error."""
    cell = CellRun(index=4, task="1.1", status="error", error=LACK)
    result = judge(exam, gather(TaskRun(task="1.1"), cells=(cell,)))
    assert (True, (f"Cell 5: {LACK}",)) == (result.needs_review, result.review_reasons)


def test_a_suspicion_is_a_reason(exam: Assignment) -> None:
    """What was changed while a task ran is told with the task."""
    evidence = train()
    task = evidence.run.tasks[0].model_copy(update={"suspicions": ("changed while it ran: Tensor.backward",)})
    result = judge(exam, gather(task, arrays=dict(evidence.arrays)))
    reason = "Task 1.1, seen while it ran: changed while it ran: Tensor.backward"
    assert (True, (reason,)) == (result.needs_review, result.review_reasons)


def test_a_missing_replay_is_a_reason(exam: Assignment) -> None:
    """A check that passed and still asks for a person says what it lacks, not that all is well."""
    result = judge(exam, train(), Dossier(train(), hidden=train(seed=99, steps=2)))
    assert (True, (f"Task 1.1, fitted_values: {NO_REPLAY}",)) == (result.needs_review, result.review_reasons)


def test_checks_of_one_reason_share_a_sentence(exam: Assignment) -> None:
    """Without the reference's evidence every check asks for a person, and one sentence says why."""
    result = judge(exam, train(), Dossier(gather()))
    assert 1 == len(result.review_reasons)
    assert all(check.name in result.review_reasons[0] for check in result.tasks[0].checks)
    assert "The reference left no evidence of this task." in result.review_reasons[0]


def test_a_rejected_submission_has_its_problem_as_reason(exam: Assignment) -> None:
    """What cannot be graded is to be looked at because of what is wrong with it."""
    assert ("It is empty.",) == reject_submission(exam, SUBMISSION, "It is empty.").review_reasons


def test_the_page_says_why() -> None:
    """The reasons stand on the student's page right behind the badge."""
    result = make_result("kim", {}, needs_review=True, review_reasons=("Cell 2 was <killed>.", "Look twice."))
    text = Page(render_page(load_exam(), result, None)).text
    assert "! needs review Cell 2 was <killed>. Look twice." in text


def test_results_of_earlier_versions_can_be_read() -> None:
    """An entry without reasons is read as one that has none."""
    described = make_result("kim", {}).model_dump(mode="json", exclude={"review_reasons"})
    assert () == SubmissionResult.model_validate(described).review_reasons
