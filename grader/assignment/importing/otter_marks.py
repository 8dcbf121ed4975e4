"""otter's marks of solutions within a cell, and what they are here."""

import re
from collections.abc import Iterator

LINE = re.compile(r"^(?P<code>(?P<indent>\s*).*?)\s*#\s*SOLUTION(?P<bare>\s+NO\s+PROMPT)?\s*$")
TARGET = r"[\w.]+(?:\[[^\]]*\])*"
GIVEN = re.compile(rf"^(?P<start>\s*{TARGET}(?:\s*,\s*{TARGET})*(?:\s*,)?\s*=)(?!=)")
"""No part of it can match what the next one does, or a long name would take hours."""
BEGUN = re.compile(r"^(?P<indent>\s*)#\s*BEGIN SOLUTION(?P<bare>\s+NO\s+PROMPT)?\s*$")
ENDED = re.compile(r"#\s*END SOLUTION\s*$")
PROMPT_BEGUN, PROMPT_ENDED = re.compile(r"#\s*BEGIN PROMPT\s*$"), re.compile(r"#\s*END PROMPT\s*$")


def has_marks(source: str) -> bool:
    """Whether any line of a cell is marked as a solution."""
    return any(LINE.match(line) or BEGUN.match(line) for line in source.splitlines())


def mark_solutions(source: str) -> Iterator[str]:
    """A cell's lines with otter's marks of solutions as they are read here, and without prompts.

    Above the solution of an assignment stands `name = ...`, unless its mark says otherwise.
    """
    is_begun = is_prompt = False
    for line in source.splitlines():
        if PROMPT_BEGUN.search(line) or PROMPT_ENDED.search(line):
            is_prompt = PROMPT_BEGUN.search(line) is not None
            continue
        begun = BEGUN.match(line)
        if is_prompt:
            continue
        if begun:
            is_begun = True
            yield f"{begun['indent']}### BEGIN SOLUTION"
        elif ENDED.search(line):
            is_begun = False
            indent = line[: len(line) - len(line.lstrip())]
            yield f"{indent}### END SOLUTION"
        elif not is_begun and (match := LINE.match(line)) and match["code"].strip():
            given = GIVEN.match(match["code"])
            if given and not match["bare"]:
                yield f"{given['start']} ..."
            yield f"{match['indent']}### BEGIN SOLUTION"
            yield match["code"]
            yield f"{match['indent']}### END SOLUTION"
        else:
            yield line
