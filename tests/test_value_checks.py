"""Verdicts on what a task's variables hold, honest and not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from value_samples import describe_assignment, judge, leave, list_option_faults

from grader.assignment.spec import Assignment
from grader.evidence import Dossier
from grader.judge.case import Case, Finding
from grader.judge.checks import CHECKS, describe_check
from grader.judge.foresee import hold_back

LSTM_SHAPES = [[400, 28], [400, 100], [400], [400], [10, 100], [10]]


class Reader(torch.nn.Module):
    """An LSTM that reads rows, and a linear layer, in either order."""

    def __init__(self, *, hidden: int = 100, layers: int = 1, linear_first: bool = False) -> None:
        super().__init__()
        if linear_first:
            self.output = torch.nn.Linear(hidden, 10)
        self.memory = torch.nn.LSTM(28, hidden, layers, batch_first=True)
        if not linear_first:
            self.output = torch.nn.Linear(hidden, 10)


def freeze(network: torch.nn.Module) -> torch.nn.Module:
    """The network with its first parameter frozen."""
    next(network.parameters()).requires_grad_(False)
    return network


@pytest.mark.parametrize(
    ("network", "outcome"),
    [
        (Reader(), "passed"),
        (Reader(linear_first=True), "passed"),
        (torch.nn.Sequential(torch.nn.LSTM(28, 100), torch.nn.Linear(100, 10)), "passed"),
        ([torch.nn.LSTM(28, 100), torch.nn.Linear(100, 10)], "passed"),
        (Reader(hidden=99), "failed"),
        (Reader(layers=2), "failed"),
        (torch.nn.LSTM(28, 100), "failed"),
        (freeze(Reader()), "failed"),
        (53010, "failed"),
        (None, "no_evidence"),
    ],
)
def test_parameter_shapes_are_those_of_the_network_itself(network: Any, outcome: str) -> None:
    """Names and order do not count; a size, a layer or a frozen tensor does, and a number is no network."""
    stated = judge("parameter_shapes", {"variable": "net", "shapes": LSTM_SHAPES}, leave({"net": network}))
    assert (outcome, outcome == "passed") == (stated.outcome, stated.points == 1)
    compared = judge(
        "parameter_shapes", {"variable": "net"}, leave({"net": network}), leave({"net": Reader()})
    )
    assert outcome == compared.outcome


def test_missing_shapes_are_named() -> None:
    """The message says which shapes are missing and which are too many."""
    verdict = judge(
        "parameter_shapes",
        {"variable": "net", "shapes": LSTM_SHAPES},
        leave({"net": torch.nn.LSTM(28, 100, bias=False)}),
    )
    assert "Missing: (400,) 2 times, (10, 100), (10,). Too many: none." == verdict.message
    assert verdict.expected.startswith("53010 parameters")


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (torch.zeros(64, 8, 100), "passed"),
        (np.zeros((3, 8, 100)), "passed"),
        (torch.zeros(8, 64, 100), "failed"),
        (torch.zeros(8, 100), "failed"),
        ("(64, 8, 100)", "failed"),
    ],
)
def test_output_shape_may_leave_the_batch_open(value: Any, outcome: str) -> None:
    """-1 stands for any size; the order of the axes counts."""
    verdict = judge("output_shape", {"variable": "a", "shape": [-1, 8, 100]}, leave({"a": value}))
    assert outcome == verdict.outcome


@pytest.mark.parametrize(
    ("expected", "actual", "outcome"),
    [
        (53010, 53010.0, "passed"),
        (53010, torch.tensor(53010), "passed"),
        (53010, 53011, "failed"),
        (1, True, "failed"),
        (True, np.bool_(True), "passed"),
        ("GRU", " gru ", "passed"),
        ([200, 800, 624], (200, 800, 624), "passed"),
        ([200, 800, 624], [200, 800, 600], "failed"),
        (["긍정", "부정"], ["부정", "긍정"], "failed"),
        ({"LSTM": 4, "GRU": 3}, {"GRU": 3, "LSTM": 4}, "passed"),
        (torch.eye(2), np.eye(2), "passed"),
    ],
)
def test_value_equals_the_references(expected: Any, actual: Any, outcome: str) -> None:
    """Equal is what Python calls equal, whatever holds it; a truth value is no number."""
    verdict = judge("value_equals", {"variable": "a"}, leave({"a": actual}), leave({"a": expected}))
    assert outcome == verdict.outcome


def test_value_may_be_stated() -> None:
    """A rubric may say the value itself, and then no reference is needed."""
    assert "passed" == judge("value_equals", {"variable": "a", "value": 4}, leave({"a": 4})).outcome
    assert "failed" == judge("value_equals", {"variable": "a", "value": 4}, leave({"a": 3})).outcome


@pytest.mark.parametrize(
    ("actual", "outcome"),
    [
        (torch.tensor([1.0, 2.0]), "passed"),
        ([1.0, 2.00009], "passed"),
        ([1.0, 2.0002], "failed"),
        ([[1.0, 2.0]], "failed"),
        ([1.0, float("nan")], "failed"),
        ("1, 2", "failed"),
    ],
)
def test_value_close_to_the_references(actual: Any, outcome: str) -> None:
    """Within the tolerance, and of the same shape."""
    reference = leave({"a": torch.tensor([1.0, 2.0])})
    assert outcome == judge("value_close", {"variable": "a"}, leave({"a": actual}), reference).outcome


def test_detached_state_holds_no_graph() -> None:
    """A tensor that autograd follows is not detached; a number is no state."""
    state = torch.zeros(2, 3, requires_grad=True) * 2
    options = {"variables": ["a", "b"]}
    assert "passed" == judge("is_detached", options, leave({"a": state.detach(), "b": state.data})).outcome
    attached = judge("is_detached", options, leave({"a": state.detach(), "b": state}))
    assert ("failed", "b still hold a graph") == (attached.outcome, attached.actual)
    assert "failed" == judge("is_detached", options, leave({"a": 0.0, "b": state.detach()})).outcome


AIMS = np.arange(100) % 10
GUESSED = np.where(np.arange(100) < 95, AIMS, (AIMS + 1) % 10)
"""95 of 100 are right."""
METRIC = {"variable": "a", "least": 0.9, "predictions": "b", "targets": "net"}


def leave_metric(accuracy: Any, predictions: Any, aims: Any = AIMS) -> Any:
    """Evidence of a trained classifier."""
    return leave({"a": accuracy, "b": predictions, "net": aims}, losses=[2.0, 1.0])


@pytest.mark.parametrize(
    ("accuracy", "predictions", "outcome"),
    [
        (0.95, GUESSED, "passed"),
        (95.0, torch.tensor(GUESSED), "passed"),
        (torch.tensor(0.95), np.eye(10)[GUESSED], "passed"),
        (0.99, GUESSED, "failed"),
        (0.1, np.zeros(100), "failed"),
        (0.95, GUESSED[:50], "failed"),
        ("95 %", GUESSED, "failed"),
    ],
)
def test_metric_is_recomputed_from_the_predictions(accuracy: Any, predictions: Any, outcome: str) -> None:
    """Per cent and probabilities are understood; a number that the predictions do not give fails."""
    untrained = leave_metric(0.1, np.zeros(100))
    verdict = judge(
        "metric_at_least",
        METRIC,
        leave_metric(accuracy, predictions),
        leave_metric(0.95, GUESSED),
        hidden=untrained,
        reference_hidden=untrained,
        trains=True,
    )
    assert outcome == verdict.outcome


def test_metric_that_needs_no_training_fails() -> None:
    """Predictions that are as good where the training was stopped are copied from somewhere."""
    full, untrained = leave_metric(1.0, AIMS), leave_metric(0.1, np.zeros(100))
    verdict = judge(
        "metric_at_least", METRIC, full, full, hidden=full, reference_hidden=untrained, trains=True
    )
    assert "failed" == verdict.outcome
    assert "stopped after two updates" in verdict.message


def test_predictions_are_held_against_the_references_targets() -> None:
    """Targets that a notebook has changed to fit its predictions are not the ones that count."""
    changed, untrained = leave_metric(1.0, np.zeros(100), np.zeros(100)), leave_metric(0.1, np.zeros(100))
    verdict = judge(
        "metric_at_least",
        METRIC,
        changed,
        leave_metric(0.95, GUESSED),
        hidden=untrained,
        reference_hidden=untrained,
        trains=True,
    )
    assert ("failed", "1 stated, 0.1 recomputed") == (verdict.outcome, verdict.actual)


def test_metric_without_any_training_is_no_evidence() -> None:
    """A task that is answered by training earns nothing where no optimizer has stepped."""
    verdict = judge("metric_at_least", {"variable": "a", "least": 0.9}, leave({"a": 0.99}), trains=True)
    assert "no_evidence" == verdict.outcome


def test_variable_that_a_failed_cell_did_not_leave_is_not_reached() -> None:
    """The cell's error is named, and nobody is told to leave an answer that they tried to leave."""
    verdict = judge("value_equals", {"variable": "a", "value": 1}, leave(status="error"))
    assert "not_reached" == verdict.outcome
    assert "NameError" in verdict.message


def test_reference_without_the_variable_asks_for_a_person() -> None:
    """A reference that lacks what it should leave costs nobody a mark in silence."""
    assert "grader_error" == judge("value_equals", {"variable": "a"}, leave({"a": 1}), leave()).outcome


@pytest.mark.parametrize(
    ("check", "options", "place", "fault"),
    [
        ("value_close", {}, "", "the option 'variable' is missing"),
        ("value_close", {"variable": "a", "within": 1}, "options within", "there is no option 'within'"),
        ("value_close", {"variable": "a", "tolerance": "small"}, "options tolerance", "a valid number"),
        ("value_close", {"variable": "c"}, "options variable", "'c' is not among the task's `variables`"),
        ("is_detached", {"variables": ["a", "h"]}, "options variables 1", "There are: a, b, net."),
        ("figure_drawn", {"what": "pie"}, "options what", "'bars'"),
        ("figure_drawn", {"of": ["a", "nett"]}, "options of 1", "Did you mean 'net'?"),
        (
            "measured_table",
            {"variable": "a", "columns": ["x"], "ratios": [{"of": "x"}]},
            "options ratios",
            "required",
        ),
        ("parameter_count", {"layers": ["RNN"]}, "options layers", "There are: none"),
        ("fitted_values", {}, "name", "of the kind training"),
        ("same_answer", {}, "name", "of the kind true_false"),
    ],
)
def test_rubric_with_wrong_options_is_refused(
    check: str, options: dict[str, Any], place: str, fault: str
) -> None:
    """Before anything runs, at the place where the fault stands."""
    (found,) = list_option_faults(check, options)
    expected: list[str | int] = ["task", 0, "checks", 0]
    expected += [int(part) if part.isdigit() else part for part in place.split()]
    assert expected == list(found.path)
    assert fault in found.message


@pytest.mark.parametrize("stated", [{"value": 4}, {}])
def test_self_check_states_what_is_right(stated: dict[str, Any]) -> None:
    """A check may be public if it says itself what it otherwise compares with the reference."""
    faults = list_option_faults("value_equals", {"variable": "a", **stated}, public=True)
    assert (["public"] if not stated else []) == [fault.path[-1] for fault in faults]


def test_variables_are_names_of_python() -> None:
    """What no notebook can leave is refused."""
    (found,) = list_option_faults("training_curve", {}, variables=["a", "my net"])
    assert ("task", 0, "variables", 1) == found.path


def test_every_check_has_its_line_for_students() -> None:
    """A docstring of one sentence each."""
    for name in CHECKS:
        line = describe_check(name)
        assert line.endswith(".") and "\n" not in line, name


@pytest.mark.parametrize(("needs", "outcome"), [(["0"], "undecided"), ([], "failed")])
def test_values_of_a_stopped_training_are_open(needs: list[str], outcome: str) -> None:
    """In a quick run a training task has made three steps, so what goes on with it says nothing yet."""
    described = describe_assignment("value_equals", {"variable": "a", "value": 4}, needs=needs)
    check = {"name": "trains_layer", "points": 1, "options": {"layers": ["RNN"]}}
    training = {"kind": "training", "id": "0", "title": {"ko": "훈련", "en": "Training"}, "checks": [check]}
    assignment = Assignment.model_validate({**described, "task": [training, *described["task"]]})
    left = leave({"a": 3})
    quick = replace(left, run=left.run.model_copy(update={"mode": "quick"}))
    case = Case(assignment, assignment.find_task("1"), Dossier(quick), None)
    finding = Finding("failed", "4", "3", "The value is another one.")
    assert outcome == hold_back(case, finding).outcome
