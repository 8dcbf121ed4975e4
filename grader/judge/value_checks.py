"""Checks of the variables that a task leaves. Each function's docstring is the line that a student sees."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from grader.evidence import Evidence
from grader.judge.case import Case, Finding
from grader.judge.compare import find_difference
from grader.judge.values import (
    Variable,
    describe_shapes,
    describe_value,
    list_parameters,
    read_array,
    read_scalars,
    require_reference,
    require_value,
)
from grader.values import (
    ArrayValue,
    FlagValue,
    ListValue,
    MappingValue,
    NumberValue,
    TextValue,
    Value,
)


def parameter_shapes(
    case: Case, variable: Variable, shapes: Sequence[Sequence[int]] | None = None
) -> Finding:
    """The network has trainable parameters of the right shapes, under any names and in any order."""
    if shapes is None:
        found = list_parameters(require_reference(case, variable))
        if found is None:
            return Finding("grader_error", "a network", "none", f"The reference's `{variable}` is none.")
        wanted = Counter((each.shape, each.trainable) for each in found)
    else:
        wanted = Counter((tuple(shape), True) for shape in shapes)
    expected = f"{_count(wanted)} parameters: {describe_shapes(_spread(wanted))}"
    value = require_value(case, variable, expected)
    parameters = list_parameters(value)
    if parameters is None:
        message = "The variable has to hold a torch.nn.Module of torch's own parameters."
        return Finding("failed", expected, describe_value(value), message)
    own = Counter((each.shape, each.trainable) for each in parameters)
    actual = f"{_count(own)} parameters: {describe_shapes(_spread(own))}"
    if own == wanted:
        return Finding("passed", expected, actual, "The parameters have the right shapes.")
    if Counter(shape for shape, _ in own.elements()) == Counter(shape for shape, _ in wanted.elements()):
        return Finding("failed", expected, f"{actual}; some are frozen", "All of them have to be trainable.")
    missing, extra = _spread(wanted - own), _spread(own - wanted)
    message = f"Missing: {describe_shapes(missing)}. Too many: {describe_shapes(extra)}."
    return Finding("failed", expected, actual, message)


def _spread(counts: "Counter[tuple[tuple[int, ...], bool]]") -> list[tuple[int, ...]]:
    return [shape for shape, _ in counts.elements()]


def _count(counts: "Counter[tuple[tuple[int, ...], bool]]") -> int:
    return sum(int(np.prod(shape)) for shape in _spread(counts))


def output_shape(case: Case, variable: Variable, shape: Sequence[int] | None = None) -> Finding:
    """The variable holds numbers of the right shape."""
    if shape is None:
        reference = require_reference(case, variable)
        shape = _read_shape(reference)
        if shape is None:
            return Finding("grader_error", "a shape", describe_value(reference), "Mend the reference.")
    expected = f"shape ({', '.join('any' if size < 0 else str(size) for size in shape)})"
    value = require_value(case, variable, expected)
    own = _read_shape(value)
    if own is None:
        return Finding("failed", expected, describe_value(value), "The variable has to hold a tensor.")
    right = len(own) == len(shape) and all(
        size < 0 or size == real for size, real in zip(shape, own, strict=True)
    )
    if right:
        return Finding("passed", expected, f"shape {own}", "The shape is right.")
    return Finding(
        "failed", expected, f"shape {own}", "Look at the order of the axes and at what each counts."
    )


def _read_shape(value: Value) -> tuple[int, ...] | None:
    if isinstance(value, ArrayValue):
        return value.shape
    return () if isinstance(value, NumberValue) else None


def value_equals(
    case: Case, variable: Variable, value: bool | int | float | str | list[object] | None = None
) -> Finding:
    """The variable holds the right value."""
    if value is None:
        reference = require_reference(case, variable)
        assert case.reference is not None
        wanted, words = _simplify(case.reference, case.task.id, reference), describe_value(reference)
    else:
        wanted, words = _fold(value), str(value)
    own = require_value(case, variable, words)
    if _is_equal(wanted, _simplify(case.evidence, case.task.id, own)):
        return Finding("passed", words, describe_value(own), "The value is right.")
    return Finding("failed", words, describe_value(own), "The value is another one.")


def _simplify(evidence: Evidence, task_id: str, value: Value) -> object:
    """A value as Python's own, to be compared; strings without case and spaces around them."""
    if isinstance(value, (NumberValue, FlagValue, TextValue)):
        return _fold(value.value)
    if isinstance(value, MappingValue):
        items = [_simplify(evidence, task_id, item) for item in value.items]
        return dict(zip(value.keys, items, strict=True))
    plain = read_scalars(evidence, task_id, value)
    if plain is not None:
        return [_fold(each) for each in plain]
    array = read_array(evidence, task_id, value)
    if array is not None:
        return array.tolist()
    if isinstance(value, ListValue):
        return [_simplify(evidence, task_id, item) for item in value.items]
    return value


def _fold(value: object) -> object:
    if isinstance(value, list):
        return [_fold(each) for each in value]
    return value.strip().casefold() if isinstance(value, str) else value


def _is_equal(expected: object, actual: object) -> bool:
    # Python's own equality takes 1, 1.0 and True for one; a truth value is no number here.
    return isinstance(expected, bool) == isinstance(actual, bool) and expected == actual


def value_close(
    case: Case, variable: Variable, tolerance: float = 1e-4, value: float | list[float] | None = None
) -> Finding:
    """The numbers in the variable are the right ones, within the tolerance."""
    if value is None:
        reference = require_reference(case, variable)
        assert case.reference is not None
        wanted = read_array(case.reference, case.task.id, reference)
        words = f"the reference's `{variable}`, within {tolerance:g}"
        if wanted is None:
            return Finding("grader_error", "numbers", describe_value(reference), "Mend the reference.")
    else:
        wanted, words = np.array(value), f"{value} within {tolerance:g}"
    own = require_value(case, variable, words)
    array = read_array(case.evidence, case.task.id, own)
    if array is None:
        return Finding("failed", words, describe_value(own), "The variable has to hold numbers.")
    if array.shape != wanted.shape:
        return Finding(
            "failed", words, f"shape {array.shape}, not {wanted.shape}", "The shape is another one."
        )
    difference = find_difference(wanted, array)
    if difference <= tolerance:
        return Finding("passed", words, f"differs by at most {difference:.1e}", "The numbers are right.")
    return Finding("failed", words, f"differs by {difference:.1e}", "The numbers are other ones.")


def is_detached(case: Case, variables: Sequence[Variable]) -> Finding:
    """The tensors are cut off from the computation that made them, so no gradient flows further back."""
    expected = f"{' and '.join(variables)} without a graph"
    attached = []
    for name in variables:
        value = require_value(case, name, expected)
        if not isinstance(value, ArrayValue) or not value.dtype.startswith("torch."):
            return Finding("failed", expected, f"`{name}`: {describe_value(value)}", "It has to be a tensor.")
        if value.requires_grad:
            attached.append(name)
    if not attached:
        return Finding("passed", expected, "no gradient flows back through them", "They are detached.")
    message = "Call detach() before the state is handed on."
    return Finding("failed", expected, f"{', '.join(attached)} still hold a graph", message)
