"""Blocks that run in the notebook's process: what they are given, what they leave, and what is noticed."""

import builtins
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from grader.probe.asserting import Asserter
from grader.probe.places import Places
from grader.values import AssertionsRun


@pytest.fixture
def namespace() -> dict[str, Any]:
    """A notebook's names."""
    return {"__name__": "__main__", "np": np}


@pytest.fixture
def asserter(namespace: dict[str, Any]) -> Asserter:
    """One that stands by while a notebook's cells run."""
    places = Places()
    places.namespace = namespace
    made = Asserter(places)
    made.install()
    return made


@pytest.fixture
def tampered() -> Iterator[types.ModuleType]:
    """Python's own functions, put back whatever a test does to them."""
    before = dict(vars(builtins))
    yield builtins
    for name, value in before.items():
        setattr(builtins, name, value)


def run(asserter: Asserter, namespace: dict[str, Any], cells: str, code: str, form: str = "python") -> Any:
    """How a block ends after these cells."""
    exec(cells, namespace)
    before = dict(namespace)
    found = asserter.run({"code": code, "form": form, "imports": ["np", "helper"]}, namespace)
    assert before == namespace
    return {"credit": None, "error": "", **found}


@pytest.mark.parametrize("credit", [float("nan"), float("inf"), "-inf"])
def test_points_that_a_kernel_tells_are_finite(credit: Any) -> None:
    """Points that are no number would spoil every sum that they are in."""
    with pytest.raises(ValidationError):
        AssertionsRun.model_validate({"id": "b", "inside": "passed", "credit": credit})


def test_a_block_passes_and_fails(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """A failed assertion is told in one line, with what it says."""
    assert "passed" == run(asserter, namespace, "x = 2", "assert x == 2")["inside"]
    failed = run(asserter, namespace, "x = 2", "assert x == 3, 'three'")
    assert ("failed", "AssertionError: three") == (failed["inside"], failed["error"])


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ("import sys\ndef f(): sys.exit(0)", "SystemExit: 0"),
        ("def f(): raise BaseException('no')", "BaseException: no"),
        ("class E(Exception):\n    def __str__(self): raise E\ndef f(): raise E", "E"),
        ("def f(): return f()", "RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_whatever_is_raised_fails(
    asserter: Asserter, namespace: dict[str, Any], cells: str, error: str
) -> None:
    """An exit is no pass, and neither is an exception that cannot be written down."""
    failed = run(asserter, namespace, cells, "f()")
    assert "failed" == failed["inside"]
    assert failed["error"].startswith(error)


def test_shadowed_builtins_cost_nothing(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """A variable called `sum` or `list` is the notebook's; the block's `sum` is Python's."""
    cells = "list = [1, 2]\nsum = 0\nlen = lambda x: 99"
    assert "passed" == run(asserter, namespace, cells, "assert sum([len([1]), 1]) == 2")["inside"]


def test_names_of_a_block_stay_out_of_the_notebook(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """A test's loop variable overwrites nothing, and a later block finds what an earlier one has made."""
    run(asserter, namespace, "i = 'mine'", "for i in range(3):\n    helped = i")
    assert "mine" == namespace["i"]
    assert "helped" not in namespace
    assert "passed" == run(asserter, namespace, "", "assert helped == 2")["inside"]


def test_functions_see_what_a_block_sets(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """A test may take a function away to see whether another uses it; afterwards it is there again."""
    cells = "rate = 2\ndef one(x): return x * rate\ndef two(x): return one(x)"
    code = "del one\ntry:\n    two(1)\nexcept NameError:\n    pass\nelse:\n    raise AssertionError"
    assert "passed" == run(asserter, namespace, cells, code)["inside"]
    assert "passed" == run(asserter, namespace, "", "rate = 5\nassert two(2) == 10")["inside"]
    assert 4 == namespace["two"](2)


def test_replaced_builtins_are_noticed(
    asserter: Asserter, namespace: dict[str, Any], tampered: types.ModuleType
) -> None:
    """The block has Python's own function all the same."""
    cells = "import builtins\nbuiltins.abs = lambda x: 0\nx = 1"
    found = run(asserter, namespace, cells, "assert abs(x) == 0")
    assert ("failed", ["abs"]) == (found["inside"], found["replaced"])


def test_replaced_helpers_are_noticed(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """A library's function, or one that the notebook imports, with the notebook's own in its place."""
    before = np.testing.assert_allclose
    try:
        cells = "np.testing.assert_allclose = lambda *a, **k: None\ndef helper(a, b): pass\nx = 1"
        found = run(asserter, namespace, cells, "np.testing.assert_allclose(x, 2)\nhelper(x, 3)")
    finally:
        np.testing.assert_allclose = before
    assert "passed" == found["inside"]
    assert ["helper", "numpy.testing.assert_allclose"] == found["replaced"]


def test_credit_has_to_be_finite(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """A number at the end is handed on; one that is none fails instead of giving all points."""
    assert 0.0 == run(asserter, namespace, "x = 0.0", "x")["credit"]
    assert "failed" == run(asserter, namespace, "x = float('nan')", "x")["inside"]
    assert None is run(asserter, namespace, "x = [1]", "x")["credit"]


def test_what_is_printed_goes_nowhere(
    asserter: Asserter, namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a warning on stderr nor a print of a hidden value reaches the notebook, or fails it."""
    cells = "import sys\ndef f(x):\n    print(x)\n    print('warning', file=sys.stderr)\n    return x"
    assert "passed" == run(asserter, namespace, cells, "assert f(7) == 7")["inside"]
    assert ("", "") == capsys.readouterr()


@pytest.mark.parametrize(
    ("code", "inside"),
    [
        (">>> print(x)\n2", "passed"),
        (">>> np.float64(x)\n2.0", "passed"),
        (">>> np.bool_(x == 2)\nTrue", "passed"),
        (">>> 1 / 0\nTraceback (most recent call last):\nZeroDivisionError: division by zero", "passed"),
        (">>> print(x)\n3", "failed"),
        (">>> import sys\n>>> sys.exit()", "failed"),
    ],
)
def test_doctests_inside(asserter: Asserter, namespace: dict[str, Any], code: str, inside: str) -> None:
    """Doctests show what they should, in either spelling of numpy's numbers."""
    assert inside == run(asserter, namespace, "x = 2", code, "doctest")["inside"]


def test_roots_are_named_by_their_classes(asserter: Asserter, namespace: dict[str, Any]) -> None:
    """The judge is told that a variable is of a class of the notebook's own; functions are expected to be."""
    exec("class Fake:\n    shape = (2, 2)\nx = Fake()\ndef f(v): return 1", namespace)
    look = asserter.look({"expressions": ["x.shape", "f(x)"]}, namespace)
    assert ["tuple", [["int", "0x2"], ["int", "0x2"]]] == look[0]["plain"]
    assert [{"x": "__main__.Fake"}, {"x": "__main__.Fake"}] == [each["roots"] for each in look]
