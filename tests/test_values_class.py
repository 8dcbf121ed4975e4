"""A class of a `values` assignment from end to end: what is left, replayed, judged and shown."""

from pathlib import Path

import nbformat
import pytest
from quiet import Quiet
from small_class import HANDED_OUT

from grader.assignment.load import find_assignment
from grader.errors import AssignmentError
from grader.records import GradingMode
from grader.report.files import write_reports
from grader.workflow import Settings, calibrate, check_notebook, grade_class

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

TOML = """
schema = 1
id = "values"
notebook = "values.ipynb"
seed = 7
title = { ko = "작은 과제", en = "A small exercise" }

[[task]]
kind = "values"
id = "1"
title = { ko = "분류", en = "Classes" }
variables = ["net", "accuracy", "predicted", "labels"]
trains = true

[[task.checks]]
name = "parameter_shapes"
points = 2
options = { variable = "net" }

[[task.checks]]
name = "training_curve"
points = 2
public = true

[[task.checks]]
name = "metric_at_least"
points = 4
options = { variable = "accuracy", least = 0.9, predictions = "predicted", targets = "labels" }

[[task]]
kind = "values"
id = "2"
title = { ko = "그림", en = "A figure" }
variables = ["squares"]
figures = true
checks = [
    { name = "value_equals", points = 1, options = { variable = "squares" } },
    { name = "figure_drawn", points = 1, public = true, options = { of = ["squares"] } },
]
"""

SETUP = """import matplotlib.pyplot as plt
import torch
x = torch.eye(12)
labels = torch.arange(12) % 4"""
TRAINING = """torch.manual_seed(1)
net = torch.nn.Linear(12, 4)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(90):
    loss = torch.nn.functional.cross_entropy(net(x), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
predicted = net(x).argmax(1)
accuracy = (predicted == labels).float().mean().item()"""
DRAWING = """squares = [n * n for n in range(8)]
plt.plot(squares)
plt.show()"""

STUDENTS = {
    "honest": (TRAINING, DRAWING, 10.0),
    "from labels": (TRAINING.replace("predicted = net(x).argmax(1)", "predicted = labels"), DRAWING, 6.0),
    "stated": (TRAINING.replace("accuracy = (", "accuracy = 0.99 or ("), DRAWING, 6.0),
    "no steps": (TRAINING.replace("    optimizer.step()\n", ""), "squares = 3", 0.0),
    "other": (
        TRAINING.replace("12, 4)", "12, 4, bias=False)"),
        DRAWING.replace("plot(squares)", "plot([1])"),
        7.0,
    ),
    "broken": (TRAINING, "squares = [n * n for n in rnge(8)]", 8.0),
}


def write_notebook(path: Path, *answers: str) -> None:
    """A notebook with a set-up and an answer for each task."""
    setup = nbformat.v4.new_code_cell(SETUP, id="setup", metadata={"grader": {"role": "setup"}})
    cells = [setup]
    for task, source in zip("12", answers, strict=True):
        mark = {"grader": {"task": task, "role": "answer"}}
        cells.append(nbformat.v4.new_markdown_cell(f"## {task}", id=f"text-{task}"))
        cells.append(nbformat.v4.new_code_cell(source, id=f"code-{task}", metadata=mark))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the assignment, its solution and the class."""
    home = tmp_path / "assignments" / "values"
    write_notebook(home / "values.ipynb", HANDED_OUT["1"], HANDED_OUT["1"])
    (home / "assignment.toml").write_text(TOML, encoding="utf-8")
    write_notebook(tmp_path / "solutions" / "values.ipynb", TRAINING, DRAWING)
    for name, (training, drawing, _) in STUDENTS.items():
        write_notebook(tmp_path / "submissions" / f"{name}.ipynb", training, drawing)
    write_notebook(tmp_path / "submissions" / "blank.ipynb", HANDED_OUT["1"], HANDED_OUT["1"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_class_is_graded_by_what_it_left(folder: Path) -> None:
    """Honest answers get full marks; numbers that no training made, and figures of other data, do not."""
    graded = grade_class(folder / "submissions", None, Settings(), Quiet())
    lost = {
        f"{found.student} {task.id} {check.name}": f"{check.outcome}: {check.actual}"
        for found in graded.result.submissions
        for task in found.tasks
        for check in task.checks
        if check.outcome != "passed"
    }
    deserved = {name: points for name, (_, _, points) in STUDENTS.items()} | {"blank": 0.0}
    assert deserved == {found.student: found.score for found in graded.result.submissions}, lost
    assert "recomputed" in lost["stated 1 metric_at_least"] or "stopped" in lost["stated 1 metric_at_least"]
    assert lost["broken 2 value_equals"].startswith("not_reached")
    write_reports(folder / "reports", graded.assignment, graded.result, graded.exhibits)
    page = (folder / "reports" / "honest.html").read_text(encoding="utf-8")
    assert "network Linear: 52 parameters in 2 tensors" in page
    assert "line of 8" in page


def test_quick_run_comes_to_the_end_of_what_is_left(folder: Path) -> None:
    """Only a full run has the replay that tells a number from a result; everything else is the same."""
    graded = grade_class(folder / "submissions", None, Settings(mode="quick"), Quiet())
    deserved = {name: points for name, (_, _, points) in STUDENTS.items()} | {"blank": 0.0}
    assert deserved | {"from labels": 10.0} == {
        found.student: found.score for found in graded.result.submissions
    }


@pytest.mark.parametrize("mode", ["full", "quick"])
def test_self_check_judges_what_is_left(folder: Path, mode: GradingMode) -> None:
    """The public checks alone, without the reference."""
    (folder / "solutions" / "values.ipynb").unlink()
    _, result, *_ = check_notebook(
        folder / "submissions" / "other.ipynb", "values", (), Settings(mode=mode), Quiet()
    )
    outcomes = {check.name: check.outcome for task in result.tasks for check in task.checks}
    assert {"training_curve": "passed", "figure_drawn": "failed"} == outcomes


def test_nothing_is_calibrated_where_no_fitted_values_are_compared(folder: Path) -> None:
    """It says so before anything runs, and writes nothing."""
    assignment = find_assignment("values", folder)
    with pytest.raises(AssignmentError, match="values has nothing to calibrate"):
        calibrate(assignment, Settings(), 1, Quiet())
    assert ["assignment.toml", "values.ipynb"] == sorted(path.name for path in assignment.folder.iterdir())
