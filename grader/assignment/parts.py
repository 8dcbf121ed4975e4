"""A notebook in parts that can run side by side, and what each of them has to be kept apart from."""

from dataclasses import dataclass, field

from grader.assignment.bindings import Usage

Unit = str | int
"""A task by its id, or a set-up cell behind the first task by its index."""


@dataclass(eq=False)
class Segment:
    """Cells of one unit that run one after the other."""

    unit: Unit
    cells: tuple[int, ...]
    usage: Usage
    reads: set[str] = field(default_factory=set)
    """Names that must be what earlier cells have left."""
    writes: set[str] = field(default_factory=set)
    is_shared: bool = False
    """Whether it runs in every part, because it depends on none."""


@dataclass(frozen=True)
class Part:
    """Tasks that depend on each other and on no others."""

    tasks: tuple[str, ...]
    cells: frozenset[int]
    """Those that belong to no other part."""
    effort: float
    """How long they may take, against other parts."""


@dataclass(frozen=True)
class Dependence:
    """A notebook in parts that can run side by side, the set-up cells that each of them needs beside."""

    parts: tuple[Part, ...]
    segments: tuple[Segment, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why the notebook was left in one part though its names may not ask for it."""

    def list_hidden(self, task: str) -> frozenset[str]:
        """Names that a task binds before it reads them, unless something is missed.

        Taken away from it, they give a NameError if that is so.
        """
        own = [segment for segment in self.segments if segment.unit == task]
        reads = set[str]().union(*(segment.reads for segment in own))
        return frozenset(own[0].usage.soft - reads) if len(own) == 1 else frozenset()

    def list_reads(self, task: str) -> frozenset[str]:
        """Names that must be what stood there before the task."""
        return frozenset().union(*(segment.reads for segment in self.segments if segment.unit == task))

    def list_writers(self, name: str) -> frozenset[int]:
        """Cells, behind the set-up, of code that binds or changes a name."""
        return frozenset(
            index for segment in self.segments if name in segment.writes for index in segment.cells
        )

    def list_watched(self, task: str, cells: frozenset[int]) -> frozenset[str] | None:
        """Names that later code reads where `cells` do not run; None if no task stands there.

        What they name must be the same behind the task as before it.
        """
        own = [segment for segment in self.segments if segment.unit == task]
        later = [segment for segment in self.segments if segment.cells[0] > own[0].cells[0]]
        elsewhere = [each for each in later if each.is_shared or not cells.issuperset(each.cells)]
        if all(each.is_shared for each in elsewhere):
            return None
        reads = set[str]().union(*(segment.reads for segment in elsewhere))
        return frozenset(reads - set[str]().union(*(segment.writes for segment in own)))
