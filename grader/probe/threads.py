"""Notices threads of the notebook's own: what runs there, a look at a forward pass does not see."""

import _thread
import functools
import sys
import threading
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from grader.probe.places import Places

STARTERS: tuple[tuple[ModuleType, str], ...] = (
    (_thread, "start_new_thread"),
    (_thread, "start_new"),
    (_thread, "start_joinable_thread"),
    (threading, "_start_new_thread"),
    (threading, "_start_joinable_thread"),
)
"""All that Python starts threads by; some came with 3.13. Audit events tell of them from 3.12 on only."""
PASSING = frozenset({"threading", "concurrent", "multiprocessing", "asyncio"})
"""Packages that start threads for whoever calls them."""
HARMLESS = ("tqdm", "torch.utils.data", "matplotlib", "keras", "IPython", "ipykernel", "zmq", "tornado")
"""Modules, and all below them, that start threads for work of their own."""


class ThreadWatch:
    """Hears of every thread that is started."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.has_any = False
        """Whether the notebook has started one, itself or by a library that runs what it is given."""

    def install(self) -> None:
        """Stand in the place of what starts threads."""
        for module, name in STARTERS:
            if (start := getattr(module, name, None)) is not None:
                setattr(module, name, self._watch(start))

    def _watch(self, start: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(start)
        def begin(*args: Any, **kwargs: Any) -> Any:
            self.has_any = self.has_any or self._is_the_notebooks(sys._getframe(1))
            return start(*args, **kwargs)

        return begin

    def _is_the_notebooks(self, frame: FrameType | None) -> bool:
        while frame is not None and _find_module(frame).partition(".")[0] in PASSING:
            frame = frame.f_back
        if frame is not None and _is_below(_find_module(frame), HARMLESS):
            return False
        while frame is not None and frame.f_globals is not self._places.namespace:
            frame = frame.f_back
        return frame is not None


def _find_module(frame: FrameType) -> str:
    """The module that a frame's code is of; empty where it only says so."""
    name = frame.f_globals.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    return str(name) if module is not None and getattr(module, "__dict__", None) is frame.f_globals else ""


def _is_below(name: str, modules: tuple[str, ...]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)
