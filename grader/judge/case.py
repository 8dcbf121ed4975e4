"""What a check looks at, and what it finds."""

from dataclasses import dataclass
from functools import cached_property

from grader.assignment.spec import Assignment, Task, TrainingTask
from grader.assignment.tolerance import Tolerance
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.judge.compare import FitComparison, compare_fits
from grader.records import CellRun, TaskRun
from grader.results import Outcome


@dataclass(frozen=True)
class Case:
    """One task of one submission, with the reference's evidence where there is one."""

    assignment: Assignment
    task: Task
    dossier: Dossier
    reference_dossier: Dossier | None
    """In the student's symbol order; None in a self-check."""
    fingerprints: tuple[Fingerprint, ...] = ()
    """Of the task's mutants, in the student's symbol order."""
    reaches: tuple[str, ...] = ()
    """What the notebook reaches for that it is watched by, up to this task."""
    turns: tuple[str, ...] = ()
    """Why the task's first steps may not tell how its training goes on."""
    stated: bool | None = None
    """Answer to a true/false task given in words."""
    has_own_cells: bool = True
    """Whether any of the task's cells differs from the released notebook."""

    @property
    def evidence(self) -> Evidence:
        """The full run's."""
        return self.dossier.full

    @property
    def reference(self) -> Evidence | None:
        """The reference's full run's."""
        return self.reference_dossier.full if self.reference_dossier else None

    @property
    def tolerance(self) -> Tolerance:
        """How far equal networks may differ, on the device that both ran on."""
        assert isinstance(self.task, TrainingTask)
        return self.assignment.choose_tolerance(self.task, self.evidence.run.device)

    @cached_property
    def run(self) -> TaskRun:
        """What was seen of the task; empty if nothing was."""
        return self.evidence.run.task(self.task.id) or TaskRun(task=self.task.id)

    @cached_property
    def reference_run(self) -> TaskRun | None:
        """What was seen of the reference's."""
        return self.reference.run.task(self.task.id) if self.reference else None

    @cached_property
    def fit(self) -> FitComparison:
        """How the full run compares with the reference's, which there has to be."""
        assert self.reference is not None
        return self.compare(self.reference)

    def compare(self, expected: Evidence, task: str | None = None) -> FitComparison:
        """Compare the full run with that evidence, of this task or of the one named."""
        return compare_fits(
            expected=expected,
            expected_task=task or self.task.id,
            actual=self.evidence,
            actual_task=self.task.id,
            tolerance=self.tolerance,
        )

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
    needs_review: bool = False
    doubt: str = ""
    """Why a person has to look, where `message` does not say it."""
