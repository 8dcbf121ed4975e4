"""Assertions are split into questions and claims, and claims are decided over what was answered."""

from typing import Any

import numpy as np
import pytest
import torch

from grader.assignment.assertions import AssertionBook, Assertions
from grader.assignment.claims import split_block
from grader.judge.claims import decide
from grader.judge.evaluate import Failed, Undecidable
from grader.judge.plain import read_plain
from grader.probe.asserting import Asserter
from grader.probe.places import Places

IMPORTS = {"np": "numpy", "torch": "torch", "math": "math", "assert_equal": "nose.tools.assert_equal"}


class Everything:
    """Equals everything, and is as large and as small as it is asked to be."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def square(x: Any) -> Any:
    """A student's function."""
    return x * x


NAMES: dict[str, Any] = {
    "f": square,
    "x": [1, 2, 3],
    "t": (1, 2),
    "d": {1: "a", "b": 2.5},
    "a": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "w": torch.tensor([0.5, 1.5]),
    "name": "Ada",
    "flag": True,
    "nothing": None,
    "huge": "y" * 60_000,
    "many": 10**9,
    "odd": Everything(),
    "np": np,
    "torch": torch,
}


def look_and_decide(code: str, form: str = "python", **names: Any) -> float | None:
    """What comes of a block, decided outside; its number if it ends with one."""
    block = Assertions.model_validate({"id": "b", "task": "1", "code": code, "form": form})
    claims = split_block(block, AssertionBook(imports=IMPORTS, block=(block,)))
    assert claims is not None
    asserter = Asserter(Places())
    asserter.install()
    looks = asserter.look({"expressions": list(claims.looks)}, {**NAMES, **names})
    assert not any("opaque" in look for look in looks)
    answers = [
        Failed(look["error"], look["raised"]) if "error" in look else read_plain(look["plain"])
        for look in looks
    ]
    return decide(claims, answers)


def split(code: str, *others: Assertions, own: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """The questions of a block; None if it has to run inside."""
    block = Assertions(id="b", task="1", code=code)
    claims = split_block(block, AssertionBook(imports=IMPORTS, own=own, block=(block, *others)))
    return None if claims is None else claims.looks


@pytest.mark.parametrize(
    ("code", "looks"),
    [
        ("assert f(3) == 9", ("f(3)",)),
        ("assert abs(f(3) - 9) < 1e-6, f'got {f(3)}'", ("f(3)",)),
        ("assert len(x) == 3 and x[0] == 1", ("x", "x")),
        ("assert a.shape == (2, 2)", ("a.shape",)),
        ("assert d['b'] == 2.5", ("d['b']",)),
        ("result = f(4)\nassert result == 16", ("f(4)",)),
        ("for n in range(2):\n    assert f(n) == n * n", ("f(0)", "f(1)")),
        ("for n, m in [(1, 1), (2, 4)]:\n    assert f(n) == m", ("f(1)", "f(2)")),
        ("import numpy as np\nnp.testing.assert_allclose(f(2), 4)", ("f(2)",)),
        ("assert all(v > 0 for v in x)", ("x",)),
        ("assert net.layers[0](f(2)) == 1", ("net.layers[0](f(2))",)),
        ("assert f(np.array([1, 2])).sum() == 5", ("f(np.array([1, 2])).sum()",)),
        ("assert_equal(f(2), 4)", ("f(2)",)),
        ("print('fine', f(2))", ("f(2)",)),
        ("try:\n    f('a')\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError('no')", ("f('a')",)),
        ("p = 0\nif f(2) == 4:\n    p += 1\np", ("f(2)",)),
        ("import pytest\nwith pytest.raises(TypeError):\n    f('a')", ("f('a')",)),
    ],
)
def test_questions_hold_no_expected_values(code: str, looks: tuple[str, ...]) -> None:
    """Only what the notebook has to answer is asked of it."""
    assert looks == split(code)


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    f('a')\nexcept np.exceptions.AxisError:\n    pass",
        "try:\n    f('a')\nexcept TypeError as e:\n    assert 'str' in str(e)",
        "try:\n    f(2)\nfinally:\n    pass",
        "with open(f(2)):\n    pass",
        "y += 1",
        "assert all(f(n) == n for n in x)",
        "def g(v):\n    return v\nassert g(1) == 1",
        "np.random.seed(1)\nassert f(2) == 4",
        "import pandas as pd\nassert pd.isna(f(2))",
        "y = f(2)\nassert f(y) == 16",
        "assert callable(f)",
        "assert (lambda v: v)(1)",
        "assert torch.max(w, 0)[0] > 1",
        "assert torch.sum(w, dim=0) > 1",
        "while f(1):\n    pass",
        "assert f(*x)[0] if x else odd(**d) and eval('1')",
        "x = [",
    ],
)
def test_what_cannot_be_split_runs_inside(code: str) -> None:
    """Whatever means something only in the notebook's process is left to it."""
    assert split(code) is None


def test_names_of_other_blocks_are_not_the_notebooks() -> None:
    """A helper that another test cell defines is no answer of the student's."""
    other = Assertions(id="a", task="1", code="def check(v):\n    return v == 4")
    assert split("assert check(f(2))", other) is None
    assert split("assert check(f(2))") == ("check(f(2))",)


def test_what_another_block_uses_is_made_inside() -> None:
    """A block whose names a later one needs cannot be left out of the notebook's process."""
    later = Assertions(id="later", task="1", code="assert result == 4")
    own = Assertions(id="own", task="1", code="def g(result):\n    return result\nassert g(1)")
    assert split("result = f(2)", later) is None
    assert split("result = f(2)", own) == ("f(2)",)


def test_own_names_are_the_notebooks() -> None:
    """Where the task asks for a function called as one of Python's, the student's is asked."""
    assert split("assert sum([1]) == 1") == ()
    assert split("assert sum([1]) == 1", own=("sum",)) == ("sum([1])",)


HOLD = [
    "assert f(3) == 9",
    "assert x == [1, 2, 3] and t == (1, 2) and x != t",
    "assert d == {1: 'a', 'b': 2.5}\nassert d[1] == 'a'\nassert 'b' in d",
    "assert isinstance(x, list) and not isinstance(t, list) and isinstance(flag, bool)",
    "assert isinstance(a, np.ndarray) and isinstance(w, torch.Tensor) and not isinstance(a, torch.Tensor)",
    "assert a.shape == (2, 2) and a.dtype == np.float64 and w.dtype == torch.float32",
    "assert w.shape == torch.Size([2])\nassert torch.allclose(w, torch.tensor([0.5, 1.5]))",
    "assert np.allclose(a, [[1, 2], [3, 4]])",
    "np.testing.assert_allclose(f(a)[1], [9, 16])",
    "assert nothing is None and flag is True",
    "assert name.lower() == 'ada' and len(name) == 3",
    "assert sorted(x, reverse=True)[0] == max(x) == 3",
    "assert [v * 2 for v in x] == [2, 4, 6]\nassert sum(v for v in x if v > 1) == 5",
    "assert round(float(w[1]), 2) == 1.5",
    "assert f(2) == 4 or f('no')",
    "assert math.isclose(sum(x) / len(x), 2)",
    "first, second = t\nassert second - first == 1",
    "assert type(x) == list and type(x) is list",
    "assert_equal(f(2), 4, msg='four')",
    "try:\n    f('a')\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError('no')",
    "try:\n    x[9]\nexcept (KeyError, IndexError) as error:\n    pass",
    "try:\n    f('a')\nexcept Exception:\n    assert f(2) == 4",
    "import pytest\nwith pytest.raises(TypeError):\n    f('a')",
    "if len(x) > 5:\n    raise ValueError\nelif f(2) != 4:\n    raise ValueError('four')",
    "total = 0\nfor n in range(3):\n    total += f(n)\nassert total == 5",
]
BREAK = [
    "assert f(3) == 10",
    "assert x == (1, 2, 3)",
    "assert f('a') == 'aa'",
    "assert x[3] == 1",
    "assert missing == 1",
    "np.testing.assert_allclose(a, 0)",
    "assert isinstance(f(2), float)",
    "assert_equal(np.array([]), f(3))",
    "assert not flag",
    "try:\n    f(2)\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError('no')",
    "try:\n    f('a')\nexcept ValueError:\n    pass",
    "import pytest\nwith pytest.raises(TypeError):\n    f(2)",
    "if f(2) == 4:\n    raise AssertionError('four')",
    "if f(2) == 4:\n    assert f(3) == 8",
]


@pytest.mark.parametrize("code", HOLD)
def test_claims_that_hold(code: str) -> None:
    """What Python would say in the notebook is said outside."""
    exec(code, {**NAMES, "math": __import__("math"), "assert_equal": _assert_equal})
    assert look_and_decide(code) is None


@pytest.mark.parametrize("code", BREAK)
def test_claims_that_do_not(code: str) -> None:
    """A wrong value, a missing name and an exception all fail."""
    with pytest.raises((Exception, pytest.fail.Exception)):
        exec(code, {**NAMES, "assert_equal": _assert_equal})
    with pytest.raises(Failed):
        look_and_decide(code)


def _assert_equal(left: Any, right: Any, msg: str = "") -> None:
    assert np.array_equal(left, right), msg


@pytest.mark.parametrize(
    "code",
    ["assert huge * many", "assert many ** many", "assert '%*d' % (many, 1)", "assert range(many)[0] == 0"],
)
def test_nothing_large_is_made(code: str) -> None:
    """Values that a student chose cannot make the judge take hours or gigabytes."""
    with pytest.raises(Undecidable):
        look_and_decide(code)


@pytest.mark.parametrize(
    ("last", "credit"), [("1.5", 1.5), ("f(2)", 4.0), ("0", 0.0), ("True", None), ("'a'", None)]
)
def test_last_number_is_credit(last: str, credit: float | None) -> None:
    """A number at the end is the share of points, as nbgrader has it; nought is none, not all."""
    assert credit == look_and_decide(f"assert f(1) == 1\n{last}")


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        (">>> f(3)\n9", True),
        (">>> f(3) == 9\nTrue", True),
        (">>> np.sum(x) == 6\nTrue", True),
        (">>> f(np.float64(2.0))\n4.0", True),
        (">>> name\n'Ada'", True),
        (">>> assert f(2) == 4\n>>> x\n[1,  2, 3]", True),
        (">>> nothing", True),
        (">>> w.shape\ntorch.Size([2])", True),
        (">>> w.dtype\ntorch.float32", True),
        (">>> a.dtype\ndtype('float64')", True),
        (">>> w\ntensor([0.5000, 1.5000])", True),
        (">>> f(a)\narray([[ 1.,  4.],\n       [ 9., 16.]])", True),
        (">>> w\ntensor([0.5000, 1.6000])", False),
        (">>> a\ntensor([[1., 2.], [3., 4.]])", False),
        (">>> w.shape\ntorch.Size([2, 1])", False),
        (">>> f(3)\n10", False),
        (">>> f(3)", False),
        (">>> f(2) == 4\n1", False),
        (">>> name\nAda", False),
    ],
)
def test_doctests(code: str, holds: bool) -> None:
    """A doctest holds if the text or the written value is the same, whichever numpy shows it."""
    if holds:
        assert look_and_decide(code, "doctest") is None
    else:
        with pytest.raises(Failed):
            look_and_decide(code, "doctest")


def test_objects_that_equal_everything_are_no_answers() -> None:
    """An object of the notebook's own is opaque, whatever it says of itself."""
    asserter = Asserter(Places())
    asserter.install()
    (look,) = asserter.look({"expressions": ["odd"]}, NAMES)
    assert "plain" not in look
    assert look["opaque"].endswith("Everything")
