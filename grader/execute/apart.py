"""Tells a kernel that runs a part of a notebook what to watch for, and hears what it saw."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from grader.records import Record

NORM_ERROR = 1e-6
"""Largest relative difference of two norms of the same values."""


@dataclass(frozen=True)
class Watch:
    """What a task that runs apart must not share with tasks elsewhere."""

    hide: Iterable[str] = ()
    """Names that it binds for itself, taken away before it starts."""
    watch: Iterable[str] | None = None
    """Names that later tasks elsewhere read; None where there are no such tasks."""
    reads: Iterable[str] = ()
    """Names that it reads of what stood there before."""


class Trained(Record):
    """A tensor that a task has trained."""

    shape: tuple[int, ...]
    norm: float

    def may_equal(self, shape: tuple[int, ...], norm: float) -> bool:
        """Whether another tensor may have the same values."""
        return shape == self.shape and abs(norm - self.norm) <= NORM_ERROR * abs(self.norm)


class Seen(Record):
    """What a kernel says of one task."""

    changed: tuple[str, ...] = ()
    """What later tasks elsewhere should have met changed."""
    trained: tuple[tuple[tuple[int, ...], float], ...] = ()
    """Shape and norm of what it and the kernel's earlier tasks have trained, as it left them."""


@dataclass
class Apart:
    """A part's tasks, what is asked of its kernel about each, and what it said."""

    tasks: Mapping[str, Watch]
    on_hint: Callable[[str], None] = lambda _: None
    """Called with a reason as soon as something hints at a dependence that was missed."""
    trained: dict[str, tuple[Trained, ...]] = field(default_factory=dict)

    def ask(self, task: str) -> dict[str, Any]:
        """What the kernel is told when a task begins."""
        watch = self.tasks[task]
        return {
            "hide": sorted(watch.hide),
            "watch": sorted(watch.watch or ()),
            "reads": sorted(watch.reads),
            "look": watch.watch is not None,
        }

    def hear(self, task: str, reply: dict[str, Any]) -> None:
        """Take in an answer, which may be forged or missing."""
        try:
            seen = Seen.model_validate(reply.get("apart"))
        except ValidationError:
            self.on_hint(f"{task}: nothing is known of what it left")
            return
        if seen.changed:
            self.on_hint(f"{task} changed {', '.join(seen.changed)[:200]}")
        if "trained" in seen.model_fields_set:
            self.trained[task] = tuple(Trained(shape=shape, norm=norm) for shape, norm in seen.trained)
