"""Frozen records of what was handed in, which cells answer what, and what happened when it ran.

They travel between rooms, in the order in which a submission meets them; how it was judged stands in
`grader.results`, and what a report shows beside it in `grader.exhibits`. Arrays travel in
`grader.evidence.Evidence`, named by the functions at the end of the third group.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from grader.values import Left

Language = Literal["ko", "en"]


class Record(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# What was handed in


class Submission(Record):
    """One student's notebook as it was found, readable or not."""

    student: str
    """Name to print, in NFC."""
    file: str
    """Where it was found: a path relative to the place that was collected, in NFC, for people to read."""
    content: bytes = b""
    """The file's bytes; empty where `problem` is set."""
    sha256: str = ""
    """Of `content`, in hexadecimal."""
    problem: str | None = None
    """Why this cannot be graded: what is wrong and what to do; None if it can be tried."""
    notes: tuple[str, ...] = ()
    """What the instructor should know, such as a second file that was left aside."""


# Which cells answer what


class CellMap(Record):
    """Which task each cell of a notebook belongs to."""

    tasks: tuple[str | None, ...]
    """One entry a cell of the notebook, in its order: a task's id, or None for set-up and for text."""
    changed: tuple[bool, ...]
    """One entry a cell: False where the source is the released notebook's own, so it earns nothing."""
    written: tuple[str | None, ...] = ()
    """One entry a cell: the task of a text cell that the student wrote or was to write, else None."""
    stated: dict[str, bool] = {}
    """Answers to true/false tasks given in words rather than by code: task id to answer."""
    method: Literal["metadata", "headings", "likeness"]
    """How the tasks were told apart."""
    reaches: dict[str, tuple[str, ...]] = {}
    """What the cells up to a task's last one reach for that the grader watches them by: task to places."""
    turns: dict[str, tuple[str, ...]] = {}
    """Why first steps may not tell how a training goes on: task to reasons."""
    notes: tuple[str, ...] = ()
    """Ambiguities that a person should look at."""


# What happened when it ran


GradingMode = Literal["full", "quick"]
RunMode = Literal["full", "hidden", "submitted", "order_free", "relabelled", "quick", "short"]
"""Marks come from full runs. Quick and short ones are provisional, and the others replays."""


class CellRun(Record):
    """How one code cell ended."""

    index: int
    task: str | None
    status: Literal["ok", "error", "timeout", "died", "skipped"]
    seconds: float = 0.0
    error: str | None = None
    """One line, as in `NameError: name 'rnn' is not defined`."""


class TensorTrace(Record):
    """A tensor that an optimizer stepped."""

    shape: tuple[int, ...]
    elements: int
    """Distinct elements: 0 for a tensor that shares its storage with one listed before."""
    name: str
    """Name within the module that owns it, such as `weight_ih`; empty if no module does."""
    owner: str
    """Qualified class of that module, such as `torch.nn.modules.rnn.RNNCell`; empty if none."""
    moved: bool = True
    """Whether the first steps changed any of its values."""
    initial_norm: float | None = None
    """Euclidean norm of its values before the first step."""
    copied_from: str | None = None
    """The earlier task that had trained a tensor of these very values, if there is one."""


class OptimizerTrace(Record):
    """An optimizer that made at least one step."""

    name: str
    """Qualified class, such as `torch.optim.adam.Adam`."""
    settings: dict[str, float | int | bool | str | None]
    """Hyper-parameters of its first group that are plain values."""
    steps: int


class ModuleTrace(Record):
    """A module class that ran forward while the network was trained."""

    name: str
    """Qualified class; classes of the notebook itself stand in `__main__`."""
    bases: tuple[str, ...]
    """Qualified classes it is derived from, itself first, up to `torch.nn.modules.module.Module`."""
    trained: bool
    """Whether it, or a module inside it, owns a tensor that was stepped."""


class CodePlace(Record):
    """A line of the notebook where something happened."""

    what: Literal["optimizer", "step", "backward", "loss", "seed", "layer"]
    name: str = ""
    """Of a layer, its qualified class."""
    cell: int | None = None
    """Index of the cell in the notebook; None where it is not known."""
    count: int = 0
    """The cell's number in the kernel, from which the runner tells `cell`."""
    line: int
    """In the cell, from 1."""
    text: str
    """As it was written, cut to 120 characters."""


class TaskRun(Record):
    """What the probe saw of the training that counts: the one whose values are shown, or else the last."""

    task: str
    seconds: float = 0.0
    training: int | None = None
    """Its number among the task's trainings, in the order of their first steps."""
    steps: int = 0
    planned_steps: int | None = None
    """Those that the loop of a stopped training was going to make; None where that is not known."""
    optimizers: tuple[OptimizerTrace, ...] = ()
    tensors: tuple[TensorTrace, ...] = ()
    modules: tuple[ModuleTrace, ...] = ()
    functions: tuple[str, ...] = ()
    """Recurrent functions below the modules: `_VF.lstm_cell`, or `aten::lstm_cell` of a sampled pass."""
    fitted_steps: tuple[int, ...] = ()
    """Steps (from 0) whose fitted values stand in the arrays."""
    yhat: str | None = None
    """Name of the variable taken as the student's own fitted values, if there is one."""
    answer: bool | None = None
    """Value of a true/false task's variable."""
    left: Left = Left()
    """Variables, figures and trainings, where the assignment asks for them."""
    gradients: dict[int, float] = {}
    """Step to the Euclidean norm of all gradients together, for the steps whose fitted values are kept."""
    fall: float | None = None
    """torch's loss functions in the last tenth of the steps, to those in the first; None if unseen."""
    saturated: float | None = None
    """Share of the hidden values beyond 0.99, from -1 to 1, at the last step; None if they were not seen."""
    seeds: tuple[int, ...] = ()
    """torch seeds that the student's code asked for before the first step; it got the grader's instead."""
    seeded_late: bool = False
    """Whether a layer that is trained was built before the first of these."""
    places: tuple[CodePlace, ...] = ()
    notes: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()
    """What the notebook changed or searched that it is watched by."""

    @property
    def parameters(self) -> int:
        """Distinct elements stepped, of the tensors that a step changed."""
        return sum(tensor.elements for tensor in self.tensors if tensor.moved)


class RunRecord(Record):
    """One execution of one notebook: everything the judge may look at but the arrays."""

    schema_version: Literal[1] = 1
    assignment: str
    notebook_sha256: str
    seed: int
    device: str
    """`cpu` or `cuda`, as it was in the end."""
    mode: RunMode = "full"
    sandbox: str
    versions: dict[str, str]
    """python, torch, numpy and, where there is one, cuda."""
    parameters: dict[str, int | float | str | bool | tuple[str, ...]] = {}
    """Values injected into a reference's `parameters` cell."""
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int
    cells: tuple[CellRun, ...]
    tasks: tuple[TaskRun, ...]
    notes: tuple[str, ...] = ()

    def task(self, task_id: str) -> TaskRun | None:
        """What was seen of a task, or None if none of its cells ran."""
        return next((task for task in self.tasks if task.task == task_id), None)


def name_fitted(task_id: str, step: int) -> str:
    """Array of fitted values at a step: float32, (rows, symbols)."""
    return f"{task_id}/fitted/{step}"


def name_losses(task_id: str) -> str:
    """Array of the loss at every step: float64, (steps,)."""
    return f"{task_id}/losses"


def name_targets(task_id: str) -> str:
    """Array of class indices the loss was given: int64, (rows,)."""
    return f"{task_id}/targets"


def name_yhat(task_id: str) -> str:
    """Array of the fitted values that the student left: float32, any shape."""
    return f"{task_id}/yhat"
