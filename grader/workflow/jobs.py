"""Notebooks on their way to the sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.assignment.locate import locate_tasks
from grader.assignment.spec import Assignment, TrueFalseTask
from grader.assignment.suspicion import find_changes, find_reaches
from grader.errors import NotebookError
from grader.execute.plan import FIRST_STEPS, Limits, RunPlan, TaskPlan
from grader.judge.score import reject_submission
from grader.notebook import read_notebook
from grader.records import CellMap, Submission, SubmissionResult
from grader.workflow.settings import Settings


@dataclass(frozen=True)
class Job:
    """A notebook that is ready to run."""

    submission: Submission
    notebook: NotebookNode
    cells: CellMap


def prepare_job(assignment: Assignment, submission: Submission, released: NotebookNode) -> Job:
    """A submission ready to run. Raises NotebookError if it cannot be read or answers nothing."""
    notebook = read_notebook(submission.content)
    cells = locate_tasks(notebook, assignment, released)
    notes = (*cells.notes, *find_changes(notebook, cells))
    cells = cells.model_copy(update={"reaches": find_reaches(notebook, cells), "notes": notes})
    return Job(submission, notebook, cells)


def prepare_jobs(
    assignment: Assignment, submissions: Iterable[Submission], released: NotebookNode
) -> tuple[list[Job], dict[str, SubmissionResult]]:
    """The notebooks that can run, and the results of those that cannot, by file."""
    jobs, rejected = [], {}
    for submission in submissions:
        problem = submission.problem
        is_own_fault = False
        if problem is None:
            try:
                jobs.append(prepare_job(assignment, submission, released))
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


def plan_run(assignment: Assignment, job: Job, settings: Settings) -> RunPlan:
    """What the runner is told: cells, names and limits, no points."""
    budget = assignment.budget
    return RunPlan(
        assignment=assignment.id,
        notebook_sha256=job.submission.sha256,
        cell_tasks=job.cells.tasks,
        tasks=tuple(
            TaskPlan(task.id, variable=task.variable)
            if isinstance(task, TrueFalseTask)
            else TaskPlan(task.id, fitted=task.fitted)
            for task in assignment.task
        ),
        seed=settings.choose_seed(assignment),
        device=settings.choose_device(),
        keep_steps=(*FIRST_STEPS, *assignment.reference.checkpoints),
        limits=Limits(
            cell_seconds=settings.cell_seconds or budget.cell_seconds,
            task_seconds=max(settings.cell_seconds or 0, budget.task_seconds),
            notebook_seconds=max(settings.cell_seconds or 0, budget.notebook_seconds),
            memory_bytes=budget.memory_mb * 2**20,
            output_bytes=budget.output_kb * 2**10,
        ),
    )
