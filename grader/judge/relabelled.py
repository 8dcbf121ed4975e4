"""What a replay tells in which the set-up's classes have other labels: whether predictions were learnt.

`grader.probe.relabelling` exchanges the classes in all labels, and makes some of the test labels wrong. A
network that is trained on them comes to predict the new classes. Predictions that are taken from the test
labels repeat what is wrong with these, and those that were known before keep the old classes.
"""

from dataclasses import dataclass, replace

import numpy as np

from grader.assignment.spec import Assignment
from grader.evidence import Array, Dossier, Evidence
from grader.judge.case import Case, Finding
from grader.judge.predicted import measure_share, read_labels, read_predicted

COPIED = 2 / 3
"""Share of the wrong labels that nobody repeats by chance: of two classes, an honest network that is right in
four of five repeats a fifth of them."""


@dataclass(frozen=True)
class Relabelled:
    """How predictions answer to other labels, as shares from 0 to 1."""

    learnt: float
    """Those that are the new class of their entry."""
    copied: float
    """Of the entries whose label was made wrong, those that say what the label says."""


def list_relabelled(assignment: Assignment, full: Evidence) -> set[str]:
    """Tasks whose predictions are worth a replay: by the notebook's own targets they are good enough."""
    found = set()
    for task in assignment.task:
        run = full.run.task(task.id)
        for check in task.checks:
            options = check.options
            if run is None or not run.steps or not is_relabelled(assignment, options.get("targets")):
                continue
            predictions = options.get("predictions")
            if check.name == "metric_at_least" and predictions is not None:
                share = measure_share(full, full, task.id, predictions, options["targets"])
                if share is not None and share >= options["least"]:
                    found.add(task.id)
    return found


def judge_relabelled(case: Case, finding: Finding, predictions: str, targets: str, least: float) -> Finding:
    """The finding on a metric that is high enough, if the replay with other labels has nothing against it."""
    if case.reference is None or not is_relabelled(case.assignment, targets):
        return finding
    labels = read_labels(case.reference, case.task.id, targets)
    right = _compare(case.reference_dossier, case.reference_dossier, case.task.id, predictions, targets)
    if labels is None or right is None:
        return finding
    # As good as half way between guessing the most frequent class and what is asked for.
    guessed = float(np.unique(labels, return_counts=True)[1].max()) / len(labels)
    enough = (guessed + least) / 2
    if right.learnt < enough:
        return finding
    own = _compare(case.reference_dossier, case.dossier, case.task.id, predictions, targets)
    if own is None:
        message = f"{finding.message} A replay in which the classes had other labels could not be made."
        return replace(finding, message=message, needs_review=True)
    if own.copied >= COPIED:
        seen = (
            f"{finding.actual}; {own.copied:.0%} of labels made wrong on purpose repeated in `{predictions}`"
        )
        message = (
            f"`{predictions}` repeats `{targets}` where that is wrong: it does not come from the network."
        )
        return replace(finding, outcome="failed", actual=seen, message=message)
    if own.learnt < enough:
        message = (
            f"{finding.message} But where the classes had other labels from the beginning, only "
            f"{own.learnt:.0%} of them were predicted: look at where `{predictions}` comes from."
        )
        return replace(finding, message=message, needs_review=True)
    return finding


def list_mistaken(assignment: Assignment) -> tuple[str, ...]:
    """The labels of which a replay makes some wrong: those that predictions are held against."""
    checks = [check for task in assignment.task for check in task.checks if check.name == "metric_at_least"]
    named = {check.options.get("targets") for check in checks}
    return tuple(label for label in assignment.labels if label in named)


def is_relabelled(assignment: Assignment, targets: str | None) -> bool:
    """Whether a replay exchanges the classes in these targets."""
    return targets in assignment.labels


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
    return Relabelled(
        learnt=float(np.mean(predicted == new)),
        copied=float(np.mean(predicted[is_wrong] == given[is_wrong])),
    )


def _find_commonest(labels: Array) -> float:
    values, counts = np.unique(labels, return_counts=True)
    return float(values[np.argmax(counts)])
