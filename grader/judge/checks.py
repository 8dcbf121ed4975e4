"""The vocabulary of rubrics: each function is a check, and its docstring the line that a student sees."""

from collections.abc import Callable, Sequence

import numpy as np

from grader.judge.assertion_checks import assertions_hold, marked_by_hand
from grader.judge.case import Case, Finding
from grader.judge.compare import find_last_fitted, find_share_right, find_symbol_order
from grader.judge.figure_checks import figure_drawn
from grader.judge.fit import find_foreign_values, judge_fit
from grader.judge.foresee import OPEN, foresee_share, settle
from grader.judge.likeness import judge_likeness
from grader.judge.metric_checks import metric_at_least
from grader.judge.network_checks import (
    keeps_best_epoch,
    layer_settings,
    narrows_gap,
    same_parameters,
    stops_early,
    summary_shown,
)
from grader.judge.rules import (
    describe_owners,
    find_called_layers,
    find_idle_layers,
    find_own_classes,
    find_trained_layers,
)
from grader.judge.run_checks import compares_runs, training_curve
from grader.judge.table_checks import measured_table
from grader.judge.value_checks import (
    is_detached,
    output_shape,
    parameter_shapes,
    value_close,
    value_equals,
)
from grader.judge.values import fold_name

Check = Callable[..., Finding]


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
    return judge_fit(case)


def predicts_next(case: Case, min_share: float = 0.98) -> Finding:
    """The largest fitted value of nearly every row stands at the symbol that comes next."""
    expected = f"at least {min_share:.0%} of the rows"
    sequence = case.assignment.sequence
    if sequence is None:
        message = "The assignment has no [sequence]. A person has to mark this."
        return Finding("grader_error", expected, "no sequence to predict", message)
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
    first = case.evidence.read_fitted(case.task.id, 0)
    if first is not None and step > 0 and len(first) == len(targets):
        share = find_share_right(first, targets)
        # What another task of the notebook has trained was learnt there; that it is used here is told above.
        is_learnt = any(tensor.copied_from for tensor in case.run.tensors)
        if share >= min_share and not is_learnt:
            return Finding(
                "failed",
                expected + ", by learning",
                f"{share:.1%} before the first update",
                "What goes into the loss is right before anything is learnt. Train a network from its start.",
            )
    if (why := find_foreign_values(case)) is not None:
        return Finding("failed", expected + ", by learning", why, "Let the trained network make the values.")
    if case.evidence.run.mode == "quick":
        return _foresee_prediction(case, min_share)
    skipped = settle(case.evidence, sequence)
    share = find_share_right(fitted[skipped:], targets[skipped:])
    actual = f"{share:.1%} after {step} updates"
    if share >= min_share:
        return Finding("passed", expected, actual, "The network predicts the next symbol.")
    return Finding("failed", expected, actual, "Train longer, or find out why the loss does not fall.")


def _foresee_prediction(case: Case, min_share: float) -> Finding:
    expected = f"at least {min_share:.0%} of the rows"
    foreseen = foresee_share(case, min_share)
    if foreseen.predicts is None:
        return Finding("undecided", expected, foreseen.why, OPEN)
    if foreseen.predicts:
        return Finding("passed", expected, foreseen.why, "It begins as the reference, which predicts.")
    return Finding("failed", expected, foreseen.why, "Train longer.")


def trains_layer(case: Case, layers: Sequence[str]) -> Finding:
    """The network that is trained uses the layer that the task names."""
    expected = f"{' or '.join(layers)} is trained"
    actual = f"trained: {describe_owners(case.run)}"
    if find_trained_layers(case.run, layers):
        idle = find_idle_layers(case.run, layers)
        if idle and not find_called_layers(case.run, layers):
            # Other code may compute with its parameters, and do what the task asks for.
            message = f"{' and '.join(idle)} is trained, but was not seen at work."
            return Finding("passed", expected, actual, message, needs_review=True)
        return Finding("passed", expected, actual, "The layer is there and is trained.")
    return Finding("failed", expected, actual, "Use the layer, and give its parameters to the optimizer.")


def trains_own_class(case: Case, name: str | None = None) -> Finding:
    """The network that is trained is a class of your own."""
    wanted = "a torch.nn.Module of your own that is trained"
    expected = wanted if name is None else f"{wanted}, called {name}"
    own = find_own_classes(case.run)
    actual = f"trained: {', '.join(own)}"
    if own and (name is None or fold_name(name) in {fold_name(each.rpartition(".")[2]) for each in own}):
        return Finding("passed", expected, actual, "Your own class is trained.")
    if own:
        message = f"A class is called after what it is. Call this one {name}."
        return Finding("failed", expected, actual, message)
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
    replay = case.dossier.hidden.run.task(case.task.id) if case.dossier.hidden else None
    # A replay that came to another network says nothing of this one.
    same = replay is not None and {t.owner for t in replay.tensors} == {t.owner for t in case.run.tensors}
    runs = [case.run, replay] if replay is not None and same else [case.run]
    called = {layer for run in runs for layer in find_called_layers(run, layers)}
    used = sorted({*find_trained_layers(case.run, layers), *called})
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
    return judge_likeness(case, task)


def same_answer(case: Case) -> Finding:
    """The answer is right."""
    assert case.reference_run is not None
    answer = case.run.answer if case.run.answer is not None else case.stated
    expected = case.reference_run.answer
    if expected is None:
        return Finding("grader_error", "an answer of the reference", "none", "Mend the reference notebook.")
    if answer is None:
        return Finding("no_evidence", str(expected), "no answer", "Answer with True or False.")
    if answer == expected:
        return Finding("passed", str(expected), str(answer), "The answer is right.")
    return Finding("failed", str(expected), str(answer), "The answer is wrong.")


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
        parameter_shapes,
        output_shape,
        value_equals,
        value_close,
        is_detached,
        metric_at_least,
        measured_table,
        figure_drawn,
        training_curve,
        compares_runs,
        layer_settings,
        summary_shown,
        same_parameters,
        stops_early,
        keeps_best_epoch,
        narrows_gap,
        assertions_hold,
        marked_by_hand,
    )
}
"""Names that `assignment.toml` may use."""


def describe_check(name: str) -> str:
    """The line that a student sees."""
    return (CHECKS[name].__doc__ or name).strip()
