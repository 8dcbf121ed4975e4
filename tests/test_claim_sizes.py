"""Claims make arrays of values as the notebook would, and nothing that a student's values could blow up."""

from typing import Any

import numpy as np
import pytest
from test_claims import look_and_decide

from grader.errors import EvidenceError
from grader.judge.evaluate import Undecidable
from grader.judge.plain import read_plain

NAMES: dict[str, Any] = {
    "n": 10**9,
    "n64": np.int64(10**9),
    "zero_d": np.array(10**9),
    "column": np.ones((2_000, 1)),
    "row": np.ones((1, 2_000)),
    "down": np.zeros((2_000, 1), dtype=int),
    "across": np.zeros((1, 2_000), dtype=int),
    "flat": np.zeros(2_000),
    "rows": [[1]] * 2_000,
    "long": "y" * 40_000,
    "tiny": 1e-9,
    "big": 10**4_000,
    "many": list(range(9_000)),
    "words": ["y" * 4_000, *["x"] * 2_000],
    "shapes": [np.zeros(size) for size in range(90)],
    "stack": np.ones((1_100, 1, 1, 2)),
    "signs": np.array(["one", "two"]),
}


@pytest.mark.parametrize(
    "code",
    [
        "assert np.allclose(a, np.array([[1, 2], [3, 4]]))",
        "assert np.array_equal(np.array([10.0, 20, 30]) / 10, x)",
        "assert np.array_equal(np.asarray([1_500_000, 2]), np.array([1_500_000, 2]))",
        "assert np.isnan(np.array([1, float('nan')])).sum() == 1",
        "assert np.array(['one', 'two']).shape == (2,)",
        "assert np.array([np.inf, -1e300]).min() < 0",
        "assert torch.allclose(torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 2.0]]))",
        "assert torch.equal(w * 0.2, torch.tensor([0.1, 0.3]))",
        "assert isinstance(torch.zeros(2, 3), torch.Tensor) and torch.ones(2, 3).shape == (2, 3)",
        "assert np.zeros((2, 3)).sum() == 0 and np.eye(2, 3).shape == (2, 3) and np.eye(2)[0, 0] == 1",
        "assert len(np.arange(5, 0)) == 0 and np.arange(1, 2, 0.25)[1] == 1.25",
        "assert np.linspace(0, 1, num=3)[1] == 0.5 and len(np.linspace(0, 1)) == 50",
        "assert np.allclose(np.full((2, 2), 1.5), [[1.5] * 2] * 2) and np.full(3, [1, 2, 3]).sum() == 6",
        "assert np.full(shape=2, fill_value=7)[1] == 7 and np.full_like(x, 0.5).sum() == 0",
        "assert np.full_like(a, 2).sum() == 8 and np.full_like(a, 1, shape=3).sum() == 3",
        "assert np.full(2, 'abc')[1] == 'abc'",
        "assert torch.equal(w * 0 + 0.1, torch.full((2,), 0.1)) and torch.full((2,), 3).sum() == 6",
        "assert sum([0.1] * 10) == sum(0.1 for v in range(10))",
        "assert (tall @ a[0]).shape == (9_000,) and (a @ a)[0, 0] == 7",
        "assert a[[0, 1], [1, 0]][0] == 2",
        "assert '-'.join(['a', 'b']) == 'a-b'.replace('x', 'y' * 5_000)",
    ],
)
def test_arrays_of_values(code: str) -> None:
    """Values of an array are no sizes, and torch's numbers are as short as torch makes them."""
    assert look_and_decide(code, tall=np.ones((9_000, 2))) is None


@pytest.mark.parametrize(
    "code",
    [
        "assert (column == row).all()",
        "assert (row == rows).all()",
        "assert (flat == column).all()",
        "assert np.isclose(column, flat).all()",
        "assert np.allclose(flat, rows)",
        "assert [column] == [row]",
        "assert column in [row]",
        "assert sum([column, row]).sum() == 1",
        "assert max(column, row)",
        "assert (column.sum() + column * row).all()",
        "assert (a + 0)[down, across].sum() == 0",
        "assert column.sum() and np.array([big]) ** 9",
        "assert [0] * n64",
        "assert 'y' * n64",
        "assert 10 ** n64",
        "assert round(1, -n)",
        "assert np.zeros(n64).sum() == 0",
        "assert np.zeros(zero_d).sum() == 0",
        "assert np.ones(shape=n).sum() == 0",
        "assert np.zeros((9, n)).sum() == 0",
        "assert torch.zeros(9, n).sum() == 0",
        "assert np.full(n64 // 500, 1).sum() == 0",
        "assert np.full(shape=(9, n // 5_000), fill_value=1).sum() == 0",
        "assert np.full(100, long + '').shape",
        "assert np.full_like(a, 1, shape=n // 500).sum() == 0",
        "assert np.full_like(a, 1, None, 'K', True, n // 500).sum() == 0",
        "assert torch.full((9, n // 5_000), 1).sum() == 0",
        "assert np.eye(100_000).sum() == 0",
        "assert np.eye(N=2, M=n).sum() == 0",
        "assert np.arange(0, 1, tiny).sum() == 0",
        "assert np.arange(n64).sum() == 0",
        "assert np.arange(start=0, stop=n, step=1).sum() == 0",
        "assert np.linspace(0, 1, num=n).sum() == 0",
        "assert np.linspace(0, 1, n).sum() == 0",
        "assert (long + '').join(long[:100])",
        "assert (long + '').replace('y', 'z' * 40)",
        "assert (long + '').replace('', long)",
        "assert np.array(words).shape",
        "assert signs in words",
        "assert np.array_equal(words, words)",
        "assert all(many.index(v) >= 0 for v in many)",
        "assert [np.zeros(900_000) for v in many]",
        "assert [shapes == v for v in many]",
        "assert (column @ row).sum() == 1",
        "assert (stack @ (stack.reshape(1_100, 2, 1) + 0)).sum() == 1",
        "assert words @ flat",
        "assert [[0] * 900_000 for v in many]",
    ],
)
def test_nothing_large_comes_of_small_values(code: str) -> None:
    """Broadcasts, repetitions, sizes by name and texts between texts are bounded by what they would make."""
    with pytest.raises(Undecidable):
        look_and_decide(code, **NAMES)


@pytest.mark.parametrize(
    "written",
    [
        ["texts", "numpy", [2_001], ["y" * 5_000, *[""] * 2_000]],
        ["array", "numpy", "float64", [0, 10**12], ""],
        ["array", "numpy", "float64", [10**6, 0], ""],
    ],
)
def test_written_arrays_that_would_be_large(written: list[object]) -> None:
    """Each text of an array takes as much room as the longest, and no rows still have columns."""
    with pytest.raises(EvidenceError):
        read_plain(written)


def test_arrays_of_texts_are_read() -> None:
    """Those of ordinary lengths."""
    assert ["one", "three"] == read_plain(["texts", "numpy", [2], ["one", "three"]]).tolist()
