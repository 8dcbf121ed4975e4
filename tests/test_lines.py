"""Lines of keys and values in TOML."""

import json
import tomllib
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.lines import TomlPath, find_line, find_lines

TEXT = '''# a comment = with an equals sign
title = "one"   # [not a table]

"quoted . key" = { a = 1, "b c" = [2,
  3] }
dotted.inner."deep" = 2024-05-01 10:00:00

[table]
text = """
first ] second \\""" third
"""
raw = \'\'\'it''s # no comment\'\'\'
list = [
    "a", # the first
    { name = "x", sizes = [1, 2] },

    [],
]

[[many]]
id = 1
[[many.inner]]
z = 'one'
[[many.inner]]
z = 'two'
[many.table.deeper]
q = true

[[many]]
id = 2
'''
LINES: dict[TomlPath, int] = {
    ("title",): 2,
    ("quoted . key", "a"): 4,
    ("quoted . key", "b c", 0): 4,
    ("quoted . key", "b c", 1): 5,
    ("dotted", "inner", "deep"): 6,
    ("table",): 8,
    ("table", "text"): 9,
    ("table", "raw"): 12,
    ("table", "list"): 13,
    ("table", "list", 0): 14,
    ("table", "list", 1, "sizes", 1): 15,
    ("table", "list", 2): 17,
    ("many",): 20,
    ("many", 0): 20,
    ("many", 0, "inner", 0): 22,
    ("many", 0, "inner", 1, "z"): 25,
    ("many", 0, "table", "deeper", "q"): 27,
    ("many", 1): 29,
    ("many", 1, "id"): 30,
}


def list_paths(value: Any, path: TomlPath = ()) -> set[TomlPath]:
    """Every path in what tomllib made of a text."""
    found = {path} - {()}
    if isinstance(value, dict):
        return found.union(*(list_paths(each, (*path, key)) for key, each in value.items()))
    if isinstance(value, list):
        return found.union(*(list_paths(each, (*path, index)) for index, each in enumerate(value)))
    return found


@pytest.mark.parametrize("path", LINES, ids=str)
def test_line_of_a_value_is_that_of_its_key(path: TomlPath) -> None:
    """Strings, comments, arrays and tables of every kind leave the lines below them right."""
    assert LINES[path] == find_lines(TEXT)[path]


@pytest.mark.parametrize(
    "text", [TEXT, (ROOT / "assignments/hi-hello/assignment.toml").read_text(encoding="utf-8")]
)
def test_every_value_of_the_text_has_a_line(text: str) -> None:
    """No path is missing that tomllib knows, and none is made up."""
    assert list_paths(tomllib.loads(text)) == set(find_lines(text))


def test_windows_line_ends_change_nothing() -> None:
    """A text saved with CR LF has the same lines."""
    assert find_lines(TEXT) == find_lines(TEXT.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("path", "line"), [(("many", 1, "missing"), 29), (("nowhere", 3), 1), (("table", "list", 9), 13)]
)
def test_missing_value_is_placed_at_what_is_around_it(path: TomlPath, line: int) -> None:
    """What a text lacks has the line of the nearest table or array that should hold it."""
    assert line == find_line(find_lines(TEXT), path)


SCALARS = st.one_of(
    st.booleans().map(lambda value: "true" if value else "false"),
    st.integers(-(2**31), 2**31).map(str),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f")).map(json.dumps),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="'")).map(
        lambda text: f"'{text}'"
    ),
)
KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,4}", fullmatch=True) | st.text("a.=[]#\"' ").map(json.dumps)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[\n" + " ,# ]\n".join(items) + "\n]")
        | st.dictionaries(KEYS, SCALARS, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + "}"
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_text_that_tomllib_reads_is_walked_to_its_end(
    first: dict[str, str], second: dict[str, str]
) -> None:
    """Whatever values a file holds, every one of them is found."""
    pairs = ["\n".join(f"{key} = {value}" for key, value in each.items()) for each in (first, second)]
    text = f"[[one]]\n{pairs[0]}\n[[one]]\n{pairs[1]}\n"
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # a key stands twice, once bare and once quoted
    assert list_paths(raw) == set(find_lines(text))
