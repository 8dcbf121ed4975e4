"""Adds up how long a task's cells sleep: time that passes without work is measured by nobody's stopwatch."""

import functools
import threading
import time
from typing import Any


class Pauses:
    """Seconds that the notebook's own thread spends in `time.sleep`, by task."""

    def __init__(self) -> None:
        self.task: str | None = None
        """The task at hand; None outside all tasks."""
        self._slept: dict[str, float] = {}

    def install(self) -> None:
        """Stand in the place of `time.sleep`."""
        sleep = time.sleep

        @functools.wraps(sleep)
        def pause(seconds: Any, /) -> None:
            started = time.monotonic()
            try:
                sleep(seconds)
            finally:
                # The kernel and its libraries sleep in threads of their own.
                if self.task is not None and threading.current_thread() is threading.main_thread():
                    self._slept[self.task] = self.read(self.task) + time.monotonic() - started

        time.sleep = pause

    def read(self, task: str) -> float:
        """Seconds slept in a task so far."""
        return self._slept.get(task, 0.0)
