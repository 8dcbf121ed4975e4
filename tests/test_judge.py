"""Verdicts on real trainings with one fault each."""

from typing import Any

import pytest
import torch
from training_samples import ORDER, gather, join, train

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.checks import CHECKS, describe_check
from grader.judge.score import find_order, judge_submission, list_orders
from grader.judge.vocabulary import VOCABULARY
from grader.records import CellMap, CellRun, ModuleTrace, Submission, TaskRun
from grader.results import TaskResult, Verdict

SUBMISSION = Submission(student="Ada", file="ada.ipynb", sha256="0" * 64)


@pytest.fixture(scope="module")
def reference() -> Evidence:
    """The right network's evidence of task 1.1, two steps longer than the students'."""
    return train(steps=8)


def judge(
    exam: Assignment,
    evidence: Evidence,
    reference: Evidence | None,
    task: str = "1.1",
    *,
    order: tuple[str, ...] = ORDER,
    changed: bool = True,
    stated: dict[str, bool] | None = None,
) -> TaskResult:
    """The result of one task."""
    cells = CellMap(tasks=(task,), changed=(changed,), stated=stated or {}, method="metadata")
    references = None if reference is None else {order: (Dossier(reference),)}
    dossier = Dossier(evidence)
    return judge_submission(exam, SUBMISSION, cells, dossier, references, only_tasks=[task]).tasks[0]


def pick(result: TaskResult, name: str) -> Verdict:
    """The verdict on one check."""
    return next(verdict for verdict in result.checks if verdict.name == name)


@pytest.mark.parametrize("yhat", ["before", "after", None])
def test_right_network_fits_however_its_values_are_taken(
    exam: Assignment, reference: Evidence, yhat: str | None
) -> None:
    """Values from before or after the last update, or none at all, are all right."""
    result = judge(exam, train(yhat=yhat), reference)
    assert "passed" == pick(result, "fitted_values").outcome
    assert "passed" == pick(result, "parameter_count").outcome
    assert "passed" == pick(result, "trains_layer").outcome


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ({"seed": 1}, 0),
        ({"hidden": 9}, 0),
        ({"softmax_before_loss": True}, 0),
        ({"lr": 0.01}, 1),
        ({"optimizer": torch.optim.SGD}, 1),
        ({"optimizer": torch.optim.AdamW}, 1),
        ({"freeze_rnn": True}, 1),
        ({"zero_grad": False}, 2),
    ],
)
def test_fault_shows_at_the_step_that_names_its_kind(
    exam: Assignment, reference: Evidence, fault: dict[str, Any], step: int
) -> None:
    """Network faults part at step 0, optimizer faults at 1, kept gradients at 2."""
    verdict = pick(judge(exam, train(**fault), reference), "fitted_values")
    assert "failed" == verdict.outcome
    assert verdict.actual.startswith(f"they part at step {step} by")
    assert 0 == verdict.points


def test_other_symbol_order_is_compared_with_the_reference_in_that_order(exam: Assignment) -> None:
    """The order is read off the targets, and the reference's own order does not fit it."""
    order = ("h", "i", "?", "e", "l", "o", "!")
    evidence = train(order=order)
    assert order == find_order(exam, evidence, "1.1")
    assert "1.1" in list_orders(exam, evidence)[order]
    matching = judge(exam, evidence, train(order=order), order=order)
    assert "passed" == pick(matching, "fitted_values").outcome
    assert "grader_error" == pick(judge(exam, evidence, train(), order=ORDER), "fitted_values").outcome


def test_shifted_targets_do_not_predict_the_next_symbol(exam: Assignment, reference: Evidence) -> None:
    """Targets that do not spell the text cannot be predicted rightly."""
    verdict = pick(judge(exam, train(shift=2), reference), "predicts_next")
    assert (verdict.outcome, verdict.points) == ("failed", 0.0)


def test_prediction_needs_training(exam: Assignment, reference: Evidence) -> None:
    """Six steps are too few to predict, sixty are enough, by the fitted values themselves."""
    assert "failed" == pick(judge(exam, train(steps=6), reference), "predicts_next").outcome
    assert "passed" == pick(judge(exam, train(steps=60), reference), "predicts_next").outcome


def test_copied_values_are_not_those_of_the_training(exam: Assignment, reference: Evidence) -> None:
    """A variable filled from the targets fails though the training beside it is right."""
    verdict = pick(judge(exam, train(yhat="copied"), reference), "fitted_values")
    assert "failed" == verdict.outcome
    assert "`yhat`" in verdict.expected


def test_values_near_the_training_are_no_probabilities(exam: Assignment, reference: Evidence) -> None:
    """Values that were changed by hand fail though they lie within an update's reach; a rounding does not."""
    for change, outcome in ((0.02, "failed"), (0.0004, "passed")):
        evidence = train()
        arrays = {**evidence.arrays, "1.1/yhat": evidence.arrays["1.1/yhat"] + change}
        verdict = pick(judge(exam, gather(*evidence.run.tasks, arrays=arrays), reference), "fitted_values")
        assert outcome == verdict.outcome


@pytest.mark.parametrize("part", [slice(0, 10), slice(-10, None), slice(-1, None)])
def test_part_of_the_fitted_values_may_be_shown(exam: Assignment, reference: Evidence, part: slice) -> None:
    """The first rows, the last rows and the last row alone are parts of the training's values."""
    evidence = train()
    arrays = {**evidence.arrays, "1.1/yhat": evidence.arrays["1.1/yhat"][part]}
    verdict = pick(judge(exam, gather(*evidence.run.tasks, arrays=arrays), reference), "fitted_values")
    assert "passed" == verdict.outcome


def test_only_the_name_asked_for_promises_the_fit(exam: Assignment, reference: Evidence) -> None:
    """Another table whose name merely begins alike costs nothing."""
    evidence = train(yhat="copied")
    run = evidence.run.tasks[0].model_copy(update={"yhat": "yhat_targets"})
    verdict = pick(judge(exam, gather(run, arrays=dict(evidence.arrays)), reference), "fitted_values")
    assert "passed" == verdict.outcome


def test_loss_by_hand_is_judged_in_the_released_order(exam: Assignment, reference: Evidence) -> None:
    """Without targets to be seen the prediction is compared with the text itself."""
    evidence = train(steps=60)
    arrays = {name: array for name, array in evidence.arrays.items() if not name.endswith("/targets")}
    verdict = pick(judge(exam, gather(*evidence.run.tasks, arrays=arrays), reference), "predicts_next")
    assert "passed" == verdict.outcome


def test_frozen_layer_loses_the_count_and_the_layer(exam: Assignment, reference: Evidence) -> None:
    """An optimizer that holds only the output layer trains 63 parameters and no RNN."""
    result = judge(exam, train(freeze_rnn=True), reference)
    assert "63 parameters: Linear (2 tensors)" == pick(result, "parameter_count").actual
    assert "failed" == pick(result, "trains_layer").outcome


def retask(evidence: Evidence, task: str, **changes: Any) -> Evidence:
    """The same evidence as another task's."""
    run = evidence.run.tasks[0].model_copy(update={"task": task, **changes})
    arrays = {f"{task}/{name.partition('/')[2]}": array for name, array in evidence.arrays.items()}
    return gather(run, arrays=arrays)


OWN = (
    ModuleTrace(
        name="__main__.Cell", bases=("__main__.Cell", "torch.nn.modules.module.Module"), trained=True
    ),
)


def test_rule_against_a_layer_takes_the_whole_task(exam: Assignment) -> None:
    """An own class around torch's RNN keeps no point, and says which rule took them."""
    wrapped = train("1.3").run.tasks[0].modules + OWN
    evidence = join(train("1.2"), retask(train("1.1"), "1.3", modules=wrapped))
    result = judge(exam, evidence, retask(train("1.1"), "1.3"), "1.3")
    assert 0 == result.points
    assert "failed" == pick(result, "avoids_layers").outcome
    assert "not_reached" == pick(result, "fitted_values").outcome
    assert "avoids_layers" in pick(result, "fitted_values").message


def test_own_class_is_required_where_the_rule_says_so(exam: Assignment) -> None:
    """The same network without a class of its own scores zero in 1.3."""
    bare = {"modules": (), "functions": ()}
    own = {"modules": OWN, "functions": ()}
    cell = train("1.2")
    expected = retask(train("1.1"), "1.3")
    assert 0 == judge(exam, join(cell, retask(train("1.1"), "1.3", **bare)), expected, "1.3").points
    kept = judge(exam, join(cell, retask(train("1.1"), "1.3", **own)), expected, "1.3")
    assert "passed" == pick(kept, "trains_own_class").outcome
    assert "passed" == pick(kept, "same_fit_as").outcome


def test_different_seeds_lose_only_what_they_break(exam: Assignment) -> None:
    """1.3 asked for another seed than 1.2: the network keeps its marks, `the same as 1.2` does not."""
    own = {"modules": OWN, "functions": (), "seeds": (43052,)}
    evidence = join(train("1.2", asked=(12345,)), retask(train("1.1"), "1.3", **own))
    result = judge(exam, evidence, retask(train("1.1"), "1.3"), "1.3")
    assert "passed" == pick(result, "fitted_values").outcome
    assert "failed" == pick(result, "same_fit_as").outcome
    assert [fault.code for fault in result.diagnosis] == ["seeds_differ"]


@pytest.mark.parametrize(
    ("seeds", "other", "outcome"),
    [
        ((43052,), (43052,), "passed"),
        ((1, 7), (7,), "passed"),
        ((1, 12345), (12345, 1), "failed"),
        ((), (1,), "passed"),
    ],
)
def test_last_seed_before_training_counts(
    exam: Assignment, seeds: tuple[int, ...], other: tuple[int, ...], outcome: str
) -> None:
    """What was asked for last starts the layers; where one notebook asks for none, seeds decide nothing."""
    own = {"modules": OWN, "functions": (), "seeds": seeds}
    evidence = join(train("1.2", asked=other), retask(train("1.1"), "1.3", **own))
    result = judge(exam, evidence, retask(train("1.1"), "1.3"), "1.3")
    assert outcome == pick(result, "same_fit_as").outcome


def test_released_cells_earn_nothing(exam: Assignment, reference: Evidence) -> None:
    """Evidence from cells that were handed out like this is nobody's answer."""
    result = judge(exam, train(), reference, changed=False)
    assert (0, {"no_evidence"}) == (result.points, {verdict.outcome for verdict in result.checks})


def test_failed_cell_is_named(exam: Assignment, reference: Evidence) -> None:
    """Where nothing was trained because a cell failed, the verdicts say which and why."""
    cell = CellRun(index=4, task="1.1", status="error", error="NameError: name 'rnn' is not defined")
    result = judge(exam, gather(TaskRun(task="1.1"), cells=(cell,)), reference)
    assert {"not_reached"} == {verdict.outcome for verdict in result.checks}
    assert "Cell 5" in result.checks[0].message and "NameError" in result.checks[0].message


def test_missing_reference_is_the_graders_fault(exam: Assignment) -> None:
    """Without the reference's evidence nobody gets a zero in silence."""
    cells = CellMap(tasks=("1.1",), changed=(True,), method="metadata")
    references = {ORDER: (Dossier(gather()),)}
    result = judge_submission(exam, SUBMISSION, cells, Dossier(train()), references, only_tasks=["1.1"])
    assert result.needs_review
    assert "grader_error" == pick(result.tasks[0], "fitted_values").outcome


def test_check_that_breaks_is_the_graders_fault(
    exam: Assignment, reference: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception in a check becomes a verdict that asks for a person, and spares the other checks."""

    def break_down(case: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setitem(CHECKS, "fitted_values", break_down)
    result = judge(exam, train(), reference)
    assert "grader_error" == pick(result, "fitted_values").outcome
    assert "RuntimeError: broken" == pick(result, "fitted_values").actual
    assert "passed" == pick(result, "parameter_count").outcome


def test_self_check_needs_no_reference(exam: Assignment) -> None:
    """Public checks alone are judged without one, and only their points are spoken of."""
    result = judge(exam, train(steps=60), None)
    assert [verdict.name for verdict in result.checks] == ["predicts_next", "trains_layer"]
    assert (result.points, result.max_points) == (6, 6)


@pytest.mark.parametrize(
    ("answer", "stated", "outcome"),
    [(False, None, "passed"), (True, None, "failed"), (None, False, "passed"), (None, None, "no_evidence")],
)
def test_answers_are_compared_with_the_references(
    exam: Assignment, answer: bool | None, stated: bool | None, outcome: str
) -> None:
    """A variable or a word answers; what is right comes from the reference's own run."""
    expected = gather(TaskRun(task="2.1", answer=False))
    evidence = gather(TaskRun(task="2.1", answer=answer))
    words = {} if stated is None else {"2.1": stated}
    assert outcome == judge(exam, evidence, expected, "2.1", stated=words).checks[0].outcome


def test_rubric_names_only_checks_that_exist(exam: Assignment) -> None:
    """Every check of the assignment is in the vocabulary, and each has a line for students."""
    assert {check.name for task in exam.task for check in task.checks} <= set(VOCABULARY) == set(CHECKS)
    assert all(describe_check(name).endswith(".") for name in CHECKS)


def test_nearer_of_two_right_networks_counts(exam: Assignment, reference: Evidence) -> None:
    """Where an assignment calls two networks right, either keeps all points, and a third does not."""
    right = {ORDER: (Dossier(reference), Dossier(train(hidden=9, steps=8)))}
    cells = CellMap(tasks=("1.1",), changed=(True,), method="metadata")

    def score(evidence: Evidence) -> float:
        result = judge_submission(exam, SUBMISSION, cells, Dossier(evidence), right, only_tasks=["1.1"])
        return sum(check.points for check in result.tasks[0].checks if check.name != "predicts_next")

    assert 12 == score(train()) == score(train(hidden=9))
    assert 3 == score(train(hidden=7))
