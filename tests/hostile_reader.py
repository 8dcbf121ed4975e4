"""Reads the hostile cells in `tests/hostile/`.

A file holds attacks of one kind; `# %% NAME` begins each, and lines of comment behind it say

    says      what it does
    ends      how its cell may end, as in a `CellRun`; "ok" where nothing is said
    free      what it does where nothing keeps it in, such as `secret`: run so, it shows that the watch works
    landlock  why only a namespace can keep out what `free` names
    open      why it gets through as yet where Landlock guards an ordinary user's grader: a test expects that
    needs     `scope`: where Landlock does not keep signals in, it would hit other programs of whoever tests
    bound     `memory`: all of the room's processes together have to stay below `ROOM_BYTES`
    metadata, notebook, saved   the cell's metadata, the notebook's, and an output that the file claims

What must hold besides is the same for all, and is looked at from outside: see `hostile_world.py`.
"""

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOSTILE = Path(__file__).parent / "hostile"
PRELUDE = "prelude.py"


@dataclass(frozen=True)
class Attack:
    """One hostile cell."""

    name: str
    kind: str
    says: str
    source: str
    ends: frozenset[str] = frozenset({"ok"})
    free: frozenset[str] = frozenset()
    landlock: str | None = None
    open: str | None = None
    needs_scope: bool = False
    bounds_memory: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    notebook: dict[str, Any] = field(default_factory=dict)
    saved: str | None = None


@functools.cache
def read_attacks() -> tuple[Attack, ...]:
    """Every attack, by file and in the order of each."""
    paths = sorted(path for path in HOSTILE.glob("*.py") if path.name != PRELUDE)
    return tuple(attack for path in paths for attack in _read_file(path))


def read_prelude() -> str:
    """What stands in a cell of its own before every attack."""
    return (HOSTILE / PRELUDE).read_text(encoding="utf-8")


def _read_file(path: Path) -> list[Attack]:
    _, *parts = re.split(r"^# %% *(.+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [
        _read_attack(name.strip(), path.stem, text)
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]


def _read_attack(name: str, kind: str, text: str) -> Attack:
    head = re.match(r"(?:#.*\n)*", text)
    assert head is not None
    fields = dict(re.findall(r"^# (\w+): *(.*)$", head.group(), flags=re.MULTILINE))
    return Attack(
        name=name,
        kind=kind,
        says=fields["says"],
        source=text[head.end() :].strip(),
        ends=frozenset(fields.get("ends", "ok").split()),
        free=frozenset(fields.get("free", "").split()),
        landlock=fields.get("landlock"),
        open=fields.get("open"),
        needs_scope=fields.get("needs") == "scope",
        bounds_memory=fields.get("bound") == "memory",
        metadata=json.loads(fields.get("metadata", "{}")),
        notebook=json.loads(fields.get("notebook", "{}")),
        saved=fields.get("saved"),
    )
