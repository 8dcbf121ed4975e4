"""What a task's variables say: as arrays, as tables, and in words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NewType

import numpy as np

from grader.evidence import Array, Evidence
from grader.judge.case import Case, Finding
from grader.values import (
    ArrayValue,
    Figure,
    FlagValue,
    ListValue,
    MappingValue,
    NetworkValue,
    NothingValue,
    NumberValue,
    OtherValue,
    Parameter,
    Scalar,
    TableValue,
    TextValue,
    Value,
)

Variable = NewType("Variable", str)
"""An option that names one of the task's variables."""

Shape = tuple[int, ...]
LISTED = 12
"""Shapes or items that a sentence names."""


class Missing(Exception):
    """A check cannot go on: carries what it finds instead."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.actual)
        self.finding = finding


def find_value(evidence: Evidence | None, task_id: str, name: str) -> Value | None:
    """What a variable held when the task ended; None if it was not there."""
    run = evidence.run.task(task_id) if evidence else None
    return run.left.values.get(name) if run else None


def require_value(case: Case, name: str, expected: str) -> Value:
    """What the student's variable held. Raises Missing if there is none."""
    value = find_value(case.evidence, case.task.id, name)
    if value is None or isinstance(value, NothingValue):
        if value is None:
            blame_cell(case, expected)
        seen = f"`{name}` is None" if value else f"no variable `{name}`"
        raise Missing(Finding("no_evidence", expected, seen, f"Leave your answer in `{name}`."))
    return value


def blame_cell(case: Case, expected: str) -> None:
    """Raise Missing if a cell of the task did not end well."""
    cell = case.failed_cell
    if cell is not None:
        why = cell.error or cell.status
        message = f"Cell {cell.index + 1} did not end well, so there is nothing to judge: {why}."
        raise Missing(Finding("not_reached", expected, why, message))


def require_reference(case: Case, name: str) -> Value:
    """What the reference's variable held. Raises Missing if there is none."""
    value = find_value(case.reference, case.task.id, name)
    if value is None:
        seen = "none in this run" if case.reference is None else f"no variable `{name}`"
        message = "The reference's value is missing. A person has to mark this."
        raise Missing(Finding("grader_error", f"the reference's `{name}`", seen, message))
    return value


def read_array(evidence: Evidence, task_id: str, value: Value) -> Array | None:
    """A value's numbers: an array of any shape, or a list of equal ones as one; None if it has none."""
    if isinstance(value, ArrayValue):
        return evidence.read_kept(task_id, value)
    if isinstance(value, NumberValue):
        return np.array(np.nan if value.value is None else value.value)
    if isinstance(value, FlagValue):
        return np.array(int(value.value))
    if isinstance(value, ListValue) and value.items and len(value.items) == value.length:
        parts = [read_array(evidence, task_id, item) for item in value.items]
        shapes = {part.shape for part in parts if part is not None}
        if len(shapes) == 1 and all(part is not None for part in parts):
            return np.stack([part for part in parts if part is not None])
    return None


def read_scalars(evidence: Evidence, task_id: str, value: Value) -> list[Scalar] | None:
    """A list's items as plain values; None if it is no list of such."""
    if isinstance(value, ArrayValue):
        array = evidence.read_kept(task_id, value)
        if array is None or array.ndim != 1:
            return None
        items: list[Scalar] = [each if np.isfinite(each) else None for each in array.tolist()]
        return [bool(each) for each in items] if "bool" in value.dtype else items
    if isinstance(value, ListValue) and len(value.items) == value.length:
        plain = (NumberValue, FlagValue, TextValue)
        if all(isinstance(item, (*plain, NothingValue)) for item in value.items):
            return [item.value if isinstance(item, plain) else None for item in value.items]
    return None


@dataclass(frozen=True)
class Table:
    """A table's columns, by the name that `fold_name` makes of theirs."""

    columns: Mapping[str, tuple[Scalar, ...]]
    rows: int

    def read(self, name: str) -> tuple[Scalar, ...] | None:
        """A column's cells; None if there is no such column."""
        return self.columns.get(fold_name(name))


def fold_name(name: str) -> str:
    """A column's name without case, spaces and marks: `Hidden nodes` and `hidden_nodes` are one."""
    return "".join(character for character in name.casefold() if character.isalnum())


def read_table(evidence: Evidence, task_id: str, value: Value) -> Table | None:
    """A data frame, a list of dictionaries, or a dictionary of lists, as a table; None if it is none."""
    if isinstance(value, TableValue):
        # Its length is the notebook's own word; no more rows are kept than have cells.
        rows = min(value.rows, max((len(column.cells) for column in value.columns), default=0))
        return Table({fold_name(column.name): column.cells for column in value.columns}, rows)
    if isinstance(value, MappingValue) and value.items:
        columns = [read_scalars(evidence, task_id, item) for item in value.items]
        lengths = {len(column) for column in columns if column is not None}
        if len(lengths) == 1 and all(column is not None for column in columns):
            named = zip(value.keys, columns, strict=True)
            return Table({fold_name(key): tuple(column or ()) for key, column in named}, lengths.pop())
    return None


def list_parameters(value: Value) -> tuple[Parameter, ...] | None:
    """The parameters of a network, or of several in a list or dictionary; None if it is none."""
    if isinstance(value, NetworkValue):
        return None if value.left_out else value.parameters
    if isinstance(value, (ListValue, MappingValue)) and value.items:
        parts = [list_parameters(item) for item in value.items]
        if all(part is not None for part in parts):
            return tuple(parameter for part in parts for parameter in part or ())
    return None


def describe_shapes(shapes: Iterable[Shape]) -> str:
    """Shapes in words, such as `(400, 28), (400,) twice`."""
    counts = Counter(shapes)
    words = [f"{shape}" + (f" {count} times" if count > 1 else "") for shape, count in counts.items()]
    return ", ".join(words[:LISTED]) + (" …" if len(words) > LISTED else "") or "none"


def describe_value(value: Value | None) -> str:
    """A value in a few words."""
    if isinstance(value, (NumberValue, FlagValue)):
        return "no finite number" if value.value is None else f"{value.value}"
    if isinstance(value, TextValue):
        return repr(value.value[:60]) + ("…" if value.characters > 60 else "")
    if isinstance(value, ArrayValue):
        return f"{value.dtype or 'array'} of shape {value.shape}"
    if isinstance(value, (ListValue, MappingValue)):
        kind = "list" if isinstance(value, ListValue) else "dictionary"
        shown = ", ".join(describe_value(item) for item in value.items[:4])
        return f"{kind} of {value.length}: {shown}" + (" …" if value.length > 4 else "")
    if isinstance(value, TableValue):
        names = ", ".join(column.name for column in value.columns[:LISTED])
        return f"table of {value.rows} rows: {names}"
    if isinstance(value, NetworkValue):
        count = sum(parameter.elements for parameter in value.parameters)
        name = value.name.rpartition(".")[2]
        return f"network {name}: {count} parameters in {len(value.parameters)} tensors"
    return value.name if isinstance(value, OtherValue) else "None"


def describe_drawn(figure: Figure) -> str:
    """A figure in a few words."""
    words = []
    for axes in figure.axes:
        drawn = [f"{each.what} of {each.shape[-1]}" for each in axes.drawn]
        drawn += [f"image of {' × '.join(map(str, each.shape))}" for each in axes.pictures]
        title = f"{axes.title!r}: " if axes.title else ""
        if title or drawn:
            words.append(title + ", ".join(drawn[:LISTED]) + (" …" if len(drawn) > LISTED else ""))
    words += [f"what cannot be seen: {figure.unseen}"] if figure.unseen else []
    return "; ".join(words[:LISTED]) + (" …" if len(words) > LISTED else "")
