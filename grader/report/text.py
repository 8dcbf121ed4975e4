"""What the terminal shows: a class in one table, and one submission check by check. Nothing here prints."""

import math
from collections.abc import Callable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from grader.assignment.spec import Assignment
from grader.records import Language
from grader.report.sanitise import clean_line
from grader.report.words import (
    OUTCOMES,
    PROVISIONAL,
    QUICK_RUN,
    TASK_MARKS,
    Tone,
    format_points,
    format_seconds,
    judge_tone,
    list_by_hand,
    list_task_ids,
    load_translations,
    measure_scores,
    spell_name,
)
from grader.results import ClassResult, SubmissionResult, TaskResult, Verdict

STYLES: dict[Tone, str] = {
    "pass": "green",
    "part": "yellow",
    "fail": "red",
    "none": "dim",
    "alert": "bold magenta",
}
STUDENT_COLUMNS = 14
"""Least room for a student's name: seven Hangul."""
GAP = 3
"""Columns between two of a table: a space on each side of the one that its box takes."""

Translate = Callable[[str], str]
"""Answers an English text in the reader's language."""


def render_summary(result: ClassResult, width: int = 80, *, language: Language = "en") -> RenderableType:
    """A class as a table no wider than `width` columns, with what needs a person named below it.

    Each task has a column of points where they fit, else one sign in a column that all share.
    """
    _ = load_translations(language).gettext
    task_ids = list_task_ids(submission.tasks for submission in result.submissions)
    points = [list_points(submission, task_ids) for submission in result.submissions]
    columns = [
        max([cell_len(clean_line(task_id)), *(row[place].cell_len for row in points)])
        for place, task_id in enumerate(task_ids)
    ]
    scores = [name_score(submission) for submission in result.submissions]
    statuses = [name_status(submission, _) for submission in result.submissions]
    headings = [_("Student"), _("Score"), _("Status")]
    fixed = [
        max([cell_len(heading), *(text.cell_len for text in texts)])
        for heading, texts in zip(headings[1:], (scores, statuses), strict=True)
    ]
    room = width - STUDENT_COLUMNS - sum(fixed) - 2 * GAP
    wide = sum(columns) + GAP * len(columns) <= room
    if not wide:
        signs = [Text().join(list_signs(submission, task_ids)) for submission in result.submissions]
        columns = [min(room - GAP, max([cell_len(_("Tasks")), *(text.cell_len for text in signs)]))]

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    # Names get what the rest leaves: rich would otherwise take from every column to show a long one whole.
    most = width - sum(fixed) - sum(columns) - GAP * (len(fixed) + len(columns))
    table.add_column(headings[0], no_wrap=True, overflow="ellipsis", max_width=max(1, most))
    table.add_column(headings[1], justify="right", min_width=fixed[0], no_wrap=True)
    table.add_column(headings[2], min_width=fixed[1], no_wrap=True)
    if wide:
        for task_id, column in zip(task_ids, columns, strict=True):
            table.add_column(Text(clean_line(task_id)), justify="right", min_width=column, no_wrap=True)
    else:
        table.add_column(_("Tasks"), min_width=columns[0], overflow="fold")
    for place, submission in enumerate(result.submissions):
        table.add_row(
            Text(clean_line(submission.student) or _("no name")),
            scores[place],
            statuses[place],
            *(points[place] if wide else [signs[place]]),
        )
    parts: list[RenderableType] = [table]
    if result.run.mode == "quick":
        parts[:0] = [Text(f"{_(PROVISIONAL)}: {_(QUICK_RUN)}", STYLES["part"]), Text()]
    if not wide:
        parts += [Text(), explain_signs(task_ids, width, _)]
    parts += [Text(), sum_up(result, _)]
    parts += [
        hang(
            sign_fault(submission),
            Text(f"{clean_line(submission.file)}: {clean_line(submission.problem or '')}"),
        )
        for submission in result.submissions
        if submission.status != "graded"
    ]
    return Constrain(Group(*parts), width)


def list_points(submission: SubmissionResult, task_ids: Sequence[str]) -> list[Text]:
    """A submission's points, one text a task, with a sign where the number alone would mislead."""
    found = {task.id: task for task in submission.tasks}
    return [name_points(found[task_id]) if task_id in found else Text() for task_id in task_ids]


def name_points(task: TaskResult) -> Text:
    """A task's points; a fault of the grader's, or a task that was not reached, shows its sign instead."""
    tone = judge_tone(task)
    shown = TASK_MARKS[tone].icon if tone in ("none", "alert") else format_points(task.points)
    return Text(shown, STYLES[tone])


def list_signs(submission: SubmissionResult, task_ids: Sequence[str]) -> list[Text]:
    """One sign a task, a space between groups of tasks such as 1.x and 2.x."""
    found = {task.id: task for task in submission.tasks}
    signs: list[Text] = []
    for place, task_id in enumerate(task_ids):
        if place and name_group(task_id) != name_group(task_ids[place - 1]):
            signs.append(Text(" "))
        mark = TASK_MARKS[judge_tone(found[task_id])] if task_id in found else None
        signs.append(Text(mark.icon, STYLES[mark.tone]) if mark else Text(" "))
    return signs


def name_group(task_id: str) -> str:
    """What stands before the first dot of a task's id."""
    return task_id.split(".", 1)[0]


def explain_signs(task_ids: Sequence[str], width: int, _: Translate) -> Text:
    """The order of the tasks, and what each sign stands for, no explanation broken over two lines."""
    groups: dict[str, list[str]] = {}
    for task_id in task_ids:
        groups.setdefault(name_group(task_id), []).append(clean_line(task_id))
    order = "  ".join(" ".join(group) for group in groups.values())
    lines = [""]
    for mark in TASK_MARKS.values():
        sign = f"{mark.icon} {_(mark.word)}"
        # One column is left for the comma that follows where another line does.
        if lines[-1] and cell_len(f"{lines[-1]}, {sign}") >= width:
            lines[-1] += ","
            lines.append(sign)
        else:
            lines[-1] += f", {sign}" if lines[-1] else sign
    return Text("\n".join([f"{_('Tasks')}: {order}", *lines]), "dim")


def name_score(submission: SubmissionResult) -> Text:
    """The score of the points that could be had, or a dash."""
    if submission.status != "graded" or submission.score is None:
        return Text("-", "dim")
    return Text.assemble(
        (format_points(submission.score), "bold"), (f" / {format_points(submission.max_score)}", "dim")
    )


def name_status(submission: SubmissionResult, _: Translate) -> Text:
    """Whether it was graded, and whether a person has to look, or to mark something by hand."""
    if submission.status == "ungradable":
        return Text(f"✗ {_('ungradable')}", "red")
    if submission.status == "grader_error":
        return Text(f"! {_('grader error')}", STYLES["alert"])
    waits = [
        Text(f"! {_('review')}", STYLES["alert"]) if submission.needs_review else None,
        Text(f"> {_('by hand')}", STYLES["part"]) if list_by_hand(submission) else None,
    ]
    return Text(" ").join(filter(None, waits)) or Text("✓", "green")


def sign_fault(submission: SubmissionResult) -> Text:
    """The sign before the reason why a submission has no grade."""
    return Text("!", STYLES["alert"]) if submission.status == "grader_error" else Text("✗", "red")


def sum_up(result: ClassResult, _: Translate) -> Text:
    """One line: how many were graded, their mean, how many need a person, and how long it took."""
    graded = [submission for submission in result.submissions if submission.status == "graded"]
    facts = [
        f"{len(graded)} {_('graded')}" + (f" {_('provisionally')}" if result.run.mode == "quick" else "")
    ]
    if failed := len(result.submissions) - len(graded):
        facts.append(f"{failed} {_('could not be graded')}")
    measures = measure_scores(s.score for s in graded if s.score is not None and math.isfinite(s.score))
    if measures:
        facts.append(f"{_('mean')} {format_points(measures[0])}")
        facts.append(f"{_('median')} {format_points(measures[1])}")
    if review := sum(submission.needs_review for submission in result.submissions):
        facts.append(f"{review} {_('to be reviewed')}")
    if waiting := sum(bool(list_by_hand(submission)) for submission in result.submissions):
        facts.append(f"{waiting} {_('to be marked by hand')}")
    return Text(", ".join([*facts, format_seconds(result.run.seconds)]))


def render_result(
    assignment: Assignment, submission: SubmissionResult, *, language: Language = "en"
) -> RenderableType:
    """One submission task by task: every check with its outcome in words, and what to do about it.

    Signs and words carry the meaning, so that nothing is lost where there is no colour.
    """
    _ = load_translations(language).gettext
    if submission.status != "graded" or submission.score is None:
        heading = Text(f"✗ {_('This notebook could not be graded')}: ", "bold red")
        if submission.status == "grader_error":
            heading = Text(f"! {_('The grader itself failed at this notebook')}: ", STYLES["alert"])
        return Text.assemble(heading, clean_line(submission.problem or _("no reason was recorded.")))
    titles = {task.id: task.title[language] for task in assignment.task}
    parts: list[RenderableType] = []
    for task in submission.tasks:
        points = f"{format_points(task.points)} / {format_points(task.max_points)}"
        parts.append(
            Text.assemble(
                (f"{clean_line(task.id)}  {titles.get(task.id, '')}".rstrip(), "bold"), f"  {points}"
            )
        )
        parts += [describe_check(check, _) for check in task.checks]
        for diagnosis in task.diagnosis:
            lead = _("Why") if diagnosis.confidence == "exact" else _("Probably")
            lead = _("Note") if diagnosis.code == "creation_order" else lead
            parts.append(hang(Text("  >", "yellow"), Text(f"{lead}: {clean_line(diagnosis.message)}")))
            if diagnosis.message_ko:
                parts.append(hang(Text("   "), Text(clean_line(diagnosis.message_ko))))
        parts.append(Text())
    total = f"{format_points(submission.score)} / {format_points(submission.max_score)}"
    parts.append(Text.assemble((f"{_('In all')} {total}", "bold")))
    if submission.needs_review:
        parts.append(Text(f"! {_('A person has to look at this before the score counts.')}", STYLES["alert"]))
    if waiting := list_by_hand(submission):
        tasks = ", ".join(clean_line(task_id) for task_id in waiting)
        parts.append(
            Text(f"> {_('To be marked by hand, and not in the score yet')}: {tasks}", STYLES["part"])
        )
    return Group(*parts)


def describe_check(check: Verdict, _: Translate) -> RenderableType:
    """One check: sign, name, outcome, and below them what was expected and found unless it passed."""
    mark = OUTCOMES[check.outcome]
    style = STYLES[mark.tone]
    head = Text.assemble(f"{spell_name(clean_line(check.name))}: ", (_(mark.word), style))
    if check.max_points:
        head.append(f", {format_points(check.points)} / {format_points(check.max_points)}", "dim")
    lines = [head]
    if check.outcome != "passed":
        if check.expected:
            lines.append(Text(f"{_('expected')}: {clean_line(check.expected)}"))
        if check.actual:
            lines.append(Text(f"{_('found')}: {clean_line(check.actual)}"))
        if check.message:
            lines.append(Text(clean_line(check.message)))
    return hang(Text(f"  {mark.icon}", style), Group(*lines))


def hang(sign: Text, content: RenderableType) -> Table:
    """A sign with content beside it whose further lines stay clear of it."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(sign, content)
    return grid
