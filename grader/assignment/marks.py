"""Reads the lines that mark parts of a cell as solution or hidden check, as nbgrader writes them.

    ### BEGIN SOLUTION          ### BEGIN HIDDEN TESTS
    ...                         ...
    ### END SOLUTION            ### END HIDDEN TESTS

In Markdown the same lines may be written as comments: `<!-- BEGIN SOLUTION -->`.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["SOLUTION", "HIDDEN TESTS"]

MARK = re.compile(r"^\s*(?:#{2,}\s*(?P<code>.+?)|<!--\s*(?P<text>.+?)\s*-->)\s*$")
WORDING = re.compile(r"(?P<end>BEGIN|END) (?P<kind>SOLUTION|HIDDEN TESTS)")
HIDDEN_SIGNS = (b"BEGIN HIDDEN TESTS", b'"hidden"')
"""Bytes without which a notebook holds no hidden check: in a line, as a tag, or as a cell's role."""
ALIKE = re.compile(
    r"^\s*(?:#+|<!--)(?:\s*(?:BEGIN|END)\b|(?i:[\W_]*(?:"
    r"(?:begin|start|end|stop)[\s_:-]*(?:of\s+(?:the\s+)?)?(?:solution|hidden)"
    r"|(?:solution|hidden[\s_-]*tests?)[\s_:-]*(?:begin|start|end|stop)(?![^\W_]))))"
)
"""What was probably meant as a mark: one that is not read as such would show a solution."""
BEHIND = re.compile(
    r"[^\s#].*?(?:"
    r"#+\s*(?i:begin|end|start|stop)[\s_:-]*(?i:solution|hidden[\s_-]*tests?)"
    r"|#+\s*(?:SOLUTION|HIDDEN TESTS?)(?:\s+NO\s+PROMPT)?"
    r"|#{2,}\s*(?i:solution|hidden[\s_-]*tests?)"
    r")\s*$"
)
"""Code with a mark behind it, as otter has them: here it marks nothing, and the code would be shown."""
BEHIND_TEXT = re.compile(r"\S\s*<!--\s*(?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)\s*-->")
OF_OTTER = re.compile(r"^\s*<!--\s*(?:BEGIN|END) QUESTION\s*-->")
"""What otter writes around a question that is marked by hand."""


@dataclass(frozen=True)
class Region:
    """A marked part of a cell."""

    kind: Kind
    first: int
    """Index of the line that begins it."""
    last: int
    """Index of the line that ends it."""


def find_regions(text: str) -> tuple[list[Region], list[tuple[int, str]]]:
    """The marked parts of a cell, and what is wrong with its marks: indices of lines, and a sentence each."""
    regions: list[Region] = []
    faults: list[tuple[int, str]] = []
    begun: tuple[int, Kind] | None = None
    lines = text.splitlines()
    for index, line in enumerate(lines):
        match = MARK.match(line)
        wording = WORDING.fullmatch(match["code"] or match["text"]) if match else None
        if wording is None:
            if ALIKE.match(line) and not OF_OTTER.match(line):
                faults.append(
                    (index, f"{line.strip()!r} looks like a mark and is none. Write: ### BEGIN SOLUTION")
                )
            continue
        kind: Kind = "SOLUTION" if wording["kind"] == "SOLUTION" else "HIDDEN TESTS"
        if wording["end"] == "BEGIN":
            if begun is not None:
                faults.append((index, f"BEGIN {kind} stands before the END of line {begun[0] + 1}"))
            begun = (index, kind)
        elif begun is None:
            faults.append((index, f"END {kind} has no BEGIN {kind}"))
        else:
            if begun[1] != kind:
                faults.append((index, f"END {kind} ends the BEGIN {begun[1]} of line {begun[0] + 1}"))
            elif not any(inner.strip() for inner in lines[begun[0] + 1 : index]):
                faults.append((begun[0], f"nothing stands between BEGIN {kind} and its END"))
            regions.append(Region(kind, begun[0], index))
            begun = None
    if begun is not None:
        faults.append((begun[0], f"BEGIN {begun[1]} has no END {begun[1]}"))
    return regions, faults


def find_misplaced(text: str, regions: Iterable[Region], *, is_code: bool) -> list[tuple[int, str]]:
    """Marks outside all regions that share a line with what they should mark, as faults of `find_regions`."""
    pattern = BEHIND if is_code else BEHIND_TEXT
    marked = {index for region in regions for index in range(region.first, region.last + 1)}
    return [
        (
            index,
            f"a mark at the end of a line marks nothing, so students would see {line.strip()!r}. Put "
            "### BEGIN SOLUTION on a line of its own above it, and ### END SOLUTION on one below",
        )
        for index, line in enumerate(text.splitlines())
        if index not in marked and pattern.search(line)
    ]


def _is_hidden(metadata: dict[str, Any]) -> bool:
    """Whether an author has marked a whole cell as a hidden check."""
    grader, tags = metadata.get("grader"), metadata.get("tags")
    role = grader.get("role") if isinstance(grader, dict) else None
    return role == "hidden" or (isinstance(tags, list) and "hidden" in tags)


def drop_hidden_tests(content: bytes) -> bytes:
    """A notebook's bytes without its hidden checks; the same bytes where it has none.

    A training that is stopped after a few steps does not do what they ask for.
    """
    if not any(sign in content for sign in HIDDEN_SIGNS):
        return content
    notebook = json.loads(content)
    for cell in notebook["cells"]:
        if _is_hidden(cell.get("metadata", {})):
            cell["source"] = ""
            continue
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(source)
        lines = text.splitlines(keepends=True)
        for region in reversed(find_regions(text)[0]):
            if region.kind == "HIDDEN TESTS":
                del lines[region.first : region.last + 1]
        cell["source"] = "".join(lines)
    return json.dumps(notebook).encode()
