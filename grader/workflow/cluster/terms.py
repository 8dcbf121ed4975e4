"""What machines must have in common for one class: whatever decides the keys of runs besides the runs."""

import json
from dataclasses import dataclass
from functools import cache

from grader.errors import SandboxError
from grader.execute.sandbox import choose_sandbox
from grader.workflow.surroundings import describe_machine, hash_sources, list_cards

MOST_NAMED = 6
"""Packages that a message names."""
SAME = (
    "Let all of them use one environment, such as a folder on a disk that they share, "
    "or install the same versions."
)


@dataclass(frozen=True)
class Terms:
    """What decides the keys of runs on one machine, besides its sandbox."""

    source: str
    """SHA-256 of this package's source, in hexadecimal."""
    machine: tuple[str, ...]
    """Kind of processor, version of Python, and every package with its version."""

    def describe_difference(self, other: "Terms") -> str:
        """What is different there, and what to do about it; empty where nothing is."""
        (kind, python, *packages), (other_kind, other_python, *others) = self.machine, other.machine
        if kind != other_kind:
            return f"its processor is {other_kind}, and here it is {kind}. Use machines of one kind."
        if python != other_python:
            return f"its Python is {other_python}, and here it is {python}. {SAME}"
        if packages != others:
            return f"its packages differ: {_describe_packages(packages, others)}. {SAME}"
        if self.source != other.source:
            return "its grader is another one than here. Install the same there, and start the worker again."
        return ""


def _describe_packages(here: list[str], there: list[str]) -> str:
    ours, theirs = _split(here), _split(there)
    found = [
        f"{name} {theirs.get(name, 'missing')} there, {ours.get(name, 'missing')} here"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    ]
    more = f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return "; ".join(found[:MOST_NAMED]) + more


def _split(packages: list[str]) -> dict[str, str]:
    pairs = (package.rpartition(" ") for package in packages)
    return {name: version for name, _, version in pairs}


def read_terms() -> Terms:
    """Those of this machine."""
    return Terms(hash_sources((".",)), describe_machine())


@dataclass(frozen=True)
class Offer:
    """What a worker can do."""

    sandbox: str
    """The sandbox that it would use; empty if none works there."""
    weaker: str | None = None
    """What that does not keep out."""
    reason: str = ""
    """Why none works."""
    cards: str = ""
    """The models of its NVIDIA cards, as JSON."""


@cache
def make_offer(sandbox: str) -> Offer:
    """What this machine can do with that sandbox, or with the strongest that works for `auto`. Tried once."""
    cards = json.dumps(list_cards())
    try:
        chosen = choose_sandbox(sandbox)
    except SandboxError as error:
        return Offer("", reason=str(error), cards=cards)
    return Offer(chosen.name, chosen.weaker, cards=cards)
