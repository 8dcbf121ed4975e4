"""A text that a person has to mark is shown in its task's section of the student's page."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from import_samples import RIGHT, hand_in, list_nbgrader_cells, make_cell, write_notebook
from locate_samples import EXAM, RELEASED, build, code
from page_reader import Page
from test_by_hand import make_essay
from test_import_nbgrader import import_cells

from grader.assignment.locate import locate_tasks
from grader.assignment.reference import hash_content
from grader.assignment.release import build_release
from grader.assignment.spec import Assignment
from grader.evidence import Evidence
from grader.judge.exhibit import build_exhibit, list_cell_tasks
from grader.notebook import read_notebook
from grader.records import RunRecord, Submission
from grader.report.html import render_page
from grader.workflow.jobs import Job, prepare_job

NOTHING_SEEN = Evidence(
    RunRecord(
        assignment="ps1",
        notebook_sha256="",
        seed=1,
        device="cpu",
        sandbox="none",
        versions={},
        seconds=0,
        cpu_seconds=0,
        peak_memory_bytes=0,
        cells=(),
        tasks=(),
    )
)


@pytest.fixture(scope="module")
def essay(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """An imported assignment whose task `why` is answered in words and marked by hand."""
    return import_cells(tmp_path_factory.mktemp("essay"), list_nbgrader_cells())


def read_job(assignment: Assignment, path: Path) -> Job:
    """A notebook as it is read before it runs."""
    released = build_release(assignment, assignment.solution_path.read_bytes()).content
    content = path.read_bytes()
    submission = Submission(student="ada", file="a.ipynb", content=content, sha256=hash_content(content))
    return prepare_job(assignment, submission, read_notebook(released))


def read_section(assignment: Assignment, path: Path) -> tuple[str, str]:
    """HTML of the last task's section, `why`, and of the rest of the notebook."""
    job = read_job(assignment, path)
    exhibit = build_exhibit(assignment, job.cells, NOTHING_SEEN, None, nbformat.writes(job.notebook))
    page = render_page(assignment, make_essay("ada"), exhibit)
    section, _, rest = page[page.index('id="task-2"') :].partition("The rest of the notebook")
    return section, rest


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize(
    ("answer", "shown"), [("It **grows**.", "It grows."), ("YOUR ANSWER HERE", "YOUR ANSWER HERE")]
)
def test_an_answer_stands_where_it_is_marked(
    essay: Assignment, tmp_path: Path, metadata: bool, answer: str, shown: str
) -> None:
    """Written or not, with nbgrader's metadata or without, and open; the question is among the rest."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT, ("why", answer), metadata=metadata)
    section, rest = read_section(essay, path)
    assert '<details class="cells" open>' in section
    assert shown in Page(section).text
    assert shown not in Page(rest).text
    assert "Problem set 1" in Page(rest).text


def test_what_a_student_adds_below_the_answer_stands_beside_it(essay: Assignment, tmp_path: Path) -> None:
    """A second cell of text goes on with the answer; one below a task of code is among the rest."""
    path = hand_in(tmp_path / "ada.ipynb", *RIGHT)
    cells: list[Any] = nbformat.read(path, as_version=4).cells
    below_code = make_cell("markdown", "Half of 15.")
    cells = [*cells[:9], below_code, *cells[9:], make_cell("markdown", "And so on.")]
    section, rest = read_section(essay, write_notebook(path, cells))
    assert "The 2 cells that answer this task" in section
    assert "Because." in section
    assert "And so on." in section
    assert "Half of 15." in rest


def test_an_answer_is_cleaned_as_other_texts_are(essay: Assignment, tmp_path: Path) -> None:
    """No script of a student's reaches the page."""
    hostile = "So. <script>alert(1)</script><img src=x onerror=alert(2)>"
    section, _ = read_section(essay, hand_in(tmp_path / "ada.ipynb", *RIGHT, ("why", hostile)))
    page = Page(section)
    assert "So." in page.text
    assert "script" not in page.tags
    assert [] == page.list_attributes("onerror")


def test_the_rubric_says_whose_texts_are_shown(essay: Assignment, tmp_path: Path) -> None:
    """Once a rubric no longer asks a person, the same reading of the notebook shows the text elsewhere."""
    cells = read_job(essay, hand_in(tmp_path / "ada.ipynb", *RIGHT)).cells
    why = essay.task[-1]
    others = tuple(task for task in essay.task if task is not why)
    unasked = essay.model_copy(update={"task": (*others, why.model_copy(update={"checks": ()}))})
    assert ("why", None) == (list_cell_tasks(essay, cells)[-1], list_cell_tasks(unasked, cells)[-1])


def test_texts_are_found_by_headings_too() -> None:
    """Without marks a text belongs to the heading above it; what was handed out is nobody's text."""
    question = next(cell.source for cell in RELEASED.cells if cell.cell_type == "markdown")
    notebook = build(question, "### (1)", "My words.", code("a = 1"), "### (2)", "Others.")
    found = locate_tasks(notebook, EXAM, RELEASED)
    assert (None, "1.1", "1.1", None, "1.2", "1.2") == found.written
