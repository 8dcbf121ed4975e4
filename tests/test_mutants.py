"""Wrong answers made from right ones: they parse, are unique, run, and train another network."""

import ast
from functools import cache
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from conftest import ROOT
from mutant_samples import SEEN, fit, part
from training_samples import train

from grader.assignment.mutants import EDITS, LATE_EDITS, SHOWN_EDITS, Mutant, list_mutants
from grader.records import name_fitted

TASKS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
SETUP = """
import torch
symbols = ["!", "?", "h", "i", "e", "l", "o"]
codes = torch.tensor([symbols.index(character) for character in "hi?hello!!" * repeat])
one_hot = torch.nn.functional.one_hot(codes, 7).float()
x, y = one_hot[:-1], one_hot[1:]
"""
EVERYWHERE = set(
    """no_zero_grad softmax_before_loss learning_rate_ten_times learning_rate_tenth learning_rate_tenth_more
    learning_rate_default optimizer_sgd optimizer_adamw optimizer_rmsprop bias_missing state_reset
    labels_shifted_behind labels_shifted_ahead layer_not_trained_linear softmax_axis
    learning_rate_halved_later""".split()
)
COPIED = set(
    """initial_values copied_from_trained state_detached bias_missing_i2h bias_missing_h2h bias_missing_linear
    bias_missing_source_linear""".split()
)
HALVES = {f"{name}_{state}" for name in ("state_reset", "state_detached") for state in "hc"}
FOUND = {
    "1.1": {"hidden_size_7", "hidden_size_9", "layer_not_trained_rnn", "activation_relu"},
    "1.2": {"hidden_size_7", "hidden_size_9", "layer_not_trained_cell", "activation_relu", "state_detached"},
    "1.3": COPIED
    | {"hidden_size_7", "hidden_size_9", "layer_not_trained_cell"}
    | {f"activation_1_{name}" for name in ("sigmoid", "relu", "missing")},
    "1.4": {"hidden_size_3", "hidden_size_5", "layer_not_trained_lstm"},
    "1.5": HALVES | {"hidden_size_3", "hidden_size_5", "layer_not_trained_cell", "state_detached"},
    "1.6": COPIED
    | HALVES
    | {"hidden_size_3", "hidden_size_5", "layer_not_trained_i2h", "layer_not_trained_h2h"},
}
"""What DESIGN's list of mutants comes to in each task, but for the gates and activations of 1.6."""
PART_AT = {
    "no_zero_grad": 2,
    **dict.fromkeys(("learning_rate", "optimizer", "labels_shifted"), 1),
    **dict.fromkeys(("layer_not_trained", "state_detached"), 1),
}
"""The step at which a fault shows first; 0 for those that are not named."""
UNRUNNABLE = {"bias_missing_source_linear"}
"""There is no bias to copy then."""


@cache
def read_answers() -> dict[str, str]:
    """The reference's code by task."""
    notebook = nbformat.read(ROOT / "solutions" / "hi-hello.ipynb", as_version=4)
    cells = [(cell.metadata.get("grader", {}).get("task"), cell) for cell in notebook.cells]
    return {task: cell.source for task, cell in cells if cell.cell_type == "code" and task in TASKS}


def need(task: str) -> str:
    """The code of the task whose network this one rebuilds."""
    return read_answers()[{"1.3": "1.2", "1.6": "1.5"}[task]] if task in ("1.3", "1.6") else ""


@cache
def mutate(task: str) -> tuple[Mutant, ...]:
    """Every mutant of a task of the exam."""
    return tuple(list_mutants(read_answers()[task], need(task)))


def pick(task: str, name: str) -> str:
    """One mutant's code."""
    return next(mutant.source for mutant in mutate(task) if mutant.name == name)


def run_task(task: str, source: str, epochs: int = 3, repeat: int = 1) -> tuple[list[np.ndarray], Any]:
    """Fitted values of an answer on a short text, and its `yhat`."""
    _, names = fit(f"{SETUP}\n{need(task)}", epochs=epochs, repeat=repeat)
    fitted, names = fit(source, **names)
    return fitted, names["yhat"].numpy()


@pytest.mark.parametrize("task", TASKS)
def test_every_fault_of_the_design_is_made(task: str) -> None:
    """Each task of the exam has the mutants that its code has a place for, and no others."""
    names = {mutant.name for mutant in mutate(task)}
    orders = {name for name in names if name.startswith("gate_order_")}
    functions = {name for name in names if name.startswith("activation_")} if task == "1.6" else set()
    assert EVERYWHERE | FOUND[task] == names - orders - functions
    assert (23 if task == "1.6" else 0) == len(orders)
    assert (5 * 3 if task == "1.6" else 0) == len(functions)


@pytest.mark.parametrize("task", TASKS)
def test_mutants_are_unique_and_parse(task: str) -> None:
    """No two have one name or one code, and none is the original."""
    mutants = mutate(task)
    codes = {ast.dump(ast.parse(mutant.source)) for mutant in mutants}
    assert len(mutants) == len(codes) == len({mutant.name for mutant in mutants})
    assert ast.dump(ast.parse(read_answers()[task])) not in codes
    known = {code for code, _ in (*EDITS, *SHOWN_EDITS, *LATE_EDITS)} | {"copied_values"}
    assert {mutant.code for mutant in mutants} <= known


@pytest.mark.parametrize("task", TASKS)
def test_mutants_of_the_exam_part_at_the_step_of_their_kind(task: str) -> None:
    """Each is trained, and leaves the reference at the step that names its fault."""
    plain, _ = run_task(task, read_answers()[task])
    mutants = [mutant for mutant in mutate(task) if not mutant.late and not mutant.shown]
    expected = {each.name: PART_AT.get(each.code, 0) for each in mutants if each.name not in UNRUNNABLE}
    actual = {}
    for mutant in mutants:
        if mutant.name not in UNRUNNABLE:
            actual[mutant.name] = part(plain, run_task(task, mutant.source)[0])
    assert expected == actual


@pytest.mark.parametrize("task", TASKS)
def test_shown_and_late_mutants_are_what_they_say(task: str) -> None:
    """One trains rightly and shows wrongly, over time steps; one trains rightly for ten epochs."""
    plain, yhat = run_task(task, read_answers()[task], epochs=14)
    shown, turned = run_task(task, pick(task, "softmax_axis"), epochs=14)
    assert part(plain, shown) is None
    assert np.allclose(1, yhat.sum(1), atol=1e-5)
    assert np.allclose(1, turned.sum(0), atol=1e-5)
    late, _ = run_task(task, pick(task, "learning_rate_halved_later"), epochs=14)
    assert 11 == part(plain, late)
    flags = {mutant.name: (mutant.shown, mutant.late) for mutant in mutate(task)}
    assert (True, False) == flags.pop("softmax_axis")
    assert (False, True) == flags.pop("learning_rate_halved_later")
    assert {(False, False)} == set(flags.values())


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("learning_rate_tenth", {"lr": 0.01}),
        ("learning_rate_default", {"lr": 0.001}),
        ("learning_rate_tenth_more", {"lr": 0.11}),
        ("optimizer_sgd", {"optimizer": torch.optim.SGD}),
        ("optimizer_adamw", {"optimizer": torch.optim.AdamW}),
        ("optimizer_rmsprop", {"optimizer": torch.optim.RMSprop}),
        ("no_zero_grad", {"zero_grad": False}),
        ("softmax_before_loss", {"softmax_before_loss": True}),
        ("layer_not_trained_rnn", {"freeze_rnn": True}),
        ("hidden_size_9", {"hidden": 9}),
        ("hidden_size_7", {"hidden": 7}),
    ],
)
def test_mutant_trains_as_torch_does_with_that_fault(name: str, fault: dict[str, Any]) -> None:
    """A mutant of 1.1 leaves the values of the same fault written by hand, on the whole text."""
    expected = train(**fault, steps=3)
    actual, _ = run_task("1.1", pick("1.1", name), repeat=100)
    for step in range(3):
        assert np.allclose(expected.arrays[name_fitted("1.1", step)], actual[step], rtol=0, atol=SEEN)


@pytest.mark.parametrize(
    ("first", "second"), [("1.1", "1.2"), ("1.2", "1.3"), ("1.4", "1.5"), ("1.5", "1.6")]
)
def test_a_fault_comes_to_the_same_however_the_network_is_written(first: str, second: str) -> None:
    """Layer, cell and a network of one's own compute the same, also with the same thing wrong."""
    shared = {mutant.name for mutant in mutate(first)} & {mutant.name for mutant in mutate(second)}
    assert EVERYWHERE <= shared
    for name in shared:
        one, other = (run_task(task, pick(task, name))[0] for task in (first, second))
        assert (name, None) == (name, part(one, other, seen=1e-4))


def test_copied_from_trained_starts_where_the_other_task_ended() -> None:
    """Before its own training the cell of 1.3 has the trained weights of 1.2's."""
    _, names = fit(f"{SETUP}\n{need('1.3')}", epochs=3, repeat=1)
    trained = names["cell"].weight_hh.detach().clone()
    names["epochs"] = 0
    _, names = fit(pick("1.3", "copied_from_trained"), **names)
    assert torch.equal(trained, names["cell"].h2h.weight)


def test_nothing_is_copied_where_the_other_task_has_nothing_to_copy() -> None:
    """A task without a layer of the same kind gives no such mutant, nor does code that copies nothing."""
    for source, needed in ((read_answers()["1.3"], "x = 1"), (read_answers()["1.1"], read_answers()["1.1"])):
        assert [] == [each.name for each in list_mutants(source, needed) if each.code == "copied_values"]
