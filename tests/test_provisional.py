"""Provisional verdicts on real trainings: what first steps and a shorter text settle, and what stays open."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import training_samples
from training_samples import ORDER, train

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.provisional import judge_provisionally, list_moved, list_unnamed_shorter, list_unsettled
from grader.judge.score import References
from grader.probe.stopping import ReplayEnded
from grader.records import CellMap, CellRun, OptimizerTrace, RunMode, Submission

SUBMISSION = Submission(student="Ada", file="ada.ipynb", sha256="0" * 64)
TASK = "1.1"
ALONG, ENOUGH, TOO_FEW = 26, 20, 5
"""Steps of the reference's short run; steps after which it predicts, and before which it does not."""


def change(evidence: Evidence, mode: RunMode, **facts: Any) -> Evidence:
    """The evidence as a run in this mode leaves it, with facts of its task."""
    task = evidence.run.tasks[0].model_copy(update=facts)
    return Evidence(evidence.run.model_copy(update={"mode": mode, "tasks": (task,)}), evidence.arrays)


def run_quick(planned: int | None = ENOUGH, **fault: Any) -> Evidence:
    """Three steps under a secret seed."""
    return change(train(seed=9, steps=3, **fault), "quick", planned_steps=planned, training=0)


def run_short(monkeypatch: pytest.MonkeyPatch, steps: int = ENOUGH, **fault: Any) -> Evidence:
    """A whole training on a fifth of the text, under the grader's seed."""
    with monkeypatch.context() as patch:
        patch.setattr(training_samples, "TEXT", "hi?hello!!" * 20)
        return change(train(steps=steps, **fault), "short", training=0)


@pytest.fixture
def references(monkeypatch: pytest.MonkeyPatch) -> References:
    """The reference's quick run and its short one."""
    return {ORDER: (Dossier(run_quick(), short=run_short(monkeypatch, ALONG)),)}


def list_outcomes(
    exam: Assignment, dossier: Dossier, references: References, turns: tuple[str, ...] = ()
) -> dict[str, str]:
    """Check to outcome."""
    cells = CellMap(tasks=(TASK,), changed=(True,), method="metadata", turns={TASK: turns} if turns else {})
    result = judge_provisionally(exam, SUBMISSION, cells, dossier, references, only_tasks=[TASK])
    return {check.name: check.outcome for check in result.tasks[0].checks}


def list_open(exam: Assignment, evidence: Evidence, references: References, *turns: str) -> frozenset[str]:
    """The tasks that first steps leave open."""
    cells = CellMap(tasks=(TASK,), changed=(True,), method="metadata", turns={TASK: turns} if turns else {})
    return list_unsettled(exam, SUBMISSION, cells, Dossier(evidence), references)


def test_first_steps_settle_a_network_that_is_the_reference(exam: Assignment, references: References) -> None:
    """Equal under a secret seed, and planned for as long as the reference needs: nothing else has to run."""
    outcomes = list_outcomes(exam, Dossier(run_quick()), references)
    assert {"passed"} == set(outcomes.values())
    assert frozenset() == list_open(exam, run_quick(), references)


@pytest.mark.parametrize("planned", [None, TOO_FEW, ALONG + 1])
def test_length_that_tells_nothing_is_never_a_pass(
    exam: Assignment, references: References, planned: int | None
) -> None:
    """Unknown or too short, it is looked at further; longer than the reference's, it predicts."""
    outcome = list_outcomes(exam, Dossier(run_quick(planned)), references)["predicts_next"]
    assert {None: "undecided", TOO_FEW: "failed", ALONG + 1: "passed"}[planned] == outcome
    expected = frozenset() if planned == ALONG + 1 else frozenset({TASK})
    assert expected == list_open(exam, run_quick(planned), references)


@pytest.mark.parametrize("fault", [{"lr": 0.01}, {"hidden": 9}, {"zero_grad": False}, {"order": "?!hielo"}])
def test_another_network_is_open(exam: Assignment, references: References, fault: dict[str, Any]) -> None:
    """What another network learns, and in which order of symbols, only its end tells."""
    evidence = run_quick(**fault)
    assert frozenset({TASK}) == list_open(exam, evidence, references)
    if "order" not in fault:
        outcomes = list_outcomes(exam, Dossier(evidence), references)
        assert ("failed", "undecided") == (outcomes["fitted_values"], outcomes["predicts_next"])


def test_turn_holds_every_pass_back(exam: Assignment, references: References) -> None:
    """Where later rounds may differ nothing has passed yet; it earns no points and is looked at."""
    outcomes = list_outcomes(exam, Dossier(run_quick()), references, ("a loop differs",))
    assert {"undecided"} == set(outcomes.values())
    assert frozenset({TASK}) == list_open(exam, run_quick(), references, "a loop differs")


def test_schedule_of_the_learning_rate_is_a_turn(exam: Assignment, references: References) -> None:
    """torch's schedulers leave a setting with the optimizer, whose effect comes later."""
    stepper = OptimizerTrace(name="torch.optim.adam.Adam", settings={"lr": 0.1, "initial_lr": 0.1}, steps=3)
    scheduled = change(run_quick(), "quick", optimizers=(stepper,))
    assert frozenset({TASK}) == list_open(exam, scheduled, references)


@pytest.mark.parametrize(
    ("steps", "fault", "fits", "predicts"),
    [
        (ENOUGH, {}, "passed", "passed"),
        (TOO_FEW, {}, "passed", "failed"),
        (ENOUGH, {"lr": 0.001}, "failed", "failed"),
        (ENOUGH, {"optimizer": torch.optim.AdamW}, "failed", "passed"),
        (TOO_FEW, {"yhat": "copied"}, "failed", "failed"),
    ],
)
def test_short_run_tells_the_end(
    exam: Assignment,
    references: References,
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
    fault: dict[str, Any],
    fits: str,
    predicts: str,
) -> None:
    """Trained to its end on a fifth of the text, a network shows what it learns."""
    dossier = Dossier(run_quick(**fault), short=run_short(monkeypatch, steps, **fault))
    outcomes = list_outcomes(exam, dossier, references, ("a loop differs",))
    assert (fits, predicts) == (outcomes["fitted_values"], outcomes["predicts_next"])


def test_values_that_only_one_seed_makes_fail(
    exam: Assignment, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What agrees under the grader's seed and not under the secret one has not been computed."""
    dossier = Dossier(run_quick(lr=0.02), short=run_short(monkeypatch))
    outcomes = list_outcomes(exam, dossier, references)
    assert ("failed", "failed") == (outcomes["fitted_values"], outcomes["predicts_next"])


def test_short_run_that_went_another_way_is_left_aside(
    exam: Assignment, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell that fails on the shorter text alone, or a text that did not become shorter, says nothing."""
    cell = CellRun(index=0, task=TASK, status="error")
    short = run_short(monkeypatch, lr=0.02)
    failed = Evidence(short.run.model_copy(update={"cells": (cell,)}), short.arrays)
    assert "passed" == list_outcomes(exam, Dossier(run_quick(), short=failed), references)["fitted_values"]
    long = change(train(lr=0.02, steps=ENOUGH), "short")
    assert "passed" == list_outcomes(exam, Dossier(run_quick(), short=long), references)["fitted_values"]


@pytest.mark.parametrize(
    ("error", "predicts"),
    [(f"{ReplayEnded.__name__}: a replay ends", "passed"), ("NameError: loss", "undecided")],
)
def test_training_that_had_to_be_broken_off_has_not_failed(
    exam: Assignment, references: References, monkeypatch: pytest.MonkeyPatch, error: str, predicts: str
) -> None:
    """An exception ends what no loop drives, such as a recursion; its short run counts."""
    quick, short = run_quick(planned=None), run_short(monkeypatch)
    failed = CellRun(index=0, task=TASK, status="error", error=error)
    ended = CellRun(index=0, task=TASK, status="ok")
    quick = replace(quick, run=quick.run.model_copy(update={"cells": (failed,)}))
    short = replace(short, run=short.run.model_copy(update={"cells": (ended,)}))
    assert predicts == list_outcomes(exam, Dossier(quick, short=short), references)["predicts_next"]


def test_training_that_counts_is_told_by_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several trainings the short run finds the one whose values are shown, for the quick one."""
    short = change(run_short(monkeypatch), "short", training=1)
    assert {TASK: 1} == list_moved(Dossier(run_quick(), short=short))
    assert {} == list_moved(Dossier(run_quick(), short=run_short(monkeypatch)))
    assert {} == list_moved(Dossier(run_quick()))


def test_mutants_are_asked_for_where_a_short_run_is_wrong(
    exam: Assignment, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have run on the shorter text, so only a short run can be compared with them."""
    cells = CellMap(tasks=(TASK,), changed=(True,), method="metadata")
    quick, short = run_quick(zero_grad=False), run_short(monkeypatch, zero_grad=False)
    for dossier, expected in ((Dossier(quick, short=short), [TASK]), (Dossier(quick), [])):
        result = judge_provisionally(exam, SUBMISSION, cells, dossier, references)
        assert expected == list_unnamed_shorter(result, dossier)


def test_self_check_passes_nothing_that_it_has_not_seen(exam: Assignment) -> None:
    """Without a reference the first steps say nothing of what a network will predict."""
    cells = CellMap(tasks=(TASK,), changed=(True,), method="metadata")
    result = judge_provisionally(exam, SUBMISSION, cells, Dossier(run_quick()), None, only_tasks=[TASK])
    outcomes = {check.name: check.outcome for check in result.tasks[0].checks}
    assert {"predicts_next": "undecided", "trains_layer": "passed"} == outcomes


def test_reasons_of_both_runs_stand_once(
    exam: Assignment, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the quick and the short run give to look at is all told, and what both give is told once."""
    quick, short = (
        Evidence(run.run.model_copy(update={"notes": (note, "both")}), run.arrays)
        for run, note in ((run_quick(), "quick"), (run_short(monkeypatch), "short"))
    )
    cells = CellMap(tasks=(TASK,), changed=(True,), method="metadata")
    dossier = Dossier(quick, short=short)
    result = judge_provisionally(exam, SUBMISSION, cells, dossier, references, only_tasks=[TASK])
    assert (True, ("short", "both", "quick")) == (result.needs_review, result.review_reasons)
