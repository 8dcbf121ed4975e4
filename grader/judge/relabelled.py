"""What a replay tells in which the set-up's classes have other labels: whether predictions were learnt.

`grader.probe.relabelling` exchanges the classes in all labels, and makes some of the test labels wrong. A
network that is trained on them comes to predict the new classes. Predictions that are taken from the test
labels repeat what is wrong with these, and those that were known before keep the old classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import exp, lgamma, log, log1p

import numpy as np

from grader.assignment.spec import Assignment
from grader.evidence import Array, Dossier, Evidence
from grader.judge.case import Case, Finding
from grader.judge.predicted import measure_share, read_labels, read_predicted

CHANCE = 1e-5
"""Of repeating so many wrong labels without looking at them: one honest notebook of a hundred thousand."""
DOUBTFUL = 1e-3
"""The same, where a person looks at it."""


@dataclass(frozen=True)
class Relabelled:
    """How predictions answer to other labels."""

    learnt: float
    """Those that are the new class of their entry, as a share."""
    chance: float
    """Of repeating at least as many of the wrong labels by mistakes such as are made with the others."""


def list_relabelled(assignment: Assignment, full: Evidence) -> set[str]:
    """Tasks whose predictions are worth a replay: by the notebook's own targets they may be good enough."""
    found = set()
    for task_id, predictions, targets, least in _list_judged(assignment):
        run = full.run.task(task_id)
        share = measure_share(full, full, task_id, predictions, targets)
        # Targets that the notebook has put into another form are the reference's to the judge.
        if run is not None and run.steps and (share is None or share >= least):
            found.add(task_id)
    return found


def judge_relabelled(case: Case, finding: Finding, predictions: str, targets: str, least: float) -> Finding:
    """The finding on a metric that is high enough, if the replay with other labels has nothing against it."""
    reference = case.reference_dossier
    if reference is None or targets not in case.assignment.labels:
        return finding
    enough = _find_enough(reference.full, case.task.id, targets, least)
    right = _compare(reference, reference, case.task.id, predictions, targets)
    if right is None or right.learnt < enough:
        return finding
    own = _compare(reference, case.dossier, case.task.id, predictions, targets)
    if own is None:
        message = f"{finding.message} {_explain_gap(case, predictions)}"
        return replace(finding, message=message, needs_review=True)
    # Without numbers and without the notebook's own words, by which it could tell what the replay held.
    if own.chance < CHANCE:
        seen = f"{finding.actual}; `{predictions}` repeats labels that were made wrong"
        message = f"In a replay it repeats `{targets}` where that is wrong: it is not the network's alone."
        return replace(finding, outcome="failed", actual=seen, message=message)
    if own.chance < DOUBTFUL:
        message = f"{finding.message} But in a replay it repeats more wrong labels than mistakes explain."
        return replace(finding, message=message, needs_review=True)
    if own.learnt < enough:
        message = (
            f"{finding.message} But where the classes had other labels from the first task on, too few of "
            f"them were predicted: look at where `{predictions}` comes from."
        )
        return replace(finding, message=message, needs_review=True)
    return finding


def list_unlearnt(assignment: Assignment, reference: Dossier) -> list[str]:
    """Tasks whose predictions cannot be held against other labels: the reference does not learn them."""
    found = []
    for task_id, predictions, targets, least in _list_judged(assignment):
        right = _compare(reference, reference, task_id, predictions, targets)
        if right is None or right.learnt < _find_enough(reference.full, task_id, targets, least):
            found.append(task_id)
    return found


def list_mistaken(assignment: Assignment) -> tuple[str, ...]:
    """The labels of which a replay makes some wrong: those that predictions are held against."""
    named = {targets for _, _, targets, _ in _list_judged(assignment)}
    return tuple(label for label in assignment.labels if label in named)


def _list_judged(assignment: Assignment) -> Iterator[tuple[str, str, str, float]]:
    """Task, predictions, targets and least share of each check that other labels help to judge."""
    for task in assignment.task:
        for check in task.checks:
            options = check.options
            if options.get("targets") in assignment.labels and "predictions" in options:
                yield task.id, options["predictions"], options["targets"], options["least"]


def _find_enough(reference: Evidence, task_id: str, targets: str, least: float) -> float:
    """Half way between guessing the most frequent class and what is asked for."""
    labels = read_labels(reference, task_id, targets)
    if labels is None or not len(labels):
        return least
    return (float(np.unique(labels, return_counts=True)[1].max()) / len(labels) + least) / 2


def _explain_gap(case: Case, predictions: str) -> str:
    """Why a replay left no predictions that could be looked at."""
    replay = case.dossier.relabelled
    if replay is None:
        return "A replay in which the classes had other labels could not be made."
    if all(cell.status == "ok" for cell in replay.run.cells if cell.task == case.task.id):
        return f"In a replay in which the classes had other labels `{predictions}` had another form."
    return "In a replay in which the classes had other labels the task's cells did not end well."


def _compare(
    known: Dossier | None, own: Dossier | None, task_id: str, predictions: str, targets: str
) -> Relabelled | None:
    """How predictions answer to the labels that the reference was given; None where that is unknown."""
    if known is None or known.relabelled is None or own is None or own.relabelled is None:
        return None
    true, given = (read_labels(run, task_id, targets) for run in (known.full, known.relabelled))
    predicted = read_predicted(own.relabelled, task_id, predictions)
    if true is None or given is None or predicted is None or not true.shape == given.shape == predicted.shape:
        return None
    renamed = {label: _find_commonest(given[true == label]) for label in np.unique(true)}
    new = np.array([renamed[label] for label in true])
    is_wrong = given != new
    # Nothing was exchanged, or nothing was made wrong.
    if np.mean(true == new) > 0 or not np.any(is_wrong):
        return None
    copied, wrong = int(np.sum(predicted[is_wrong] == given[is_wrong])), int(np.sum(is_wrong))
    # A mistake falls on one of the other classes; one more of them than were seen, so that none is no proof.
    mistakes = (np.sum(predicted[~is_wrong] != new[~is_wrong]) + 1) / (np.sum(~is_wrong) + 1)
    share = float(mistakes) / (len(renamed) - 1)
    return Relabelled(float(np.mean(predicted == new)), _sum_tail(copied, wrong, min(share, 1.0)))


def _sum_tail(least: int, trials: int, share: float) -> float:
    """The probability of at least so many of these trials, each of which comes true with that share."""
    if least <= 0 or share >= 1:
        return 1.0
    # In logarithms: the binomial coefficients of many trials are no floats.
    ways = (lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) for k in range(least, trials + 1))
    return sum(
        exp(way + k * log(share) + (trials - k) * log1p(-share)) for k, way in enumerate(ways, start=least)
    )


def _find_commonest(labels: Array) -> float:
    values, counts = np.unique(labels, return_counts=True)
    return float(values[np.argmax(counts)])
