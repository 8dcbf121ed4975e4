"""What the first steps of a training tell of its end: whether it will predict, and what stays open."""

from dataclasses import dataclass, replace

from grader.assignment.computed import COMPUTED
from grader.assignment.spec import Sequence, TrainingTask, TrueFalseTask, ValuesTask
from grader.evidence import Evidence
from grader.judge.case import Case, Finding
from grader.judge.compare import compare_fits, find_share_right
from grader.judge.fit import is_reordered

OPEN = "Not decided yet: only a full run tells."
JUDGED = ("passed", "partial", "failed")
SCHEDULED = "initial_lr"
"""Setting that torch's schedulers leave with an optimizer."""


@dataclass(frozen=True)
class Foreseen:
    """Whether a training will predict; None where its first steps do not tell, and why."""

    predicts: bool | None
    why: str


def settle(evidence: Evidence, sequence: Sequence) -> int:
    """Rows at the beginning that do not count: in a short text the first repetition weighs too much."""
    return len(sequence.text) if evidence.run.mode == "short" else 0


def list_turns(case: Case) -> tuple[str, ...]:
    """Why the task's first steps may not tell how its training goes on."""
    scheduled = any(SCHEDULED in optimizer.settings for optimizer in case.run.optimizers)
    return (*case.turns, *(("its learning rate follows a schedule",) if scheduled else ()))


def foresee_share(case: Case, min_share: float) -> Foreseen:
    """Whether a training that was stopped will come to predict so large a share of the rows.

    It will if it is the reference's, which does, and goes on for as many steps as that needs.
    """
    reference = case.reference_dossier
    if reference is None or case.reference is None:
        return Foreseen(None, "the training was stopped after its first steps")
    fit = compare_fits(
        expected=case.reference,
        expected_task=case.task.id,
        actual=case.evidence,
        actual_task=case.task.id,
        tolerance=case.tolerance,
    )
    if fit.last_step is None or (
        fit.parted_at is not None and not (fit.parted_at == 0 and is_reordered(case))
    ):
        return Foreseen(
            None, "it is another network than the reference's, and was stopped after its first steps"
        )
    planned = case.run.planned_steps
    if planned is None:
        return Foreseen(None, "how long its loop would have gone on cannot be told")
    shares = _list_shares(reference.short, case) if reference.short is not None else {}
    last = max((step for step in shares if step < planned), default=None)
    if last is None:
        return Foreseen(None, "the reference has not been trained for that long")
    right = shares[last] >= min_share
    if last + 1 < planned and not right:
        return Foreseen(None, "the reference has not been trained for that long")
    return Foreseen(
        right, f"{planned} updates are planned; the reference has {shares[last]:.1%} after {last}"
    )


def _list_shares(reference: Evidence, case: Case) -> dict[int, float]:
    """Step to the share of right rows, of the reference on a shorter text."""
    run, targets = reference.run.task(case.task.id), reference.read_targets(case.task.id)
    sequence = case.assignment.sequence
    if run is None or targets is None or sequence is None:
        return {}
    skipped = settle(reference, sequence)
    found = {}
    for step in run.fitted_steps:
        fitted = reference.read_fitted(case.task.id, step)
        if fitted is not None and len(fitted) == len(targets):
            found[step] = find_share_right(fitted[skipped:], targets[skipped:])
    return found


def hold_back(case: Case, finding: Finding) -> Finding:
    """The finding of a run that was stopped, or that it is open where later steps may say otherwise."""
    if case.evidence.run.mode != "quick":
        return finding
    if isinstance(case.task, TrueFalseTask):
        # Right and wrong may change places with the reference's answer or the notebook's own.
        if COMPUTED not in case.turns or finding.outcome not in ("passed", "failed"):
            return finding
        return Finding("undecided", "the answer after whole trainings", COMPUTED, OPEN)
    if isinstance(case.task, ValuesTask):
        if not _follows_training(case) or finding.outcome not in JUDGED:
            return finding
        return replace(finding, outcome="undecided", message=OPEN)
    if finding.outcome != "passed":
        return finding
    turns = list_turns(case)
    if not turns:
        return finding
    return Finding("undecided", finding.expected, f"so far so good, but {turns[0]}", OPEN)


def _follows_training(case: Case) -> bool:
    """Whether the task goes on with what a training left that was stopped."""
    needs = (case.assignment.find_task(need) for need in case.assignment.list_needs(case.task.id))
    return any(isinstance(need, TrainingTask) for need in needs)
