"""The notebook for students, made of the author's."""

import base64
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT

from grader.assignment.locate import locate_tasks
from grader.assignment.release import build_release
from grader.assignment.spec import Assignment, load_assignment
from grader.errors import AssignmentError
from grader.notebook import read_notebook

TOML = """schema = 1
id = "small"
notebook = "small.ipynb"
seed = 7
title = { ko = "작은 과제", en = "A small exercise" }

[[task]]
kind = "training"
id = "1.1"
title = { ko = "훈련", en = "Training" }
checks = [{ name = "parameter_count", points = 4 }]

[[task]]
kind = "true_false"
id = "2.1"
title = { ko = "참 거짓", en = "A statement" }
variable = "answer"
checks = [{ name = "same_answer", points = 2 }]
"""
MARKED = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
TRAINING = "net = torch.nn.Linear(3, 5)\nloss.backward()"
CODE_HERE = "# 여기에 작성하시오 · Your code here"
TEXT_HERE = "*여기에 작성하시오 · Your answer here*"

Cell = dict[str, Any]


def code(text: str, **metadata: Any) -> Cell:
    """A code cell that was run, with an output of its own."""
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    return {
        "cell_type": "code",
        "source": text,
        "metadata": metadata,
        "outputs": [output],
        "execution_count": 4,
    }


def words(text: str, **rest: Any) -> Cell:
    """A Markdown cell."""
    return {"cell_type": "markdown", "source": text, "metadata": rest.pop("metadata", {}), **rest}


def around(*answer: Cell, statement: Cell | None = None) -> list[Cell]:
    """A whole notebook with these cells as the answer to 1.1."""
    return [
        words("# An exercise"),
        code("import torch"),
        words("### 1.1 Training"),
        *answer,
        words("### 2.1 Three and five are eight."),
        statement or code("answer = None\n" + MARKED.format("answer = 3 + 5 == 8")),
    ]


def write(folder: Path, cells: list[Cell], extra: str = "") -> tuple[Assignment, bytes]:
    """The small assignment in a folder, and its author's notebook."""
    home = folder / "assignments" / "small"
    home.mkdir(parents=True, exist_ok=True)
    (home / "assignment.toml").write_text(TOML + extra, encoding="utf-8")
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, start=1)]
    notebook = {
        "cells": numbered,
        "metadata": {"kernelspec": {"name": "secret"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return load_assignment(home / "assignment.toml"), json.dumps(notebook).encode()


def release(folder: Path, cells: list[Cell], extra: str = "") -> list[Cell]:
    """The cells that students get."""
    found: list[Cell] = json.loads(build_release(*write(folder, cells, extra)).content)["cells"]
    return found


def list_texts(cells: list[Cell]) -> list[str]:
    """Their texts."""
    return ["".join(cell["source"]) for cell in cells]


def fail(folder: Path, cells: list[Cell], extra: str = "") -> list[str]:
    """What is said of a notebook of which none for students can be made, a line a fault."""
    with pytest.raises(AssignmentError) as caught:
        release(folder, cells, extra)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_exam_is_what_its_reference_gives() -> None:
    """The exam's notebook is the reference without its solutions, to the byte."""
    exam = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
    made = build_release(exam, exam.solution_path.read_bytes())
    assert exam.notebook_path.read_bytes() == made.content


def test_solutions_outputs_and_metadata_are_left_out(tmp_path: Path) -> None:
    """What is between the marks goes, and so does everything but texts and the grader's own marks."""
    checks = "### BEGIN HIDDEN TESTS\nassert net.weight.shape == (5, 3)\n### END HIDDEN TESTS"
    answer = code(
        f"first = 1\n{MARKED.format(TRAINING)}\nlast = 2\n{checks}",
        collapsed=True,
        note="easy",
        editable=True,
    )
    cells = release(tmp_path, around(answer, code("print(first, last)")))
    assert f"first = 1\n{CODE_HERE}\nlast = 2" == list_texts(cells)[3]
    assert {"grader": {"role": "answer", "task": "1.1"}, "editable": True} == cells[3]["metadata"]
    assert {"grader": {"role": "given", "task": "1.1"}} == cells[4]["metadata"]
    assert {"grader": {"role": "setup"}} == cells[1]["metadata"]
    assert [([], None)] * 4 == [
        (cell["outputs"], cell["execution_count"]) for cell in cells if cell["cell_type"] == "code"
    ]


def test_same_notebook_gives_the_same_bytes(tmp_path: Path) -> None:
    """Cells keep their ids; those without one get ids that depend on the content alone."""
    cells = around(code(MARKED.format(TRAINING)))
    assignment, content = write(tmp_path, cells)
    assert build_release(assignment, content).content == build_release(assignment, content).content
    old = json.loads(content) | {"nbformat_minor": 4}
    for cell in old["cells"]:
        del cell["id"]
    without = json.dumps(old).encode()
    assert build_release(assignment, without).content == build_release(assignment, without).content


def test_blank_notebook_answers_nothing(tmp_path: Path) -> None:
    """Each released cell belongs to its task, none counts as changed, and nbformat finds nothing wrong."""
    assignment, content = write(tmp_path, around(code(MARKED.format(TRAINING))))
    made = build_release(assignment, content).content
    nbformat.validate(json.loads(made))
    notebook = read_notebook(made)
    cells = locate_tasks(notebook, assignment, notebook)
    assert {"1.1", "2.1"} == set(cells.tasks) - {None}
    assert not any(cells.changed)


@pytest.mark.parametrize(
    "mark",
    [{"tags": ["solution"]}, {"grader": {"role": "answer", "task": "1.1"}}, {"nbgrader": {"solution": True}}],
)
def test_whole_cell_can_be_the_solution(tmp_path: Path, mark: dict[str, Any]) -> None:
    """A tag or metadata take the place of the marks; a statement's cell keeps its variable."""
    cells = around(code(TRAINING, **mark), statement=code("answer = 3 + 5 == 8", tags=["solution"]))
    if "grader" in mark:
        cells[-1]["metadata"] = {"grader": {"role": "answer", "task": "2.1"}}
    texts = list_texts(release(tmp_path, cells))
    assert "# 1.1 답안 · Your answer to 1.1" == texts[3]
    assert "answer = None  # True 또는 False · True or False" == texts[5]


def test_text_can_be_an_answer(tmp_path: Path) -> None:
    """In a Markdown cell the marked lines make room for an invitation, and a tagged one is all answer."""
    cells = around(
        code(MARKED.format(TRAINING)),
        words("Why?\n\n<!-- BEGIN SOLUTION -->\nBecause the cell state is added to.\n<!-- END SOLUTION -->"),
        words("It forgets slowly, gate by gate.", metadata={"tags": ["solution"]}),
    )
    texts = list_texts(release(tmp_path, cells))
    assert [f"Why?\n\n{TEXT_HERE}", "*1.1 답안 · Your answer to 1.1*"] == texts[4:6]


def test_block_that_would_be_empty_gets_a_statement(tmp_path: Path) -> None:
    """A function's body is no Python with a comment alone; one that holds more needs nothing else."""
    body = "### BEGIN SOLUTION\n    {}\n    ### END SOLUTION"
    text = (
        "%matplotlib inline\ndef double(x):\n    " + body.format("return x + x + 0.5")
        + "\ndef triple(x):\n    y = 3\n    " + body.format("y = x + x + x + 0.5") + "\n    return y"
    )  # fmt: skip
    expected = (
        f"%matplotlib inline\ndef double(x):\n    {CODE_HERE}\n    raise NotImplementedError\n"
        f"def triple(x):\n    y = 3\n    {CODE_HERE}\n    return y"
    )
    assert expected == list_texts(release(tmp_path, around(code(text))))[3]


def test_hidden_cells_and_checks_are_not_there(tmp_path: Path) -> None:
    """A cell that holds hidden checks alone goes as a whole, and so does one that is tagged."""
    checks = "### BEGIN HIDDEN TESTS\nassert net.weight.shape == (5, 3)\n### END HIDDEN TESTS"
    cells = around(code(MARKED.format(TRAINING)), code(checks), code("secret = 4 + 4", tags=["hidden"]))
    assert 6 == len(release(tmp_path, cells))


def test_cells_can_be_replaced_from_the_rubric(tmp_path: Path) -> None:
    """`release.instead` gives students another text, or none."""
    extra = '[release.instead]\ncell-1 = ""\ncell-2 = "import torch, math"\n'
    cells = release(tmp_path, around(code(MARKED.format(TRAINING))), extra)
    assert ["import torch, math", "### 1.1 Training"] == list_texts(cells)[:2]


def test_pictures_of_texts_stay_and_others_go(tmp_path: Path) -> None:
    """An attachment goes along where the text shows it."""
    picture = {"image/png": base64.b64encode(b"\x89PNG a cat").decode()}
    shown = words("![](attachment:cat.png)", attachments={"cat.png": picture, "old.png": picture})
    cells = release(tmp_path, [shown, *around(code(MARKED.format(TRAINING)))])
    assert {"cat.png": picture} == cells[0]["attachments"]


GOOD = code(MARKED.format(TRAINING))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (around(code("### BEGIN SOLUTION\nx = 1 + 2")), "cell 4, line 1: BEGIN SOLUTION has no END"),
        (around(code("x = 1")), "notebook: task 1.1 has no solution"),
        (around(code(MARKED.format("# only a remark"))), "cell 4: the solution is empty"),
        (around(code("# nothing yet", tags=["solution"])), "cell 4: the solution is empty"),
        ([GOOD, *around(GOOD)], "cell 1: the solution stands under no task"),
        (around(GOOD, code(MARKED.format("x = 1 + 2"), tags=["hidden"])), "cell 5, line 1: SOLUTION"),
        (
            around(GOOD, code(MARKED.format("x = 1 + 2"), grader={"role": "setup"})),
            "cell 5, line 1: SOLUTION stands in a cell that is marked as 'setup'",
        ),
        (around(GOOD, code("x = 1", tags=["hidden", "solution"])), "cell 5: its metadata and"),
        (around(GOOD, code("x = 1", grader={"role": "anser"})), "cell 5: its metadata and"),
        (
            around(code(TRAINING, grader={"role": "answer", "task": "1.9"})),
            "cell 4: it is marked for task '1.9', which is not in assignment.toml",
        ),
        (
            around(GOOD, {"cell_type": "raw", "source": MARKED.format("x = 1 + 2"), "metadata": {}}),
            "cell 5, line 1: SOLUTION stands in a raw cell",
        ),
        (
            around(code("### BEGIN SOLUTION\nif torch:\n    x = 1 + 2\n### END SOLUTION\nelse:\n    x = 5")),
            "cell 4, line 1: without what is marked the cell is no Python",
        ),
    ],
)  # fmt: skip
def test_faults_of_the_marks_are_told_with_their_place(tmp_path: Path, cells: list[Cell], said: str) -> None:
    """Whatever would leave a solution in, or nothing to answer, has its cell and line."""
    assert [line for line in fail(tmp_path, cells) if line.startswith(said)]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Faults of several cells, and of assignment.toml's own names of cells, stand in one message."""
    cells = around(code("### BEGIN SOLUTION\nx = 1 + 2"), statement=code("answer = None"))
    told = fail(tmp_path, cells, '[release.instead]\ncell-99 = ""\n')
    # What a mark without an end leaves out is not told a second time.
    assert ["notebook: ", "notebook: ", "cell 4, li"] == [line[:10] for line in told]


@pytest.mark.parametrize(
    "shown",
    [
        code("net = torch.nn.Linear(3, 5)"),
        code("net  =  torch.nn.Linear(3, 5)  # as above"),
        words("Such as `net = torch.nn.Linear(3, 5)`, for instance."),
    ],
)
def test_line_of_the_solution_that_stands_elsewhere_is_refused(tmp_path: Path, shown: Cell) -> None:
    """The solution's line and the cell that would show it are both named; `shown` allows it."""
    cells = around(GOOD, shown)
    told = fail(tmp_path, cells)
    assert 1 == len(told)
    assert told[0].startswith(
        "cell 5, line 1: students would see line 2 of the solution in cell 4: 'net = torch"
    )
    assert 7 == len(release(tmp_path, cells, '[release]\nshown = ["net = torch.nn.Linear(3, 5)"]\n'))


def test_trivial_lines_may_stand_anywhere(tmp_path: Path) -> None:
    """Imports, loops and calls that stand in every training tell nothing."""
    common = "import torch\nfor epoch in range(9):\n    loss.backward()\n    optimizer.step()"
    assert 7 == len(release(tmp_path, around(code(MARKED.format(f"{common}\n    y = 3 * x")), code(common))))


def test_solution_in_another_file_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Everything beside assignment.toml goes to students: a copy left there is found, in JSON, too."""
    cells = around(code(MARKED.format('name = "three" + "five"')))
    _, content = write(tmp_path, cells)
    stray = tmp_path / "assignments" / "small" / "drafts" / "copy.ipynb"
    stray.parent.mkdir()
    stray.write_bytes(content)
    assert "drafts/copy.ipynb, line" in fail(tmp_path, cells)[0]
