"""What a report shows beside the verdicts: chosen by the judge, drawn by the report."""

from typing import Literal

from grader.records import CellRun, Language, OptimizerTrace, Record, TensorTrace

Matrix = tuple[tuple[float, ...], ...]


class ShownValue(Record):
    """A variable or figure that the task left, in words."""

    name: str
    text: str


class TaskExhibit(Record):
    """What a report shows of a task beside its verdicts. Rows are the first of the sequence."""

    task: str
    rows: tuple[str, ...] = ()
    """The symbol to be predicted in each row."""
    columns: tuple[str, ...] = ()
    """The symbol of each column."""
    fitted: Matrix | None = None
    """The student's fitted values, (rows, columns)."""
    reference: Matrix | None = None
    """The reference's, in the student's symbol order."""
    caption: str = ""
    """Which step the two show, in words."""
    losses: tuple[float, ...] = ()
    """Of the first steps, if there are very many."""
    reference_losses: tuple[float, ...] = ()
    steps: int = 0
    """How many steps have a loss, those that are not shown included."""
    reference_steps: int = 0
    tensors: tuple[TensorTrace, ...] = ()
    reference_tensors: tuple[TensorTrace, ...] = ()
    optimizers: tuple[OptimizerTrace, ...] = ()
    values: tuple[ShownValue, ...] = ()
    notes: tuple[str, ...] = ()


class SubmissionExhibit(Record):
    """What a report shows of a submission beside its result."""

    notebook: str
    """The executed notebook as nbformat-4 JSON; empty for an ungradable submission. Not to be trusted."""
    cell_tasks: tuple[str | None, ...] = ()
    cells: tuple[CellRun, ...] = ()
    notes: tuple[str, ...] = ()
    tasks: tuple[TaskExhibit, ...] = ()
    method: str = ""
    """How the cells were found."""


class ShownCell(Record):
    """One cell with its outputs, rendered."""

    task: str | None
    """The task that it answers, if any."""
    html: str


class ShownPage(Record):
    """A `SubmissionExhibit` rendered: all of a student's page that stays as it is when the marks change.

    Plain JSON, so that it can be kept. Its HTML was escaped and cleaned when it was made and is put into the
    page as it stands, so it must have been kept where nobody else can write.
    """

    language: Language
    notebook: Literal["shown", "unreadable", "missing"]
    """What has become of the executed notebook's text."""
    notes: str = ""
    """HTML"""
    tasks: dict[str, str]
    """HTML of what stands beside the verdicts of each task, by its id."""
    cells: tuple[ShownCell, ...] = ()
    """In the notebook's order."""
    cells_left_out: int = 0
    method: str = ""
    """How the cells were found, as text."""
