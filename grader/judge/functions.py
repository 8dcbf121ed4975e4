"""The functions that claims may use, each on plain values and within bounds."""

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.judge.makers import COUNTS, make_numpy, make_torch
from grader.judge.plain import Named, Tensor
from grader.judge.sizes import MOST_ITEMS, Refused, require_broadcast, require_small

MOST_PLACES = 1_000
"""Python makes ten to the power of them."""

TYPES: dict[str, Any] = {
    each.__name__: each for each in (int, float, str, bool, list, tuple, dict, set, frozenset, complex, bytes)
}


def is_instance(value: Any, kinds: Any) -> bool:
    """Python's `isinstance`, for values that stand for arrays and tensors, too."""
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    for kind in wanted:
        if isinstance(kind, Named):
            if kind in ("torch.Tensor", "numpy.ndarray"):
                is_array = isinstance(value, np.ndarray) and not isinstance(value, str)
                if is_array and isinstance(value, Tensor) == (kind == "torch.Tensor"):
                    return True
                continue
            scalar = ABSTRACT.get(kind) or getattr(np, kind.removeprefix("numpy."), None)
            if not isinstance(scalar, type):
                raise Refused(f"the class {kind}")
            if isinstance(value, scalar):
                return True
        elif isinstance(value, kind):
            return True
    return False


ABSTRACT: dict[str, type] = {
    "numpy.integer": np.integer,
    "numpy.floating": np.floating,
    "numpy.number": np.number,
    "torch.Size": tuple,
}


def _range(*numbers: int) -> range:
    made = range(*numbers)
    if len(made) > MOST_ITEMS:
        raise Refused("a range that is too long")
    return made


def _type(value: Any) -> Any:
    if isinstance(value, Tensor):
        return Named("torch.Tensor")
    if isinstance(value, np.ndarray):
        return Named("numpy.ndarray")
    return Named(f"numpy.{type(value).__name__}") if isinstance(value, np.generic) else type(value)


def _divide(left: Any, right: Any) -> Any:
    return divmod(left, right)


def _round(value: Any, places: int | None = None) -> Any:
    if places is not None and abs(places) > MOST_PLACES:
        raise Refused("so many places")
    return round(value.item() if isinstance(value, np.ndarray) and not value.ndim else value, places)


def _sum(items: Any, start: Any = 0) -> Any:
    total, items = start, list(items)
    if not any(isinstance(item, np.ndarray) for item in items):
        return sum(items, start)
    for item in items:
        require_broadcast(each.shape for each in (total, item) if isinstance(each, np.ndarray))
        total = total + item
    return total


def _power(left: Any, right: Any, modulus: Any = None) -> Any:
    require_small(ast.Pow(), left, right)
    return pow(left, right) if modulus is None else pow(left, right, modulus)


BUILTINS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "divmod": _divide,
    "enumerate": lambda items, start=0: list(enumerate(items, start)),
    "isinstance": is_instance,
    "len": len,
    "max": max,
    "min": min,
    "pow": _power,
    "range": _range,
    "repr": repr,
    "reversed": lambda items: list(reversed(items)),
    "round": _round,
    "slice": slice,
    "sorted": sorted,
    "sum": _sum,
    "type": _type,
    "zip": lambda *parts, strict=False: list(zip(*parts, strict=strict)),
}

LIGHT = frozenset(BUILTINS[name] for name in "enumerate isinstance len range reversed slice type zip".split())
"""Those that compare and compute nothing."""


def _claim(test: Callable[..., Any]) -> Callable[..., None]:
    """A function that raises AssertionError where a test does not hold."""

    def claim(*values: Any, msg: object = None) -> None:
        assert test(*values[: test.__code__.co_argcount])

    return claim


def _is_equal(left: Any, right: Any) -> bool:
    # An empty array equals any, element by element.
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return bool(np.array_equal(left, right))
    return bool(left == right)


def _almost(left: Any, right: Any, places: int = 7) -> Any:
    return left == right or round(abs(left - right), places) == 0


NOSE: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(
        ("assert_equal", "assert_equals", "eq_"), _claim(lambda left, right: _is_equal(left, right))
    ),
    **dict.fromkeys(("ok_", "assert_true"), _claim(lambda value: bool(value))),
    "assert_false": _claim(lambda value: not value),
    "assert_not_equal": _claim(lambda left, right: left != right),
    "assert_is_none": _claim(lambda value: value is None),
    "assert_is_not_none": _claim(lambda value: value is not None),
    "assert_in": _claim(lambda item, items: item in items),
    "assert_not_in": _claim(lambda item, items: item not in items),
    "assert_greater": _claim(lambda left, right: left > right),
    "assert_greater_equal": _claim(lambda left, right: left >= right),
    "assert_less": _claim(lambda left, right: left < right),
    "assert_less_equal": _claim(lambda left, right: left <= right),
    "assert_is_instance": _claim(lambda value, kind: is_instance(value, kind)),
}


def _assert_almost_equal(
    left: Any, right: Any, places: int = 7, msg: object = None, delta: Any = None
) -> None:
    assert abs(left - right) <= delta if delta is not None else _almost(left, right, places)


def _assert_close(left: Any, right: Any, *, rtol: float = 1.3e-6, atol: float = 1e-5, **_: Any) -> None:
    np.testing.assert_allclose(left, right, rtol=rtol, atol=atol)


CONSTANTS = ("pi", "e", "inf", "nan")
SPECIAL: dict[str, Any] = {
    "torch.equal": np.array_equal,
    "torch.norm": np.linalg.norm,
    "torch.testing.assert_close": _assert_close,
    "nose.tools.assert_almost_equal": _assert_almost_equal,
    **{f"nose.tools.{name}": function for name, function in NOSE.items()},
    **{f"{library}.{name}": getattr(math, name) for library in ("torch", "math") for name in CONSTANTS},
    **{f"numpy.{name}": make_numpy(name) for name in (*COUNTS, "array", "asarray")},
    **{f"torch.{name}": make_torch(name) for name in (*COUNTS, "tensor")},
    "torch.Tensor": Named("torch.Tensor"),
    "torch.Size": Named("torch.Size"),
    "numpy.ndarray": Named("numpy.ndarray"),
    "math.factorial": lambda number: math.factorial(number) if number < 10_000 else _refuse("a factorial"),
}
KINDS = frozenset(
    "bool int8 int16 int32 int64 uint8 float16 float32 float64 bool_ integer floating number".split()
)
TORCH_KINDS = {"float": "float32", "long": "int64", "int": "int32", "double": "float64", "half": "float16"}


def call_named(kind: Named, arguments: list[Any]) -> Any:
    """What a class gives that is known by its name alone, such as `numpy.float32(3)`."""
    if kind == "torch.Size":
        return tuple(*arguments)
    name = kind.rpartition(".")[2]
    if name not in KINDS - {"integer", "floating", "number"}:
        raise Refused(f"the class {kind}")
    return getattr(np, name)(*arguments)


def _refuse(what: str) -> Any:
    raise Refused(f"{what} that is too large")


def find_library(path: str) -> Any:
    """What a full name such as `numpy.allclose` stands for. Raises Refused if it is not known here."""
    if path in SPECIAL:
        return SPECIAL[path]
    root, _, name = path.partition(".")
    if root == "torch" and name in TORCH_KINDS:
        return Named(f"torch.{TORCH_KINDS[name]}")
    if name in KINDS:
        return Named(path)
    owner: Any = math if root == "math" else np
    for part in name.split("."):
        owner = getattr(owner, part, None)
    if root not in ("math", "numpy", "torch") or (not callable(owner) and not isinstance(owner, float)):
        raise Refused(f"the name {path}")
    return owner
