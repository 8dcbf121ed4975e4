"""Reads values that a kernel has written down (`grader.probe.plain_values`); nothing of them is ever run."""

import base64
import math
from typing import Any

import numpy as np

from grader.errors import EvidenceError

DEEPEST = 40
NUMBERS = frozenset("bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split())
MOST_ELEMENTS = 500_000
MOST_CHARACTERS = 1_000_000
"""Of an array of texts."""
MOST_ITEMS = 20_000


class Tensor(np.ndarray):
    """An array that was a tensor of torch's."""


class Named(str):
    """Something that is known by its name alone, such as `torch.float32`."""

    __slots__ = ()

    def __repr__(self) -> str:
        root, _, name = self.rpartition(".")
        return f"dtype({name!r})" if root == "numpy" else str(self)


def read_plain(written: Any, depth: int = 0) -> Any:
    """The value that was written down. Raises EvidenceError on anything else."""
    try:
        return _read(written, depth)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, RecursionError, MemoryError) as error:
        raise EvidenceError(f"A value has another form than it should: {error}"[:200]) from error


def _read(written: Any, depth: int) -> Any:
    if depth > DEEPEST or not isinstance(written, list) or not isinstance(written[0], str):
        raise ValueError("no value")
    kind, *rest = written
    if kind in ("none", "ellipsis"):
        return None if kind == "none" else ...
    if kind == "bool":
        return bool(rest[0])
    if kind == "int":
        return int(rest[0], 16)
    if kind == "float":
        return float.fromhex(rest[0])
    if kind == "complex":
        return complex(float.fromhex(rest[0]), float.fromhex(rest[1]))
    if kind == "str":
        return str(rest[0])
    if kind == "bytes":
        return bytes.fromhex(rest[0])
    if kind == "name":
        return Named(rest[0])
    if kind == "range":
        numbers = range(int(rest[0]), int(rest[1]), int(rest[2]))
        if len(numbers) > 10**6:
            raise ValueError("a range that is too long")
        return numbers
    if kind in ("list", "tuple", "set"):
        _refuse_many(rest[0])
        items = [_read(item, depth + 1) for item in rest[0]]
        return items if kind == "list" else tuple(items) if kind == "tuple" else set(items)
    if kind == "dict":
        _refuse_many(rest[0])
        return {_read(key, depth + 1): _read(item, depth + 1) for key, item in rest[0]}
    if kind in ("array", "texts"):
        return _read_array(kind, rest)
    raise ValueError(f"the kind {kind[:20]!r}")


def _refuse_many(items: list[Any]) -> None:
    # Numbers can be chosen so that every look into a set goes past all others.
    if len(items) > MOST_ITEMS:
        raise ValueError("too many items")


def _read_array(kind: str, rest: list[Any]) -> Any:
    shape = tuple(int(size) for size in rest[1 if kind == "texts" else 2])
    if any(size < 0 for size in shape) or len(shape) > 32:
        raise ValueError("no shape")
    # A sum over no rows still has all columns.
    if math.prod(max(1, size) for size in shape) > MOST_ELEMENTS:
        raise ValueError("too many numbers")
    if kind == "texts":
        texts = [str(each) for each in rest[2]]
        # Each takes as much room as the longest.
        if len(texts) * max(map(len, texts), default=0) > MOST_CHARACTERS:
            raise ValueError("too long texts")
        array = np.array(texts, dtype=str).reshape(shape)
    else:
        if rest[1] not in NUMBERS:
            raise ValueError("no numbers")
        data = base64.b64decode(rest[3], validate=True)
        array = np.frombuffer(data, dtype=np.dtype(rest[1]).newbyteorder("<")).reshape(shape)
        array = array.astype(np.dtype(rest[1]))
    if rest[0] == "scalar":
        return array[()]
    return array.view(Tensor) if rest[0] == "torch" else array
