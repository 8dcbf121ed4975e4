"""Reads a notebook that nobody vouches for, out of bytes, into one that is safe to hand on.

The result is built anew from the few things that grading needs: the kind and the text of each cell, and
where the grader's own release put it. Whatever else the file holds is never copied, so no later step has
to know that a saved output may be forged, that a tag may skip a cell, or that metadata may choose a kernel.
"""

import hashlib
import json
import re
import warnings
from collections.abc import Callable
from itertools import islice
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.errors import NotebookError

MAX_NOTEBOOK_BYTES = 64 * 2**20
"""Outputs with figures rarely exceed a tenth of it; parsing takes some ten times as much memory."""
MAX_VALUE_BYTES = 256 * 2**20
"""Of memory that a file's lists, objects and numbers may take: `[[],[],…` makes 1.4 GB out of 64 MiB."""
VALUE_BYTES = {b"{": 240, b"[": 90, b",": 40, b'"': 20}
"""What the value that begins there takes in CPython; texts take what they have in the file."""
MAX_CELLS = 5_000
MAX_TEXT_CHARACTERS = 2 * 2**20
"""Of all cells together, outputs aside. An exam has some 20,000; pasted data may have a million.
Comparing the cells with the released ones takes some ten seconds a million."""

MAX_MARKS = 32
"""Entries of a cell's `metadata.grader` that are kept; a release writes two."""

AGAIN = "Open it in Jupyter, save it again and hand in the .ipynb file."
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
# nbformat says that it is typed and leaves its functions bare; the annotations stand here instead.
UPGRADE: Callable[..., dict[str, Any]] = nbformat.reads
NEW_NOTEBOOK: Callable[..., NotebookNode] = new_notebook
NEW_CELL: dict[str, Callable[..., NotebookNode]] = {
    "code": new_code_cell,
    "markdown": new_markdown_cell,
    "raw": new_raw_cell,
}
OLD_KINDS = ("code", "markdown", "raw", "heading", "html", "text")
SURROGATE = re.compile("[\ud800-\udfff]")
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")

SIGNATURES = (
    (b"PK\x03\x04", "It is a zip archive: unpack it and hand in the .ipynb file inside."),
    (b"%PDF", "It is a PDF. Hand in the notebook itself: in Jupyter, File > Download."),
    (b"\x1f\x8b", "It is a gzip archive: unpack it and hand in the .ipynb file inside."),
    (
        b"version https://git-lfs",
        "It is a git-lfs pointer, not the notebook: run `git lfs pull` and hand in the file that appears.",
    ),
)
LOOKS = (
    (
        re.compile(r"\A\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|body)", re.IGNORECASE | re.DOTALL),
        "It is an HTML page. Hand in the notebook itself: in Jupyter, File > Download, or Raw on GitHub.",
    ),
    (
        re.compile(r"^<{7}(?: .*)?$", re.MULTILINE),
        "It holds an unfinished git merge (<<<<<<< and >>>>>>>): settle the conflict, then open the notebook "
        "in Jupyter and save it.",
    ),
    (
        re.compile(
            r"\A\s*(?:#!|# |#%%|# -\*-|%|!|import \w|from \w[\w.]* import |def \w|class \w|\w+ *= *\S)"
        ),
        "It looks like a Python script. Hand in the notebook, not its export to .py.",
    ),
)


def read_notebook(content: bytes) -> NotebookNode:
    """A notebook of nbformat 4 without outputs, counts, tags, attachments or a kernel of its own.

    Cells keep their kind, their text and, under `metadata.grader`, entries that are text. Ids that are
    missing, malformed or used twice are replaced by ones that depend on the content alone, so the same
    bytes give the same notebook. Older formats are upgraded.

    Raises NotebookError for everything else, saying what is wrong and what the student should do.
    """
    raw = _parse_json(content)
    cells = _find_cells(raw)
    _refuse_many_cells(len(cells))
    _refuse_many_characters(sum(_count_characters(cell) for cell in cells))
    taken: set[str] = set()
    clean = [_clean_cell(cell, position, taken) for position, cell in enumerate(cells, start=1)]
    if not any(cell.source.strip() for cell in clean):
        raise NotebookError(
            "The notebook is empty: no cell holds any text. Hand in the notebook with the answers; if it "
            "looks full in Jupyter, save it first."
        )
    return NEW_NOTEBOOK(cells=clean, metadata=METADATA)


def _parse_json(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_NOTEBOOK_BYTES:
        raise NotebookError(
            f"The file has {len(content) / 2**20:.0f} MiB, more than the {MAX_NOTEBOOK_BYTES // 2**20} that "
            "are read. Clear the outputs (Kernel > Restart and Clear Output), save, and hand it in again."
        )
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise NotebookError(f"The file is empty. {AGAIN}")
    for signature, remedy in SIGNATURES:
        if content.startswith(signature):
            raise NotebookError(f"The file is no notebook. {remedy}")
    _refuse_many_values(content)
    text = _decode(content)
    try:
        raw = json.loads(text)
    except RecursionError:
        raise NotebookError(f"The file is nested too deep to be a notebook. {AGAIN}") from None
    except json.JSONDecodeError as error:
        remedy = next((remedy for look, remedy in LOOKS if look.search(text[:100_000])), AGAIN)
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            remedy = f"The file ends too early: the upload may have broken off. {AGAIN}"
        raise NotebookError(
            f"The file is no notebook: it is not valid JSON at line {error.lineno}, column {error.colno} "
            f"({error.msg}). {remedy}"
        ) from None
    except ValueError as error:
        raise NotebookError(f"The file is no notebook: {error}. {AGAIN}") from None
    if not isinstance(raw, dict):
        raise NotebookError(f"The file is JSON, but no notebook: it holds {_name_type(raw)} on top. {AGAIN}")
    return raw


def _refuse_many_cells(count: int) -> None:
    if count > MAX_CELLS:
        raise NotebookError(
            f"The notebook has {count:,} cells, more than the {MAX_CELLS:,} that are read. "
            "Delete those that do not belong to the answer."
        )


def _refuse_many_characters(count: int) -> None:
    if count > MAX_TEXT_CHARACTERS:
        raise NotebookError(
            f"The notebook's cells hold {count:,} characters, more than the {MAX_TEXT_CHARACTERS:,} "
            "that are read. Take pasted data out of the cells."
        )


def _refuse_many_values(content: bytes) -> None:
    # Signs within texts count as well, because telling them apart takes longer than reading the file. A list
    # of figures comes nowhere near: 64 MiB of numbers with twelve digits make 200 MB.
    if sum(content.count(sign) * size for sign, size in VALUE_BYTES.items()) > MAX_VALUE_BYTES:
        raise NotebookError(
            "The file is made of millions of single values, more than a notebook needs. Clear the outputs "
            "(Kernel > Restart and Clear Output), save, and hand it in again."
        )


def _decode(content: bytes) -> str:
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"The file is not valid {encoding.upper().removesuffix('-SIG')} text at byte {error.start:,}: it "
            f"is damaged, or no notebook. {AGAIN}"
        ) from None


def _find_cells(raw: dict[str, Any]) -> list[Any]:
    version = raw.get("nbformat", 3 if "worksheets" in raw else 4)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise NotebookError(f"The notebook's format version is {_name_type(version)}, not 1 to 4. {AGAIN}")
    if version > 4:
        raise NotebookError(
            f"The notebook is written in nbformat {version}, which is newer than the 4 that is read here. "
            "Save it as nbformat 4."
        )
    if version < 4:
        raw = _upgrade(raw, version)
    if "cells" not in raw:
        raise NotebookError(
            f"The file is JSON, but no notebook: it has no `cells`. {AGAIN} If this is data for the "
            "notebook, hand in the notebook instead."
        )
    cells = raw["cells"]
    if not isinstance(cells, list):
        raise NotebookError(f"The notebook's `cells` are {_name_type(cells)}, not a list. {AGAIN}")
    return cells


def _upgrade(raw: dict[str, Any], version: int) -> dict[str, Any]:
    """The notebook in nbformat 4. Only texts go in: nbformat trusts the rest more than it checks it."""
    try:
        sheets = [raw] if version == 1 else raw["worksheets"]
        _refuse_many_cells(sum(len(sheet["cells"]) for sheet in sheets))
        sheets = [{"cells": [_strip_old_cell(cell) for sheet in sheets for cell in sheet["cells"]]}]
        old = {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}
        if version == 1:
            old |= sheets[0]
        texts = [value for sheet in sheets for cell in sheet["cells"] for value in cell.values()]
        _refuse_many_characters(sum(len(text) for text in texts if isinstance(text, str)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upgraded = UPGRADE(json.dumps(old), as_version=4)
    except NotebookError:
        raise
    except Exception as error:
        # nbformat's upgrades raise whatever Python does where the file breaks an assumption of theirs.
        raise NotebookError(
            f"The notebook is written in nbformat {version} and cannot be upgraded "
            f"({type(error).__name__}). {AGAIN}"
        ) from None
    for cell in upgraded["cells"]:
        del cell["id"]  # nbformat has just drawn it at random
    return upgraded


def _strip_old_cell(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] not in OLD_KINDS:
        raise ValueError("unknown kind of cell")
    kept: dict[str, Any] = {"cell_type": cell["cell_type"], "metadata": {}}
    for key in ("input", "source", "code", "text"):
        if key in cell:
            kept[key] = _join_lines(cell[key])
    if cell["cell_type"] == "heading":
        kept["level"] = min(max(int(cell.get("level", 1)), 1), 6)
    if cell["cell_type"] == "code":
        kept |= {"input": kept.get("input", ""), "outputs": [], "language": "python", "collapsed": False}
    return kept


def _join_lines(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _clean_cell(cell: Any, position: int, taken: set[str]) -> NotebookNode:
    if not isinstance(cell, dict):
        raise NotebookError(f"Cell {position} is {_name_type(cell)}, not a cell. {AGAIN}")
    kind = cell.get("cell_type")
    if not isinstance(kind, str) or kind not in NEW_CELL:
        named = f"of the unknown kind {kind[:40]!r}" if isinstance(kind, str) else "of no kind"
        raise NotebookError(f"Cell {position} is {named}: code, markdown and raw are known. {AGAIN}")
    source = cell.get("source", "")
    if not isinstance(source, str | list) or any(not isinstance(line, str) for line in source):
        raise NotebookError(f"The text of cell {position} is neither text nor a list of lines. {AGAIN}")
    # A lone surrogate can stand in JSON but not in UTF-8: it would break the first file or socket it meets.
    text = SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _join_lines(source)).replace("\r\n", "\n")
    made = NEW_CELL[kind](source=text, id=_choose_id(cell.get("id"), f"{position}\0{kind}\0{text}", taken))
    if marks := _keep_marks(cell.get("metadata")):
        made.metadata["grader"] = marks
    return made


def _count_characters(cell: Any) -> int:
    """Characters of a cell's text, whatever its type; counted before anything is made of it."""
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list):
        return sum(len(line) for line in source if isinstance(line, str))
    return len(source) if isinstance(source, str) else 0


def _choose_id(wanted: object, seed: str, taken: set[str]) -> str:
    if not isinstance(wanted, str) or not CELL_ID.fullmatch(wanted) or wanted in taken:
        wanted = hashlib.sha256(seed.encode()).hexdigest()[:12]
    # A student may have given another cell the very id that is derived here.
    while wanted in taken:
        wanted = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    taken.add(wanted)
    return wanted


def _keep_marks(metadata: Any) -> dict[str, str]:
    own, other = (metadata.get(key) if isinstance(metadata, dict) else None for key in ("grader", "nbgrader"))
    # nbgrader's name of a cell is what an imported assignment calls it.
    grade_id = other.get("grade_id") if isinstance(other, dict) else None
    marks = {**({"name": grade_id} if grade_id else {}), **(own if isinstance(own, dict) else {})}
    return {
        key: value
        for key, value in islice(marks.items(), MAX_MARKS)
        if isinstance(value, str) and len(value) <= 64 and not SURROGATE.search(key + value)
    }


def _name_type(value: object) -> str:
    """What a value that came out of JSON is called in a message."""
    names: dict[type, str] = {str: "text", int: "a number", float: "a number", list: "a list"}
    names[dict] = "an object"
    return names.get(type(value)) or json.dumps(value)
