"""Renders the class's page and each student's as one HTML document that loads nothing and runs nothing."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.assignment.spec import Assignment
from grader.exhibits import ShownPage, SubmissionExhibit
from grader.records import Language
from grader.report import charts
from grader.report.environment import build_environment
from grader.report.shown import render_bare_task, render_shown
from grader.report.words import judge_tone, list_by_hand, list_task_ids, measure_scores
from grader.results import ClassResult, SubmissionResult, TaskResult


@dataclass(frozen=True)
class TaskSection:
    """One task of a student's page: what was judged, and what is shown beside it."""

    title: str
    result: TaskResult
    shown: Markup
    cells: tuple[Markup, ...]


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
        mode=result.run.mode,
        result=result,
        entries=tuple(zip(result.submissions, pages, by_id, strict=True)),
        task_ids=task_ids,
        titles=titles,
        points={task.id: task.points for task in assignment.task},
        graded=graded,
        by_hand=sum(bool(list_by_hand(submission)) for submission in graded),
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
    exhibit: SubmissionExhibit | ShownPage | None,
    *,
    language: Language = "en",
    mode: str = "full",
) -> str:
    """One student's page; without an exhibit it shows the verdicts alone, in mode `quick` as provisional.

    An exhibit that `render_shown` has rendered already, in the page's language, gives the same page in a
    tenth of the time. Raises ValueError if it was rendered in another language.
    """
    shown = exhibit
    if not isinstance(shown, ShownPage):
        shown = render_shown(shown or SubmissionExhibit(notebook=""), language=language)
    if shown.language != language:
        raise ValueError(f"A page in {language!r} cannot show what was rendered in {shown.language!r}.")
    titles = {task.id: task.title[language] for task in assignment.task}
    cells: dict[str | None, list[Markup]] = {}
    for cell in shown.cells:
        cells.setdefault(cell.task, []).append(Markup(cell.html))
    bare = render_bare_task(language)
    tasks = tuple(
        TaskSection(
            titles.get(task.id, ""),
            task,
            Markup(shown.tasks.get(task.id, bare)),
            tuple(cells.get(task.id, ())),
        )
        for task in submission.tasks
    )
    judged = {task.id for task in submission.tasks}
    return build_environment(language).get_template("submission.html").render(
        title=assignment.title[language],
        language=language,
        mode=mode,
        submission=submission,
        shown=shown,
        notes=Markup(shown.notes),
        tasks=tasks,
        other_cells=[Markup(cell.html) for cell in shown.cells if cell.task not in judged],
    )  # fmt: skip
