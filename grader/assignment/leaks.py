"""Proves that nothing of a solution is left where students can see it."""

import base64
import binascii
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_FILE_BYTES = 4 * 2**20
"""Larger files beside the notebook are data."""
WORD = re.compile(r"\w+")
IMPORT = re.compile(r"(?:import|from) ")
HEADER = re.compile(r"(?:class|def|for|while|with|else|try|finally|except|elif|if)\b.*:$")
PLAIN_CALL = re.compile(r"[\w.]+\(\)")
"""Such as `loss.backward()`: it stands in every training."""
SEED = re.compile(r"[\w.]*seed(?:_all)?\(\w*\)")
SHORT = re.compile(r"(?:return|break|continue|pass|else)\b\s*\w*")
TESTED = re.compile(r"(?:if|elif|while)\b")


@dataclass(frozen=True)
class Secret:
    """A line of the author's notebook that students do not get."""

    cell: int
    line: int
    """Both from 1."""
    text: str
    is_code: bool


def is_telling(secret: Secret) -> bool:
    """Whether a line says something of the solution, as an import or `return x` does not."""
    text = _normalise(secret.text)
    words = WORD.findall(text)
    if not secret.is_code or text.startswith("#"):
        return len(words) >= 3
    if len(words) < 2 or IMPORT.match(text):
        return False
    if HEADER.fullmatch(text) and not TESTED.match(text):
        return False
    return not any(form.fullmatch(text) for form in (PLAIN_CALL, SEED, SHORT))


def find_leaks(
    secrets: Iterable[Secret], content: bytes, shown: Iterable[str], origins: Sequence[int] = ()
) -> list[str]:
    """Where a notebook's bytes still hold a line of a solution: in texts, outputs, metadata or attachments.

    `shown` are lines that may be seen. `origins` are the numbers of the author's cells that the notebook's
    were made of.
    """
    notebook = json.loads(content)
    patterns = list(_list_patterns(secrets, shown))
    found: list[str] = []
    for index, cell in enumerate(notebook.get("cells", [])):
        origin = origins[index] if index < len(origins) else index + 1
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        for number, line in enumerate(text.splitlines(), start=1):
            found += [
                f"cell {origin}, line {number}: students would see {_name(secret)}. Mark it here, too, or "
                "if they may see it, add it to `shown` under [release] in assignment.toml"
                for secret in _match(patterns, line)
            ]
        rest = {key: value for key, value in cell.items() if key != "source"}
        found += [f"cell {origin}: {each}" for each in _find_in(rest, patterns)]
    found += [f"notebook: {each}" for each in _find_in(notebook.get("metadata", {}), patterns, "metadata")]
    return found


def find_leaks_beside(
    secrets: Iterable[Secret], folder: Path, shown: Iterable[str], except_for: Collection[Path]
) -> list[str]:
    """Files of a folder for students that hold a line of a solution; `except_for` are not looked at."""
    patterns = list(_list_patterns(secrets, shown))
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path in except_for or not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        if path.suffix == ".ipynb":
            # In JSON the quotes of a line are escaped.
            text = "\n".join(_list_texts(text))
        for number, line in enumerate(text.splitlines(), start=1):
            if secret := next(_match(patterns, line), None):
                found.append(
                    f"{path}, line {number}: the folder goes to students, and this is {_name(secret)}. Take "
                    "it out of the folder"
                )
                break
    return found


Pattern = tuple[re.Pattern[str], Secret]


def _list_patterns(secrets: Iterable[Secret], shown: Iterable[str]) -> Iterator[Pattern]:
    allowed = {_normalise(line) for line in shown}
    seen: set[str] = set()
    for secret in secrets:
        whole = _normalise(secret.text)
        # A line is told by its code as well, with another comment behind it.
        for text in dict.fromkeys((whole, whole.partition(" # ")[0])):
            code = Secret(secret.cell, secret.line, text, secret.is_code)
            if text in seen or {text, whole} & allowed or not is_telling(code):
                continue
            seen.add(text)
            yield re.compile(rf"(?<![\w.]){re.escape(text)}(?!\w|\.\d)"), secret


def _match(patterns: Iterable[Pattern], line: str) -> Iterator[Secret]:
    text = _normalise(line)
    return (secret for pattern, secret in patterns if pattern.search(text))


def _find_in(value: Any, patterns: Sequence[Pattern], place: str = "") -> Iterator[str]:
    """Places in what is no text of a cell, however deep, that hold a line of a solution."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _find_in(each, patterns, f"{place}.{key}" if place else str(key))
            yield from _find_in(str(key), patterns, f"{place}, a key")
    elif isinstance(value, list):
        if value and all(isinstance(each, str) for each in value):
            value = ["".join(value)]
        for each in value:
            yield from _find_in(each, patterns, place)
    elif isinstance(value, str):
        for line in [*value.splitlines(), *_decode(value).splitlines()]:
            for secret in _match(patterns, line):
                yield f"its {place} would show {_name(secret)}"
                return


def _decode(text: str) -> str:
    """What an attachment or a figure holds, as far as it is text."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return ""


def _list_texts(text: str) -> Iterator[str]:
    """Every text of a JSON file; the file itself where it is none."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        yield text
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
            yield _decode(value)
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value


def _name(secret: Secret) -> str:
    return f"line {secret.line} of the solution in cell {secret.cell}: {secret.text.strip()!r}"


def _normalise(line: str) -> str:
    return " ".join(line.split())
