"""Reads the corpus of answers: what people wrote, and the verdict that each deserves.

An answer is a file of Python in cells, with a head that says which checks must fail, which may, and which
fault the student is to be told of. Its notebook is the released one's set-up, the tasks that it needs, and
the answer.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from grader.assignment.reference import hash_content, load_solution
from grader.assignment.spec import Assignment
from grader.notebook import read_notebook
from grader.records import Submission

CORPUS = Path(__file__).parent / "corpus"
SETUP = "setup"


@dataclass(frozen=True)
class Answer:
    """One file of the corpus."""

    name: str
    """Folder and file, without its ending."""
    task: str
    kind: str
    """`honest`, `fault`, `rule` or `cheat`."""
    says: str
    fails: frozenset[str]
    """Checks that must fail, or at least not pass."""
    open: frozenset[str]
    """Checks that may go either way."""
    codes: tuple[str, ...]
    """Faults of which one has to be named; empty where none needs to be."""
    review: bool
    """Whether a person must be told."""
    epochs: int
    cells: tuple[tuple[str, str], ...]
    """Task or `setup`, and source."""


def read_corpus() -> list[Answer]:
    """Every answer, in the order of their names."""
    return [read_answer(path) for path in sorted(CORPUS.rglob("*.py"))]


def read_answer(path: Path) -> Answer:
    """The answer in a file."""
    head, *parts = re.split(r"^# %% *(\S+).*\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    fields = dict(re.findall(r"^# (\w+): *(.*)$", head, flags=re.MULTILINE))
    return Answer(
        name=f"{path.parent.name}/{path.stem}",
        task=fields["task"].strip(),
        kind=fields["kind"].strip(),
        says=fields["says"].strip(),
        fails=_read_list(fields["fails"]),
        open=_read_list(fields.get("open", "")),
        codes=tuple(sorted(_read_list(fields["code"]))),
        review=fields.get("review", "").strip() == "yes",
        epochs=int(fields["epochs"]),
        cells=tuple(zip(parts[::2], parts[1::2], strict=True)),
    )


def _read_list(text: str) -> frozenset[str]:
    names = [name.split("(")[0].strip() for name in text.split(",")]
    return frozenset(name for name in names if name and name != "-")


def build_submission(answer: Answer, assignment: Assignment) -> Submission:
    """The notebook that a student with this answer hands in; every other task is left out."""
    reference = read_notebook(load_solution(assignment))
    given = {task for task, _ in answer.cells}
    cells = [] if SETUP in given else _copy_setup(reference, answer.epochs)
    for need in sorted(assignment.list_needs(answer.task) - given):
        cells += [_make_cell(need, source) for source in _find_sources(reference, need)]
    order = [SETUP, *(task.id for task in assignment.task)]
    for task, source in sorted(answer.cells, key=lambda cell: order.index(cell[0])):
        cells.append(_make_cell(None if task == SETUP else task, source))
    content = nbformat.writes(new_notebook(cells=cells)).encode("utf-8")
    return Submission(
        student=answer.name, file=f"{answer.name}.ipynb", content=content, sha256=hash_content(content)
    )


def _copy_setup(reference: NotebookNode, epochs: int) -> list[NotebookNode]:
    sources = [
        cell.source
        for cell in reference.cells
        if cell.cell_type == "code" and cell.metadata.get("grader", {}).get("role") == "setup"
    ]
    return [
        _make_cell(None, re.sub(r"^epochs = .*$", f"epochs = {epochs}", source, flags=re.MULTILINE))
        for source in sources
    ]


def _find_sources(reference: NotebookNode, task: str) -> list[str]:
    return [
        cell.source
        for cell in reference.cells
        if cell.cell_type == "code" and cell.metadata.get("grader", {}).get("task") == task
    ]


def _make_cell(task: str | None, source: str) -> NotebookNode:
    role = {"role": "setup"} if task is None else {"role": "answer", "task": task}
    cell = new_code_cell(source.strip())
    cell.metadata["grader"] = role
    return cell
