"""The exam `hi-hello`: what students get, its solution, and the sample class."""

import ast
import builtins
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from nbformat import NotebookNode

from grader.assignment.load import load_assignment
from grader.assignment.spec import TrainingTask, TrueFalseTask

ROOT = Path(__file__).parents[1]
ASSIGNMENT = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
SUBMISSIONS = sorted((ROOT / "submissions").glob("*.ipynb"))
NOTEBOOKS = [ASSIGNMENT.notebook_path, ASSIGNMENT.solution_path, *SUBMISSIONS]
TRAINING = [task for task in ASSIGNMENT.task if isinstance(task, TrainingTask)]
TRUE_FALSE = [task for task in ASSIGNMENT.task if isinstance(task, TrueFalseTask)]
HANGUL = re.compile("[가-힣]")
REVERSED_ORDER = ("o", "l", "e", "i", "h", "?", "!")


def read(path: Path) -> NotebookNode:
    """The notebook of that file."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def read_submission(student: str) -> NotebookNode:
    """The notebook of that student of the sample class."""
    return read(ROOT / "submissions" / f"{student}.ipynb")


def list_roles(notebook: NotebookNode, role: str) -> list[NotebookNode]:
    """The cells whose metadata give them that role."""
    return [cell for cell in notebook.cells if cell.metadata.get("grader", {}).get("role") == role]


def find_answer(notebook: NotebookNode, task_id: str) -> str:
    """The source of that task's answer cell."""
    sources = [c.source for c in list_roles(notebook, "answer") if c.metadata.grader.task == task_id]
    assert len(sources) == 1
    return str(sources[0])


def find_parameters(notebook: NotebookNode) -> NotebookNode:
    """The only cell with papermill's tag."""
    cell: NotebookNode
    (cell,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    return cell


def run_setup(notebook: NotebookNode, **parameters: Any) -> dict[str, Any]:
    """The variables after the set-up cells, with parameters set where a cell asks for them."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in list_roles(notebook, "setup"):
        exec(cell.source, names)
        if "parameters" in cell.metadata.get("tags", []):
            names.update(parameters)
    return names


def list_paragraphs(source: str) -> list[str]:
    """The paragraphs of a Markdown text without its fenced code."""
    return re.sub(r"```.*?```", "", source, flags=re.DOTALL).strip().split("\n\n")


def list_names(source: str, context: type[ast.expr_context]) -> Iterator[str]:
    """Names that a cell reads (ast.Load) or binds (ast.Store); imports, definitions, arguments included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            yield node.id
        elif context is ast.Store and isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif context is ast.Store and isinstance(node, ast.arg):
            yield node.arg
        elif context is ast.Store and isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_valid(path: Path) -> None:
    """Every notebook keeps to nbformat 4.5, its ids differ, and its code is Python."""
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len(notebook.cells) == len({cell.id for cell in notebook.cells})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


def test_released_notebook_asks_every_task() -> None:
    """Each task of the assignment has one text and then one answer cell, in the assignment's order."""
    cells = read(ASSIGNMENT.notebook_path).cells
    marks = [cell.metadata.get("grader", {}) for cell in cells]
    found = [(mark["task"], mark["role"]) for mark in marks if "task" in mark]
    expected = [(task.id, role) for task in ASSIGNMENT.task for role in ("text", "answer")]
    assert expected == found


def test_released_headings_state_the_points() -> None:
    """The heading of each task names its id and the points that the rubric gives."""
    texts = list_roles(read(ASSIGNMENT.notebook_path), "text")
    for task, cell in zip(ASSIGNMENT.task, texts, strict=True):
        heading = cell.source.splitlines()[0]
        assert heading.startswith(f"### {task.id} ")
        assert heading.endswith(f"({task.points:.0f}점 · {task.points:.0f} points)")


def test_released_texts_speak_both_languages() -> None:
    """Every text cell says it in Korean first and then, in as many paragraphs, in English."""
    for cell in read(ASSIGNMENT.notebook_path).cells:
        if cell.cell_type == "markdown":
            prose = [part for part in list_paragraphs(cell.source) if not part.startswith(("#", "**"))]
            half = len(prose) // 2
            expected = [True] * half + [False] * half
            assert expected == [bool(HANGUL.search(part)) for part in prose], cell.id


@pytest.mark.parametrize("task", TRAINING, ids=lambda task: task.id)
def test_released_texts_name_the_seed(task: TrainingTask) -> None:
    """Students read the seed that the grader will use in every training task, in both languages."""
    texts = list_roles(read(ASSIGNMENT.notebook_path), "text")
    (source,) = (cell.source for cell in texts if cell.metadata.grader.task == task.id)
    said = [str(ASSIGNMENT.seed) in part for part in list_paragraphs(source)]
    assert said == [False, True, True]


def test_released_notebook_answers_nothing() -> None:
    """Training tasks start from a comment, true/false tasks from None, and nothing has run."""
    notebook = read(ASSIGNMENT.notebook_path)
    for training in TRAINING:
        assert ast.parse(find_answer(notebook, training.id)).body == []
    for statement in TRUE_FALSE:
        names: dict[str, Any] = {}
        exec(find_answer(notebook, statement.id), names)
        assert names[statement.variable] is None
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


def test_released_data_spell_the_sequence() -> None:
    """The provided cells make x and y, one-hot float32, out of the assignment's own text and order."""
    assert ASSIGNMENT.sequence is not None
    names = run_setup(read(ASSIGNMENT.notebook_path))
    text, symbols = ASSIGNMENT.sequence.text * ASSIGNMENT.sequence.repeat, ASSIGNMENT.sequence.symbols
    assert symbols == tuple(names["symbols"])
    for name, expected in (("x", text[:-1]), ("y", text[1:])):
        assert torch.float32 == names[name].dtype
        assert tuple(names[name].shape) == (999, 7)
        assert torch.equal(torch.ones(999), names[name].sum(dim=1))
        assert expected == "".join(symbols[place] for place in names[name].argmax(dim=1))


def test_solution_keeps_the_released_cells() -> None:
    """The solution differs in its answers, and in that its parameters stand in a cell of their own."""
    released, solution = read(ASSIGNMENT.notebook_path), read(ASSIGNMENT.solution_path)
    parameters = find_parameters(solution)
    kept = [cell for cell in solution.cells if cell.id != parameters.id]
    assert [cell.id for cell in released.cells] == [cell.id for cell in kept]
    for before, after in zip(released.cells, kept, strict=True):
        assert before.metadata == after.metadata
        is_answer = before.metadata.get("grader", {}).get("role") == "answer"
        assert (is_answer or before.id == "setup-data") == (before.source != after.source)


def test_solution_takes_the_reference_parameters() -> None:
    """All that a reference run sets is assigned in the tagged cell, before any other cell uses it."""
    assert ASSIGNMENT.sequence is not None
    cells = [cell for cell in read(ASSIGNMENT.solution_path).cells if cell.cell_type == "code"]
    tagged = find_parameters(read(ASSIGNMENT.solution_path))
    names: dict[str, Any] = {}
    exec(tagged.source, names)
    assert {*ASSIGNMENT.reference.parameters, ASSIGNMENT.reference.symbols_parameter} <= set(names)
    assert ASSIGNMENT.sequence.symbols == tuple(names["symbols"])
    for cell in cells:
        if cell.id == tagged.id:
            break
        assert {"epochs", "symbols"}.isdisjoint(list_names(cell.source, ast.Load))
    later = [cell.source for cell in cells if cell.id != tagged.id]
    assert all({"epochs", "symbols"}.isdisjoint(list_names(source, ast.Store)) for source in later)


@pytest.mark.parametrize("task", ASSIGNMENT.task, ids=lambda task: task.id)
def test_solution_tasks_stand_alone(task: TrainingTask | TrueFalseTask) -> None:
    """An answer of the solution reads nothing but what the set-up or it itself has bound."""
    solution = read(ASSIGNMENT.solution_path)
    source = find_answer(solution, task.id)
    setup = {name for cell in list_roles(solution, "setup") for name in list_names(cell.source, ast.Store)}
    known = setup | set(list_names(source, ast.Store)) | set(dir(builtins))
    assert set() == set(list_names(source, ast.Load)) - known


@pytest.mark.parametrize("symbols", [("!", "?", "h", "i", "e", "l", "o"), REVERSED_ORDER], ids="".join)
@pytest.mark.parametrize("task_ids", [("1.1", "1.2", "1.3"), ("1.4", "1.5", "1.6")], ids="-".join)
def test_solution_trains_one_network_in_three_ways(
    task_ids: tuple[str, ...], symbols: tuple[str, ...]
) -> None:
    """Layer, cell and own network agree in their third step, in any symbol order, as the exam asks."""
    solution = read(ASSIGNMENT.solution_path)
    fits = []
    for task_id in task_ids:
        names = run_setup(solution, epochs=3, symbols=list(symbols))
        exec(find_answer(solution, task_id), names)
        assert names["y"][:, symbols.index("!")][8] == 1
        assert tuple(names["yhat"].shape) == (999, 7)
        fits.append(names["yhat"])
        if "source_cell" in names:
            torch.manual_seed(ASSIGNMENT.seed)
            fresh = type(names["source_cell"])(7, names["source_cell"].hidden_size)
            assert torch.equal(fresh.weight_ih, names["source_cell"].weight_ih)
    # The largest noise seen between layer and cell in the first steps is 1.3e-6; updates are some 1e-2.
    for fit in fits[1:]:
        torch.testing.assert_close(fit, fits[0], rtol=0, atol=5e-6)


def test_solution_knows_what_is_true() -> None:
    """The computed answers of part 2 are those of the exam's key."""
    solution = read(ASSIGNMENT.solution_path)
    key = {"2.1": False, "2.2": True, "2.3": True, "2.4": False, "2.5": False}
    for task in TRUE_FALSE:
        names = run_setup(solution)
        exec(find_answer(solution, task.id), names)
        assert names[task.variable] is key[task.id]


def test_sample_class_has_eight_students() -> None:
    """Eight files with names in NFC, some in Hangul and some with a space."""
    names = [path.stem for path in SUBMISSIONS]
    assert len(names) == 8
    assert names == [unicodedata.normalize("NFC", name) for name in names]
    assert any(HANGUL.search(name) for name in names)
    assert any(" " in name for name in names)


def test_sample_class_has_notebooks_without_metadata() -> None:
    """Three notebooks give no hint of their tasks but headings; all others keep every released cell."""
    released = [cell.id for cell in read(ASSIGNMENT.notebook_path).cells]
    bare = []
    for path in SUBMISSIONS:
        cells = read(path).cells
        if any("grader" in cell.metadata for cell in cells):
            assert released == [cell.id for cell in cells if cell.id in released]
        else:
            bare.append(path.stem)
    assert {"Park Jiwoo", "오태양", "한 가람"} == set(bare)


@pytest.mark.parametrize("path", SUBMISSIONS, ids=lambda path: path.stem)
def test_sample_answers_are_not_the_solution(path: Path) -> None:
    """No student hands in a training cell of the solution."""
    solution = read(ASSIGNMENT.solution_path)
    answers = {find_answer(solution, task.id) for task in TRAINING}
    assert answers.isdisjoint(cell.source for cell in read(path).cells)


def test_unfinished_cells_are_as_released() -> None:
    """What the unfinished submission leaves out is the released cell, letter for letter."""
    released, handed_in = read(ASSIGNMENT.notebook_path), read_submission("Lee Haneul")
    untouched = [
        task.id
        for task in ASSIGNMENT.task
        if find_answer(released, task.id) == find_answer(handed_in, task.id)
    ]
    assert untouched == ["1.3", "1.6", "2.4", "2.5"]
