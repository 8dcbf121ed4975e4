"""Reads the variables that a task leaves, without running a line of the notebook's own code.

Only exact types are opened: a subclass could answer with code of its own.
"""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from grader.probe.collector import ELEMENTS, Array, Collector
from grader.probe.networks import read_network
from grader.probe.plain import (
    DICTIONARIES,
    FLAGS,
    FLOATS,
    INTEGERS,
    LARGEST_INTEGER,
    TENSORS,
    name_type,
    read_scalar,
)
from grader.values import (
    ArrayValue,
    Column,
    FlagValue,
    Kept,
    ListValue,
    MappingValue,
    NothingValue,
    NumberValue,
    OtherValue,
    TableValue,
    TextValue,
    Value,
)

DEEPEST = 4
ITEMS = 1_000
COLUMNS, ROWS = 40, 500
CHARACTERS = 2_000


class Reader:
    """Turns the notebook's objects into records."""

    def __init__(self, collector: Collector, printed: Iterable[tuple[Any, int]] = ()) -> None:
        """`printed` are the networks that cells have printed, with the parameters they had then."""
        self._collector = collector
        self._printed = list(printed)

    def read(self, value: Any, depth: int = 0) -> Value:
        """One object as a record."""
        self._collector.nodes_left -= 1
        cls = type(value)
        plain = read_scalar(value)
        if value is None:
            return NothingValue()
        if isinstance(plain, bool):
            return FlagValue(value=plain)
        if cls is str:
            return TextValue(value=self._collector.cut(value, CHARACTERS), characters=len(value))
        if cls in INTEGERS or cls in FLOATS:
            return NumberValue(value=plain if isinstance(plain, (int, float)) else None)
        if cls in TENSORS:
            return self._read_tensor(value)
        if cls is np.ndarray:
            return self._make_array(self._collector.keep(value, str(value.dtype)))
        if issubclass(cls, torch.nn.Module):
            return read_network(value, self._collector, self._printed)
        frame = _find_pandas("DataFrame")
        if frame is not None and cls is frame:
            return self._read_frame(value)
        series = _find_pandas("Series")
        if series is not None and cls is series:
            return self._read_list(value.tolist(), depth)
        if cls in (list, tuple, torch.Size):
            return self._read_list(list(value), depth)
        if cls in DICTIONARIES:
            return self._read_mapping(value, depth)
        return OtherValue(name=name_type(cls))

    def _read_tensor(self, tensor: torch.Tensor) -> Value:
        if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized or tensor.is_complex():
            return ArrayValue(shape=tuple(tensor.shape), dtype=str(tensor.dtype))
        if tensor.dim() == 0:
            return self.read(tensor.item())
        if tensor.numel() > ELEMENTS:
            return ArrayValue(
                shape=tuple(tensor.shape), dtype=str(tensor.dtype), requires_grad=tensor.requires_grad
            )
        plain = tensor.detach().cpu()
        if plain.dtype in (torch.float16, torch.bfloat16):
            plain = plain.float()
        kept = self._collector.keep(plain.resolve_conj().resolve_neg().numpy(), str(tensor.dtype))
        return self._make_array(kept, requires_grad=tensor.requires_grad)

    def _make_array(self, kept: Kept, *, requires_grad: bool = False) -> ArrayValue:
        return ArrayValue(shape=kept.shape, dtype=kept.dtype, array=kept.array, requires_grad=requires_grad)

    def _read_list(self, items: list[Any], depth: int) -> Value:
        numbers = _read_numbers(items)
        if numbers is not None:
            return self._make_array(self._collector.keep(numbers, "list"))
        if items and all(type(item) is dict for item in items):
            return self._read_rows(items)
        taken = [] if depth >= DEEPEST else items[:ITEMS]
        return ListValue(
            items=tuple(self.read(item, depth + 1) for item in taken if self._collector.nodes_left > 0),
            length=len(items),
        )

    def _read_mapping(self, mapping: dict[Any, Any], depth: int) -> Value:
        keys: list[str] = []
        items: list[Value] = []
        for key, item in list(mapping.items())[: 0 if depth >= DEEPEST else ITEMS]:
            if self._collector.nodes_left <= 0:
                break
            keys.append(self._collector.cut(_name_key(key)))
            items.append(self.read(item, depth + 1))
        return MappingValue(keys=tuple(keys), items=tuple(items), length=len(mapping))

    def _read_frame(self, frame: Any) -> TableValue:
        """A data frame's columns, named levels of its index first."""
        columns: list[Column] = []
        for level, name in enumerate(frame.index.names):
            if name is not None:
                index = frame.index.get_level_values(level)
                columns.append(self._make_column(name, str(index.dtype), index[:ROWS].tolist()))
        for place, name in enumerate(frame.columns.tolist()[:COLUMNS]):
            series = frame.iloc[:ROWS, place]
            columns.append(self._make_column(name, str(series.dtype), series.tolist()))
        return TableValue(columns=tuple(columns), rows=len(frame.index))

    def _read_rows(self, rows: list[dict[Any, Any]]) -> TableValue:
        """A list of dictionaries as a table; what a row lacks is None there."""
        names = list(dict.fromkeys(key for row in rows[:ROWS] for key in row if type(key) is str))[:COLUMNS]
        columns = [self._make_column(name, "", [row.get(name) for row in rows[:ROWS]]) for name in names]
        return TableValue(columns=tuple(columns), rows=len(rows))

    def _make_column(self, name: Any, dtype: str, cells: list[Any]) -> Column:
        plain = [read_scalar(cell) for cell in cells[: self._collector.cells_left]]
        self._collector.cells_left -= len(plain)
        return Column(
            name=self._collector.cut(_name_key(name), 80),
            dtype=dtype[:40],
            cells=tuple(self._collector.cut(cell) if isinstance(cell, str) else cell for cell in plain),
        )


def _name_key(key: Any) -> str:
    plain = read_scalar(key)
    if plain is not None:
        return str(plain)
    if type(key) is tuple:
        return ", ".join(str(read_scalar(part)) for part in key[:8])
    return name_type(type(key))


def _read_numbers(items: list[Any]) -> Array | None:
    """A list of nothing but numbers as an array; None if it holds anything else, or nothing."""
    if not items or len(items) > ELEMENTS:
        return None
    allowed = (*INTEGERS, *FLOATS, *FLAGS)
    numbers = []
    for item in items:
        if type(item) in TENSORS and item.dim() == 0 and not item.is_complex() and not item.is_meta:
            item = item.item()
        if type(item) not in allowed or (type(item) is int and abs(item) > LARGEST_INTEGER):
            return None
        numbers.append(item)
    return np.array(numbers)


def _find_pandas(name: str) -> Any:
    return getattr(sys.modules.get("pandas"), name, None)
