"""Renders what a student's page shows whatever the marks are: cells, charts, tables and notes.

It is nearly all of a page and takes nearly all of its time, so it can be rendered once and kept, and a
class that is judged again by another rubric has its pages in an instant.
"""

from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from grader.exhibits import Matrix, ShownCell, ShownPage, SubmissionExhibit, TaskExhibit
from grader.records import Language, TensorTrace
from grader.report import charts
from grader.report.cells import NotebookView, view_notebook
from grader.report.environment import find_macro


@dataclass(frozen=True)
class MatrixView:
    """One of the three images of fitted values."""

    title: str
    image: charts.MatrixImage


@dataclass(frozen=True)
class LossRow:
    """One line of the table beside the loss curves."""

    step: int
    student: float | None
    reference: float | None


@dataclass(frozen=True)
class TaskView:
    """What is shown of one task, laid out."""

    exhibit: TaskExhibit
    images: tuple[MatrixView, ...]
    difference: Matrix | None
    largest_difference: float | None
    loss_chart: charts.LossChart | None
    loss_rows: tuple[LossRow, ...]
    tensor_rows: tuple[tuple[TensorTrace | None, TensorTrace | None], ...]


def render_shown(exhibit: SubmissionExhibit, *, language: Language = "en") -> ShownPage:
    """All of a student's page that depends on neither marks nor verdicts, as HTML."""
    notebook = view_notebook(exhibit) if exhibit.notebook else NotebookView()
    show_cell = find_macro("cells.html", "show_cell", language)
    cells = sorted(
        (view for views in notebook.by_task.values() for view in views), key=lambda view: view.number
    )
    found = "shown" if notebook.readable else "unreadable"
    return ShownPage(
        language=language,
        notebook=found if exhibit.notebook else "missing",
        notes=str(find_macro("task.html", "list_notes", language)(exhibit.notes)),
        tasks={task.task: render_task(task, language) for task in exhibit.tasks},
        cells=tuple(ShownCell(task=view.task, html=str(show_cell(view))) for view in cells),
        cells_left_out=notebook.cells_left_out,
        method=exhibit.method,
    )


def render_task(exhibit: TaskExhibit, language: Language) -> str:
    """What is shown of one task beside its verdicts and its cells, as HTML."""
    return str(find_macro("task.html", "show_task", language)(view_task(exhibit)))


@cache
def render_bare_task(language: Language) -> str:
    """What stands there for a task of which nothing is shown."""
    return render_task(TaskExhibit(task=""), language)


def view_task(exhibit: TaskExhibit) -> TaskView:
    """What is shown of one task, its charts laid out."""
    difference = None
    if exhibit.fitted and exhibit.reference:
        difference = charts.subtract(exhibit.fitted, exhibit.reference)
    matrices: tuple[tuple[str, Matrix | None], ...] = (
        ("student", exhibit.fitted),
        ("reference", exhibit.reference),
        ("difference", difference),
    )
    losses, reference = exhibit.losses, exhibit.reference_losses
    return TaskView(
        exhibit=exhibit,
        images=tuple(
            MatrixView(name, charts.lay_out_matrix(matrix, exhibit.rows, exhibit.columns))
            for name, matrix in matrices
            if matrix and any(matrix)
        ),
        difference=difference,
        largest_difference=charts.find_largest(difference) if difference else None,
        loss_chart=charts.lay_out_losses(losses, reference),
        loss_rows=tuple(
            LossRow(
                step,
                losses[step] if step < len(losses) else None,
                reference[step] if step < len(reference) else None,
            )
            for step in charts.sample_steps(max(len(losses), len(reference)))
        ),
        tensor_rows=tuple(zip_longest(exhibit.tensors, exhibit.reference_tensors)),
    )
