"""Provisional verdicts: from the first steps of each training, and from whole ones on a shorter text.

A quick run has taken a few steps under a secret seed. A task that these do not settle has been trained to its
end on a text that is repeated less often; there the short run stands in the full one's place, and the quick
run in that of the hidden replay. Either way a notebook is compared with the same runs of the reference.
"""

from collections.abc import Iterable
from dataclasses import replace

from grader.assignment.shorten import shorten_assignment
from grader.assignment.spec import Assignment, TrainingTask
from grader.evidence import Array, Dossier, Evidence
from grader.judge.score import Mutants, References, judge_submission, list_unnamed
from grader.records import CellMap, Submission
from grader.results import SubmissionResult, TaskResult

BROKEN_OFF = "ReplayEnded:"
"""Begins the error of a cell whose training no loop drove, so that an exception had to end it."""


def judge_provisionally(
    assignment: Assignment,
    submission: Submission,
    cells: CellMap,
    dossier: Dossier,
    references: References | None,
    mutants: Mutants | None = None,
    only_tasks: Iterable[str] | None = None,
) -> SubmissionResult:
    """The result of a submission whose dossier holds a quick run, and a short one perhaps.

    What neither tells is `undecided`, and earns nothing until a full run has told it.
    """
    wanted = [task.id for task in assignment.task] if only_tasks is None else list(only_tasks)
    shorter, short = shorten_assignment(assignment), dossier.short
    trained: list[str] = []
    results = []
    if shorter is not None and short is not None:
        trained = [task for task in wanted if _stands_for(assignment, shorter, dossier.full, short, task)]
        whole = replace(dossier, full=short, hidden=dossier.full, short=None)
        results.append(
            judge_submission(
                shorter, submission, cells, whole, _shorten_references(references), mutants, trained
            )
        )
    rest = [task for task in wanted if task not in trained]
    results.append(judge_submission(assignment, submission, cells, dossier, references, None, rest))
    judged = {task.id: task for result in results for task in result.tasks}
    tasks = tuple(judged[task] for task in wanted if task in judged)
    return results[-1].model_copy(
        update={
            "tasks": tasks,
            "score": round(sum(task.points for task in tasks), 4),
            "max_score": sum(task.max_points for task in tasks),
            "needs_review": any(result.needs_review for result in results),
            "review_reasons": tuple(
                dict.fromkeys(reason for result in results for reason in result.review_reasons)
            ),
        }
    )


def list_unsettled(
    assignment: Assignment,
    submission: Submission,
    cells: CellMap,
    dossier: Dossier,
    references: References,
) -> frozenset[str]:
    """Tasks whose first steps do not settle all of their checks, and those that are compared with one."""
    result = judge_provisionally(assignment, submission, cells, replace(dossier, short=None), references)
    trained = {run.task for run in dossier.full.run.tasks if run.steps}
    found = {
        task.id
        for task in result.tasks
        if isinstance(assignment.find_task(task.id), TrainingTask) and task.id in trained and _is_open(task)
    }
    pairs = [
        {task.id, str(check.options["task"])}
        for task in assignment.task
        for check in task.checks
        if "task" in check.options
    ]
    for pair in pairs:
        if pair & found:
            found |= pair & trained
    return frozenset(found)


def _is_open(task: TaskResult) -> bool:
    """Whether a check is open, or the network another than the reference's: its end tells what it learns."""
    outcomes = {check.name: check.outcome for check in task.checks}
    unlike = outcomes.get("fitted_values") in ("failed", "grader_error")
    foreseen = outcomes.get("predicts_next") == "failed"
    return unlike or foreseen or "undecided" in outcomes.values()


def list_moved(dossier: Dossier) -> dict[str, int]:
    """Tasks whose short run counts another training than the quick one, and that training's number."""
    if dossier.short is None:
        return {}
    pairs = [(run, dossier.full.run.task(run.task)) for run in dossier.short.run.tasks]
    return {
        run.task: run.training
        for run, quick in pairs
        if run.training is not None and quick is not None and quick.training != run.training
    }


def _stands_for(
    assignment: Assignment, shorter: Assignment, quick: Evidence, short: Evidence, task: str
) -> bool:
    """Whether a task went the same way on the shorter text: it trained to its end, and read all of it."""
    runs = [evidence.run.task(task) for evidence in (quick, short)]
    if runs[0] is None or runs[1] is None or not runs[1].steps:
        return False
    if not runs[1].fitted_steps or runs[1].planned_steps is not None:
        return False
    ends = [_list_ends(evidence, task) for evidence in (quick, short)]
    assert assignment.sequence is not None and shorter.sequence is not None
    lengths = (len(assignment.sequence.targets), len(shorter.sequence.targets))
    # What fits the text on which it was written must fit the shorter one, or else it was not made for that.
    fits = [
        (
            _count_rows(evidence.read_fitted(task, 0)) == length,
            _count_rows(evidence.read_yhat(task)) == length,
        )
        for evidence, length in zip((quick, short), lengths, strict=True)
    ]
    return ends[0] == ends[1] and fits[0] == fits[1]


def _list_ends(evidence: Evidence, task: str) -> list[str]:
    """How the task's cells ended, by their own doing: one that the quick run broke off did not fail."""
    cells = [cell for cell in evidence.run.cells if cell.task == task]
    return ["ok" if (cell.error or "").startswith(BROKEN_OFF) else cell.status for cell in cells]


def _count_rows(table: Array | None) -> int:
    """Rows of a table that may have further dimensions before its columns."""
    return table.size // table.shape[-1] if table is not None and table.ndim and table.shape[-1] else 0


def _shorten_references(references: References | None) -> References | None:
    if references is None:
        return None
    return {
        order: tuple(
            replace(right, full=right.short, hidden=right.full, short=None)
            for right in rights
            if right.short is not None
        )
        for order, rights in references.items()
    }


def list_unnamed_shorter(result: SubmissionResult, dossier: Dossier) -> list[str]:
    """Tasks of a short run whose fitted values are wrong and whose fault the trace alone does not name."""
    trained = {run.task for run in dossier.short.run.tasks} if dossier.short else set()
    return [task for task in list_unnamed(result) if task in trained]
