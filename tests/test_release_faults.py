"""What keeps a notebook for students from being made, told with its place."""

from pathlib import Path

import pytest
from release_samples import GOOD, MARKED, TRAINING, Cell, around, code, fail, release, words, write


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
        (around(GOOD, code("x = 1", tags=["Hidden"])), "cell 5: its tag 'Hidden' does nothing. Did you mean"),
        (around(GOOD, code("x = 1", tags=[" hidden"])), "cell 5: its tag ' hidden' does nothing. Did you"),
        (around(GOOD, code("x = 1", tags=["a", "hiden"])), "cell 5: its tag 'hiden' does nothing. Did you"),
        (around(GOOD, code("x = 1", tags=["Solution"])), "cell 5: its tag 'Solution' does nothing. Did you"),
        (around(GOOD, code("x = 1", tags=["parameter"])), "cell 5: its tag 'parameter' does nothing. Did"),
        (
            around(code(TRAINING, grader={"role": "answer", "task": "1.9"})),
            "cell 4: it is marked for task '1.9', which is not in assignment.toml",
        ),
        (
            around(GOOD, {"cell_type": "raw", "source": MARKED.format("x = 1 + 2"), "metadata": {}}),
            "cell 5, line 1: SOLUTION stands in a raw cell",
        ),
        (
            around(GOOD, code("first = 1\nx = 1 + 2  ### SOLUTION")),
            "cell 5, line 2: a mark at the end of a line marks nothing, so students would see 'x = 1 + 2  #",
        ),
        (around(GOOD, words("Because. <!-- BEGIN SOLUTION -->")), "cell 5, line 1: a mark at the end of a"),
        (
            around(code("### BEGIN SOLUTION\nif torch:\n    x = 1 + 2\n### END SOLUTION\nelse:\n    x = 5")),
            "cell 4, line 1: without what is marked the cell is no Python",
        ),
    ],
)  # fmt: skip
def test_faults_of_the_marks_are_told_with_their_place(tmp_path: Path, cells: list[Cell], said: str) -> None:
    """Whatever would leave a solution in, or nothing to answer, has its cell and line."""
    assert [line for line in fail(tmp_path, cells) if line.startswith(said)]


def test_marks_within_what_students_do_not_get_are_let_alone(tmp_path: Path) -> None:
    """A cell that is all solution, or hidden, hands out nothing."""
    cells = around(
        GOOD, code("x = 1 + 2  # SOLUTION", tags=["solution"]), code("1  # SOLUTION", tags=["hidden"])
    )
    assert 7 == len(release(tmp_path, cells))


def test_other_tags_are_let_alone(tmp_path: Path) -> None:
    """Tags of other tools say nothing to the grader, whatever they are."""
    tags = ["hide-input", "injected-parameters", "slideshow", 3, ["a", "b"]]
    assert 7 == len(release(tmp_path, around(GOOD, code("x = 1", tags=tags))))


PARAMETERS = code("epochs = 31\nrate: float = 0.1\n%time", tags=["parameters"])


@pytest.mark.parametrize(
    ("cells", "reference", "said"),
    [
        ([], "parameters = { epochs = 3 }", "notebook: [reference] in assignment.toml sets epochs, and no"),
        ([PARAMETERS], "parameters = { epohcs = 3 }", "cell 1: [reference] in assignment.toml sets 'epohcs'"),
        (
            [PARAMETERS],
            "alternatives = [{ rate = 1 }, { rat = 1 }]",
            "cell 1: [reference] in assignment.toml",
        ),
        ([PARAMETERS], 'symbols_parameter = "rates"', "cell 1: [reference] in assignment.toml sets 'rates'"),
    ],
)
def test_parameter_that_no_cell_assigns_is_told(
    tmp_path: Path, cells: list[Cell], reference: str, said: str
) -> None:
    """A name that the tagged cell does not assign would change nothing in the run, and say nothing."""
    needed = '[sequence]\ntext = "ab"\nsymbols = ["a", "b"]\n'
    (told,) = fail(tmp_path, [*cells, *around(GOOD)], f"{needed}[reference]\n{reference}\n")
    assert told.startswith(said)
    assert ".." not in told
    assert ("Did you mean" in told) == bool(cells)


def test_parameters_that_the_cell_assigns_are_right(tmp_path: Path) -> None:
    """Annotated ones and magics beside them do no harm."""
    extra = "[reference]\nparameters = { epochs = 3 }\nalternatives = [{ rate = 1 }]\n"
    assert 7 == len(release(tmp_path, [PARAMETERS, *around(GOOD)], extra))


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
