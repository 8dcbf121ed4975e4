"""How much a claim may look at and make: a student chose the values, so nothing may grow without bounds."""

import ast
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

MOST_ITEMS = 1_000_000
"""Of one value that is made; characters of a text that is."""
MOST_HELD = 4 * MOST_ITEMS
"""Of all values that one operation takes."""
MOST_WORK = 4_000_000
"""Items that the claims of one block look at or make."""
MOST_SHAPES = 100
PAIR_WORK = 40
"""What it takes to look at a pair of shapes, in items."""
MOST_BITS = 100_000
WORD = 64


class Refused(Exception):
    """An operation that cannot be carried out here: it would take or make too much, or is not known."""


class Meter:
    """What the claims of one block may still look at and make."""

    def __init__(self) -> None:
        self._left = MOST_WORK

    def spend(self, made: Any) -> Any:
        """A value that was made. Raises Refused if all of them together are too large."""
        if isinstance(made, np.ndarray):
            self._take(made.size)
        elif isinstance(made, (str, bytes, list, tuple, set, dict)):
            self._take(len(made))
        return made

    def require_room(self, *values: Any, as_arrays: bool = False, broadcasts: bool = True) -> None:
        """Raise Refused unless an operation on these values stays small, arrays of several shapes included.

        `as_arrays` says that lists become arrays, too; `broadcasts`, that arrays are taken item by item.
        """
        held = _Held(as_arrays or any(isinstance(each, np.ndarray) for each in values))
        self._take(held.look(values))
        if not broadcasts:
            return
        width = held.longest
        if held.has_text_array:
            width = max([width, *(len(each) for each in values if isinstance(each, str))])
        shapes = {shape for shape in held.shapes if math.prod(shape) != 1}
        tops = {find_shape(each) for each in values if held.as_arrays or isinstance(each, np.ndarray)}
        self._take(PAIR_WORK * len(shapes | tops) * (len(shapes | tops) - 1) // 2)
        require_broadcast(shapes | tops, width)
        several = {shape for shape in tops if math.prod(shape) != 1}
        if len(several) > 2 and math.prod(_widen(several)) * width > MOST_ITEMS:
            raise Refused("arrays that make a larger one")

    def _take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Refused("more than there is time for")


class _Held:
    """What some values hold, all the way down."""

    def __init__(self, as_arrays: bool) -> None:
        self.as_arrays = as_arrays
        self.shapes: set[tuple[int, ...]] = set()
        self.longest = 1
        """Characters of the longest text that would stand in an array."""
        self.has_text_array = False

    def look(self, values: Sequence[Any]) -> int:
        """What it takes to look at all of them."""
        held = work = 0
        waiting = list(values)
        tops = len(waiting)
        while waiting:
            value = waiting.pop()
            is_top = len(waiting) < tops
            tops = min(tops, len(waiting))
            work += 1
            if isinstance(value, np.ndarray):
                held += self._look_at_array(value)
                work += value.size // 8
            elif isinstance(value, (list, tuple, set, dict, range)):
                held += len(value)
                work += len(value) if isinstance(value, range) else 0
            elif isinstance(value, str):
                work += len(value) // WORD
                if self.as_arrays and not is_top:
                    self.longest = max(self.longest, len(value))
            elif isinstance(value, int):
                # Python divides and multiplies large numbers in quadratic time.
                work += (value.bit_length() >> 10) ** 2
                if self.as_arrays and not is_top and value.bit_length() > WORD:
                    raise Refused("numbers that are too large for an array")
            if held > MOST_HELD or work > MOST_WORK:
                raise Refused("too much at once")
            if isinstance(value, dict):
                waiting += [*value.keys(), *value.values()]
            elif isinstance(value, (list, tuple, set)):
                if _holds_small_numbers(value):
                    work += len(value) // 8
                else:
                    waiting += value
        if self.longest > 1 and self.longest * held > MOST_ITEMS:
            raise Refused("texts that are too long for an array")
        return work

    def _look_at_array(self, array: Any) -> int:
        if array.dtype.kind == "O":
            # Numbers of any size may be in it.
            raise Refused("an array of objects")
        if array.dtype.kind == "U":
            self.has_text_array = True
            self.longest = max(self.longest, array.dtype.itemsize // 4)
        self.shapes.add(array.shape)
        if len(self.shapes) > MOST_SHAPES:
            raise Refused("arrays of too many shapes")
        return math.prod(max(1, size) for size in array.shape)


def _holds_small_numbers(items: Collection[Any]) -> bool:
    """Whether nothing but numbers of a machine's size is in it, told faster than one by one."""
    kinds = set(map(type, items))
    if kinds == {int}:
        return bool(min(items) >= -(2**63) and max(items) < 2**63)
    return kinds <= {float, bool}


def find_shape(value: Any) -> tuple[int, ...]:
    """The shape of the array that a value is or would become; a list's is told from its first items."""
    sizes: list[int] = []
    while isinstance(value, (list, tuple, range)) and len(sizes) < WORD:
        sizes.append(len(value))
        if not len(value):
            break
        value = value[0]
    return (*sizes, *value.shape) if isinstance(value, np.ndarray) else tuple(sizes)


def require_broadcast(shapes: Iterable[tuple[int, ...]], width: int = 1) -> None:
    """Raise Refused where an array of two of these shapes is too large: (n, 1) and (1, n) make n × n."""
    several = sorted({shape for shape in shapes if math.prod(shape) != 1})
    for pair in combinations(several, 2):
        try:
            size = math.prod(np.broadcast_shapes(*pair))
        except ValueError:
            # numpy refuses them before it makes anything.
            continue
        if size * width > MOST_ITEMS:
            raise Refused("arrays that make a larger one")


def _widen(shapes: Iterable[tuple[int, ...]]) -> list[int]:
    """The largest size on each axis, counted from the last."""
    largest: list[int] = []
    for shape in shapes:
        for place, size in enumerate(reversed(shape)):
            largest[place:] = [max([size, *largest[place : place + 1]]), *largest[place + 1 :]]
    return largest


def require_small(sign: ast.operator, left: Any, right: Any) -> None:
    """Raise Refused where an operator would make something very large of values that are not."""
    left_number, right_number = read_whole(left), read_whole(right)
    if isinstance(sign, ast.Pow) and left_number is not None and right_number is not None:
        if abs(right_number) * max(1, left_number.bit_length()) > MOST_BITS:
            raise Refused("a power that is too large")
    elif isinstance(sign, ast.Mult):
        for text, times in ((left, right_number), (right, left_number)):
            is_repeated = isinstance(text, (str, bytes, list, tuple)) and times is not None
            if is_repeated and len(text) * max(0, times or 0) > MOST_ITEMS:
                raise Refused("a product that is too long")
    elif isinstance(sign, ast.Mod) and isinstance(left, (str, bytes)):
        raise Refused("a text is filled in")
    elif isinstance(sign, ast.MatMult):
        rows, columns = find_shape(left), find_shape(right)
        made = math.prod(_widen([rows[:-2], columns[:-2]])) * math.prod(rows[-2:-1])
        if made * math.prod(columns[1:][-1:]) > MOST_ITEMS:
            raise Refused("a product that is too large")


def require_room_to_pick(array: Any, index: Any) -> None:
    """Raise Refused where arrays as an index would pick far more than there is."""
    picks = index if isinstance(index, tuple) else (index,)
    shapes = [find_shape(each) for each in picks if isinstance(each, (list, range, np.ndarray))]
    if isinstance(array, np.ndarray) and shapes:
        rest = sorted(array.shape)[min(len(shapes), array.ndim) :]
        if math.prod(_widen(shapes)) * math.prod(rest) > MOST_ITEMS:
            raise Refused("more than is there would be picked")


def require_short_text(method: Callable[..., Any], arguments: Sequence[Any]) -> None:
    """Raise Refused where a text's `join` or `replace` would make a very long one."""
    text = getattr(method, "__self__", None)
    if not isinstance(text, (str, bytes)):
        return
    if method.__name__ == "join" and len(arguments) == 1:
        parts = [len(each) for each in arguments[0] if isinstance(each, (str, bytes))]
        size = sum(parts) + len(text) * max(0, len(parts) - 1)
    elif method.__name__ == "replace" and len(arguments) > 1 and hasattr(arguments[1], "__len__"):
        size = len(text) + text.count(arguments[0]) * len(arguments[1])
    else:
        return
    if size > MOST_ITEMS:
        raise Refused("a text that is too long")


def read_whole(value: Any) -> int | None:
    """A whole number of Python's or numpy's, or an array of one; None of anything else."""
    if isinstance(value, (int, np.integer)):
        return int(value)
    is_one = isinstance(value, np.ndarray) and not value.ndim and value.dtype.kind in "iu"
    return int(value) if is_one else None
