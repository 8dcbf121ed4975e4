"""The notebook for students, made of the author's."""

import base64
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT
from release_samples import (
    CODE_HERE,
    GOOD,
    MARKED,
    TEXT_HERE,
    TRAINING,
    around,
    code,
    fail,
    list_texts,
    release,
    words,
    write,
)

from grader.assignment.load import load_assignment
from grader.assignment.locate import locate_tasks
from grader.assignment.release import build_release
from grader.notebook import read_notebook


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


BODY = "    ### BEGIN SOLUTION\n    return x + x + 0.5\n    ### END SOLUTION"
INVITED = f"    {CODE_HERE}\n    raise NotImplementedError"


@pytest.mark.parametrize(
    "addition", ["files = !ls", "took = %timeit -o 1 + 1", "if True:\n    %time x = 1", "!ls", "dir?", "1 +"]
)
def test_block_in_a_cell_with_additions_gets_a_statement(tmp_path: Path, addition: str) -> None:
    """What IPython adds to Python, and even what is none, leaves no empty block to students."""
    cells = release(tmp_path, around(code(f"def double(x):\n{BODY}\n{addition}")))
    assert f"def double(x):\n{INVITED}\n{addition}" == list_texts(cells)[3]


def test_fault_is_seen_in_spite_of_additions(tmp_path: Path) -> None:
    """A line of IPython's does not keep a broken cell from being told."""
    broken = "### BEGIN SOLUTION\nif torch:\n    x = 1 + 2\n### END SOLUTION\nelse:\n    x = 5\ny = !ls"
    assert fail(tmp_path, around(code(broken)))[0].startswith("cell 4, line 1: without what is marked")


def test_hidden_check_alone_in_a_block_of_no_python(tmp_path: Path) -> None:
    """Where a cell cannot be read, blocks of hidden checks keep a statement, too."""
    check = "    ### BEGIN HIDDEN TESTS\n    assert x == 3\n    ### END HIDDEN TESTS"
    text = f"{MARKED.format('x = 1 + 2')}\nif x:\n{check}\n1 +"
    assert f"{CODE_HERE}\nif x:\n    pass\n1 +" == list_texts(release(tmp_path, around(code(text))))[3]


@pytest.mark.parametrize("magic", ["%%bash", "%%html"])
def test_cells_in_other_languages_get_no_statement(tmp_path: Path, magic: str) -> None:
    """Python's `raise` would be no answer in a shell."""
    text = f"{magic}\nif true; then\n{BODY}\nfi"
    cells = release(tmp_path, around(GOOD, code(text)))
    assert f"{magic}\nif true; then\n    {CODE_HERE}\nfi" == list_texts(cells)[4]


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


def test_picture_whose_name_is_quoted_stays(tmp_path: Path) -> None:
    """Jupyter writes a space in a name as %20; a name may hold such signs itself."""
    picture = {"image/png": base64.b64encode(b"\x89PNG a cat").decode()}
    attachments = {"a b.png": picture, "c%20d.png": picture, "e f.png": picture}
    shown = words("![](attachment:a%20b.png) ![](attachment:c%20d.png)", attachments=attachments)
    cells = release(tmp_path, [shown, *around(code(MARKED.format(TRAINING)))])
    assert ["a b.png", "c%20d.png"] == list(cells[0]["attachments"])


@pytest.mark.parametrize("broken", [[1], "cat.png", 3])
def test_attachments_that_are_none_are_left_out(tmp_path: Path, broken: Any) -> None:
    """What a tool wrote in the place of attachments or metadata ends no release."""
    shown = words("A cat.", attachments=broken, metadata=broken)
    cells = release(tmp_path, [shown, *around(code(MARKED.format(TRAINING)))])
    assert "attachments" not in cells[0]
