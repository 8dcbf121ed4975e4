"""What may not cost a class its run."""

from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from training_samples import join, train

from grader.assignment.reference import read_released
from grader.assignment.spec import Assignment
from grader.errors import EngineError
from grader.execute.execution import Execution
from grader.execute.plan import RunPlan
from grader.notebook import read_notebook
from grader.records import CellMap, Submission
from grader.workflow import Settings, bench, jobs, runs
from grader.workflow.jobs import prepare_jobs
from grader.workflow.kept import open_kept
from grader.workflow.units import list_trained


def submit(path: Path) -> Submission:
    """A file as it is collected."""
    return Submission(student=path.stem, file=path.name, content=path.read_bytes(), sha256="0" * 64)


def test_notebook_that_breaks_the_reader_stops_nobody(
    exam: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the grader's own, while it reads one notebook, is that submission's record alone."""
    released = read_notebook(read_released(exam))
    original = jobs.locate_tasks

    def break_for_one(notebook: nbformat.NotebookNode, *rest: object) -> CellMap:
        if any("optimizr" in cell.source for cell in notebook.cells):
            raise ValueError("Exceeds the limit for integer string conversion")
        return original(notebook, *rest)

    monkeypatch.setattr(jobs, "locate_tasks", break_for_one)
    submissions = [submit(path) for path in sorted((ROOT / "submissions").glob("*.ipynb"))]
    ready, rejected = prepare_jobs(exam, submissions, released)
    assert len(submissions) == len(ready) + len(rejected)
    assert ready and rejected
    assert all("The grader failed" in str(result.problem) for result in rejected.values())


def test_reference_in_another_order_that_fails_costs_only_that_order(
    exam: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the class has been trained, a reference that fails is told and left out."""
    ran: list[str] = []

    async def pretend(
        notebook: nbformat.NotebookNode, plan: RunPlan, *rest: object, **more: object
    ) -> Execution:
        order = plan.parameters.get("symbols")
        ran.append(f"{'reference' if plan.keep_every_step else 'student'} {plan.mode} {order}")
        if order is not None:
            raise EngineError("no kernel")
        return Execution(FIRST, notebook)

    class Ears:
        said: list[str] = []  # noqa: RUF012

        def say(self, text: str) -> None:
            self.said.append(text)

        def __getattr__(self, name: str) -> object:
            return lambda *args: None

    FIRST = train(order=tuple("?!hielo"))
    released = read_notebook(read_released(exam))
    ready, _ = prepare_jobs(exam, [submit(ROOT / "submissions" / "Lee Haneul.ipynb")], released)
    monkeypatch.setattr(bench, "run_launched", pretend)
    solution = exam.solution_path.read_bytes()
    kept = open_kept(None, "", False, Ears().say)
    left = runs.run_class(exam, ready, solution, released, Settings(), None, Ears(), kept)  # type: ignore[arg-type]
    told = [f"{who} {mode} None" for who in ("reference", "student") for mode in ("full", "hidden")]
    # Whatever does not start is tried twice.
    assert told == sorted(ran[:4])
    assert [f"reference full {tuple('?!hielo')}"] * 2 == ran[4:]
    assert [exam.sequence.symbols] == list(left.references)
    assert any("no kernel" in line for line in Ears.said)


def test_training_in_an_answer_to_a_statement_is_no_task_to_replay(exam: Assignment) -> None:
    """The reference trains a small network to answer 2.5, and only networks of part 1 are replayed."""
    evidence = join(train("1.1"), train("2.5"))
    assert {"1.1"} == list_trained(exam, evidence)
