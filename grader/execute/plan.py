"""What the runner is told of a notebook: which cells to run as which task, and what to keep.

No points, and no expected values but those in assertions that only the notebook's own process can decide: the
others stay on the other side of the wall.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from grader.records import RunMode

FIRST_STEPS = (0, 1, 2)
"""Steps that tell every fault measured so far from float noise: data and network, optimizer, gradients."""

Parameter = int | float | str | bool | tuple[str, ...]


@dataclass(frozen=True)
class AssertionPlan:
    """One block of assertions, to be put to a task that has ended."""

    id: str
    looks: tuple[str, ...] | None
    """Expressions whose values decide it; None where nothing but the block itself does."""
    code: str
    form: str
    """`python` or `doctest`."""
    own: tuple[str, ...] = ()
    """Names of Python's own functions that the notebook is asked to give another meaning."""
    imports: tuple[str, ...] = ()
    """Names that the notebook takes from libraries."""


@dataclass(frozen=True)
class TaskPlan:
    """One task's names in the notebook."""

    id: str
    fitted: str | None = None
    """Variable that should hold the fitted values."""
    variable: str | None = None
    """Variable that should hold a true/false answer."""
    variables: tuple[str, ...] = ()
    """Variables whose values are evidence."""
    figures: bool = False
    """Whether what is drawn is evidence."""
    repeats: bool = False
    """Whether the seeds that its cells ask for stay different ones."""
    replayed: bool = True
    """Whether its cells run in a replay, too."""
    forbids: bool = False
    """Whether layers are forbidden, so that a quick run has to look at how they are called."""
    assertions: tuple[AssertionPlan, ...] = ()
    """What is put to it when it has ended."""


@dataclass(frozen=True)
class Limits:
    """What one run may use."""

    cell_seconds: float = 900
    task_seconds: float = 1200
    notebook_seconds: float = 3600
    memory_bytes: int = 4 * 2**30
    output_bytes: int = 2 * 2**20
    restarts: int = 5
    """Fresh kernels after a cell that killed or hung its own; every other cell then runs once more."""


@dataclass(frozen=True)
class RunPlan:
    """One execution of one notebook."""

    assignment: str
    notebook_sha256: str
    cell_tasks: tuple[str | None, ...]
    """One entry a cell: the task it answers, or None for set-up."""
    tasks: tuple[TaskPlan, ...]
    seed: int
    device: str = "cpu"
    mode: RunMode = "full"
    stop_after: int | None = None
    """Optimizer steps after which a replay leaves each training; None to train to the end."""
    unstopped: frozenset[str] = frozenset()
    """Tasks whose trainings a replay does not leave."""
    keep_steps: tuple[int, ...] = FIRST_STEPS
    """Steps whose fitted values are kept; the last one's always are."""
    keep_every_step: bool = False
    only_tasks: frozenset[str] | None = None
    """Tasks whose cells run; None for all. Set-up cells always run."""
    left_out: frozenset[int] = frozenset()
    """Cells that are not run."""
    trainings: dict[str, int] = field(default_factory=dict)
    """Which of a task's trainings counts, by its number; else the notebook's own values tell."""
    labels: tuple[str, ...] = ()
    """Variables of the set-up in which a relabelled run exchanges the classes."""
    mistaken: tuple[str, ...] = ()
    """Those of them of which it gets some entries wrong."""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    """Values injected after the cell tagged `parameters`."""
    limits: Limits = Limits()

    def is_wanted(self, task_id: str | None) -> bool:
        """Whether cells of that task run; those of no task always do."""
        if task_id is None:
            return True
        if self.only_tasks is not None and task_id not in self.only_tasks:
            return False
        return self.mode in ("full", "quick") or self.find_task(task_id).replayed

    def list_cells(self, notebook: NotebookNode, left_out: Collection[int]) -> list[int]:
        """Indices of the cells that run, but for those left out."""
        return [
            index
            for index, cell in enumerate(notebook.cells)
            if cell.cell_type == "code"
            and cell.source.strip()
            and self.is_wanted(self.cell_tasks[index])
            and index not in left_out
        ]

    def ask_first(self, task_id: str) -> dict[str, Any]:
        """What the probe is told about a task that begins."""
        names = self.find_task(task_id)
        return {
            "keep": list(self.keep_steps),
            "keep_every": self.keep_every_step and names.fitted is not None,
            "figures": names.figures,
            "repeats": names.repeats,
            "stop": task_id not in self.unstopped,
            "forbids": names.forbids,
            "relabelled": (self.labels, self.mistaken),
        }

    def ask_for(self, task_id: str) -> dict[str, Any]:
        """What the probe is asked about a task that has ended."""
        names = self.find_task(task_id)
        return {
            "fitted": names.fitted,
            "variable": names.variable,
            "training": self.trainings.get(task_id),
            "variables": list(names.variables),
            "figures": names.figures,
        }

    def find_task(self, task_id: str) -> TaskPlan:
        """The plan of that task."""
        return next(task for task in self.tasks if task.id == task_id)
