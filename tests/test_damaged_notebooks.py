"""Notebooks that were whole once, damaged at random: read, or refused in words."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from grader.assignment.reference import read_released
from grader.assignment.spec import Assignment
from grader.errors import NotebookError
from grader.notebook import read_notebook
from grader.records import Submission
from grader.workflow.jobs import prepare_job

SOURCES = [
    ROOT / "assignments" / "hi-hello" / "hi-hello.ipynb",
    *sorted((ROOT / "submissions").glob("*.ipynb")),
    *sorted((ROOT / "tests" / "notebooks").glob("*.ipynb")),
]
VALUES: list[Any] = [
    *(None, True, -1, 10**30, 1.5, float("nan"), "", "1.1", "참", "\ud800", "\0", "a" * 5_000),
    *([], [None], ["a", 1], {}, {"": {}}, {"task": "1.1"}, {"grader": {"task": "2.1", "role": "setup"}}),
]
KEYS = [
    "cells",
    "cell_type",
    "source",
    "metadata",
    "grader",
    "task",
    "id",
    "nbformat",
    "worksheets",
    "outputs",
]

Place = tuple[Any, Any]


def list_places(value: Any) -> Iterator[Place]:
    """Every object and list of a notebook with each key or position in it."""
    if isinstance(value, dict | list):
        for key in list(value if isinstance(value, dict) else range(len(value))):
            yield value, key
            yield from list_places(value[key])


def drop(place: Place, chance: random.Random) -> None:
    """Takes an entry out."""
    del place[0][place[1]]


def retype(place: Place, chance: random.Random) -> None:
    """Puts a value of any type in its place."""
    place[0][place[1]] = copy.deepcopy(chance.choice(VALUES))


def duplicate(place: Place, chance: random.Random) -> None:
    """Puts an entry there a second time, in a list or under another name."""
    inside, key = place
    if isinstance(inside, list):
        inside.insert(chance.randrange(len(inside) + 1), copy.deepcopy(inside[key]))
    else:
        inside[chance.choice(KEYS)] = copy.deepcopy(inside[key])


def swap(place: Place, chance: random.Random) -> None:
    """Exchanges two entries."""
    inside, key = place
    other = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
    inside[key], inside[other] = inside[other], inside[key]


def nest(place: Place, chance: random.Random) -> None:
    """Wraps a value in many lists or objects."""
    value = place[0][place[1]]
    for _ in range(chance.choice([1, 2, 60, 400])):
        value = [value] if chance.random() < 0.5 else {chance.choice(KEYS): value}
    place[0][place[1]] = value


def garble(place: Place, chance: random.Random) -> None:
    """Splices a text with itself and with signs that mean something somewhere."""
    value = place[0][place[1]]
    if isinstance(value, str) and value:
        at, length = chance.randrange(len(value)), chance.randint(1, 40)
        signs = chance.choice(
            ["\n", "```\n", "(" * 300, "'''", "\\", "%%x\n", "\r", "\u2028", "1) ", "[[" * 50]
        )
        place[0][place[1]] = value[:at] + signs + value[at : at + length] * chance.randint(0, 9) + value[at:]


DAMAGES: list[Callable[[Place, random.Random], None]] = [drop, retype, duplicate, swap, nest, garble]


def splice(content: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut out or doubled."""
    damaged = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(damaged) - 50)
        part = damaged[at : at + chance.randint(1, 40)]
        damaged[at : at + len(part)] = chance.choice(
            [b"", part * 2, bytes(reversed(part)), b"\xff", b'"', b"}"]
        )
    return bytes(damaged)


def damage(path: int, seed: int, times: int, bytes_too: bool) -> bytes:
    """One of the notebooks, damaged that often."""
    chance = random.Random(seed)
    notebook = {"": json.loads(SOURCES[path].read_text("utf-8"))}
    for _ in range(times):
        if places := list(list_places(notebook)):
            chance.choice(DAMAGES)(chance.choice(places), chance)
    content = json.dumps(notebook.get("")).encode()
    return splice(content, chance) if bytes_too and len(content) > 60 else content


@pytest.fixture(scope="module")
def released(exam: Assignment) -> NotebookNode:
    """What students got."""
    return read_notebook(read_released(exam))


@given(
    path=st.integers(0, len(SOURCES) - 1),
    seed=st.integers(0, 2**32),
    times=st.integers(0, 5),
    bytes_too=st.booleans(),
)
@settings(max_examples=150)
def test_damaged_notebook_is_read_or_refused_in_words(
    exam: Assignment, released: NotebookNode, path: int, seed: int, times: int, bytes_too: bool
) -> None:
    """Whatever is broken in it, each cell gets a place, or a sentence says why none does."""
    content = damage(path, seed, times, bytes_too)
    try:
        job = prepare_job(exam, Submission(student="a", file="a.ipynb", content=content), released)
    except NotebookError as error:
        assert str(error).endswith(".")
    else:
        assert len(job.notebook.cells) == len(job.cells.tasks) == len(job.cells.changed)
        assert set(job.cells.tasks) <= {None, *(task.id for task in exam.task)}


@given(path=st.integers(0, len(SOURCES) - 1), at=st.floats(0.01, 0.99))
@settings(max_examples=30)
def test_notebook_that_was_cut_off_is_always_refused(
    exam: Assignment, released: NotebookNode, path: int, at: float
) -> None:
    """Half a notebook is never graded as if it were all that the student wrote."""
    content = SOURCES[path].read_bytes().rstrip()
    cut = content[: int(len(content) * at)]
    with pytest.raises(NotebookError):
        prepare_job(exam, Submission(student="a", file="a.ipynb", content=cut), released)
