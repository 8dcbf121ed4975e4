"""Statements whose answers are computed from trainings that a quick run stops."""

from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from replay_samples import make_case
from training_samples import train

from grader.assignment.computed import COMPUTED, find_computed
from grader.assignment.locate import locate_tasks
from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.case import Finding
from grader.judge.foresee import hold_back
from grader.records import CellMap, RunMode
from grader.results import Outcome

TRAINING = """
for epoch in range(30):
    loss.backward()
    optimizer.step()
    history.append(loss.item())
yhat = net(x)
"""
SETUP = "import torch\nhistory = []\ndef measure():\n    return (yhat == y).mean()"


def find(exam: Assignment, answer: str, behind: str = "") -> tuple[str, ...]:
    """The computed answers of a notebook with a training, and a statement behind it."""
    sources = (SETUP, TRAINING, behind, answer)
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    cells = CellMap(tasks=(None, "1.1", None, "2.1"), changed=(True,) * 4, method="metadata")
    return find_computed(exam, notebook, cells)


@pytest.mark.parametrize(
    ("answer", "behind"),
    [
        ("answer_2_1 = bool((yhat == y).mean() > 0.8)", ""),
        ("answer_2_1 = len(history) > 10", ""),
        ("answer_2_1 = measure() > 0.8", ""),
        ("if loss < 0.1:\n    answer_2_1 = True\nelse:\n    answer_2_1 = False", ""),
        ("answer_2_1 = good", "good = yhat.mean() > 0.8"),
        ("answer_2_1 = eval('yhat')", ""),
        ("pass", "answer_2_1 = yhat.mean() > 0.8"),
        ("answer_2_1 = (", ""),
    ],
)
def test_answer_of_a_training_is_computed(exam: Assignment, answer: str, behind: str) -> None:
    """Read directly, by a function, by way of another cell or of a branch."""
    assert ("2.1",) == find(exam, answer, behind)


@pytest.mark.parametrize(
    "answer",
    [
        "answer_2_1 = False",
        "print(yhat)\nanswer_2_1 = True",
        "a = torch.nn.Linear(1, 1)\nanswer_2_1 = a.bias is None",
        TRAINING.replace("history", "own").replace("loss", "gap").replace("optimizer", "adam")
        + "answer_2_1 = gap.item() < 1",
    ],
)
def test_other_answers_are_decided(exam: Assignment, answer: str) -> None:
    """A value as it is written, or computed from what the cell itself makes: that runs to its end."""
    if "backward" in answer:
        answer = (
            f"gap = torch.zeros(1)\nadam = own = []\nx, net = torch.zeros(1), torch.nn.Linear(1, 1)\n{answer}"
        )
    assert () == find(exam, answer)


def test_reference_of_the_exam_computes_none_of_a_training(exam: Assignment) -> None:
    """One of its statements trains a network of its own, and is decided in a quick run."""
    notebook = nbformat.read(exam.solution_path, as_version=4)
    assert () == find_computed(exam, notebook, locate_tasks(notebook, exam, notebook))


@pytest.mark.parametrize("outcome", ["passed", "failed"])
@pytest.mark.parametrize(("mode", "held"), [("quick", True), ("full", False)])
def test_computed_answer_is_open_after_a_quick_run(
    exam: Assignment, outcome: Outcome, mode: RunMode, held: bool
) -> None:
    """Right and wrong alike: the answer that it is compared with may be another after a whole training."""
    trained = train("1.1", steps=3)
    evidence = Evidence(trained.run.model_copy(update={"mode": mode}), trained.arrays)
    case = replace(make_case(exam, Dossier(evidence), None, "2.1"), turns=(COMPUTED,))
    finding = Finding(outcome, "True", "True", "")
    assert ("undecided" if held else outcome) == hold_back(case, finding).outcome
    assert finding == hold_back(replace(case, turns=()), finding)
