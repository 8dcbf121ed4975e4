"""Running a notebook's parts apart leaves what running it whole does, for notebooks made at random."""

import copy
from typing import Any

from dependence_samples import Cells, analyse
from hypothesis import example, given, settings
from hypothesis import strategies as st

START = (None, "shared, a, b, c, d = [], 1, 2, 3, 4\ndef g(): return 5\ndef h(): return 6")

NAMES = st.sampled_from("abcdef")
"""The set-up binds the first four, so that few notebooks fail."""
FUNCTIONS = st.sampled_from("gh")
VALUES = st.one_of(st.sampled_from("abcd"), NAMES, st.integers(0, 3).map(str), FUNCTIONS.map("{}()".format))
SUMS = st.builds("{} + {}".format, VALUES, VALUES)
LINES = st.one_of(
    st.builds("{} = {}".format, NAMES, SUMS),
    st.builds("seen.append({})".format, SUMS),
    st.builds("{} += 1".format, NAMES),
    st.builds("del {}".format, NAMES),
    st.builds("shared.append({})".format, VALUES),
    st.builds("seen.append(len(shared))\n".format),
    st.builds("def {}():\n    return {}".format, FUNCTIONS, NAMES),
    st.builds("def {0}():\n    global {1}\n    {1} = 7\n    return 1".format, FUNCTIONS, NAMES),
    st.builds("seen.append([{} for {} in range(2)])".format, SUMS, NAMES),
    st.builds("seen.append((lambda {}: {})(1))".format, NAMES, SUMS),
)
BLOCKS = st.one_of(
    LINES,
    st.builds("for {} in range({}):\n    pass".format, NAMES, st.integers(0, 2)),
    st.builds("for _ in range({}):\n    {} = {}".format, st.integers(0, 2), NAMES, SUMS),
    st.builds(
        "for _ in range({0}):\n    {1} = {2}\nseen.append({1} + 0)".format, st.integers(0, 2), NAMES, SUMS
    ),
    st.builds("if len(shared) % 2:\n    {} = {}".format, NAMES, SUMS),
    st.builds("try:\n    {} = {}\nexcept NameError:\n    {} = 5".format, NAMES, SUMS, NAMES),
)
CODE = st.lists(BLOCKS, min_size=1, max_size=4).map("\n".join)
NOTEBOOKS = st.lists(
    st.tuples(st.sampled_from(["A", "B", "C", "D", None]), CODE), min_size=2, max_size=7
).map(lambda cells: [START, *cells])

Seen = dict[str, list[Any]]


def run(cells: Cells, hidden: dict[str, frozenset[str]], skipped: set[int]) -> Seen | None:
    """What each task has seen; None where a cell fails. As in a kernel, one task's names may be hidden."""
    namespace: dict[str, Any] = {"seen": []}
    seen: Seen = {}
    current: str | None = None
    held: dict[str, Any] = {}
    for index, (task, source) in enumerate([*cells, (None, "")]):
        if index in skipped:
            continue
        if task != current:
            if current is not None:
                namespace.update({name: value for name, value in held.items() if name not in namespace})
            held = {}
            if task is not None and task not in seen:
                held = {name: namespace.pop(name) for name in hidden.get(task, ()) if name in namespace}
            current = task
        namespace["seen"] = seen.setdefault(task, []) if task else []
        try:
            exec(source, namespace)
        except Exception:
            return None
        if task is not None:
            seen[task] = copy.deepcopy(seen[task])
    return seen


@example(cells=[START, ("A", "a = 3"), ("B", "for _ in range(0):\n    a = 1\nseen.append(a + 0)")], groups=2)
@example(cells=[START, ("A", "def g():\n    return a"), ("B", "a = 5"), ("C", "seen.append(g())")], groups=2)
@example(cells=[START, ("A", "c = 1"), ("B", "d = c"), ("C", "c = 2"), ("D", "seen.append(c + d)")], groups=2)
@settings(max_examples=150)
@given(cells=NOTEBOOKS, groups=st.integers(2, 3))
def test_parts_see_what_the_whole_sees(cells: Cells, groups: int) -> None:
    """Where no group of parts fails, every task sees the very values that it sees in the whole notebook."""
    found = analyse(*((task, source.replace("seen.append", "print")) for task, source in cells))
    if len(found.parts) < 2:
        return
    whole = run(cells, {}, set())
    owned = {index for part in found.parts for index in part.cells}
    apart: Seen = {}
    for number in range(groups):
        own = found.parts[number::groups]
        tasks = [task for part in own for task in part.tasks]
        ran = set[int]().union(*(part.cells for part in own))
        left = run(cells, {task: found.list_hidden(task) for task in tasks}, owned - ran)
        if left is None:
            return
        apart |= {task: left[task] for task in tasks}
    assert whole == apart
