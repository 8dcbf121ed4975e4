"""The line of the notebook that runs."""

import linecache
from typing import Any

import pytest

from grader.probe.places import FRAMES_WALKED, Place, Places


def call_through(frames: int, function: Any) -> Any:
    """Call a function through so many frames that are no notebook's."""
    return function() if frames == 0 else call_through(frames - 1, function)


CELL_SOURCE = (
    "def inner():\n    return find()\ndef outer():\n\n    return inner()\nplace = outer()\nagain = find()\n"
)


@pytest.fixture
def cell() -> dict[str, Any]:
    """The namespace of a cell that has asked twice where it is."""
    places = Places()
    name = "<cell of test_places>"
    linecache.cache[name] = (len(CELL_SOURCE), None, CELL_SOURCE.splitlines(keepends=True), name)
    namespace = {"find": lambda: call_through(8, places.find), "places": places, "call_through": call_through}
    assert places.find() is None
    places.namespace = namespace
    exec(compile(CELL_SOURCE, name, "exec"), namespace)
    return namespace


def test_place_is_the_innermost_line_of_the_notebook(cell: dict[str, Any]) -> None:
    """Frames of libraries are passed by, and of the notebook's own the innermost counts, with its text."""
    assert (2, "return find()") == (cell["place"].line, cell["place"].text)
    assert (7, "again = find()") == (cell["again"].line, cell["again"].text)


def test_place_is_none_outside_the_notebook(cell: dict[str, Any]) -> None:
    """Where no line of the notebook runs, or only one too far away, there is no place."""
    assert cell["places"].find() is None
    exec("far = call_through(100, places.find)\nnear = call_through(40, places.find)", cell)
    assert FRAMES_WALKED < 100
    assert cell["far"] is None
    assert 2 == cell["near"].line


def test_place_that_nothing_holds_has_no_text() -> None:
    """A line of code whose source is gone is a place all the same."""
    assert "" == Place("<gone>", 3).text
