"""Writes a value down as what it is, without running a line of the notebook's own code.

Only exact types are taken: a subclass could answer with code of its own. The form is JSON in which every
value stands with its kind; `grader.judge.plain` reads it.
"""

import base64
import math
from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any

import numpy as np
import torch

DEEPEST = 30
MOST_BYTES = 400_000
"""Of one value: all of a task's are at most 4 MiB."""
LISTS: dict[type, str] = {
    list: "list",
    tuple: "tuple",
    torch.Size: "tuple",
    set: "set",
    frozenset: "set",
    deque: "list",
    type({}.keys()): "list",
    type({}.values()): "list",
    type({}.items()): "list",
}
MAPPINGS = (dict, OrderedDict, defaultdict, Counter)
KINDS = "biuf"
"""Kinds of numpy's numbers that are taken."""


class Opaque(Exception):
    """A value is no plain one."""


def write_plain(value: Any) -> list[Any]:
    """A value as JSON. Raises Opaque if any part of it is no plain value, or if it is too large."""
    return _Writer().write(value, 0)


class _Writer:
    def __init__(self) -> None:
        self._left = MOST_BYTES

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Opaque

    def write(self, value: Any, depth: int) -> list[Any]:
        """One value and what is in it."""
        cls = type(value)
        self._spend(24)
        if depth > DEEPEST:
            raise Opaque
        if value is None or value is Ellipsis:
            return ["none"] if value is None else ["ellipsis"]
        if cls is bool:
            return ["bool", value]
        if cls is int:
            self._spend(value.bit_length() // 3)
            return ["int", hex(value)]
        if cls is float:
            return ["float", value.hex() if math.isfinite(value) else repr(value)]
        if cls is complex:
            return ["complex", *(self.write(part, depth + 1)[1] for part in (value.real, value.imag))]
        if cls is str:
            self._spend(6 * len(value))
            return ["str", value]
        if cls is bytes:
            self._spend(2 * len(value))
            return ["bytes", value.hex()]
        if cls is range:
            return (
                ["range", value.start, value.stop, value.step] if abs(len_or_many(value)) < 10**6 else _no()
            )
        if cls in LISTS:
            return [LISTS[cls], [self.write(item, depth + 1) for item in value]]
        if cls in MAPPINGS:
            pairs = dict.items(value)
            return [
                "dict",
                [[self.write(key, depth + 1), self.write(item, depth + 1)] for key, item in pairs],
            ]
        if cls in (torch.Tensor, torch.nn.Parameter):
            return self._write_tensor(value)
        if cls is np.ndarray:
            return self._write_array(value, "numpy")
        if issubclass(cls, np.generic) and cls.__module__ == "numpy":
            return self._write_array(np.asarray(value), "scalar")
        if cls is torch.dtype:
            return ["name", str(value)]
        if isinstance(value, np.dtype) and cls.__module__.startswith("numpy"):
            return ["name", f"numpy.{value.name}"]
        raise Opaque

    def _write_tensor(self, tensor: torch.Tensor) -> list[Any]:
        if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized or tensor.is_complex():
            raise Opaque
        self._spend(tensor.numel())
        plain = tensor.detach().cpu()
        if plain.dtype in (torch.float16, torch.bfloat16):
            plain = plain.float()
        return self._write_array(plain.resolve_conj().resolve_neg().numpy(), "torch")

    def _write_array(self, array: Any, kind: str) -> list[Any]:
        if array.dtype.kind == "U":
            self._spend(array.nbytes)
            return ["texts", kind, list(array.shape), array.reshape(-1).tolist()]
        if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
            raise Opaque
        self._spend(2 * array.nbytes)
        data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        return ["array", kind, array.dtype.name, list(array.shape), base64.b64encode(data).decode()]


def len_or_many(numbers: range) -> int:
    """How many numbers a range has; many where Python cannot count them."""
    try:
        return len(numbers)
    except OverflowError:
        return 10**9


def _no() -> list[Any]:
    raise Opaque
