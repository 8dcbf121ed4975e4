"""The corpus of answers: that each file says what it deserves, and that a sample of them gets it.

`python benchmarks/judge_corpus.py` judges all of them, in about half an hour; docs/judging.md has the table.
"""

from pathlib import Path

import pytest
from corpus_judge import Judged, judge_answers
from corpus_reader import Answer, read_corpus

from grader.assignment.spec import Assignment
from grader.judge.sentences import SENTENCES
from grader.workflow import Settings

ANSWERS = read_corpus()
SAMPLED = {"honest": 5, "fault": 9, "rule": 7, "cheat": 6}
"""Of each kind, one answer in so many is judged here."""

FAULTS = frozenset(
    """
    seeds_differ creation_order no_zero_grad softmax_before_loss softmax_axis learning_rate
    optimizer epochs bias_missing hidden_size state_reset state_detached labels_shifted gate_order
    activation initial_values layer_not_trained wrong_layer hard_coded copied_values not_trained
    """.split()
)


def choose_sample() -> list[Answer]:
    """A part of every kind, spread over their names; LSTM loops take too long for here."""
    chosen = []
    for kind, step in SAMPLED.items():
        quick = [answer for answer in ANSWERS if answer.kind == kind and answer.task not in ("1.5", "1.6")]
        chosen += quick[::step]
    return chosen


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
def test_answer_says_what_it_deserves(exam: Assignment, answer: Answer) -> None:
    """Its head names a task, checks of that task, and faults that there are sentences for."""
    task = exam.find_task(answer.task)
    checks = {check.name for check in task.checks}
    assert answer.kind in SAMPLED
    assert answer.says
    assert set() == (answer.fails | answer.open) - checks
    assert set() == set(answer.codes) - set(SENTENCES)
    assert set() == answer.fails & answer.open
    assert any(name == answer.task for name, _ in answer.cells)
    if answer.kind == "honest":
        assert frozenset() == answer.fails


def test_corpus_is_wide_enough(exam: Assignment) -> None:
    """Every kind, every check of the exam's networks and every fault occurs."""
    assert set(SAMPLED) == {answer.kind for answer in ANSWERS}
    assert set() == FAULTS - {code for answer in ANSWERS for code in answer.codes}
    training = {check.name for task in exam.task if task.kind == "training" for check in task.checks}
    assert set() == training - {name for answer in ANSWERS for name in answer.fails}


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_sample_gets_what_it_deserves(exam: Assignment, exam_store: Path) -> None:
    """No honest answer loses a point, and nothing wrong keeps the check that it breaks."""
    judged = judge_answers(choose_sample(), exam, settings=Settings(store=exam_store))
    assert [] == [describe(each) for each in judged if each.missed]
    named = [each for each in judged if each.answer.codes and each.answer.kind in ("fault", "rule")]
    assert [] == [describe(each) for each in named if not each.is_named]


def describe(each: Judged) -> str:
    """What was judged and what was missed, for whoever reads a failure."""
    actual = {check.name: check.actual for check in each.result.checks}
    return f"{each.answer.name}: {each.missed}, named {each.codes}, seen {actual}"
