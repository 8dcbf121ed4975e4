"""Small assignments as nbgrader and otter keep them, and what students make of them."""

import json
from pathlib import Path
from typing import Any

import nbformat

DOCSTRING = '"""The squares of 1 to n."""'
SQUARES = """def squares(n):
    \"\"\"The squares of 1 to n.\"\"\"
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i ** 2 for i in range(1, n + 1)]
    ### END SOLUTION"""
SQUARES_TESTS = """assert squares(1) == [1]
assert squares(3) == [1, 4, 9]
### BEGIN HIDDEN TESTS
for n, last in [(5, 25), (123, 15129)]:
    assert squares(n)[-1] == last
### END HIDDEN TESTS"""
RAISES = """def refuses(n):
    try:
        squares(n)
    except ValueError:
        return True
    return False
assert refuses(0), 'squares(0) has to raise ValueError'"""
MEAN = "### BEGIN SOLUTION\nmean = sum(squares(4)) / 4\n### END SOLUTION"
MEAN_TESTS = """points = 0
if isinstance(mean, float):
    points += 1
if abs(mean - 7.5) < 1e-9:
    points += 2
points"""


def make_cell(kind: str, source: str, **nbgrader: Any) -> Any:
    """A cell; with a grade_id, one of nbgrader's."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    cell = make(source)
    if nbgrader:
        plain = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
        cell.metadata["nbgrader"] = {**plain, "cell_type": kind, "checksum": "0" * 32, **nbgrader}
    return cell


def list_nbgrader_cells() -> list[Any]:
    """An assignment of three tasks: a function, a number with partial credit, and an explanation."""
    return [
        make_cell("markdown", "# Problem set 1"),
        make_cell("code", "import math\nlimit = 10", grade_id="setup", locked=True),
        make_cell("markdown", "## Squares\n\nComplete the function."),
        make_cell("code", SQUARES, grade_id="squares", solution=True),
        make_cell("code", SQUARES_TESTS, grade_id="squares-values", grade=True, locked=True, points=3),
        make_cell("code", RAISES, grade_id="squares-raises", grade=True, locked=True, points=1),
        make_cell("markdown", "## A mean\n\nKeep the mean of the first four squares in `mean`."),
        make_cell("code", MEAN, grade_id="mean", solution=True),
        make_cell("code", MEAN_TESTS, grade_id="mean-value", grade=True, locked=True, points=3),
        make_cell("markdown", "## Why"),
        make_cell("markdown", "It grows as the square.", grade_id="why", grade=True, solution=True, points=2),
    ]


def list_written_cells() -> list[Any]:
    """An assignment in which a task of code, `xor`, has no text but stands below a written answer."""
    solve = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
    return [
        make_cell("markdown", "# Problem set 2"),
        make_cell("code", "import math", grade_id="setup", locked=True),
        make_cell("markdown", "## Softmax\n\nWrite it, explain it, and learn XOR."),
        make_cell("code", solve.format("softmax = 1"), grade_id="softmax", solution=True),
        make_cell("code", "assert softmax == 1", grade_id="softmax-test", grade=True, locked=True, points=1),
        make_cell("markdown", "Say why."),
        make_cell("markdown", "It sums to 1.", grade_id="explain", grade=True, solution=True, points=2),
        make_cell("code", solve.format("xor = 2"), grade_id="xor", solution=True),
        make_cell("code", "assert xor == 2", grade_id="xor-test", grade=True, locked=True, points=1),
    ]


def write_notebook(path: Path, cells: list[Any], **metadata: Any) -> Path:
    """A notebook of these cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, path)
    return path


def hand_in(path: Path, *answers: tuple[str, str], metadata: bool = True) -> Path:
    """What a student hands in of the nbgrader assignment: texts by grade_id, `metadata` kept or lost."""
    stub = "# YOUR CODE HERE\nraise NotImplementedError()"
    given = {
        "squares": f"def squares(n):\n    {DOCSTRING}\n    {stub.replace(chr(10), chr(10) + '    ')}",
        "squares-values": "assert squares(1) == [1]\nassert squares(3) == [1, 4, 9]",
        "mean": stub,
        "why": "YOUR ANSWER HERE",
        **dict(answers),
    }
    cells = list_nbgrader_cells()
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = given.get(name, cell.source)
        if not metadata:
            cell.metadata = {}
    return write_notebook(path, [cell for cell in cells if cell.source != "(deleted)"])


RIGHT_SQUARES = """def squares(n):
    if n <= 0:
        raise ValueError(n)
    result = []
    for i in range(n):
        result.append((i + 1) * (i + 1))
    return result"""
RIGHT = (("squares", RIGHT_SQUARES), ("mean", "mean = 30 / 4"), ("why", "Because."))

OTTER_TESTS: dict[str, Any] = {
    "q1": {
        "name": "q1",
        "points": 2,
        "suites": [
            {
                "cases": [
                    {"code": ">>> double(2)\n4", "hidden": False, "locked": False},
                    {"code": ">>> assert double(21) == 42", "hidden": True, "locked": False, "points": 1.5},
                ],
                "scored": True,
                "setup": "",
                "teardown": "",
                "type": "doctest",
            }
        ],
    },
    "q2": {
        "name": "q2",
        "points": [1, 2],
        "suites": [
            {
                "cases": [
                    {
                        "code": ">>> isinstance(total, (int, np.integer))\nTrue",
                        "hidden": False,
                        "locked": False,
                    },
                    {"code": ">>> total == 6\nTrue", "hidden": True, "locked": False},
                ],
                "scored": True,
                "setup": "",
                "teardown": "",
                "type": "doctest",
            }
        ],
    },
}
"""As `otter assign` writes them: into the notebook's metadata, or with pprint into files."""


def list_otter_cells(double: str, total: str) -> list[Any]:
    """What `otter assign` makes, with these answers."""
    tagged = {"tags": ["otter_assign_solution_cell"]}
    return [
        nbformat.v4.new_code_cell(
            '# Initialize Otter\nimport otter\ngrader = otter.Notebook("lab.ipynb")',
            metadata={"deletable": False, "editable": False},
        ),
        nbformat.v4.new_code_cell("import numpy as np"),
        nbformat.v4.new_markdown_cell("**Question 1.** Complete `double`.\n\n### Doubling"),
        nbformat.v4.new_code_cell(double, metadata=tagged),
        nbformat.v4.new_code_cell('grader.check("q1")', metadata={"deletable": False, "editable": False}),
        nbformat.v4.new_markdown_cell("**Question 2.** Keep 1 + 2 + 3 in `total`."),
        nbformat.v4.new_code_cell(total, metadata=tagged),
        nbformat.v4.new_code_cell('grader.check("q2")', metadata={"deletable": False, "editable": False}),
        nbformat.v4.new_code_cell("grader.check_all()", metadata={"deletable": False, "editable": False}),
        nbformat.v4.new_code_cell("grader.export(pdf=False)"),
    ]


DOUBLE = "def double(x):\n    return 2 * x # SOLUTION"
TOTAL = "total = np.sum([1, 2, 3]) # SOLUTION\nx = 3"


def write_otter(path: Path, *, files: bool) -> Path:
    """The autograder's version, with its tests in files or in the metadata."""
    cells = list_otter_cells(DOUBLE, TOTAL)
    if not files:
        return write_notebook(path, cells, otter={"OK_FORMAT": True, "tests": OTTER_TESTS})
    for name, test in OTTER_TESTS.items():
        file = path.parent / "tests" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"OK_FORMAT = True\n\ntest = {test!r}\n")
    return write_notebook(path, cells, otter={"assignment_name": "lab"})


def read_json(path: Path) -> Any:
    """A file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))
