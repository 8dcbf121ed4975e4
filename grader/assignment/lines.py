"""Finds the line of every key and value of a TOML text, for messages: tomllib keeps none of them."""

import re
import tomllib
from bisect import bisect_left
from typing import Any

TomlPath = tuple[str | int, ...]
"""Keys and, in arrays, positions from 0: `("task", 2, "checks", 0, "name")`."""

MAX_DEPTH = 20
"""Tables and arrays within each other; what has a meaning is six deep."""

SPACE = re.compile(r"(?:[ \t\r]|#[^\n]*)*")
SPACE_AND_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
PLAIN = re.compile(r"[^,\]}#\n]*")


def find_lines(text: str) -> dict[TomlPath, int]:
    """The line, from 1, at which each key or value of a TOML text begins.

    Tables stand at their first header, or at the first key that makes them. The text must be what tomllib
    reads without an error.
    """
    return _Scanner(text).scan()


def find_line(lines: dict[TomlPath, int], path: TomlPath) -> int:
    """The line of what a path names, or of the nearest thing around it; 1 for the whole text."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """Walks over a TOML text that is known to be valid."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[TomlPath, int] = {}
        self.breaks = [match.start() for match in re.finditer("\n", text)]
        self.table_counts: dict[TomlPath, int] = {}
        """Number of `[[…]]` headers met so far of each array of tables."""

    def scan(self) -> dict[TomlPath, int]:
        table: TomlPath = ()
        self._skip(SPACE_AND_LINES)
        while self.at < len(self.text):
            if self._sees("["):
                table = self._read_header()
            else:
                self._read_pair(table)
            self._skip(SPACE_AND_LINES)
        return self.found

    def _read_header(self) -> TomlPath:
        is_array = self._sees("[[")
        line = self._line()
        self.at += 2 if is_array else 1
        path: TomlPath = ()
        keys = self._read_keys()
        self.at += 2 if is_array else 1
        for position, key in enumerate(keys):
            path = (*path, key)
            self.found.setdefault(path, line)
            is_last = position == len(keys) - 1
            if is_last and is_array:
                self.table_counts[path] = self.table_counts.get(path, 0) + 1
            if path in self.table_counts:
                path = (*path, self.table_counts[path] - 1)
                self.found.setdefault(path, line)
        return path

    def _read_pair(self, table: TomlPath) -> None:
        line = self._line()
        path = table
        for key in self._read_keys():
            path = (*path, key)
            self.found.setdefault(path, line)
        self.at += 1  # the equals sign
        self._skip(SPACE)
        self._read_value(path)

    def _read_keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(SPACE)
            if match := STRING.match(self.text, self.at):
                keys.append(tomllib.loads(f"key = {match[0]}")["key"])
            else:
                match = BARE_KEY.match(self.text, self.at)
                assert match is not None, "the text is no TOML"
                keys.append(match[0])
            self.at = match.end()
            self._skip(SPACE)
            if not self._sees("."):
                return keys
            self.at += 1

    def _read_value(self, path: TomlPath) -> None:
        self.found.setdefault(path, self._line())
        if self._sees("["):
            self._read_items(path, "]")
        elif self._sees("{"):
            self._read_items(path, "}")
        elif match := STRING.match(self.text, self.at):
            self.at = match.end()
        else:
            self._skip(PLAIN)

    def _read_items(self, path: TomlPath, end: str) -> None:
        self.at += 1
        position = 0
        self._skip(SPACE_AND_LINES)
        while not self._sees(end):
            if end == "}":
                self._read_pair(path)
            else:
                self._read_value((*path, position))
            position += 1
            self._skip(SPACE_AND_LINES)
            if self._sees(","):
                self.at += 1
                self._skip(SPACE_AND_LINES)
        self.at += 1

    def _sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def _line(self) -> int:
        return bisect_left(self.breaks, self.at) + 1


def is_deep(raw: Any) -> bool:
    """Whether a file's tables and arrays stand in more than MAX_DEPTH others."""
    level = [raw]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return any(isinstance(value, dict | list) for value in level)
