"""Marks of objects: the same as long as nothing has changed, another as soon as anything has."""

import functools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.probe.apart import Apart, compare_states, list_owners, look_around
from grader.probe.marks import mark


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder where nobody else writes, as a room has one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def make(source: str) -> dict[str, Any]:
    """A notebook's namespace after a cell."""
    namespace: dict[str, Any] = {"__name__": "__main__", "torch": torch, "np": np, "random": random}
    exec(source, namespace)
    return namespace


@pytest.mark.parametrize(
    ("source", "change"),
    [
        ("v = torch.eye(2)", "w = v\nw += 1"),
        ("v = torch.eye(2)", "v[0].zero_()"),
        ("v = torch.eye(2, dtype=torch.bfloat16)", "v.mul_(2)"),
        ("v = torch.eye(2)", "v.flag = 1"),
        ("v = torch.eye(2)", "v.requires_grad_()"),
        ("v = torch.eye(2, requires_grad=True)", "(v * 2).sum().backward()"),
        ("v = np.eye(2)", "v.T[0] = 5"),
        ("v = [1, [2]]", "v[1].append(3)"),
        ("v = {'a': {1}}", "v['a'].add(2)"),
        ("v = {'a': 1, 'b': 2}", "v['a'] = v.pop('a')"),
        ("v = torch.nn.Linear(2, 2)", "v.weight.data[0] = 1"),
        ("v = torch.nn.Linear(2, 2)", "v.eval()"),
        ("v = torch.nn.Sequential(torch.nn.Linear(2, 2))", "v.append(torch.nn.Tanh())"),
        ("v = torch.Generator()", "torch.rand(2, generator=v)"),
        ("v = np.random.default_rng(1)", "v.random()"),
        ("v = random.Random(1)", "v.random()"),
        ("def v(a=[]): a.append(1)", "v()"),
        ("def v(): pass", "v.calls = 1"),
        ("def f():\n    n = [0]\n    def g(): n[0] += 1\n    return g\nv = f()", "v()"),
        ("class v:\n    n = 0", "v.n = 1"),
        ("class v:\n    def m(self): pass", "v.m = print"),
        ("class A: pass\nv = A()", "v.n = 1"),
        ("class A:\n    __slots__ = ('n',)\nv = A()", "v.n = 1"),
        (
            "class A:\n    def __init__(self): self.l = []\n    def m(self): self.l.append(1)\nv = A().m",
            "v()",
        ),
        ("v = []\nv.append(v)", "v.append(1)"),
        ("v = 10 ** 5000", "v += 1"),
    ],
)
def test_change_is_seen(source: str, change: str) -> None:
    """However it is made, and by whatever name, another state has another mark."""
    namespace = make(source)
    before = mark(namespace["v"])
    assert before is not None
    assert before == mark(namespace["v"])
    exec(change, namespace)
    assert before != mark(namespace["v"])


@pytest.mark.parametrize(
    "make_value",
    [
        lambda: iter([1]),
        lambda: (n for n in range(3)),
        lambda: [map(str, [1])],
        lambda: {"a": zip([1], [2], strict=True)},
        lambda: torch.ones(2, requires_grad=True) * 2,
        lambda: functools.lru_cache(len),
        lambda: np.array([object()]),
        lambda: list(range(10**5)) and [[] for _ in range(10**5)],
    ],
)
def test_what_cannot_be_seen_has_no_mark(make_value: Callable[[], Any]) -> None:
    """Iterators, graphs of autograd and what is too large are told apart from what has not changed."""
    assert mark(make_value()) is None


def test_namespace_and_settings_are_compared() -> None:
    """What a task hides comes back unless it was bound; what was changed is named."""
    namespace = make("x = torch.eye(2)\nout = 1\nold = 2")
    apart = Apart()
    asked = {"hide": ["out", "old", "none"], "watch": ["x"], "reads": [], "look": True}
    assert {"changed": []} == apart.begin(asked, namespace, is_first=True)
    assert not {"out", "old"} & set(namespace)
    exec("out = 5\ny = x\ny *= 2\nm = torch\nm.mine = 1\nhold = torch.is_grad_enabled()", namespace)
    try:
        left = apart.end(namespace, [])
    finally:
        del torch.mine  # type: ignore[attr-defined]
    assert ["x", "attributes of torch"] == left["changed"]
    assert (5, 2) == (namespace["out"], namespace["old"])


@pytest.mark.parametrize(
    ("change", "restore", "what"),
    [
        ("torch.set_default_dtype(torch.float64)", "torch.set_default_dtype(torch.float32)", "of torch"),
        ("torch.set_grad_enabled(False)", "torch.set_grad_enabled(True)", "of torch"),
        ("np.seterr(all='raise')", "np.seterr(all='warn')", "of numpy"),
        ("import os; os.environ['GRADED'] = '1'", "del os.environ['GRADED']", "of Python"),
        ("torch.nn.Linear.extra = 1", "del torch.nn.Linear.extra", "torch.nn.modules.linear.Linear"),
        ("import builtins; builtins.mine = 1", "del builtins.mine", "of builtins"),
        ("import math; math.tau = 3", "import math; math.tau = 2 * math.pi", "of math"),
        ("plt.shown = 1", "del plt.shown", None),
        ("torch.rand(3)\ntorch.nn.Linear(2, 2)\nimport string", "", None),
    ],
)
def test_settings_are_looked_at(change: str, restore: str, what: str | None) -> None:
    """A setting that a task leaves changed is named; using a library changes none."""
    namespace = make("import math\nimport matplotlib.pyplot as plt")
    owners = list_owners(namespace)
    before = look_around(owners)
    exec(change, namespace)
    try:
        changed = compare_states(before, look_around(owners))
    finally:
        exec(restore, namespace)
    assert [] == changed if what is None else any(each.endswith(what) for each in changed)


def test_written_file_is_seen(folder: Path) -> None:
    """A file in the notebook's own folder is something that a later task can read."""
    before = look_around([])
    (folder / "weights.pt").write_bytes(b"1")
    assert ["files"] == compare_states(before, look_around([]))
