"""Names of a block that stand for literals are written into its questions, where nobody could tell."""

import pytest
from test_claims import IMPORTS, look_and_decide, split

from grader.assignment.assertions import AssertionBook, Assertions
from grader.assignment.claims import explain_inside
from grader.judge.evaluate import Failed


@pytest.mark.parametrize(
    ("code", "looks"),
    [
        ("assert f([1, 2, 3]) == 2", ("f([1, 2, 3])",)),
        ("assert f((1, 2), key={'a': [1, -2]}) == 2", ("f((1, 2), key={'a': [1, -2]})",)),
        ("values = [1, 2, 3]\nassert f(values) == 2", ("f([1, 2, 3])",)),
        ("grid = {'a': [(1, None)]}\nassert f(grid)['a'] == 2", ("f({'a': [(1, None)]})['a']",)),
        ("n, pair = 3, 4\nassert pair == 4\nk = (1, 2)\nassert f(k) == f(k)", ("f((1, 2))", "f((1, 2))")),
        ("values = [1]\nassert f(values) == 1, f'wrong for {values}'", ("f([1])",)),
        ("cases = [([1], 1), ([2], 4)]\nfor v, m in cases:\n    assert f(v) == m", ("f([1])", "f([2])")),
        ("last = 3\nfor n in range(1, last):\n    assert f(n) == n * n", ("f(1)", "f(2)")),
        ("values = [1, 2]\nassert values.count(1) == f(2)", ("f(2)",)),
        ("assert [f(v) for v in ([1], [2])] == [1, 4]", ("f([1])", "f([2])")),
        ("cases = [(1, 1), (2, 4)]\nassert all(f(n) == m for n, m in cases)", ("f(1)", "f(2)")),
        ("assert all(x[n] == n + 1 for n in range(3))", ("x",)),
    ],
)
def test_literals_stand_in_questions(code: str, looks: tuple[str, ...]) -> None:
    """What a block hands to a function is data that the instructor chose, under whatever name."""
    assert looks == split(code)


@pytest.mark.parametrize(
    "code",
    [
        "values = [3, 1]\nf(values)\nassert values == [1, 3]",
        "stack = []\nf(stack)\nf(stack)\nassert f(2) == 4",
        "values = [1]\nfor n in range(2):\n    assert f(values) == n",
        "values = [1]\nassert f(values) == sum(values)",
        "for v in [[3, 1]]:\n    f(v)\n    assert v == [1, 3]",
        "pair = ([1], 2)\nassert f(pair) == f(pair)",
        "n = 1\nassert f(n) == 1\nn = 2\nassert f(n) == 4",
        "if f(1):\n    n = 1\nassert f(n) == 1",
        "n = 1\nn += 1\nassert f(n) == 4",
        "k = (1, 2)\nassert f(lambda k: k) == f(k)",
        "y = f(2)\npair = (y, 1)\nassert f(pair) == 16",
        "assert [f(n) + m for n in (1, 2) for m in (3, 4)]",
        "assert [f(n) for n in (1, 2) if n > 1] == [4]",
        "assert [f(v) == v for v in [[1], [2]]]",
        "assert {f(n) for n in (1, 2)} == {1, 4}",
        "assert all(f(n, m) for n in range(40) for m in [1])",
        "assert all(all(f(n, m) for m in range(40)) for n in range(40))",
    ],
)
def test_what_may_have_changed_is_not_written_out(code: str) -> None:
    """A list that is looked at again, and a name with two meanings, are known in the process alone."""
    assert split(code) is None


def test_a_name_means_the_notebooks_until_the_block_sets_it() -> None:
    """Above its assignment the same name is asked for as it stands."""
    assert split("assert f(n) == 9\nn = 2\nassert f(n) == 4") == ("f(n)", "f(2)")


@pytest.mark.parametrize(
    "code",
    [
        "values = [1, 2, 3]\nassert total(values) == 6",
        "cases = [([1, 2], 3), ([], 0)]\nfor v, m in cases:\n    assert total(v) == m, f'{v}'",
        "n = 3\nassert f(n) == n * n",
        "assert [total(v) for v in ([1, 2], [])] == [3, 0]",
        "assert all(f(n) == n * n for n in range(4)) and not any(f(n) < 0 for n in range(4))",
        "assert any(total(v) == 1 for v in ([1], ['a']))",
        "assert not all(total(v) == 2 for v in ([1], ['a']))",
        "assert all(f(n) for n in []) and not any(f(n) for n in [])",
        "assert any(f(n) == 4 for n in [2]) is True",
    ],
)
def test_claims_about_written_values_hold(code: str) -> None:
    """What was handed over is there for the claim, too."""
    assert look_and_decide(code, total=sum) is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def g(v):\n    return v\nassert g(1) == 1", "`def g(v):` is defined by the test"),
        ("y = f(2)\nassert f(y) == 16", "`f(y)` hands the notebook 'y', which a test has made. Write lit"),
        ("v = [1]\nassert f(v) == f(v)", "`f(v)` hands the notebook 'v', which a test has made."),
        ("import random\nassert f(2) == 4", "`import random` imports what is not known outside"),
        ("np.random.seed(1)\nassert f(2) == 4", "`np.random.seed(1)` calls what is not known outside"),
        ("assert callable(f)", "`callable` is one of Python's own names"),
        ("while f(1):\n    pass", "`while f(1):` is known to the student's process alone"),
        ("for n in x:\n    assert f(n) == 1", "`for n in x:` is a loop that cannot be written out"),
        ("try:\n    f('a')\nexcept TypeError as e:\n    assert str(e)", "`try:` looks at the exception"),
        ("x = [", "it is no Python"),
        (f"assert f(1) == '{'z' * 90}'.upper().swapcase()", "`'zzzz"),
    ],
)
def test_reasons_name_what_stands_in_the_way(code: str, reason: str) -> None:
    """Each block that has to run inside says which part of it, as its author wrote it."""
    block = Assertions(id="b", task="1", code=code)
    found = explain_inside(block, AssertionBook(imports=IMPORTS, block=(block,)))
    assert found is not None
    assert reason == found[: len(reason)]
    assert len(found) < 200


@pytest.mark.parametrize(
    "code",
    [
        "assert all(total(v) == 1 for v in ([1], ['a']))",
        "assert any(total(v) == 2 for v in ([1], ['a']))",
        "assert not all([total(v) == 2 for v in ([1], ['a'])])",
    ],
)
def test_what_raises_before_it_is_decided_fails(code: str) -> None:
    """A generator is looked at as far as Python would, and a list as a whole."""
    with pytest.raises(Failed):
        look_and_decide(code, total=sum)


def test_what_is_decided_outside_has_no_reason() -> None:
    """There is nothing to explain."""
    block = Assertions(id="b", task="1", code="assert f(2) == 4")
    assert explain_inside(block, AssertionBook(block=(block,))) is None


def test_names_shared_by_tests_are_reasons() -> None:
    """A block whose names another one needs has to leave them there, and is told which."""
    own = Assertions(id="b", task="1", code="result = f(2)")
    later = Assertions(id="later", task="1", code="assert result == 4")
    book = AssertionBook(block=(own, later))
    assert "another test of the task uses 'result', which this one makes" == explain_inside(own, book)
    assert "`result` is made by another test of the task" == explain_inside(later, book)
