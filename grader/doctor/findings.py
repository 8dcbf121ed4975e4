"""What is found on a machine, one thing at a time, and the programs that are asked."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ASK_SECONDS = 20
"""torch on a cold disk takes its time to be imported; everything else answers at once."""

Section = Literal["sandbox", "python", "gpu", "machine", "files", "fonts", "tests"]

State = Literal["good", "note", "fault"]
"""`note`: something is missing that can be done without. `fault`: without it nothing can be graded here."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    section: Section
    name: str
    state: State
    fact: str
    """What was found, in words."""
    remedy: str = ""
    """What to do about it. Where that is a command, it stands after `Run: ` at the end."""


def can_grade(findings: Iterable[Finding]) -> bool:
    """Whether nothing was found that keeps notebooks from being graded."""
    return all(finding.state != "fault" for finding in findings)


def ask_program(*words: str) -> str | None:
    """What a program prints; None where it is not there, fails or does not answer in time."""
    try:
        done = subprocess.run(
            words, capture_output=True, timeout=ASK_SECONDS, stdin=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip()
