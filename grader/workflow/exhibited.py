"""What reports show of a class's notebooks, made one by one."""

from collections.abc import Iterable, Iterator, Mapping

import nbformat

from grader.assignment.spec import Assignment
from grader.errors import GraderError
from grader.exhibits import SubmissionExhibit
from grader.judge.exhibit import build_exhibit, list_cell_tasks
from grader.workflow.jobs import Job
from grader.workflow.kept import show_outputs
from grader.workflow.outcomes import Outcome, Runs


class Exhibits(Mapping[str, SubmissionExhibit]):
    """The exhibits of all notebooks that ran, by file. Each is made anew when it is asked for."""

    def __init__(self, assignment: Assignment, jobs: Iterable[Job], runs: Runs) -> None:
        self._assignment = assignment
        self._jobs = {job.submission.file: job for job in jobs}
        self.runs = runs

    def __getitem__(self, file: str) -> SubmissionExhibit:
        """What a report shows of that submission. A fault costs no more than what is shown."""
        job = self._jobs[file]
        outcome = self.runs.outcomes[file]
        if not isinstance(outcome, Outcome):
            return SubmissionExhibit(notebook="")
        try:
            return self._build(job, outcome)
        except Exception as error:
            # The marks stand; only what the page would show beside them is missing.
            what = f"{error}" if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"
            note = f"What this notebook shows could not be prepared: {what}"[:300]
            return SubmissionExhibit(notebook="", notes=(note,))

    def describe(self, file: str) -> dict[str, object] | None:
        """Everything that decides an exhibit, as JSON; None where nothing ran that will last."""
        job, outcome = self._jobs[file], self.runs.outcomes[file]
        if not isinstance(outcome, Outcome):
            return None
        # What stands under a key may have been replaced, by a run that had more time, say.
        runs = [outcome.full, *self._list_references(file)]
        stamps = [self.runs.kept.stamp(key) for key in runs]
        if None in stamps:
            return None
        return {
            "submission": job.submission.sha256,
            "cells": job.cells.model_dump(mode="json"),
            # Which of them are a person's to mark is the rubric's to say.
            "cell_tasks": list_cell_tasks(self._assignment, job.cells),
            "runs": stamps,
            "orders": sorted(self.runs.orders.get(file, ())),
            "sequence": self._assignment.sequence and self._assignment.sequence.model_dump(),
            "tasks": [task.id for task in self._assignment.task],
        }

    def _list_references(self, file: str) -> list[str]:
        keys = self.runs.reference_keys
        return [keys[order] for order in sorted(self.runs.orders.get(file, ())) if order in keys]

    def _build(self, job: Job, outcome: Outcome) -> SubmissionExhibit:
        entry = self.runs.kept.read_entry(outcome.full)
        shown = nbformat.writes(show_outputs(job.notebook, entry.outputs))
        return build_exhibit(self._assignment, job.cells, entry.evidence, self.runs.references, shown)

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)
