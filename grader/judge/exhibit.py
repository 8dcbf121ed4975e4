"""Chooses what a report shows beside the verdicts."""

from collections.abc import Iterator
from itertools import zip_longest

import numpy as np

from grader.assignment.spec import Assignment, Task, TrainingTask, TrueFalseTask
from grader.evidence import Array, Evidence
from grader.exhibits import Matrix, ShownValue, SubmissionExhibit, TaskExhibit
from grader.judge.assertion_checks import BY_HAND
from grader.judge.compare import find_last_fitted
from grader.judge.score import References, find_order
from grader.judge.values import describe_drawn, describe_value
from grader.records import CellMap, TaskRun

ROWS_SHOWN = 15
LOSSES_SHOWN = 10_000
"""Steps of a loss curve, which the report thins out; of a longer one the report says that it is cut."""


def build_exhibit(
    assignment: Assignment, cells: CellMap, evidence: Evidence, references: References | None, notebook: str
) -> SubmissionExhibit:
    """What the report on one submission shows. `notebook` is the executed notebook as JSON."""
    return SubmissionExhibit(
        notebook=notebook,
        cell_tasks=list_cell_tasks(assignment, cells),
        cells=evidence.run.cells,
        notes=(*cells.notes, *_list_reaches(cells), *evidence.run.notes),
        method=cells.method,
        tasks=tuple(
            _build_task(assignment, task, evidence, references)
            for task in assignment.task
            if not isinstance(task, TrueFalseTask)
        ),
    )


def list_cell_tasks(assignment: Assignment, cells: CellMap) -> tuple[str | None, ...]:
    """The task in whose section each cell is shown: where a person marks, what was written for it, too."""
    by_hand = {task.id for task in assignment.task if any(check.name == BY_HAND for check in task.checks)}
    written = (task if task in by_hand else None for task in cells.written)
    return tuple(task or text for task, text in zip_longest(cells.tasks, written))


def _list_reaches(cells: CellMap) -> tuple[str, ...]:
    """What the notebook reaches for that it is watched by, each once."""
    found = dict.fromkeys(what for reaches in cells.reaches.values() for what in reaches)
    return tuple(f"The notebook reaches for what it is watched by: {what}." for what in found)


def _build_task(
    assignment: Assignment, task: Task, evidence: Evidence, references: References | None
) -> TaskExhibit:
    run = evidence.run.task(task.id)
    if run is None:
        return TaskExhibit(task=task.id)
    order = find_order(assignment, evidence, task.id)
    right = references.get(order) if references else None
    reference = right[0].full if right else None
    reference_run = reference.run.task(task.id) if reference else None
    fitted, reference_fitted, caption = None, None, ""
    if isinstance(task, TrainingTask):
        fitted, reference_fitted, caption = _choose_step(task.id, evidence, reference)
    sequence = assignment.sequence
    losses = evidence.read_losses(task.id)
    reference_losses = reference.read_losses(task.id) if reference else None
    return TaskExhibit(
        task=task.id,
        rows=tuple(sequence.targets[:ROWS_SHOWN]) if sequence else (),
        columns=order,
        fitted=_as_matrix(fitted),
        reference=_as_matrix(reference_fitted),
        caption=caption,
        losses=_as_curve(losses),
        reference_losses=_as_curve(reference_losses),
        steps=losses.size if losses is not None else 0,
        reference_steps=reference_losses.size if reference_losses is not None else 0,
        tensors=run.tensors,
        reference_tensors=reference_run.tensors if reference_run else (),
        optimizers=run.optimizers,
        values=tuple(_list_values(run)),
        notes=(*run.notes, *run.suspicions),
    )


def _list_values(run: TaskRun) -> Iterator[ShownValue]:
    for name, value in run.left.values.items():
        yield ShownValue(name=name, text=describe_value(value))
    for number, figure in enumerate(run.left.figures, 1):
        yield ShownValue(name=f"figure {number}", text=describe_drawn(figure))


def _choose_step(
    task_id: str, evidence: Evidence, reference: Evidence | None
) -> tuple[Array | None, Array | None, str]:
    """Fitted values of the last step that both kept, or the student's last where there is no partner."""
    run = evidence.run.task(task_id)
    partner = reference.run.task(task_id) if reference else None
    if run is not None and partner is not None and reference is not None:
        common = sorted(set(run.fitted_steps) & set(partner.fitted_steps))
        for step in reversed(common):
            fitted, expected = evidence.read_fitted(task_id, step), reference.read_fitted(task_id, step)
            if fitted is not None and expected is not None:
                return fitted, expected, f"step {step} of {run.steps}, before its update"
    last = find_last_fitted(evidence, task_id)
    if last is None or run is None:
        return None, None, ""
    return last[1], None, f"step {last[0]} of {run.steps}, before its update"


def _as_matrix(fitted: Array | None) -> Matrix | None:
    if fitted is None or fitted.ndim != 2 or fitted.shape[1] > 64:
        return None
    shown = np.nan_to_num(fitted[:ROWS_SHOWN].astype(float), nan=0.0, posinf=0.0, neginf=0.0)
    return tuple(tuple(float(value) for value in row) for row in shown)


def _as_curve(losses: Array | None) -> tuple[float, ...]:
    if losses is None or losses.ndim != 1:
        return ()
    finite = [float(value) if np.isfinite(value) else 0.0 for value in losses[:LOSSES_SHOWN]]
    return tuple(finite)
