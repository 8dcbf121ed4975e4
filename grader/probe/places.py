"""Finds the line of the notebook that something happens on, so that a fault can be shown where it is."""

import linecache
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

FRAMES_WALKED = 60
"""Between a line of a notebook and a hook of torch's lie a dozen frames."""


@dataclass(frozen=True)
class Place:
    """A line of a cell, held without its text until somebody asks for it."""

    file: str
    line: int

    @property
    def text(self) -> str:
        """The line as it was written; empty where nothing holds it."""
        return linecache.getline(self.file, self.line).strip()


class Places:
    """Knows the notebook's frames by their globals: those are the notebook's own namespace."""

    def __init__(self) -> None:
        self.namespace: Mapping[str, Any] | None = None

    def find(self) -> Place | None:
        """The innermost line of the notebook that is running now; None where none is."""
        frame: FrameType | None = sys._getframe(1)
        for _ in range(FRAMES_WALKED):
            if frame is None:
                return None
            if frame.f_globals is self.namespace:
                return Place(frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back
        return None
