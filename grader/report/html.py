"""Renders the class's page and each student's as one HTML document that loads nothing and runs nothing."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.assignment.spec import Assignment
from grader.exhibits import Matrix, SubmissionExhibit, TaskExhibit
from grader.records import ClassResult, Language, SubmissionResult, TaskResult, TensorTrace
from grader.report import charts
from grader.report.cells import CellView, NotebookView, style_source, view_notebook
from grader.report.sanitise import clean_text, shorten_text
from grader.report.words import (
    OUTCOMES,
    TASK_MARKS,
    format_points,
    format_seconds,
    judge_tone,
    list_task_ids,
    load_translations,
    measure_scores,
    shorten_class,
    spell_name,
)

VALUE_CHARACTERS = 2_000
"""Longest single text of a record on a page; only a hostile notebook comes near."""
NOTES, TENSORS, OPTIMIZERS = 40, 60, 8
"""Most notes, tensors and optimizers that are listed."""


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
    """One task of a student's page."""

    title: str
    result: TaskResult
    exhibit: TaskExhibit
    images: tuple[MatrixView, ...]
    difference: Matrix | None
    largest_difference: float | None
    loss_chart: charts.LossChart | None
    loss_rows: tuple[LossRow, ...]
    tensor_rows: tuple[tuple[TensorTrace | None, TensorTrace | None], ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class Rate:
    """How a class did in one task."""

    id: str
    title: str
    full: int
    part: int
    count: int


def render_index(
    assignment: Assignment, result: ClassResult, pages: Sequence[str], *, language: Language = "en"
) -> str:
    """The class's page. `pages` are the file names of the submissions' own, in their order."""
    titles = {task.id: task.title[language] for task in assignment.task}
    graded = [submission for submission in result.submissions if submission.status == "graded"]
    task_ids = list_task_ids((submission.tasks for submission in graded), titles)
    scores = [each.score for each in graded if each.score is not None and math.isfinite(each.score)]
    by_id = [{task.id: task for task in submission.tasks} for submission in result.submissions]
    return build_environment(language).get_template("index.html").render(
        title=assignment.title[language],
        language=language,
        result=result,
        entries=tuple(zip(result.submissions, pages, by_id, strict=True)),
        task_ids=task_ids,
        titles=titles,
        points={task.id: task.points for task in assignment.task},
        graded=graded,
        max_score=assignment.points,
        bars=charts.lay_out_histogram(scores, assignment.points),
        measures=measure_scores(scores),
        rates=tuple(rate_task(task_id, titles.get(task_id, ""), graded) for task_id in task_ids),
    )  # fmt: skip


def rate_task(task_id: str, title: str, graded: Iterable[SubmissionResult]) -> Rate:
    """How many of the graded submissions have full points in a task, and how many some of them."""
    tones = [judge_tone(task) for submission in graded for task in submission.tasks if task.id == task_id]
    return Rate(task_id, title, tones.count("pass"), tones.count("part"), len(tones))


def render_page(
    assignment: Assignment,
    submission: SubmissionResult,
    exhibit: SubmissionExhibit | None,
    *,
    language: Language = "en",
) -> str:
    """One student's page; without an exhibit it shows the verdicts alone."""
    exhibit = exhibit or SubmissionExhibit(notebook="")
    notebook = view_notebook(exhibit) if exhibit.notebook else NotebookView()
    titles = {task.id: task.title[language] for task in assignment.task}
    shown = {task.task: task for task in exhibit.tasks}
    tasks = tuple(
        view_task(task, titles.get(task.id, ""), shown.get(task.id), notebook.by_task.get(task.id, ()))
        for task in submission.tasks
    )
    judged = {task.id for task in submission.tasks}
    others = [view for task, views in notebook.by_task.items() if task not in judged for view in views]
    return build_environment(language).get_template("submission.html").render(
        title=assignment.title[language],
        language=language,
        submission=submission,
        exhibit=exhibit,
        notebook=notebook,
        tasks=tasks,
        other_cells=sorted(others, key=lambda view: view.number),
    )  # fmt: skip


def view_task(
    result: TaskResult, title: str, exhibit: TaskExhibit | None, cells: tuple[CellView, ...]
) -> TaskView:
    """One task with its charts laid out."""
    exhibit = exhibit or TaskExhibit(task=result.id)
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
        title=title,
        result=result,
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
        cells=cells,
    )


@cache
def build_environment(language: Language) -> Environment:
    """The templates' environment: everything is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize_value,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        load_translations(language), newstyle=True
    )
    environment.filters.update(
        points=format_points, seconds=format_seconds, words=spell_name, short_class=shorten_class,
        quote=quote, limit=limit_text, loss=format_loss, figure=format_figure, tone=judge_tone,
    )  # fmt: skip
    environment.globals.update(
        OUTCOMES=OUTCOMES,
        TASK_MARKS=TASK_MARKS,
        NOTES=NOTES,
        TENSORS=TENSORS,
        OPTIMIZERS=OPTIMIZERS,
        light_source=style_source(dark=False),
        dark_source=style_source(dark=True),
    )
    return environment


def finalize_value(value: Any) -> Any:
    """A value as it may stand in a page.

    Here rather than in each template, because one forgotten filter would be enough for a lone surrogate
    in one notebook to stop the class's reports.
    """
    if isinstance(value, Markup):
        return Markup(clean_text(value))
    return clean_text(value) if isinstance(value, str) else value


def limit_text(text: str, characters: int = VALUE_CHARACTERS) -> str:
    """The text, its middle cut out if it is longer than a page has room for."""
    return shorten_text(text, characters)[0]


def format_loss(loss: float | None) -> str:
    """A loss in a table, to six figures."""
    return "–" if loss is None else f"{loss:.6g}"


def format_figure(value: float) -> str:
    """A fitted value in a table, to six decimals, or with an exponent where that would show a zero."""
    return f"{value:.6f}" if value == 0 or 1e-5 <= abs(value) < 1e6 else f"{value:.1e}"
