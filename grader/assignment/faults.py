"""What is wrong with an `assignment.toml`: one line a fault, all of them at once, each with its place."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from grader.assignment.lines import TomlPath, find_line, find_lines

PLAIN_WORDS = {"missing": "is missing", "extra_forbidden": "is not known here"}
"""What is said of a key in the place of pydantic's sentence."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where."""

    path: TomlPath
    message: str


def list_type_faults(error: ValidationError, raw: Any) -> list[Fault]:
    """What pydantic found, with paths as they stand in the file."""
    return [_translate(detail, raw) for detail in error.errors()]


def _translate(detail: ErrorDetails, raw: Any) -> Fault:
    path: list[str | int] = []
    value = raw
    for part in detail["loc"]:
        is_kind = isinstance(value, dict) and part not in value and value.get("kind") == part
        # pydantic puts the kind of a task into its path, where the file has none.
        if is_kind and detail["loc"][-1] != part:
            continue
        path.append(part)
        if isinstance(value, dict) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            value = None
    said = PLAIN_WORDS.get(detail["type"]) or f"{detail['msg'].removeprefix('Value error, ')}"
    if detail["type"] == "union_tag_invalid":
        context = detail["ctx"]
        said = name_unknown("kind of task", context["tag"], re.findall(r"'(\w+)'", context["expected_tags"]))
    elif path == ["task"] and isinstance(value, dict):
        said = "there may be several. Write [[task]], in two pairs of brackets"
    return Fault(tuple(path), said)


def write_faults(path: Path, text: str, raw: Any, faults: Iterable[Fault]) -> str:
    """The message that names every fault, in the order of their lines."""
    lines = find_lines(text)
    placed = sorted(
        {(find_line(lines, fault.path), _name_place(fault.path, raw), fault) for fault in faults},
        key=lambda each: (each[0], each[1], each[2].message),
    )
    said = [f"  {path.name}:{line}: {_join(place, fault.message)}" for line, place, fault in placed]
    count = "one fault" if len(said) == 1 else f"{len(said)} faults"
    return "\n".join([f"{path} has {count}:", *said])


def write_syntax_fault(path: Path, error: tomllib.TOMLDecodeError) -> str:
    """The message about a text that is no TOML."""
    at = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line = f":{at[1]}" if at else ""
    return f"{path} is not valid TOML:\n  {path.name}{line}: {error}."


def name_unknown(what: str, name: str, known: Iterable[str]) -> str:
    """That a name is unknown, with the one that was probably meant or all that there are."""
    return f"there is no {what} {name!r}. {suggest(name, known)}"


def suggest(name: str, known: Iterable[str]) -> str:
    """Which of the known names was probably meant, or all that there are."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known) or 'none'}."


def _join(place: str, message: str) -> str:
    if not place:
        return message
    return f"{place} {message}" if message in PLAIN_WORDS.values() else f"{place}: {message}"


def _name_place(path: TomlPath, raw: Any) -> str:
    """A path in words: `task 1.3, check fitted_values, points`."""
    words: list[str] = []
    value = raw
    for part in path:
        if isinstance(value, list) and isinstance(part, int):
            value = value[part] if part < len(value) else None
            name = value.get("id", value.get("name")) if isinstance(value, dict) else None
            if words:
                words[-1] = f"{words[-1].removesuffix('s')} {name if isinstance(name, str) else part + 1}"
            continue
        words.append(str(part))
        value = value.get(part) if isinstance(value, dict) else None
    return ", ".join(words)
