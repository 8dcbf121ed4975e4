"""The check that most points hang on: whether a network's fitted values are the reference's."""

from dataclasses import replace

from grader.assignment.spec import TrainingTask
from grader.assignment.tolerance import EARLY_STEPS
from grader.judge.case import Case, Finding
from grader.judge.compare import FitComparison, compare_yhat
from grader.judge.facts import count_shapes, has_equal_start, list_unlike_settings
from grader.judge.replays import NO_REPLAY, compare_replays, explains_values

WHY_PARTED = {
    0: "They differ before the first update: the data, the network, its initial values or the loss differ.",
    1: "They agree before the first update and part with it: optimizer, learning rate, targets or gradients.",
    2: "They agree for one update and part with the next: gradients that are not set back, or settings of "
    "the optimizer, such as momentum.",
}
EXPECTED = "the reference's fitted values"
CLOSE = "The difference is small, and may be noise that grew more here than where it was measured."
NO_ORDER_FREE = (
    "The replay is missing that tells a network whose layers are built in another order from a wrong one."
)


def judge_fit(case: Case) -> Finding:
    """Compare the full run with the reference's, and ask the replays how far it can be trusted."""
    assert case.reference is not None and isinstance(case.task, TrainingTask)
    fit = case.fit
    if fit.rows is not None:
        return Finding(
            "failed",
            f"{fit.rows[0]} rows of fitted values",
            f"{fit.rows[1]} rows",
            "The loss was given another number of rows than the reference's.",
        )
    if fit.last_step is None:
        return Finding(
            "no_evidence",
            "fitted values that go into the loss",
            "none were seen",
            "Use a loss of torch.nn, such as CrossEntropyLoss, on the network's output.",
        )
    reordered = fit.parted_at == 0 and is_reordered(case)
    if fit.parted_at is not None and not reordered:
        return _describe_parting(case, fit)
    finding = _ask_replays(case) or _look_at_yhat(case, reordered=reordered)
    if finding is not None:
        return finding
    late, allowed = fit.differences[fit.last_step], case.tolerance.allow(fit.last_step)
    if reordered:
        actual = "equal once every layer starts from values that no order of creation decides"
        message = "The network is the reference's; its layers are built in another order."
    else:
        actual = f"equal at step {fit.last_step} within {late:.1e} (allowed: {allowed:.0e})"
        message = "They are equal."
    # A replay that should be there and is not has been avoided, or the grader could not make it.
    return Finding("passed", EXPECTED, actual, message, needs_review=_lacks_replay(case), doubt=NO_REPLAY)


def is_reordered(case: Case) -> bool:
    """Whether the network is the reference's with its layers built in another order.

    Without an order of creation it equals the reference; with one it starts elsewhere and differs whatever
    the seed; and it starts from other values under another seed, so that these come from the stream that
    was seeded.
    """
    reference, own = case.reference_dossier, case.dossier
    if reference is None or _starts_as_reference(case):
        return False
    free = compare_replays(reference.order_free, own.order_free, case.task.id, case.tolerance)
    if free is None or free.parted_at is not None:
        return False
    hidden = compare_replays(reference.hidden, own.hidden, case.task.id, case.tolerance)
    replay = own.hidden.run.task(case.task.id) if own.hidden else None
    fixed = replay is not None and has_equal_start(case.run, replay) is True
    return not fixed and (hidden is None or hidden.parted_at == 0) and _has_equal_optimizer(case)


def _starts_as_reference(case: Case) -> bool:
    """Whether every tensor starts from the reference's values: then it is no order that makes it differ.

    Two matrices of one shape may have changed places, which their norms do not tell.
    """
    if case.reference_run is None or has_equal_start(case.run, case.reference_run) is not True:
        return False
    return all(count == 1 for shape, count in count_shapes(case.run).items() if len(shape) > 1)


def _has_equal_optimizer(case: Case) -> bool:
    """Whether the optimizer is the reference's to the end: later steps have nothing to be compared with."""
    expected = case.reference_run.optimizers[:1] if case.reference_run else ()
    return all(
        own.name == right.name
        and own.settings.get("lr") == right.settings.get("lr")
        and not list_unlike_settings(own, right)
        for own in case.run.optimizers
        for right in expected
    )


def find_foreign_values(case: Case) -> str | None:
    """Why the fitted values are not the trained network's own, though they agree; None if they may be.

    Asked of values that agree with the reference's, because only its replays say what others should be.
    """
    reference = case.reference_dossier
    if reference is None:
        return None
    first = case.fit
    reordered = first.parted_at == 0 and is_reordered(case)
    if first.last_step is None or (first.parted_at is not None and not reordered):
        return None
    task_id = case.task.id
    hidden = compare_replays(reference.hidden, case.dossier.hidden, task_id, case.tolerance)
    # Where the order of creation differs, the replay without one has had a secret seed, too.
    if not reordered and hidden is not None and hidden.parted_at is not None:
        # Without its size, which the notebook could choose so that it tells the secret seed.
        return (
            f"with another seed they part at step {hidden.parted_at}: they, or what they start from, are "
            "written down or copied rather than computed"
        )
    pairs = [(reference.full, case.evidence), (reference.hidden, case.dossier.hidden)]
    if reordered:
        pairs = [(reference.order_free, case.dossier.order_free)]
    for expected, actual in pairs:
        if expected is not None and actual is not None and not explains_values(expected, actual, task_id):
            return "the gradients are not those of a network with these values: it has no part in them"
    return None


def _describe_parting(case: Case, fit: FitComparison) -> Finding:
    assert fit.parted_at is not None and fit.last_step is not None
    difference = fit.differences[fit.parted_at]
    finding = Finding(
        "failed",
        EXPECTED,
        f"they part at step {fit.parted_at} by {difference:.1e}",
        WHY_PARTED.get(fit.parted_at, "They agree at first and part later in the training."),
    )
    if fit.is_doubtful:
        message = (
            "This difference may be noise, and the nearest fault makes one as small: a person has to decide."
        )
        return replace(finding, outcome="grader_error", message=message, needs_review=True)
    # So close after so equal a start may be noise that grew more here than where it was measured.
    late = fit.differences[fit.last_step]
    is_close = fit.parted_at >= EARLY_STEPS and late <= 10 * case.tolerance.late
    if is_close:
        return replace(finding, needs_review=True, doubt=CLOSE)
    return replace(finding, needs_review=_lacks_order_free(case, fit), doubt=NO_ORDER_FREE)


def _lacks_order_free(case: Case, fit: FitComparison) -> bool:
    """Whether the replay that would tell another order of creation from a fault is missing."""
    reference = case.reference_dossier
    if fit.parted_at != 0 or reference is None or reference.hidden is None:
        return False
    replays = (reference.order_free, case.dossier.order_free)
    return any(each is None or each.run.task(case.task.id) is None for each in replays)


def _ask_replays(case: Case) -> Finding | None:
    why = find_foreign_values(case)
    if why is None:
        return None
    return Finding(
        "failed",
        "values that the trained network makes",
        why,
        "The values agree, but they do not come from the network that is trained.",
    )


def _lacks_replay(case: Case) -> bool:
    reference = case.reference_dossier.hidden if case.reference_dossier else None
    replayed = reference.run.task(case.task.id) if reference else None
    if replayed is None:
        return False
    own = case.dossier.hidden.run.task(case.task.id) if case.dossier.hidden else None
    expected = set(replayed.fitted_steps)
    # Stopped before the second step it has shown nothing: that is where the nudge is seen.
    return own is None or not {step for step in expected if step < case.run.steps} <= set(own.fitted_steps)


def _look_at_yhat(case: Case, *, reordered: bool) -> Finding | None:
    assert isinstance(case.task, TrainingTask)
    # Of a network that starts from other values the reference cannot tell what its next update makes.
    reference = None if reordered else case.reference
    shown = compare_yhat(case.evidence, reference, case.task.id, case.tolerance)
    # Only the name that was asked for promises these values; `yhat_old` may hold anything.
    is_asked_for = case.run.yhat == case.task.fitted
    if shown is None or shown.accepted or not is_asked_for:
        return None
    return Finding(
        "failed",
        f"the values in `{case.run.yhat}` are those that the training made",
        f"they differ from it by {shown.difference:.1e}",
        "The training is right, but the variable holds something else. Take it from the network.",
    )
