"""Which tasks of a notebook depend on which."""

import pytest
from dependence_samples import analyse, list_parts, make_assignment

SETUP = """import torch
import numpy as np
x = torch.eye(3)
log = []
def use(v):
    return torch.relu(v) * scale
scale = 2"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a = 1", "print(a)"),
        ("a = 1", "print(f'{a:.2f}')"),
        ("a = 1", "b = [v * a for v in range(3)]"),
        ("a = 1", "b = [v for v in range(3) if v > a]"),
        ("a = 1", "def f(v=a): return v"),
        ("a = 1", "def f(v: a): return v"),
        ("def a(f): return f", "@a\ndef f(): pass"),
        ("a = 1", "class C:\n    b = a"),
        ("a = object", "class C(a): pass"),
        ("a = 1", "def f(): return a\nf()"),
        ("a = 1", "f = lambda: a\nf()"),
        ("a = 1", "def f():\n    def g(): return a\n    return g"),
        ("a = 1", "class C:\n    def m(self): return a"),
        ("a = 1", "a += 1"),
        ("a = 1", "a = a + 1"),
        ("a = 1", "del a"),
        ("a = 1", "try:\n    a\nexcept NameError:\n    a = 2"),
        ("a = 1", "try:\n    1 / 0\nexcept Exception as a:\n    pass\nprint(a)"),
        ("a = 1", "if (b := a): pass"),
        ("for a in range(3): pass", "print(a)"),
        ("while (a := input_) < 3: pass", "print(a)"),
        ("with torch.no_grad() as a: pass", "print(a)"),
        ("import math", "print(math.pi)"),
        ("import torch.nn.functional as F", "F.relu(x)"),
        ("from torch import nn", "nn.Linear(1, 1)"),
        ("def f():\n    global a\n    a = 1\nf()", "print(a)"),
        ("[a := v for v in range(3)]", "print(a)"),
        ("a, *b = [1, 2]", "print(b)"),
        ("match x:\n    case [a, *b]: pass", "print(b)"),
        ("try:\n    pass\nexcept ValueError as a:\n    b = a", "print(b)"),
        ("x = x + 1", "print(x)"),
        ("x += 1", "print(x)"),
        ("x[0] = 1", "print(x)"),
        ("x[0] += 1", "print(x)"),
        ("x.flag = 1", "print(x)"),
        ("x.add_(1)", "print(x)"),
        ("x.view(-1).add_(1)", "print(x)"),
        ("x.data[0] = 1", "print(x)"),
        ("torch.nn.init.zeros_(x)", "print(x)"),
        ("torch.add(x, 1, out=x)", "print(x)"),
        ("setattr(x, 'flag', 1)", "print(x)"),
        ("log.append(1)", "print(log)"),
        ("def f():\n    log.append(1)\nf()", "print(log)"),
        ("del x", "print(x)"),
        ("np.my_thing = 3", "print(np.my_thing)"),
        ("np.set_printoptions(3)", "np.zeros(1)"),
        ("sum = 3", "print(sum)"),
        ("log.append(lambda: q)\nq = 1", "log[0]()"),
        ("a = 1\ndef f(): return a", "f()"),
    ],
)
def test_later_task_depends(first: str, second: str) -> None:
    """What a task may read, and an earlier one leaves, puts both into one part, and an idle third aside."""
    parts = list_parts((None, SETUP), ("A", first), ("B", "nothing = 0"), ("C", second))
    assert {"AC", "B"} == parts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a = 1\nprint(a)", "a = 2\nprint(a)"),
        ("for a in range(3): b = a", "for a in range(3): b = a\nprint(a, b)"),
        ("a = 1", "b = [a for a in range(3)]"),
        ("a = 1", "b = {a: c for a, c in [(1, 2)]}"),
        ("a = 1", "def f(a): return a"),
        ("a = 1", "def f():\n    a = 2\n    return a"),
        ("a = 1", "f = lambda a: a"),
        ("a = 1", "class C:\n    a = 1\n    b = a"),
        ("a = 1", "class C:\n    def a(self): return self.a"),
        ("a = 1", "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a += 1\n    g()"),
        ("a = 1", "def f(): return a\na = 2\nf()"),
        ("a = 1", "if True:\n    a = 2\nelse:\n    a = 3\nprint(a)"),
        ("a = 1", "for _ in range(2):\n    a = 2\n    print(a)"),
        ("a = 1", "try:\n    a = 2\nfinally:\n    pass\nprint(a)"),
        ("a = 1", "(a := 2)\nprint(a)"),
        ("a = 1", "class a:\n    def copy(self): return a()"),
        ("a = 1", "def a(n): return a(n - 1)"),
        ("a = 1", "print('a')"),
        ("a = 1", "x.a"),
        ("a = 1", "print(end='', sep='a')"),
        ("import math", "import math\nprint(math.pi)"),
        ("torch.backends.cudnn.deterministic = True", "torch.zeros(1)"),
        ("torch.zeros(3).uniform_()", "torch.zeros(1)"),
        ("y = x.clone()\ny.add_(1)", "y = x.clone()\ny.add_(1)"),
        ("net = torch.nn.Linear(1, 1)\nnet.weight.data[:] = 1", "net = torch.nn.Linear(1, 1)\nnet(x)"),
        ("outs = []\nouts.append(1)", "outs = []\nouts.append(1)"),
    ],
)
def test_names_of_its_own_tie_a_task_to_nobody(first: str, second: str) -> None:
    """Names that a task binds before it reads them, and those of inner scopes, are its own."""
    assert {"A", "C"} == list_parts((None, SETUP), ("A", first), ("C", second))


def test_whatever_functions_of_the_setup_use_ties_everybody() -> None:
    """Any task may call them, by whatever name."""
    assert {"ABC"} == list_parts((None, SETUP), ("A", "scale = 3"), ("B", "b = 1"), ("C", "use(x)"))
    assert {"ABC"} == list_parts((None, SETUP), ("A", "torch.mine = 3"), ("B", "b = 1"), ("C", "use(x)"))


def test_dependence_goes_on_through_others() -> None:
    """A function that one task left reads, when another calls it, what a third has left by then."""
    parts = list_parts(
        (None, SETUP),
        ("A", "v = 1\ndef f(): return v"),
        ("B", "v = 2"),
        ("C", "print(f())"),
        ("D", "w = 1"),
    )
    assert {"ABC", "D"} == parts


def test_names_that_may_be_missing_are_hidden() -> None:
    """A loop may make no round and a function be called too early: such names are taken from the task."""
    source = "a = 1\nfor e in range(n):\n    out = e\nprint(out, a)\ndef f(): return late\nlate = 1"
    found = analyse((None, "n = 3"), ("A", "out = late = 0"), ("B", source))
    assert {"out", "late"} == found.list_hidden("B")


def test_name_error_that_is_caught_hides_nothing() -> None:
    """Where an error may go unnoticed, a name that may be missing counts as read."""
    source = "for e in range(3): out = e\ntry:\n    print(out)\nexcept Exception:\n    pass"
    found = analyse(("A", "out = 0"), ("B", source))
    assert ["AB"] == ["".join(part.tasks) for part in found.parts]
    assert frozenset() == found.list_hidden("B")


@pytest.mark.parametrize(
    "source",
    [
        "exec('a = 1')",
        "globals()['a']",
        "from math import *",
        "%run other.py",
        "!touch a",
        "%%time\na = 1",
        "print(_)",
        "Out[1]",
        "open('a', 'w')",
        "torch.save(x, 'a')",
        "import os",
        "import pickle",
        "get_ipython()",
        "def f(): exec('1')",
        "this is no Python",
        "import torch.multiprocessing",
        "class C(type):\n    def __init_subclass__(cls): pass",
    ],
)
def test_doubt_leaves_a_notebook_whole(source: str) -> None:
    """What no syntax tree shows keeps all tasks in one part, and says why."""
    found = analyse((None, SETUP), ("A", "a = 1"), ("B", source), ("C", "c = 1"))
    assert [("A", "B", "C")] == [part.tasks for part in found.parts]
    assert 1 == len(found.doubts)


@pytest.mark.parametrize(
    ("source", "is_sure"),
    [
        ("%matplotlib inline\n!pip install torch\nimport os\nos.environ['A'] = '1'", True),
        ("import pickle\nopen('a', 'w').write('1')", True),
        ("exec('def f(): return a')", False),
        ("def f(): return open('a')", False),
        ("import os\ndef f(): return os.listdir()", False),
    ],
)
def test_setup_runs_in_every_part(source: str, is_sure: bool) -> None:
    """What the set-up does at once is done alike everywhere; what its functions do later counts."""
    found = analyse((None, source), ("A", "a = 1"), ("B", "b = 1"))
    assert is_sure == (not found.doubts)


def test_module_that_setup_imports_is_judged_where_it_is_used() -> None:
    """`import os` in the set-up harms nothing, as long as no task uses it."""
    setup = (None, "import os")
    assert {"A", "B"} == list_parts(setup, ("A", "a = 1"), ("B", "b = 1"))
    assert analyse(setup, ("A", "a = 1"), ("B", "os.getcwd()")).doubts


def test_setup_behind_a_task() -> None:
    """Such a cell goes with the task that it reads of; one that reads of none is everybody's."""
    cells = [("A", "a = 1"), (None, "print(a)\nb = 2"), (None, "c = 3"), ("B", "print(c)"), ("C", "print(b)")]
    found = analyse(*cells)
    assert {frozenset({0, 1, 4}), frozenset({3})} == {part.cells for part in found.parts}
    assert [(1, False), (2, True)] == [(s.unit, s.is_shared) for s in found.segments if type(s.unit) is int]


def test_setup_behind_a_task_goes_on_with_its_random_numbers() -> None:
    """The stream begins anew with each task only, so what is drawn behind one depends on it."""
    cells = [(None, SETUP), ("A", "a = 1"), (None, "noise = torch.rand(3)"), ("B", "b = 1"), ("C", "noise")]
    assert {"AC", "B"} == list_parts(*cells)


def test_task_that_is_taken_up_again_keeps_those_between() -> None:
    """Its random numbers go on where the tasks in between have left them."""
    cells = [("A", "a = 1"), ("B", "b = 1"), ("A", "c = 1"), ("C", "d = 1")]
    assert {"AB", "C"} == list_parts(*cells)


def test_rubric_joins_tasks_that_it_compares() -> None:
    """A task stays with those that it needs, and with those that a check compares it with."""
    assignment = make_assignment(needs={"B": ["A"]}, same={"D": "C"})
    cells = [(task, f"{task.lower()} = 1") for task in "ABCD"]
    assert {"AB", "CD"} == list_parts(*cells, assignment=assignment)


def test_whoever_binds_one_answer_stays_together() -> None:
    """A statement's variable is read at the end, so all that bind it run in one kernel."""
    assignment = make_assignment("AB", ["1", "2"])
    cells = [("A", "answer_1 = True"), ("B", "b = 1"), ("1", "answer_1 = False"), ("2", "answer_2 = True")]
    assert {"1A", "B", "2"} == list_parts(*cells, assignment=assignment)


def test_whoever_binds_what_a_task_leaves_stays_with_it() -> None:
    """Its variables are read when it ends, whether it bound them itself or found them there."""
    assignment = make_assignment("ABCD", leaves={"C": ["net"], "D": ["table"]})
    cells = [("A", "net = 1"), ("B", "b = 1"), ("C", "c = 1"), ("D", "table = 1")]
    found = analyse(*cells, assignment=assignment)
    assert {"AC", "B", "D"} == {"".join(sorted(part.tasks)) for part in found.parts}
    assert "table" not in found.list_hidden("D")


def test_several_names_for_fitted_values_keep_their_order() -> None:
    """Of `yhat1` and `yhat2` the last assigned counts, and an earlier task has decided their places."""
    late = "yhat1 = 1\nyhat2 = 2"
    assert {"AC", "B"} == list_parts(("A", "yhat2 = 0"), ("B", "yhat = 0"), ("C", late))
    assert {"A", "B"} == list_parts(("A", "yhat2 = 0"), ("B", "yhat2 = 0"))


def test_what_later_tasks_elsewhere_read_is_watched() -> None:
    """Names of the set-up that tasks in other kernels read later, and no others."""
    cells = [(None, SETUP), ("A", "a = x"), ("B", "b = log"), ("C", "a = 1")]
    found = analyse(*cells)
    watched = found.list_watched("A", frozenset({1}))
    assert watched is not None and {"log"} <= watched and "x" not in watched
    assert found.list_watched("B", frozenset({2, 3})) is None
    assert found.list_watched("C", frozenset({3})) is None
