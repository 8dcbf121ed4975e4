"""Prints what `grade doctor` has found."""

import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby

from grader.doctor import Finding, Section, can_grade

WIDTH = 80
MARKS = {"good": "ok", "note": "note", "fault": "NO"}
TITLES: dict[Section, str] = {
    "sandbox": "Sandboxes: what keeps notebooks in (one is enough)",
    "python": "Python and the packages that numbers depend on",
    "gpu": "Devices",
    "machine": "Machine",
    "files": "Folders and assignments",
    "fonts": "Fonts for Korean",
    "tests": "For the project's own tests",
}
INDENT = " " * 8
COMMAND = "Run: "


def render_json(findings: Iterable[Finding]) -> str:
    """All findings, for programs."""
    findings = list(findings)
    document = {
        "schema": 1,
        "can_grade": can_grade(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def render_text(findings: Iterable[Finding]) -> str:
    """All findings, for people: no wider than 80 columns, but for a command or a name that is longer."""
    findings = list(findings)
    lines: list[str] = []
    for section, group in groupby(findings, key=lambda finding: finding.section):
        lines += [TITLES[section], *(line for finding in group for line in _render_finding(finding)), ""]
    if can_grade(findings):
        lines.append("Notebooks can be graded here.")
    else:
        faults = ", ".join(finding.name for finding in findings if finding.state == "fault")
        lines += _wrap(f"Notebooks cannot be graded here, because of: {faults}.", "")
    return "\n".join(lines)


def _render_finding(finding: Finding) -> Iterator[str]:
    first, *others = _wrap(f"{finding.name}: {finding.fact}", INDENT)
    yield f"  {MARKS[finding.state]:<6}{first.removeprefix(INDENT)}"
    yield from others
    advice, _, command = finding.remedy.partition(COMMAND)
    yield from _wrap(f"{advice}{COMMAND if command else ''}".strip(), INDENT)
    if command:
        # On a line of its own, so that it can be copied.
        yield f"{INDENT}  {_clean(command)}"


def _wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        _clean(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _clean(text: str) -> str:
    """The text without what would move the cursor: names of files and what programs say can hold anything."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
