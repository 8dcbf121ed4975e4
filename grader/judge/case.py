"""What a check looks at, and what it finds."""

from dataclasses import dataclass
from functools import cached_property

from grader.assignment.spec import Assignment, TrainingTask, TrueFalseTask
from grader.evidence import Evidence
from grader.records import CellRun, Diagnosis, Outcome, TaskRun


@dataclass(frozen=True)
class Case:
    """One task of one submission, with the reference's evidence where there is one."""

    assignment: Assignment
    task: TrainingTask | TrueFalseTask
    evidence: Evidence
    reference: Evidence | None
    """In the student's symbol order; None in a self-check."""
    stated: bool | None = None
    """Answer to a true/false task given in words."""
    has_own_cells: bool = True
    """Whether any of the task's cells differs from the released notebook."""

    @cached_property
    def run(self) -> TaskRun:
        """What was seen of the task; empty if nothing was."""
        return self.evidence.run.task(self.task.id) or TaskRun(task=self.task.id)

    @cached_property
    def reference_run(self) -> TaskRun | None:
        """What was seen of the reference's."""
        return self.reference.run.task(self.task.id) if self.reference else None

    @cached_property
    def failed_cell(self) -> CellRun | None:
        """The first of the task's cells that did not end well."""
        cells = (cell for cell in self.evidence.run.cells if cell.task == self.task.id)
        return next((cell for cell in cells if cell.status != "ok"), None)


@dataclass(frozen=True)
class Finding:
    """What a check found. The points follow from `outcome` and, if it is partial, from `share`."""

    outcome: Outcome
    expected: str
    actual: str
    message: str
    share: float = 1.0
    diagnosis: tuple[Diagnosis, ...] = ()
    needs_review: bool = False
