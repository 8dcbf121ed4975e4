"""Functions of numpy's and torch's that make arrays, of values or of sizes that are not too large."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.plain import Named, Tensor
from grader.judge.sizes import MOST_ITEMS, Refused, find_shape, read_whole

TORCH_ONLY = ("device", "requires_grad")
TORCH_SPELLINGS = {"size": "shape", "end": "stop", "steps": "num"}
NUMBER_BYTES = 8
"""Of numpy's usual numbers."""


def _count_filled(*arguments: Any, shape: Any = (), **_: Any) -> float:
    sizes = arguments[0] if arguments else shape
    numbers = [sizes] if read_whole(sizes) is not None else sizes
    return math.prod(read_whole(size) or 0 for size in numbers)


def _count_full(*arguments: Any, shape: Any = (), fill_value: Any = 0, **_: Any) -> float:
    filling = arguments[1] if len(arguments) > 1 else fill_value
    return _count_filled(*arguments[:1], shape=shape) * _count_words(filling)


def _count_full_like(*arguments: Any, a: Any = (), shape: Any = None, **_: Any) -> float:
    kind = np.asarray(arguments[0] if arguments else a)
    sizes = arguments[5] if len(arguments) > 5 else shape
    return (kind.size if sizes is None else _count_filled(sizes)) * _count_words(kind)


def _count_words(value: Any) -> int:
    """Numbers that take as much room as one item of a value: a text may take far more."""
    return max(1, np.asarray(value).dtype.itemsize // NUMBER_BYTES)


def _count_square(*arguments: Any, N: Any = 0, M: Any = None, **_: Any) -> float:
    rows = arguments[0] if arguments else N
    columns = arguments[1] if len(arguments) > 1 else M
    number = read_whole(rows) or 0
    return number * (number if columns is None else read_whole(columns) or 0)


def _count_steps(*arguments: Any, start: Any = 0, stop: Any = None, step: Any = 1, **_: Any) -> float:
    given = list(arguments)
    if len(given) == 1 and stop is None:
        given = [start, *given]
    first, last, each = [*given, *[start, stop, step][len(given) :]][:3]
    return math.ceil(float(last - first) / float(each))


def _count_between(*arguments: Any, start: Any = 0, stop: Any = 0, num: Any = 50, **_: Any) -> float:
    ends = [*arguments[:2], *[start, stop][len(arguments[:2]) :]]
    count = read_whole(arguments[2] if len(arguments) > 2 else num) or 0
    return count * math.prod(max(1, math.prod(find_shape(end))) for end in ends)


COUNTS: dict[str, Callable[..., float]] = {
    "zeros": _count_filled,
    "ones": _count_filled,
    "full": _count_full,
    "full_like": _count_full_like,
    "eye": _count_square,
    "arange": _count_steps,
    "linspace": _count_between,
}
"""Functions that take sizes, and how many numbers each would make."""


def make_numpy(name: str) -> Callable[..., Any]:
    """numpy's function of that name; it raises Refused where the array would be too large."""
    function, count = getattr(np, name), COUNTS.get(name)

    def make(*arguments: Any, **options: Any) -> Any:
        options = _spell_kind(options)
        if count is not None and count(*arguments, **options) > MOST_ITEMS:
            raise Refused("an array that is too large")
        return function(*arguments, **options)

    return make


def make_torch(name: str) -> Callable[..., Any]:
    """torch's function of that name on arrays: its numbers with a point are float32 unless it is told."""
    make = make_numpy("array" if name == "tensor" else name)

    def make_tensor(*arguments: Any, **options: Any) -> Any:
        kept = {
            TORCH_SPELLINGS.get(key, key): value for key, value in options.items() if key not in TORCH_ONLY
        }
        if name in ("zeros", "ones") and arguments and read_whole(arguments[0]) is not None:
            arguments = (arguments,)
        made = np.asarray(make(*arguments, **kept))
        # Of an array, its kind of number is taken over.
        is_told = "dtype" in kept or (arguments and isinstance(arguments[0], (np.ndarray, np.generic)))
        if made.dtype == np.float64 and not is_told:
            made = made.astype(np.float32)
        return made.view(Tensor)

    return make_tensor


def _spell_kind(options: dict[str, Any]) -> dict[str, Any]:
    """Options with kinds of number as numpy has them."""
    kind = options.get("dtype")
    return {**options, "dtype": np.dtype(kind.rpartition(".")[2])} if isinstance(kind, Named) else options
