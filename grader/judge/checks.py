"""The vocabulary of rubrics: each function is a check, and its docstring the line that a student sees."""

from collections.abc import Callable, Sequence

import numpy as np

from grader.assignment.spec import TrainingTask
from grader.judge.case import Case, Finding
from grader.judge.compare import (
    EARLY_STEPS,
    compare_fits,
    compare_yhat,
    find_last_fitted,
    find_share_right,
    find_symbol_order,
)
from grader.judge.rules import describe_owners, find_called_layers, find_own_classes, find_trained_layers
from grader.records import Diagnosis

Check = Callable[..., Finding]

WHY_PARTED = {
    0: "They differ before the first update: the data, the network, its initial values or the loss differ.",
    1: "They agree before the first update and part with it: optimizer, learning rate, targets or gradients.",
    2: "They agree for one update and part with the next: gradients may not be set back to zero.",
}


def parameter_count(case: Case) -> Finding:
    """The optimizer steps as many parameters as the reference's does."""
    assert case.reference_run is not None
    expected, actual = case.reference_run.parameters, case.run.parameters
    if expected == actual:
        return Finding("passed", f"{expected} parameters", f"{actual} parameters", "The count is right.")
    return Finding(
        "failed",
        f"{expected} parameters",
        f"{actual} parameters: {describe_owners(case.run)}",
        "Look at the layers' sizes, and at whether the optimizer holds all of them.",
    )


def fitted_values(case: Case) -> Finding:
    """The fitted values equal the reference's, trained as long as yours."""
    assert case.reference is not None
    assert isinstance(case.task, TrainingTask)
    fit = compare_fits(
        expected=case.reference,
        expected_task=case.task.id,
        actual=case.evidence,
        actual_task=case.task.id,
        tolerance=case.task.tolerance,
    )
    if fit.rows is not None:
        return Finding(
            "failed",
            f"{fit.rows[0]} rows of fitted values",
            f"{fit.rows[1]} rows",
            "The loss was given another number of rows than the sequence has steps.",
        )
    if fit.last_step is None:
        return Finding(
            "no_evidence",
            "fitted values that go into the loss",
            "none were seen",
            "Use a loss of torch.nn, such as CrossEntropyLoss, on the network's output.",
        )
    late, allowed = fit.differences[fit.last_step], case.task.tolerance.late
    if fit.parted_at is not None:
        reason = WHY_PARTED.get(fit.parted_at, "They agree at first and part later in the training.")
        return Finding(
            "failed",
            "the reference's fitted values",
            f"they part at step {fit.parted_at} by {fit.differences[fit.parted_at]:.1e}",
            reason,
            # So close after so equal a start may be noise that grew more here than where it was measured.
            needs_review=fit.parted_at >= EARLY_STEPS and late <= 10 * allowed,
        )
    shown = compare_yhat(case.evidence, case.reference, case.task.id, case.task.tolerance)
    # Only the name that was asked for promises these values; `yhat_old` may hold anything.
    is_asked_for = case.run.yhat == case.task.fitted
    if shown is not None and not shown.accepted and is_asked_for:
        return Finding(
            "failed",
            f"the values in `{case.run.yhat}` are those that the training made",
            f"they differ from it by {shown.difference:.1e}",
            "The training is right, but the variable holds something else. Take it from the network.",
        )
    actual = f"equal at step {fit.last_step} within {late:.1e} (allowed: {allowed:.0e})"
    return Finding("passed", "the reference's fitted values", actual, "They are equal.")


def predicts_next(case: Case, min_share: float = 0.98) -> Finding:
    """The largest fitted value of nearly every row stands at the symbol that comes next."""
    expected = f"at least {min_share:.0%} of the rows"
    sequence = case.assignment.sequence
    assert sequence is not None
    last = find_last_fitted(case.evidence, case.task.id)
    targets = case.evidence.read_targets(case.task.id)
    if last is None:
        return Finding(
            "no_evidence",
            expected,
            "no fitted values were seen",
            "Give the loss the network's output and the next symbols.",
        )
    if targets is None:
        # A loss written by hand shows no targets; the order of the released notebook is all there is.
        targets = np.array([sequence.symbols.index(symbol) for symbol in sequence.targets])
    step, fitted = last
    if find_symbol_order(targets, sequence) is None or len(fitted) != len(targets):
        return Finding(
            "failed",
            expected,
            f"{len(targets)} targets that do not spell the next symbols of the sequence",
            "The targets are the text without its first symbol, one class a symbol.",
        )
    share = find_share_right(fitted, targets)
    actual = f"{share:.1%} after {step} updates"
    if share >= min_share:
        return Finding("passed", expected, actual, "The network predicts the next symbol.")
    return Finding("failed", expected, actual, "Train longer, or find out why the loss does not fall.")


def trains_layer(case: Case, layers: Sequence[str]) -> Finding:
    """The network that is trained uses the layer that the task names."""
    expected = f"torch.nn.{' or '.join(layers)} is trained"
    actual = f"trained: {describe_owners(case.run)}"
    if find_trained_layers(case.run, layers):
        return Finding("passed", expected, actual, "The layer is there and is trained.")
    return Finding("failed", expected, actual, "Use the layer, and give its parameters to the optimizer.")


def trains_own_class(case: Case) -> Finding:
    """The network that is trained is a class of your own."""
    expected = "a torch.nn.Module of your own that is trained"
    own = find_own_classes(case.run)
    if own:
        return Finding("passed", expected, f"trained: {', '.join(own)}", "Your own class is trained.")
    return Finding(
        "failed",
        expected,
        f"trained: {describe_owners(case.run)}, in no class of the notebook's own",
        "Write a class derived from torch.nn.Module, and train an object of it. "
        "A class that exists but takes no part does not count.",
    )


def avoids_layers(case: Case, layers: Sequence[str]) -> Finding:
    """The network that is trained does without the layers that the task forbids."""
    expected = f"training without torch.nn.{' and '.join(layers)}"
    used = sorted({*find_trained_layers(case.run, layers), *find_called_layers(case.run, layers)})
    if not used:
        return Finding("passed", expected, f"trained: {describe_owners(case.run)}", "The rule is kept.")
    return Finding(
        "failed",
        expected,
        f"{', '.join(used)} took part in training",
        "Copying initial values from such a layer is allowed; training through it is not.",
    )


def same_fit_as(case: Case, task: str) -> Finding:
    """The fitted values equal your own of the task named."""
    assert isinstance(case.task, TrainingTask)
    expected = f"the fitted values of {task}"
    other = case.evidence.run.task(task)
    if other is None or not other.steps:
        return Finding("not_reached", expected, f"{task} left none", f"Answer {task} first.")
    asked, other_asked = (run.seeds[-1] if run.seeds else None for run in (case.run, other))
    if asked is not None and other_asked is not None and asked != other_asked:
        message = (
            f"This task asks for the seed {asked}, {task} for {other_asked}: in your own notebook the two "
            "start from different values. Use one seed in both."
        )
        return Finding(
            "failed",
            expected,
            f"seed {asked} here, {other_asked} in {task}",
            message,
            diagnosis=(Diagnosis(code="seeds_differ", confidence="likely", message=message),),
        )
    if other.steps != case.run.steps:
        return Finding(
            "failed",
            expected,
            f"{case.run.steps} steps here, {other.steps} in {task}",
            "Train both for the same number of epochs.",
        )
    fit = compare_fits(
        expected=case.evidence,
        expected_task=task,
        actual=case.evidence,
        actual_task=case.task.id,
        tolerance=case.task.tolerance,
    )
    if fit.last_step is None or fit.parted_at is not None:
        part = "cannot be compared" if fit.parted_at is None else f"part at step {fit.parted_at}"
        reason = WHY_PARTED.get(fit.parted_at or 0, "They agree at first and part later.")
        return Finding("failed", expected, f"they {part}", reason)
    actual = f"equal at step {fit.last_step} within {fit.differences[fit.last_step]:.1e}"
    return Finding("passed", expected, actual, f"This task and {task} are the same network.")


def same_answer(case: Case) -> Finding:
    """The answer is right."""
    assert case.reference_run is not None
    answer = case.run.answer if case.run.answer is not None else case.stated
    expected = case.reference_run.answer
    if expected is None:
        return Finding("grader_error", "an answer of the reference", "none", "Mend the reference notebook.")
    if answer is None:
        return Finding("no_evidence", str(expected), "no answer", "Answer with True or False.")
    outcome = "passed" if answer == expected else "failed"
    message = "The answer is right." if answer == expected else "The answer is wrong."
    return Finding(outcome, str(expected), str(answer), message)  # type: ignore[arg-type]


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        parameter_count,
        fitted_values,
        predicts_next,
        trains_layer,
        trains_own_class,
        avoids_layers,
        same_fit_as,
        same_answer,
    )
}
"""Names that `assignment.toml` may use."""


def describe_check(name: str) -> str:
    """The line that a student sees."""
    return (CHECKS[name].__doc__ or name).strip()
