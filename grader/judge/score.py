"""Turns evidence into a submission's result."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from grader.assignment.spec import Assignment, CheckSpec, TrueFalseTask, ValuesTask
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.judge.assertion_checks import BY_HAND, marked_by_hand
from grader.judge.case import Case, Finding
from grader.judge.checks import CHECKS
from grader.judge.compare import find_symbol_order
from grader.judge.diagnose import diagnose
from grader.judge.foresee import hold_back
from grader.judge.options import convert_options
from grader.judge.replays import list_parted_at_start
from grader.judge.review import explain_doubts, explain_run
from grader.judge.values import Missing
from grader.records import CellMap, Submission
from grader.results import Diagnosis, SubmissionResult, TaskResult, Verdict

Order = tuple[str, ...]

References = Mapping[Order, tuple[Dossier, ...]]
"""What the reference left, by symbol order; the empty order stands for an assignment without symbols.

Several stand under one order where an assignment calls several networks right.
"""

Mutants = Mapping[tuple[Order, str], tuple[Fingerprint, ...]]
"""Wrong networks, by symbol order and task."""


REACHED = "reached for"
"""How the probe begins a note on a notebook that searched the grader's process."""


def find_order(assignment: Assignment, evidence: Evidence, task_id: str) -> tuple[str, ...]:
    """The symbol order that a task's reference must have: the student's, or the reference's own."""
    if assignment.sequence is None:
        return ()
    found = find_symbol_order(evidence.read_targets(task_id), assignment.sequence)
    return found or assignment.sequence.symbols


def list_orders(assignment: Assignment, evidence: Evidence) -> dict[tuple[str, ...], set[str]]:
    """Every symbol order that judging this evidence needs a reference in, and the tasks that need it."""
    orders: dict[tuple[str, ...], set[str]] = {}
    for task in assignment.task:
        orders.setdefault(find_order(assignment, evidence, task.id), set()).add(task.id)
    return orders


def find_parted(assignment: Assignment, evidence: Evidence, references: References) -> dict[Order, set[str]]:
    """By symbol order, the tasks that differ from a reference at hand before the first update."""
    found: dict[Order, set[str]] = {}
    for order, tasks in list_orders(assignment, evidence).items():
        for right in references.get(order, ()):
            if parted := list_parted_at_start(assignment, evidence, right.full) & tasks:
                found.setdefault(order, set()).update(parted)
    return found


def judge_submission(
    assignment: Assignment,
    submission: Submission,
    cells: CellMap,
    dossier: Dossier,
    references: References | None,
    mutants: Mutants | None = None,
    only_tasks: Iterable[str] | None = None,
) -> SubmissionResult:
    """The result of one submission.

    Without references only public checks are judged, as in a self-check; then only their points count.
    """
    evidence = dossier.full
    wanted = set(only_tasks) if only_tasks is not None else None
    results: list[TaskResult] = []
    reasons = list(explain_run(submission, cells, evidence))
    for task in assignment.task:
        if wanted is not None and task.id not in wanted:
            continue
        order = find_order(assignment, evidence, task.id)
        case = Case(
            assignment=assignment,
            task=task,
            dossier=dossier,
            reference_dossier=None,
            fingerprints=(mutants or {}).get((order, task.id), ()),
            reaches=_list_reaches(assignment, cells, evidence, task.id),
            turns=cells.turns.get(task.id, ()),
            stated=cells.stated.get(task.id),
            has_own_cells=task.id in cells.stated
            or any(
                own == task.id and changed for own, changed in zip(cells.tasks, cells.changed, strict=True)
            ),
        )
        right = (references or {}).get(order, ()) or (None,)
        cases = [replace(case, reference_dossier=reference) for reference in right]
        judged = [_judge_task(case, public_only=references is None) for case in cases]
        # Where several networks are right, the one that the notebook comes nearest to counts.
        result, doubts = max(judged, key=lambda each: each[0].points)
        reasons += doubts
        if result.checks:
            results.append(result)
    return SubmissionResult(
        student=submission.student,
        file=submission.file,
        sha256=submission.sha256,
        status="graded",
        score=round(sum(result.points for result in results), 4),
        max_score=sum(result.max_points for result in results),
        needs_review=bool(reasons),
        review_reasons=tuple(dict.fromkeys(reasons)),
        tasks=tuple(results),
    )


def _list_reaches(
    assignment: Assignment, cells: CellMap, evidence: Evidence, task_id: str
) -> tuple[str, ...]:
    """What the notebook reached for up to a task: as it is written, and as it was seen to run."""
    seen: list[str] = []
    for task in assignment.task:
        run = evidence.run.task(task.id)
        seen += [note for note in (run.suspicions if run else ()) if note.startswith(REACHED)]
        if task.id == task_id:
            break
    return tuple(dict.fromkeys([*cells.reaches.get(task_id, ()), *seen]))


def list_unnamed(result: SubmissionResult) -> list[str]:
    """Tasks whose fitted values are wrong and whose fault the trace alone does not name."""
    return [
        task.id
        for task in result.tasks
        if any(check.name == "fitted_values" and check.outcome == "failed" for check in task.checks)
        and not any(fault.confidence == "exact" for fault in task.diagnosis)
    ]


def reject_submission(
    assignment: Assignment, submission: Submission, problem: str, *, is_own_fault: bool = False
) -> SubmissionResult:
    """The result of a submission that cannot be graded; `is_own_fault` where the grader is to blame."""
    return SubmissionResult(
        student=submission.student,
        file=submission.file,
        sha256=submission.sha256,
        status="grader_error" if is_own_fault else "ungradable",
        score=None if is_own_fault else 0.0,
        max_score=assignment.points,
        needs_review=True,
        review_reasons=(problem,),
        problem=problem,
    )


def _judge_task(case: Case, *, public_only: bool) -> tuple[TaskResult, tuple[str, ...]]:
    checks = [check for check in case.task.checks if check.public or not public_only]
    findings = [(check, _run_check(case, check, public_only=public_only)) for check in checks]
    broken = next((check for check, finding in findings if check.gate and finding.outcome == "failed"), None)
    verdicts = []
    for check, finding in findings:
        if broken is not None and check is not broken and finding.outcome != "failed":
            finding = Finding(
                "not_reached",
                finding.expected,
                finding.actual,
                f"Not counted, because of {broken.name}: this rule takes the whole task.",
            )
        verdicts.append(_give_points(check, finding))
    result = TaskResult(
        id=case.task.id,
        points=round(sum(verdict.points for verdict in verdicts), 4),
        max_points=sum(check.points for check in checks),
        checks=tuple(verdicts),
        diagnosis=_diagnose(case, {check.name: finding for check, finding in findings}),
    )
    return result, explain_doubts(case.task.id, findings)


def _diagnose(case: Case, findings: dict[str, Finding]) -> tuple[Diagnosis, ...]:
    try:
        return diagnose(case, findings)
    except Exception:
        # It explains and costs nothing: without it the marks are the same.
        return ()


def _run_check(case: Case, check: CheckSpec, *, public_only: bool) -> Finding:
    if check.name == BY_HAND:
        return marked_by_hand(case)
    missing = _find_missing(case)
    if missing is not None:
        return missing
    if not public_only and case.reference_run is None:
        return Finding(
            "grader_error",
            "evidence of the reference",
            "none",
            "The reference left no evidence of this task. A person has to mark it.",
        )
    try:
        function = CHECKS[check.name]
        # The numbers of a training that ran away may be too large to reckon with, which is no fault here.
        with np.errstate(all="ignore"):
            return hold_back(case, function(case, **convert_options(function, check.options)))
    except Missing as lack:
        return lack.finding
    except Exception as error:
        # A check that breaks is our fault: it must not cost marks in silence, nor stop the class.
        return Finding(
            "grader_error",
            "a judgement",
            f"{type(error).__name__}: {error}"[:300],
            "The grader failed at this check. A person has to mark it.",
        )


def _find_missing(case: Case) -> Finding | None:
    """Why a task cannot be judged, if that is so."""
    task = case.task
    expected = "an answer"
    if isinstance(task, TrueFalseTask) and case.run.answer is not None:
        return None
    if not case.has_own_cells:
        seen = "the cells are as they were handed out, or none was found"
        return Finding("no_evidence", expected, seen, "Not answered.")
    if isinstance(task, TrueFalseTask):
        if case.run.answer is None and case.stated is None and case.failed_cell is not None:
            return _blame_cell(case, expected)
        return None
    if case.reaches:
        return Finding(
            "no_evidence",
            "a notebook that leaves alone what it is watched by",
            "; ".join(case.reaches)[:300],
            "What was seen of this task cannot be relied on. A person has to look at it.",
            needs_review=True,
        )
    if case.run.steps or (isinstance(task, ValuesTask) and not task.trains):
        return None
    if case.failed_cell is not None:
        return _blame_cell(case, "training")
    seen = (
        "no cell of this task ran" if case.evidence.run.task(task.id) is None else "no optimizer made a step"
    )
    return Finding("no_evidence", "training", seen, "Train the network with an optimizer of torch.optim.")


def _blame_cell(case: Case, expected: str) -> Finding:
    cell = case.failed_cell
    assert cell is not None
    why = cell.error or cell.status
    return Finding(
        "not_reached",
        expected,
        why,
        f"Cell {cell.index + 1} did not end well, so there is nothing to judge: {why}.",
    )


def _give_points(check: CheckSpec, finding: Finding) -> Verdict:
    share = {"passed": 1.0, "partial": finding.share}.get(finding.outcome, 0.0)
    return Verdict(
        name=check.name,
        outcome=finding.outcome,
        points=round(check.points * share, 4),
        max_points=check.points,
        expected=finding.expected,
        actual=finding.actual,
        message=finding.message,
    )
