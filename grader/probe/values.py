"""Reads the variables that a task leaves, without running a line of the notebook's own code.

Only exact types are opened: a subclass could answer with code of its own. A network is read through the
dictionaries that torch keeps in it, not through its methods or properties.
"""

import math
import sys
from abc import ABCMeta
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch

from grader.probe.collector import CELL_CHARACTERS, ELEMENTS, Array, Collector
from grader.probe.ownership import LAYER_NAMES
from grader.values import (
    ArrayValue,
    Column,
    FlagValue,
    Kept,
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

DEEPEST = 4
ITEMS = 1_000
COLUMNS, ROWS = 40, 500
CHARACTERS = 2_000
PARAMETERS, MODULES = 500, 2_000

DICTIONARIES = (dict, OrderedDict, defaultdict)
INTEGERS = (int, *(getattr(np, name) for name in "int8 int16 int32 int64 uint8 uint16 uint32".split()))
FLOATS = (float, np.float16, np.float32, np.float64)
FLAGS = (bool, np.bool_)
TENSORS = (torch.Tensor, torch.nn.Parameter)
LARGEST_INTEGER = 2**63 - 1


class Reader:
    """Turns the notebook's objects into records."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def read_all(self, namespace: Mapping[str, Any], names: Iterable[str]) -> dict[str, Value]:
        """Those of the variables that are there, by name."""
        return {name: self.read(namespace[name]) for name in names if name in namespace}

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
            return read_network(value, self._collector)
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


def read_scalar(value: Any) -> Scalar:
    """A plain number, string or truth value as Python's own; None for anything else, and for NaN."""
    cls = type(value)
    if cls in FLAGS:
        return bool(value)
    if cls in INTEGERS:
        number = int(value)
        return number if abs(number) <= LARGEST_INTEGER else None
    if cls in FLOATS:
        real = float(value)
        return real if math.isfinite(real) else None
    if cls in TENSORS and value.numel() == 1 and value.layout is torch.strided and not value.is_complex():
        return read_scalar(value.item())
    return value[:CELL_CHARACTERS] if cls is str else None


def read_network(module: torch.nn.Module, collector: Collector) -> NetworkValue:
    """A network's own parameters, read out of what torch keeps in each of its modules."""
    found: list[Parameter] = []
    left_out = 0
    seen_modules: set[int] = set()
    seen_tensors: set[int] = set()
    storages: set[tuple[int, int]] = set()
    waiting: list[tuple[str, Any]] = [("", module)]
    while waiting and len(seen_modules) < MODULES:
        prefix, current = waiting.pop(0)
        if id(current) in seen_modules or not issubclass(type(current), torch.nn.Module):
            continue
        seen_modules.add(id(current))
        inside = _read_inside(current)
        for name, tensor in _list_entries(inside.get("_parameters")):
            if tensor is None or id(tensor) in seen_tensors:
                continue
            seen_tensors.add(id(tensor))
            if type(tensor) not in TENSORS or len(found) >= PARAMETERS or collector.nodes_left <= 0:
                left_out += 1
                continue
            collector.nodes_left -= 1
            place = (tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()))
            is_shared = place in storages and tensor.numel() > 0
            storages.add(place)
            found.append(
                Parameter(
                    name=collector.cut(f"{prefix}{name}"),
                    shape=tuple(tensor.shape),
                    elements=0 if is_shared else tensor.numel(),
                    trainable=tensor.requires_grad,
                )
            )
        waiting += [(f"{prefix}{name}.", child) for name, child in _list_entries(inside.get("_modules"))]
    bases = [base for base in type.mro(type(module)) if issubclass(base, torch.nn.Module)]
    return NetworkValue(
        name=name_type(type(module)),
        bases=tuple(collector.cut(name_type(base)) for base in bases),
        parameters=tuple(found),
        left_out=left_out,
    )


def _read_inside(module: torch.nn.Module) -> dict[str, Any]:
    # torch's own way to an object's dictionary: a class of the notebook's may hide it behind a property.
    inside = torch.nn.Module.__dict__["__dict__"].__get__(module)
    return inside if type(inside) is dict else {}


def _list_entries(entries: Any) -> list[tuple[str, Any]]:
    if type(entries) not in DICTIONARIES:
        return []
    return [(name, entry) for name, entry in dict.items(entries) if type(name) is str]


def name_type(cls: type) -> str:
    """Qualified name of a class, asked of Python and not of the class."""
    if type(cls) not in (type, ABCMeta) and not type(cls).__module__.startswith(("torch.", "keras.")):
        return "a class that a metaclass has made"
    if cls in LAYER_NAMES:
        return LAYER_NAMES[cls]
    module = type.__dict__["__module__"].__get__(cls)
    name = type.__dict__["__qualname__"].__get__(cls)
    return f"{module if type(module) is str else ''}.{name}"[:CELL_CHARACTERS]


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
