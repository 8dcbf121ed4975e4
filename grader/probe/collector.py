"""Keeps what is read of one task within what evidence may hold."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from grader.values import Kept, name_value

ELEMENTS = 1_000_000
"""Numbers kept of one task in all: 8 MB at most, a sixth of what evidence may hold of it."""
NODES = 5_000
"""Values in lists, parameters of networks, and things drawn that are described, of one task in all."""
CELLS = 20_000
"""Cells of tables, of one task in all."""
ALL_CHARACTERS = 200_000
"""Of text, of one task in all: as JSON they are 2 MB at most, half of what a record may hold."""
CELL_CHARACTERS = 200

Array = np.ndarray[Any, Any]
Read = TypeVar("Read")


class Collector:
    """Collects the arrays of one task's values, and keeps all of them within what evidence may hold."""

    def __init__(self, task: str) -> None:
        self.arrays: dict[str, Array] = {}
        self.nodes_left = NODES
        self.cells_left = CELLS
        self._task = task
        self._elements_left = ELEMENTS
        self._characters_left = ALL_CHARACTERS

    def attempt(self, read: Callable[[], Read]) -> Read:
        """What is read; if that fails, no array stays that no record would speak of."""
        kept = len(self.arrays)
        try:
            return read()
        except Exception:
            for name in list(self.arrays)[kept:]:
                del self.arrays[name]
            raise

    def cut(self, text: str, most: int = CELL_CHARACTERS) -> str:
        """As much of a text as there is room for."""
        text = text[: min(most, self._characters_left)]
        self._characters_left -= len(text)
        return text

    def keep(self, array: Array, dtype: str) -> Kept:
        """What a record says of an array, which is kept if there is room for it."""
        kind: Any = {"f": np.float64, "b": np.int64, "i": np.int64, "u": np.int64}.get(array.dtype.kind)
        if array.dtype == np.float32:
            kind = np.float32
        if kind is None or array.size > self._elements_left:
            return Kept(shape=array.shape, dtype=dtype)
        self._elements_left -= array.size
        number = len(self.arrays)
        self.arrays[name_value(self._task, number)] = np.array(array, dtype=kind, order="C")
        return Kept(shape=array.shape, dtype=dtype, array=number)
