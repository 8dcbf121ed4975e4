"""What targets, tables and first norms tell of a training."""

from typing import Any

import numpy as np
import pytest
import torch
from diagnosis_samples import NUMBERS, study

from grader.assignment.spec import Assignment
from grader.assignment.tolerance import Tolerance
from grader.judge import facts


@pytest.mark.parametrize("shift", [-2, -1, 0, 1, 2, 4])
def test_shift_of_targets_is_found(small: Assignment, shift: int) -> None:
    """Targets some places behind or ahead of the next symbol are told by how many; right ones are not."""
    assert small.sequence is not None
    # Row t aims at symbol t + 1 + shift, in numbers of the student's own.
    targets = np.array([6, 5, 4, 3, 2, 1, 0])[np.roll(NUMBERS.numpy(), -1 - shift)[:-1]]
    assert (shift if abs(shift) in (1, 2) else None) == facts.find_shift(targets, small.sequence)


@pytest.mark.parametrize(
    "targets",
    [
        None,
        np.zeros(99, dtype=np.int64),
        NUMBERS.numpy()[:5],
        NUMBERS.numpy().reshape(10, 10),
        np.tile(NUMBERS.numpy(), 2),
        NUMBERS.numpy() // 2,
        np.random.default_rng(1).permutation(NUMBERS.numpy()),
    ],
    ids=["none", "one symbol", "few", "table", "many", "merged", "shuffled"],
)
def test_targets_of_no_such_text_have_no_shift(small: Assignment, targets: Any) -> None:
    """What does not spell the text, wherever it begins, is not off it by some places."""
    assert small.sequence is not None
    assert facts.find_shift(targets, small.sequence) is None


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_softmax_taken_twice_is_undone(scale: float) -> None:
    """The softmax of probabilities gives them back; the softmax of other numbers does not."""
    once = torch.softmax(scale * torch.randn(50, 7, generator=torch.Generator().manual_seed(1)), 1)
    twice, tolerance = torch.softmax(once, 1).numpy(), Tolerance(early=3e-5)
    assert facts.is_softmax_taken_twice(twice, once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(once.numpy(), once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(torch.softmax(2 * once, 1).numpy(), once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(twice[:9], once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(np.zeros_like(twice), once.numpy(), tolerance)


@pytest.mark.parametrize(("axis", "over_rows"), [(0, True), (1, False), (None, False)])
def test_softmax_over_rows_is_told_by_its_sums(axis: int | None, over_rows: bool) -> None:
    """Columns that sum to 1 are a softmax over time; rows that do, or neither, are not."""
    logits = torch.randn(50, 7, generator=torch.Generator().manual_seed(1))
    values = logits.exp() if axis is None else torch.softmax(logits, axis)
    assert over_rows == facts.is_softmax_over_rows(values.numpy())
    assert not facts.is_softmax_over_rows(values[:1].numpy())
    assert not facts.is_softmax_over_rows(values.reshape(-1).numpy())


def test_softmax_over_rows_that_come_one_by_one_gives_ones() -> None:
    """A softmax over time of a single step is 1 for every symbol."""
    rows = torch.randn(50, 1, 7, generator=torch.Generator().manual_seed(1))
    assert facts.is_softmax_over_rows(torch.softmax(rows, 1)[:, 0].numpy())


@pytest.mark.parametrize(
    ("other", "equal"),
    [({}, True), ({"kind": "rnn_tanh", "steps": 2}, True), ({"seed": 5}, False), ({"hidden": 9}, None)],
)
def test_equal_start_is_told_by_norms(other: dict[str, Any], equal: bool | None) -> None:
    """Initial norms are compared whatever was trained after; tensors of other shapes cannot be."""
    first, second = study(steps=1).run.tasks[0], study(**other).run.tasks[0]
    assert equal is facts.has_equal_start(first, second)
    bare = tuple(each.model_copy(update={"initial_norm": None}) for each in first.tensors)
    assert facts.has_equal_start(first.model_copy(update={"tensors": bare}), second) is None
    backwards = first.model_copy(update={"tensors": first.tensors[::-1]})
    assert equal is facts.has_equal_start(backwards, second)
