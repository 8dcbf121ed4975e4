"""Proves that nothing of a solution is left where students can see it."""

import base64
import binascii
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

MAX_FILE_BYTES = 4 * 2**20
"""Of a file beside the notebook that is looked into; notebooks are at any size, for their figures."""
PACKED = frozenset(
    ".zip .gz .tgz .bz2 .xz .zst .7z .rar .pdf .docx .pptx .xlsx .odt .odp .ods .hwp .hwpx".split()
)
"""Endings of files whose texts are compressed."""
WORD = re.compile(r"\w+")
SIGN = re.compile(r"\w+|[^\w\s]")
LAST_COMMA = re.compile(r",\s*(?=[)\]}])")
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
        found += [
            f"cell {origin}, line {number}: students would see {_name(secret)}. Mark it here, too, or "
            "if they may see it, add it to `shown` under [release] in assignment.toml"
            for number, secret in _search(patterns, text)
        ]
        rest = {key: value for key, value in cell.items() if key != "source"}
        found += [f"cell {origin}: {each}" for each in _find_in(rest, patterns)]
    found += [f"notebook: {each}" for each in _find_in(notebook.get("metadata", {}), patterns, "metadata")]
    return found


def find_leaks_beside(
    secrets: Iterable[Secret],
    folder: Path,
    shown: Iterable[str],
    except_for: Collection[Path],
    unsearched: Collection[str] = (),
) -> list[str]:
    """Files of a folder for students that hold a line of a solution, or that cannot be looked into.

    `except_for` are not looked at; `unsearched` are paths within the folder that may stay though they are
    too large, or compressed.
    """
    patterns = list(_list_patterns(secrets, shown))
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path in except_for or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        is_notebook = path.suffix.lower() == ".ipynb"
        try:
            is_closed = path.suffix.lower() in PACKED or path.stat().st_size > MAX_FILE_BYTES
            if is_closed and not is_notebook:
                if name not in unsearched:
                    found.append(
                        f"{path}: the folder goes to students, and this file was not looked into: move it "
                        f"elsewhere, or allow it: add {name!r} to `unsearched` under [release] in "
                        "assignment.toml"
                    )
                continue
            text = path.read_bytes().decode("utf-8", errors="replace")
        except OSError as error:
            found.append(f"{path}: it cannot be read, so it was not looked into: {error.strerror}")
            continue
        if is_notebook:
            # In JSON the quotes of a line are escaped.
            text = "\n".join(_list_texts(text))
        if told := _search(patterns, text):
            number, secret = told[0]
            found.append(
                f"{path}, line {number}: the folder goes to students, and this is {_name(secret)}. Take "
                "it out of the folder"
            )
    return found


Pattern = tuple[re.Pattern[str], Secret]


def _list_patterns(secrets: Iterable[Secret], shown: Iterable[str]) -> Iterator[Pattern]:
    allowed = {_squeeze(line) for line in shown}
    seen: set[str] = set()
    secrets = list(secrets)
    for secret in [*secrets, *_join_lines(secrets, allowed)]:
        # A line is told by its code as well, with another comment behind it.
        for text in dict.fromkeys((secret.text, _drop_comment(secret.text))):
            code = Secret(secret.cell, secret.line, text, secret.is_code)
            squeezed = _squeeze(text)
            if squeezed in seen or {squeezed, _squeeze(secret.text)} & allowed or not is_telling(code):
                continue
            seen.add(squeezed)
            yield _compile(text), secret


def _join_lines(secrets: Iterable[Secret], allowed: Collection[str]) -> Iterator[Secret]:
    """Statements of several lines, as one line each: elsewhere they may be broken in other places."""
    for cell, lines in groupby((secret for secret in secrets if secret.is_code), lambda each: each.cell):
        waiting: list[Secret] = []
        depth = 0
        for secret in lines:
            text = _drop_comment(secret.text)
            depth += sum(text.count(sign) for sign in "([{") - sum(text.count(sign) for sign in ")]}")
            waiting.append(secret)
            if depth > 0:
                continue
            hidden = [each for each in waiting if is_telling(each) and _squeeze(each.text) not in allowed]
            if len(waiting) > 1 and hidden:
                joined = " ".join(_drop_comment(each.text).strip() for each in waiting)
                yield Secret(cell, waiting[0].line, joined, True)
            waiting, depth = [], 0


def _drop_comment(text: str) -> str:
    """A line of code without the comment behind it; one that is all comment stays."""
    return _normalise(text).partition(" # ")[0]


def _compile(text: str) -> re.Pattern[str]:
    """What finds a line however it is spaced or broken, with or without a comma before a bracket."""
    signs = SIGN.findall(LAST_COMMA.sub("", text))
    first = re.escape(signs[0])
    # The plain text comes first: `re` looks for it far quicker than for what must not stand before it.
    parts = [first, rf"(?<![\w.]{first})"]
    for before, sign in pairwise(signs):
        parts.append(r"\s+" if WORD.match(before) and WORD.match(sign) else r"\s*")
        parts += [r"(?:,\s*)?" if sign in ")]}" else "", re.escape(sign)]
    return re.compile("".join([*parts, r"(?!\w|\.\d)"]))


def _search(patterns: Iterable[Pattern], text: str) -> list[tuple[int, Secret]]:
    """The lines of a text, from 1, at which something of the solution begins."""
    found = {
        (text.count("\n", 0, match.start()) + 1, secret.cell, secret.line): secret
        for pattern, secret in patterns
        for match in pattern.finditer(text)
    }
    return [(place[0], found[place]) for place in sorted(found)]


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
        for _, secret in _search(patterns, f"{value}\n{_decode(value)}")[:1]:
            yield f"its {place} would show {_name(secret)}"


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
            waiting += ["".join(value)] if all(isinstance(each, str) for each in value) else value


def _name(secret: Secret) -> str:
    return f"line {secret.line} of the solution in cell {secret.cell}: {secret.text.strip()!r}"


def _normalise(line: str) -> str:
    return " ".join(line.split())


def _squeeze(text: str) -> str:
    return LAST_COMMA.sub("", "".join(text.split()))
