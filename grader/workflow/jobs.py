"""Notebooks on their way to the sandbox."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode, from_dict

from grader.assignment.computed import COMPUTED, find_computed
from grader.assignment.locate import locate_tasks
from grader.assignment.reference import hash_content
from grader.assignment.restore import restore_cells
from grader.assignment.spec import Assignment, Task, TrueFalseTask, ValuesTask
from grader.assignment.suspicion import find_changes, find_reaches
from grader.assignment.turns import find_turns
from grader.errors import NotebookError
from grader.execute.plan import FIRST_STEPS, Limits, RunPlan, TaskPlan
from grader.judge.score import reject_submission
from grader.notebook import read_notebook
from grader.records import CellMap, Record, Submission
from grader.results import SubmissionResult
from grader.store import DerivedFiles
from grader.workflow.asserting import plan_assertions
from grader.workflow.settings import Settings
from grader.workflow.surroundings import hash_machine, hash_sources

READER = ("assignment", "notebook.py", "records.py", "values.py", "workflow/jobs.py")
"""Whatever of this package takes part in reading a notebook."""


class _Reading(Record):
    """A notebook as it was read, to be found again."""

    notebook: dict[str, Any]
    cells: CellMap


@dataclass(frozen=True)
class Job:
    """A notebook that is ready to run."""

    submission: Submission
    """Without the file's bytes, which nothing needs any more: those of a class are many."""
    notebook: NotebookNode
    cells: CellMap


def prepare_job(assignment: Assignment, submission: Submission, released: NotebookNode) -> Job:
    """A submission ready to run. Raises NotebookError if it cannot be read or answers nothing."""
    notebook, restored = restore_cells(read_notebook(submission.content), released)
    cells = locate_tasks(notebook, assignment, released)
    notes = (*cells.notes, *restored, *find_changes(notebook, cells))
    cells = cells.model_copy(
        update={
            "reaches": find_reaches(notebook, cells),
            "turns": _list_turns(assignment, notebook, cells),
            "notes": notes,
        }
    )
    return Job(_lighten(submission), notebook, cells)


def _list_turns(assignment: Assignment, notebook: NotebookNode, cells: CellMap) -> dict[str, tuple[str, ...]]:
    turns = find_turns(notebook, cells)
    for task in find_computed(assignment, notebook, cells):
        turns[task] = (*turns.get(task, ()), COMPUTED)
    return turns


def _lighten(submission: Submission) -> Submission:
    return submission.model_copy(update={"content": b""})


def prepare_jobs(
    assignment: Assignment,
    submissions: Iterable[Submission],
    released: NotebookNode,
    derived: DerivedFiles | None = None,
) -> tuple[list[Job], dict[str, SubmissionResult]]:
    """The notebooks that can run, and the results of those that cannot, by file.

    What a notebook was found to be is looked for among `derived`, since telling its tasks takes a while.
    """
    derived = derived or DerivedFiles(None)
    jobs, rejected = [], {}
    for submission in submissions:
        problem = submission.problem
        is_own_fault = False
        if problem is None:
            try:
                jobs.append(find_job(assignment, submission, released, derived))
                continue
            except NotebookError as error:
                problem = str(error)
            except Exception as error:
                # Whatever a notebook broke here is the grader's fault, and stops nobody else.
                problem = f"The grader failed to read this notebook: {type(error).__name__}: {error}"[:300]
                is_own_fault = True
        rejected[submission.file] = reject_submission(
            assignment, submission, problem, is_own_fault=is_own_fault
        )
    return jobs, rejected


def find_job(
    assignment: Assignment, submission: Submission, released: NotebookNode, derived: DerivedFiles
) -> Job:
    """A submission ready to run, looked for among `derived`. Raises NotebookError as `prepare_job`."""
    key = _hash_reading(assignment, submission, released)
    with contextlib.suppress(ValueError):
        if (found := derived.load(key)) is not None:
            known = _Reading.model_validate_json(found)
            return Job(_lighten(submission), from_dict(known.notebook), known.cells)
    job = prepare_job(assignment, submission, released)
    derived.save(key, _Reading(notebook=job.notebook, cells=job.cells).model_dump_json().encode())
    return job


def _hash_reading(assignment: Assignment, submission: Submission, released: NotebookNode) -> str:
    """A key over everything that decides how a notebook is read; points and tolerances do not."""
    stated = assignment.model_dump(mode="json", include={"id", "task", "sequence"})
    for task in stated["task"]:
        del task["checks"]
        task.pop("tolerance", None)
    decisive = {
        "submission": submission.sha256,
        "released": released,
        "assignment": stated,
        "machine": hash_machine(),
        "reader": hash_sources(READER),
    }
    return hash_content(json.dumps(decisive, sort_keys=True).encode())


def plan_run(assignment: Assignment, job: Job, settings: Settings) -> RunPlan:
    """What the runner is told: cells, names and limits, no points."""
    replayed = assignment.list_replayed()
    return RunPlan(
        assignment=assignment.id,
        notebook_sha256=job.submission.sha256,
        cell_tasks=job.cells.tasks,
        tasks=tuple(
            replace(_plan_task(task, replayed), assertions=plan_assertions(assignment, task.id))
            for task in assignment.task
        ),
        seed=settings.choose_seed(assignment),
        device=settings.choose_device(),
        keep_steps=(*FIRST_STEPS, *assignment.reference.checkpoints),
        limits=plan_limits(assignment, settings),
    )


def plan_limits(assignment: Assignment, settings: Settings) -> Limits:
    """What one run may use."""
    budget = assignment.budget
    return Limits(
        cell_seconds=settings.cell_seconds or budget.cell_seconds,
        task_seconds=max(settings.cell_seconds or 0, budget.task_seconds),
        notebook_seconds=max(settings.cell_seconds or 0, budget.notebook_seconds),
        memory_bytes=budget.memory_mb * 2**20,
        output_bytes=budget.output_kb * 2**10,
    )


def _plan_task(task: Task, replayed: set[str]) -> TaskPlan:
    if isinstance(task, TrueFalseTask):
        return TaskPlan(task.id, variable=task.variable)
    forbids = any(check.name == "avoids_layers" for check in task.checks)
    if isinstance(task, ValuesTask):
        return TaskPlan(
            task.id,
            variables=task.variables,
            figures=task.figures,
            repeats=task.repeats,
            # What is only measured would be measured again, as long as the first time.
            replayed=task.id in replayed,
            forbids=forbids,
        )
    return TaskPlan(
        task.id, fitted=task.fitted, variables=task.variables, figures=task.figures, forbids=forbids
    )
