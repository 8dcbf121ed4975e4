"""How to run, and who hears about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.assignment.spec import Assignment
from grader.records import GradingMode
from grader.results import TaskResult


@dataclass(frozen=True)
class Settings:
    """How to run; None means the assignment's own."""

    device: str = "auto"
    sandbox: str = "auto"
    seed: int | None = None
    cell_seconds: float | None = None
    jobs: int | None = None
    store: Path | None = None
    """Folder in which what runs leave is kept and looked for; without one everything runs."""
    fresh: bool = False
    """Whether to run again what stands there, and replace it."""
    mode: GradingMode = "full"
    """Whole trainings, or provisional verdicts from what first steps and shorter texts tell."""
    cluster: str | None = None
    """Address of the Dask scheduler whose workers do the work; None for this machine."""

    def choose_seed(self, assignment: Assignment) -> int:
        """The seed for everybody."""
        return assignment.seed if self.seed is None else self.seed

    def choose_device(self) -> str:
        """`cuda` where the machine has an NVIDIA card, unless said otherwise."""
        if self.device != "auto":
            return self.device
        return "cuda" if Path("/dev/nvidia0").exists() else "cpu"


class Listener(Protocol):
    """Hears how far the work is. Calls come in any order between submissions."""

    def say(self, text: str) -> None:
        """A line that the user should read."""
        ...

    def plan(self, names: Iterable[str]) -> None:
        """What is going to run."""
        ...

    def start(self, name: str) -> None:
        """A notebook begins to run."""
        ...

    def step(self, name: str, task: str, step: int, loss: float) -> None:
        """A task of a running notebook has trained this far."""
        ...

    def judge(self, result: TaskResult) -> None:
        """A task of a self-check has been judged, while later ones still run."""
        ...

    def finish(self, name: str) -> None:
        """A notebook has run."""
        ...
