"""Grades the corpus and compares what the grader says with what each answer deserves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from corpus_reader import Answer, build_submission
from quiet import Quiet

from grader.assignment.reference import load_solution, read_released
from grader.assignment.spec import Assignment
from grader.evidence import Evidence
from grader.execute.sandbox import choose_sandbox
from grader.judge.compare import find_last_fitted, find_share_right
from grader.judge.provisional import judge_provisionally
from grader.judge.score import find_order, judge_submission
from grader.notebook import read_notebook
from grader.results import SubmissionResult, TaskResult
from grader.workflow.jobs import Job, prepare_job
from grader.workflow.kept import open_kept
from grader.workflow.runs import Runs, run_class
from grader.workflow.settings import Listener, Settings

NAIVE = ("allclose", "within 1e-2", "share right")
"""What other graders would decide by: numpy's defaults, a round tolerance, the share of right symbols."""


@dataclass(frozen=True)
class Judged:
    """An answer, what the grader made of it, and what others would have."""

    answer: Answer
    result: TaskResult
    needs_review: bool
    naive: dict[str, bool]
    """Whether each naive comparison would have called it right."""

    @property
    def missed(self) -> list[str]:
        """Checks that came out other than deserved."""
        passed = {check.name for check in self.result.checks if check.outcome in ("passed", "partial")}
        names = {check.name for check in self.result.checks}
        wrongly_passed = self.answer.fails & passed
        gates = {check.name for check in self.result.checks if not check.max_points}
        lost = names - passed - self.answer.fails - self.answer.open
        # A gate that fails takes the others along; and who cheats has no claim to what else was right.
        if self.answer.fails and (self.answer.kind == "cheat" or self.answer.fails & gates):
            lost = set()
        return sorted([f"{name} passed" for name in wrongly_passed] + [f"{name} lost" for name in lost])

    @property
    def codes(self) -> list[str]:
        """The faults that the grader names."""
        return [fault.code for fault in self.result.diagnosis]

    @property
    def is_named(self) -> bool:
        """Whether the fault is named first or, of two, among the first two."""
        return bool(set(self.answer.codes) & set(self.codes[: max(1, len(self.answer.codes))]))


def judge_answers(
    answers: Iterable[Answer],
    assignment: Assignment,
    listener: Listener | None = None,
    settings: Settings | None = None,
) -> list[Judged]:
    """Run all answers as one class, and judge each by its task.

    Without a store the reference trains no longer than the answers; with one it trains as the assignment
    says, so that whoever else grades the exam there has trained it as well.
    """
    answers = list(answers)
    settings = settings or Settings()
    if settings.store is None:
        # The reference is run once for every symbol order.
        longest = max(answer.epochs for answer in answers) + 1
        stated = assignment.reference
        parameters = {**stated.parameters, "epochs": longest}
        assignment = assignment.model_copy(
            update={"reference": stated.model_copy(update={"parameters": parameters})}
        )
    released = read_notebook(read_released(assignment))
    jobs = [prepare_job(assignment, build_submission(answer, assignment), released) for answer in answers]
    listener = listener or Quiet()
    sandbox = choose_sandbox()
    kept = open_kept(settings.store, sandbox.name, False, listener.say)
    solution = load_solution(assignment)
    runs = run_class(assignment, jobs, solution, released, settings, sandbox, listener, kept)
    judge = judge_provisionally if settings.mode == "quick" else judge_submission
    return [_judge(answer, job, runs, assignment, judge) for answer, job in zip(answers, jobs, strict=True)]


def _judge(
    answer: Answer, job: Job, runs: Runs, assignment: Assignment, judge: Callable[..., SubmissionResult]
) -> Judged:
    dossier = runs.read(job)
    result = judge(
        assignment, job.submission, job.cells, dossier, runs.references, runs.mutants, [answer.task]
    )
    order = find_order(assignment, dossier.full, answer.task)
    reference = runs.references[order][0].full
    naive = compare_naively(dossier.full, reference, answer.task)
    return Judged(answer, result.tasks[0], result.needs_review, naive)


def compare_naively(evidence: Evidence, reference: Evidence, task: str) -> dict[str, bool]:
    """What other graders would say of the values that the notebook shows, or else of the last ones."""
    last = find_last_fitted(evidence, task)
    shown = evidence.read_yhat(task)
    if last is None and shown is None:
        return dict.fromkeys(NAIVE, False)
    step, fitted = last if last is not None else (0, shown)
    expected = reference.read_fitted(task, step)
    if shown is not None and expected is not None and shown.shape == expected.shape:
        fitted = shown
    if expected is None or fitted.shape != expected.shape:
        return dict.fromkeys(NAIVE, False)
    after = reference.read_fitted(task, step + 1)
    # To be fair to them: the values before the last update are as right as those after it.
    right = [values for values in (expected, after) if values is not None]
    targets = reference.read_targets(task)
    assert targets is not None
    return {
        "allclose": any(np.allclose(fitted, values) for values in right),
        "within 1e-2": any(np.allclose(fitted, values, rtol=0, atol=1e-2) for values in right),
        "share right": find_share_right(fitted, targets) >= 0.98,
    }
