"""Checks of how networks are set up, shown and stopped. Each docstring is the line that a student sees."""

from collections.abc import Mapping, Sequence

from grader.judge.case import Case, Finding
from grader.judge.epochs import find_best, find_logged, find_stopper, list_logged, read_log
from grader.judge.values import Missing, Variable, describe_value, require_value
from grader.records import TaskRun
from grader.values import (
    Configured,
    ListValue,
    MappingValue,
    NetworkValue,
    Scalar,
    Value,
)

Wanted = Mapping[str, bool | int | float | str]
KIND = "layer"
"""Key of a wanted layer that names its class; all others are settings."""
SHOWN = 6


def layer_settings(case: Case, variable: Variable, settings: Sequence[Wanted]) -> Finding:
    """The network has layers that are set up as the task says, in this order."""
    expected = ", then ".join(_describe_wanted(each) for each in settings)
    layers = _list_layers(_require_network(case, variable, expected))
    found = iter(layers)
    # Each is looked for behind the one before it.
    missing = [each for each in settings if not any(_is_like(layer, each) for layer in found)]
    actual = _describe_layers(layers, {key for each in settings for key in each})
    if not missing:
        return Finding("passed", expected, actual, "The layers are set up as they should be.")
    message = f"This one is missing, or does not stand where it should: {_describe_wanted(missing[0])}."
    return Finding("failed", expected, actual, message)


def summary_shown(case: Case, variable: Variable) -> Finding:
    """The summary of this network is printed, and not that of another one."""
    expected = f"the summary of `{variable}`"
    network = _require_network(case, variable, expected)
    if not isinstance(network, NetworkValue):
        return Finding("failed", expected, describe_value(network), "The variable has to hold one network.")
    own = sum(parameter.elements for parameter in network.parameters)
    if own in network.printed:
        return Finding("passed", expected, f"shown with {own} parameters", "The summary is the right one.")
    if network.printed:
        message = (
            "The network had no parameters yet, or other ones. Let it know its input before you show it."
        )
        return Finding("failed", expected, f"shown with {max(network.printed)} of {own} parameters", message)
    message = f"Print the summary of `{variable}` itself in this task, once it is built."
    return Finding("failed", expected, "that of another network, or none", message)


def same_parameters(case: Case, variables: Sequence[Variable]) -> Finding:
    """The networks hold the same numbers."""
    expected = f"equal parameters in {' and '.join(variables)}"
    digests = []
    for name in variables:
        network = _require_network(case, name, expected)
        if not isinstance(network, NetworkValue) or not network.digest:
            seen = f"`{name}`: {describe_value(network)}"
            return Finding("failed", expected, seen, "Each variable has to hold one network with parameters.")
        digests.append(network.digest)
    if len(set(digests)) == 1:
        return Finding("passed", expected, "equal to the last bit", "They hold the same numbers.")
    return Finding(
        "failed", expected, "other numbers", "Save the network when it is trained, and load what you saved."
    )


def stops_early(case: Case, patience: int, monitor: str = "val_loss", higher: bool = False) -> Finding:
    """The training ends once what is monitored has not got better for some epochs."""
    expected = f"an end after {patience} epochs without a better {monitor}"
    training = find_logged(case.run)
    if training is None:
        return _miss_epochs(expected)
    scores = read_log(training.epochs, monitor)
    if scores is None:
        return Finding(
            "failed", expected, f"no {monitor} was logged", f"Train with data that give a {monitor}."
        )
    best = find_best(scores, higher=higher)
    waited = len(scores) - 1 - best
    actual = f"{len(scores)} epochs, the best of them number {best + 1}"
    if waited > patience:
        return Finding("failed", expected, actual, "The training goes on for longer than it should.")
    stopper = find_stopper(training)
    if waited == patience and (stopper is None or stopper.settings.get("patience") == patience):
        return Finding("passed", expected, actual, "The training was stopped.")
    if stopper is not None and stopper.settings.get("patience") == patience:
        if stopper.settings.get("monitor") in (monitor, None):
            return Finding("passed", expected, f"{actual}; it would have been stopped", "It watches itself.")
        message = f"What is watched is {stopper.settings.get('monitor')}."
        return Finding("failed", expected, actual, message)
    message = f"Give the training a callback that stops it with a patience of {patience}."
    return Finding("failed", expected, actual, message)


def keeps_best_epoch(
    case: Case, variable: Variable, monitor: str = "val_loss", higher: bool = False
) -> Finding:
    """The network holds the parameters of its best epoch, not those of its last."""
    expected = f"the parameters of the epoch with the best {monitor}"
    network = _require_network(case, variable, expected)
    if not isinstance(network, NetworkValue) or not network.digest:
        return Finding("failed", expected, describe_value(network), "The variable has to hold one network.")
    logged = list_logged(case.run)
    if not logged:
        return _miss_epochs(expected)
    for training in reversed(logged):
        held = [number for number, each in enumerate(training.epochs) if each.digest == network.digest]
        if not held:
            continue
        scores = read_log(training.epochs, monitor)
        if scores is None:
            return Finding("failed", expected, f"no {monitor} was logged", "Train with data to validate on.")
        best = find_best(scores, higher=higher)
        actual = f"those of epoch {held[-1] + 1}; the best of {len(scores)} is number {best + 1}"
        # A stopper may be told that less than this is no improvement.
        stopper = find_stopper(training)
        slack = stopper.settings.get("min_delta") if stopper else 0.0
        slack = abs(slack) if isinstance(slack, (int, float)) else 0.0
        if any(abs(scores[number] - scores[best]) <= slack for number in held):
            return Finding("passed", expected, actual, "The best parameters are kept.")
        return Finding("failed", expected, actual, "Restore the best parameters when the training ends.")
    return Finding(
        "failed", expected, "those of no epoch of this task", "Train the network itself, and keep its best."
    )


def narrows_gap(
    case: Case, task: str, train: str = "loss", validation: str = "val_loss", least_epochs: int = 5
) -> Finding:
    """The losses of training and validation lie nearer together than in the other task."""
    expected = f"a smaller gap between {validation} and {train} than in {task}, over as many epochs"
    own = _read_gap(case.run, train, validation)
    other = _read_gap(case.evidence.run.task(task), train, validation)
    for name, gap in ((case.task.id, own), (task, other)):
        if gap is None:
            seen = f"task {name} logged no {train} and {validation}"
            return Finding("no_evidence", expected, seen, "Train with data to validate on, in both tasks.")
    assert own is not None and other is not None
    if min(len(own), len(other)) < least_epochs:
        seen = f"{len(own)} epochs here, {len(other)} in {task}"
        return Finding("failed", expected, seen, f"Train at least {least_epochs} epochs in both.")
    here, there = _compare_gaps(own, other)
    actual = f"{here:.3f} here, {there:.3f} in {task}, in the second half of the epochs of both"
    if here < there:
        return Finding("passed", expected, actual, "The gap is narrower.")
    # A network that went wrong there may have learnt nothing by heart; that has cost its marks there.
    known = _read_gap(case.reference.run.task(task), train, validation) if case.reference else None
    if known is not None and len(known) >= least_epochs:
        here, there = _compare_gaps(own, known)
        if here < there:
            message = f"The gap is narrower than the reference's in {task}, which is {there:.3f}."
            return Finding("passed", expected, actual, message)
    return Finding("failed", expected, actual, "Look at what keeps the network from learning by heart.")


def _require_network(case: Case, variable: Variable, expected: str) -> Value:
    value = require_value(case, variable, expected)
    if not _list_networks(value):
        message = "The variable has to hold a network."
        raise Missing(Finding("failed", expected, describe_value(value), message))
    return value


def _list_networks(value: Value) -> list[NetworkValue]:
    if isinstance(value, NetworkValue):
        return [value]
    if isinstance(value, (ListValue, MappingValue)):
        return [each for item in value.items for each in _list_networks(item)]
    return []


def _list_layers(value: Value) -> list[Configured]:
    return [layer for network in _list_networks(value) for layer in network.layers]


def _is_like(layer: Configured, wanted: Wanted) -> bool:
    kind = layer.name.rpartition(".")[2]
    return all(
        kind == value if key == KIND else _is_equal(layer.settings.get(key), value)
        for key, value in wanted.items()
    )


def _is_equal(own: Scalar, wanted: Scalar) -> bool:
    # Python takes True and 1 for one; here they are not.
    return isinstance(own, bool) == isinstance(wanted, bool) and own == wanted


def _describe_wanted(wanted: Wanted) -> str:
    settings = ", ".join(f"{key}={value}" for key, value in wanted.items() if key != KIND)
    return f"{wanted.get(KIND, 'a layer')}({settings})"


def _describe_layers(layers: Sequence[Configured], keys: set[str]) -> str:
    words = []
    for layer in layers:
        own = {key: value for key, value in layer.settings.items() if key in keys}
        if own:
            words.append(_describe_wanted({KIND: layer.name.rpartition(".")[2], **_drop_none(own)}))
    return ", ".join(words[:SHOWN]) + (" …" if len(words) > SHOWN else "") or "no such layer"


def _drop_none(settings: Mapping[str, Scalar]) -> dict[str, bool | int | float | str]:
    return {key: value for key, value in settings.items() if value is not None}


def _miss_epochs(expected: str) -> Finding:
    message = "Train with `fit`, which says where epochs end."
    return Finding("no_evidence", expected, "no epochs were logged", message)


def _compare_gaps(own: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Means over the second half of the epochs that both have: what is learnt by heart is learnt late."""
    end = min(len(own), len(other))
    start = end // 2
    return sum(own[start:end]) / (end - start), sum(other[start:end]) / (end - start)


def _read_gap(run: TaskRun | None, train: str, validation: str) -> list[float] | None:
    """By how much the second log lies above the first, epoch by epoch; None where they were not logged."""
    training = find_logged(run) if run else None
    if training is None:
        return None
    first, second = read_log(training.epochs, train), read_log(training.epochs, validation)
    if first is None or second is None:
        return None
    return [above - below for below, above in zip(first, second, strict=True)]
