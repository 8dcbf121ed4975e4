"""The exam from end to end: what people handed in on one side, reports on the other."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from kernels import run_notebook
from quiet import Quiet

from grader.assignment.locate import locate_tasks
from grader.assignment.reference import load_solution, read_released
from grader.assignment.spec import Assignment
from grader.execute.plan import RunPlan, TaskPlan
from grader.execute.sandbox import choose_sandbox
from grader.notebook import read_notebook
from grader.report.files import write_reports
from grader.results import SubmissionResult, TaskResult
from grader.workflow import Graded, Settings, grade_class

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

GOLDEN = json.loads((Path(__file__).parent / "golden" / "hi-hello.json").read_text(encoding="utf-8"))
"""Fitted values as published with the answers to the exam, first ten rows, three decimals."""

DESERVED = {
    "김하늘": 100,
    "Park Jiwoo": 100,
    "이서준": 97,
    "Choi Minseo": 85,
    "정다은": 70,
    "Lee Haneul": 51,
    "오태양": 70,
    "한 가람": 90,
    "reference": 100,
    "blank": 0,
}
"""Points that docs/hi-hello.md derives from the rubric, and those of the reference and the empty exam."""


@dataclass(frozen=True)
class Class:
    """A graded class and the folder of its reports."""

    graded: Graded
    out: Path

    def find(self, student: str) -> SubmissionResult:
        """One student's result."""
        return next(found for found in self.graded.result.submissions if found.student == student)

    def find_task(self, student: str, task: str) -> TaskResult:
        """One task of it."""
        return next(found for found in self.find(student).tasks if found.id == task)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, exam_store: Path) -> Iterator[Class]:
    """The sample class, the reference as a student, and the exam as it was handed out, graded together."""
    folder = tmp_path_factory.mktemp("class")
    for path in (ROOT / "submissions").glob("*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "reference.ipynb").write_bytes((ROOT / "solutions" / "hi-hello.ipynb").read_bytes())
    released = ROOT / "assignments" / "hi-hello" / "hi-hello.ipynb"
    (folder / "blank.ipynb").write_bytes(released.read_bytes())
    (folder / "broken.ipynb").write_text("{", encoding="utf-8")
    found = grade_class(folder, "hi-hello", Settings(store=exam_store), Quiet())
    out = tmp_path_factory.mktemp("reports")
    write_reports(out, found.assignment, found.result, found.exhibits)
    yield Class(found, out)


@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("student", "points"), DESERVED.items())
def test_students_get_what_they_deserve(graded: Class, student: str, points: float) -> None:
    """The points follow from the rubric; nobody asks for a grader's help."""
    result = graded.find(student)
    lost = [
        f"{task.id} {check.name}: {check.outcome}, {check.actual}"
        for task in result.tasks
        for check in task.checks
        if check.points < check.max_points
    ]
    assert points == result.score, "\n".join(lost)
    assert 100 == result.max_score
    assert not any(check.outcome == "grader_error" for task in result.tasks for check in task.checks)


def test_course_habits_keep_full_marks_without_cuda(graded: Class) -> None:
    """A notebook that says "cuda:0" everywhere and has headings for metadata loses nothing on a CPU."""
    source = (ROOT / "submissions" / "Park Jiwoo.ipynb").read_text(encoding="utf-8")
    assert '\\"cuda:0\\"' in source
    assert '"grader"' not in source
    assert 100 == graded.find("Park Jiwoo").score
    assert "headings" == graded.graded.exhibits["Park Jiwoo.ipynb"].method


def test_faults_are_found_where_they_are(graded: Class) -> None:
    """Each made-up student fails the checks that their notebook was written to fail, and no other."""

    def list_failed(student: str) -> dict[str, set[str]]:
        tasks = graded.find(student).tasks
        failed = {task.id: {c.name for c in task.checks if c.outcome == "failed"} for task in tasks}
        return {task: names for task, names in failed.items() if names}

    assert {} == list_failed("김하늘")
    assert {"1.3": {"same_fit_as"}} == list_failed("이서준")
    assert {"1.1": {"fitted_values", "predicts_next"}, "1.4": {"fitted_values"}} == list_failed("Choi Minseo")
    assert {"avoids_layers"} == list_failed("정다은")["1.3"] == list_failed("정다은")["1.6"]
    assert {f"2.{item}": {"same_answer"} for item in range(1, 6)} == list_failed("한 가람")
    assert {} == list_failed("blank")


def test_seeds_that_differ_are_named(graded: Class) -> None:
    """1.3 with another seed than 1.2 is told so; its network keeps its marks."""
    task = graded.find_task("이서준", "1.3")
    assert (12, ["seeds_differ"]) == (task.points, [fault.code for fault in task.diagnosis])


def test_cell_that_failed_is_named_to_the_student(graded: Class) -> None:
    """The verdict carries the error of the cell that kept the task from training."""
    messages = [check.message for check in graded.find_task("오태양", "1.1").checks]
    assert any("NameError" in message for message in messages)


def test_unreadable_submission_has_its_record(graded: Class) -> None:
    """It is ungradable with a reason, and everybody else was graded."""
    result = graded.find("broken")
    assert ("ungradable", 0) == (result.status, result.score)
    assert result.problem
    others = [found for found in graded.graded.result.submissions if found.student != "broken"]
    assert {"graded"} == {found.status for found in others}


@pytest.mark.parametrize(
    ("task", "key"),
    [(task, key) for key in GOLDEN if "43052" in key for task in key.partition(" seed")[0].split(" and ")],
)
def test_published_fitted_values_come_out_of_the_whole_path(graded: Class, task: str, key: str) -> None:
    """The reference, graded like a student, shows the values that were published, to three decimals."""
    exhibit = graded.graded.exhibits["reference.ipynb"]
    shown = next(found for found in exhibit.tasks if found.task == task)
    assert tuple(GOLDEN["symbols"]) == shown.columns
    assert "step 99 of 100, before its update" == shown.caption
    np.testing.assert_array_equal(np.round(np.array(shown.fitted)[:10], 3), np.array(GOLDEN[key]))


def test_published_fitted_values_of_the_other_seed(exam: Assignment) -> None:
    """With 12345 for the grader's seed, 1.2 comes out as published for that seed."""
    content = load_solution(exam)
    notebook = read_notebook(content)
    cells = locate_tasks(notebook, exam, read_notebook(read_released(exam)))
    plan = RunPlan(
        assignment=exam.id,
        notebook_sha256="",
        cell_tasks=cells.tasks,
        tasks=tuple(TaskPlan(task.id) for task in exam.task),
        seed=12345,
        only_tasks=frozenset({"1.2"}),
    )
    execution = asyncio.run(run_notebook(notebook, plan, choose_sandbox()))
    fitted = execution.evidence.read_fitted("1.2", 99)
    assert fitted is not None
    np.testing.assert_array_equal(np.round(fitted[:10].astype(float), 3), np.array(GOLDEN["1.2 seed 12345"]))


def test_reports_are_written_for_everybody(graded: Class) -> None:
    """A page a student, the class, the table and the results stand in the folder."""
    pages = {path.name for path in graded.out.glob("*.html")}
    assert "index.html" in pages
    assert len(graded.graded.result.submissions) + 1 == len(pages)
    results = json.loads((graded.out / "results.json").read_text(encoding="utf-8"))
    assert ["schema", "assignment", "run", "submissions"] == list(results)
    scores = {entry["student"]: entry["score"] for entry in results["submissions"]}
    assert DESERVED == {student: scores[student] for student in DESERVED}
