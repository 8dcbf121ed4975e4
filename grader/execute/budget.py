"""How long a run may still take."""

import time

from grader.execute.plan import Limits


class Budget:
    """Counts a notebook's time, and each task's, against their limits; all in seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._deadline: float | None = None
        self._spent: dict[str, float] = {}

    def start_kernel(self) -> None:
        """A kernel is ready: its start was the grader's time, and every task begins anew in it."""
        self._deadline = self._deadline or time.monotonic() + self._limits.notebook_seconds
        self._spent.clear()

    def spend(self, task: str | None, seconds: float) -> None:
        """Count a cell's time for its task."""
        if task is not None:
            self._spent[task] = self._spent.get(task, 0.0) + seconds

    def find_left(self) -> float:
        """Until the notebook's deadline; negative behind it."""
        assert self._deadline is not None
        return self._deadline - time.monotonic()

    def find_left_for(self, task: str | None) -> float:
        """What a cell of that task may take."""
        left = self.find_left()
        if task is not None:
            left = min(left, self._limits.task_seconds - self._spent.get(task, 0.0))
        return min(left, self._limits.cell_seconds)
