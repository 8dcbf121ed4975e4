"""What travels between the client and the workers of a cluster: all of it is the grader's own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.assignment.spec import Assignment
from grader.store import Entry
from grader.workflow.cluster.terms import Offer
from grader.workflow.settings import Settings
from grader.workflow.units import Unit

PREFIX = "grader-"
"""How everything of ours on a scheduler begins that has a name: tasks, topics and plugins."""


@dataclass(frozen=True)
class Probe:
    """A file in the client's store, to find out who sees the same folder: a path alone proves nothing."""

    store: Path
    name: str
    content: str

    def is_seen(self) -> bool:
        """Whether it is seen from here."""
        try:
            return (self.store / self.name).read_text(encoding="utf-8") == self.content
        except (OSError, UnicodeDecodeError):
            return False


@dataclass(frozen=True)
class Order:
    """What every unit of a class needs. Sent to each worker once."""

    id: str
    """Drawn for each class, so that two graders may use one cluster."""
    assignment: Assignment
    solution: bytes
    released: NotebookNode
    settings: Settings
    sandbox: str
    """The one that all workers use."""
    probe: Probe | None

    @property
    def name(self) -> str:
        """Of its plugin on a worker, and of the topic under which workers report."""
        return f"{PREFIX}{self.id}"


@dataclass(frozen=True)
class Enlisted:
    """What a worker answers to an order."""

    offer: Offer
    token: str
    """Drawn by its process, so that another process at the same address is not taken for it."""
    shares: bool
    """Whether it keeps what runs leave in the client's own store."""


@dataclass(frozen=True)
class Parcel:
    """A unit on its way to a worker."""

    order: str
    token: str
    key: str
    """Of the task that carries it."""
    unit: Unit[Any]
    known: frozenset[str] = frozenset()
    """Keys of runs that this class has made so far, as far as it matters."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """What the worker would not find otherwise."""
    doubtful: dict[str, Entry] = field(default_factory=dict)
    """The same, of runs that are not to be kept."""


@dataclass(frozen=True)
class Delivery:
    """What a unit has left on a worker."""

    left: Any = None
    error: Exception | None = None
    """What it raised instead."""
    used: tuple[str, ...] = ()
    """Keys of the runs that it met, in order."""
    made: frozenset[str] = frozenset()
    """Those that were executed."""
    entries: dict[str, Entry] = field(default_factory=dict)
    """What the client has to keep, because the worker could not keep it in the client's store."""
    doubtful: dict[str, Entry] = field(default_factory=dict)
    """What the client judges by and does not keep."""


@dataclass(frozen=True)
class Refusal:
    """The answer of a worker that did not perform a unit."""

    is_leaving: bool = False
    """Whether it is shutting down, as it was told to; else it does not know the order."""
