"""Which tasks of a notebook depend on which, told from its code before anything of it runs.

A task depends on an earlier one if it may read a name that the earlier one binds, unbinds, or changes the
object of. Set-up cells belong to everybody, but one that stands behind a task and depends on it belongs to
that task. What no tree shows makes the whole notebook one part. What trees show wrongly is left to whoever
runs the parts, who has to look at what they leave.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from nbformat import NotebookNode

from grader.assignment import vocabulary as words
from grader.assignment.bindings import Usage
from grader.assignment.effort import estimate_effort
from grader.assignment.flow import UsageReader
from grader.assignment.parsing import UNREADABLE, parse_code
from grader.assignment.parts import Dependence, Part, Segment, Unit
from grader.assignment.spec import Assignment, TrainingTask, TrueFalseTask
from grader.records import CellMap

MAX_CHARACTERS = 200_000
"""Of code in a notebook: more is data, or made to be slow."""
EARLY_MAGIC = re.compile(r"^\s*(?:!|%(?:matplotlib|config|pip|conda|precision)\b).*$", re.MULTILINE)
"""Lines of IPython's that bind no name."""


def find_dependence(
    assignment: Assignment, notebook: NotebookNode, cells: CellMap, wanted: Iterable[str]
) -> Dependence:
    """The parts of a notebook, of whose tasks only `wanted` are run."""
    wanted = set(wanted)
    ran = {
        index: (cell.source, task)
        for index, (cell, task) in enumerate(zip(notebook.cells, cells.tasks, strict=True))
        if cell.cell_type == "code" and cell.source.strip() and (task is None or task in wanted)
    }
    known = tuple(task for task in dict.fromkeys(task for _, task in ran.values()) if task is not None)
    try:
        return _Reading(assignment, ran).find_parts()
    except _Unsure as doubt:
        of_tasks = frozenset(index for index, (_, task) in ran.items() if task is not None)
        return Dependence((Part(known, of_tasks, 1.0),) if known else (), doubts=(str(doubt),))


class _Unsure(Exception):
    """No parts can be told."""


class _Reading:
    """The cells of a notebook, read in their order."""

    def __init__(self, assignment: Assignment, cells: Mapping[int, tuple[str, str | None]]) -> None:
        self.assignment = assignment
        self.cells = cells
        self.first = min((index for index, (_, task) in cells.items() if task is not None), default=0)
        if sum(len(source) for source, _ in cells.values()) > MAX_CHARACTERS:
            raise _Unsure("there is more code than is read")
        self.trees = {index: self._parse(index) for index in cells}
        self.left: dict[Unit, set[str]] = {
            task.id: set(task.variables) for task in assignment.task if not isinstance(task, TrueFalseTask)
        }
        self.heads: dict[Unit, Unit] = {}
        """A union-find forest of units."""
        early = [tree for index, tree in self.trees.items() if index < self.first]
        self.origins = _find_origins(early)
        self.early = self._read_early(early)

    def _parse(self, index: int) -> ast.Module:
        source = self.cells[index][0]
        for text in (source, EARLY_MAGIC.sub("", source)) if index < self.first else (source,):
            try:
                return parse_code(text)
            except UNREADABLE:
                continue
        raise _Unsure(f"cell {index + 1} is not plain Python")

    def _read(self, trees: Iterable[ast.AST], place: str) -> Usage:
        reader = UsageReader(self.origins)
        try:
            for tree in trees:
                reader.visit(tree)
        except UNREADABLE:
            raise _Unsure(f"{place} cannot be read") from None
        return reader.finish()

    def _read_early(self, trees: list[ast.Module]) -> Usage:
        """The set-up: it runs first in every part, so only what its functions do later counts."""
        usage = self._read(trees, "the set-up")
        doubts = [*usage.deferred_unsure, *words.DEEP_REFLECTION.intersection(usage.unsure)]
        if doubts:
            raise _Unsure(f"the set-up uses {doubts[0]}")
        return usage

    def find_parts(self) -> Dependence:
        """The parts, and what they were told by."""
        segments = self._read_segments()
        self._link_names(segments)
        self._link_answers(segments)
        self._link_needs(segments)
        owned = [segment for segment in segments if not segment.is_shared]
        found: dict[Unit, list[Segment]] = {}
        for segment in owned:
            found.setdefault(self._find(segment.unit), []).append(segment)
        return Dependence(tuple(map(self._describe, found.values())), tuple(segments))

    def _describe(self, segments: list[Segment]) -> Part:
        cells = frozenset(index for segment in segments for index in segment.cells)
        tasks = dict.fromkeys(segment.unit for segment in segments if isinstance(segment.unit, str))
        of_task = groupby(sorted(segments, key=lambda each: str(each.unit)), key=lambda each: each.unit)
        efforts = [
            estimate_effort(self.trees[index] for segment in own for index in segment.cells)
            for _, own in of_task
        ]
        return Part(tuple(tasks), cells, sum(efforts))

    def _read_segments(self) -> list[Segment]:
        """Runs of cells of the same unit, in order."""
        later = [index for index in self.cells if index >= self.first]
        units: dict[int, Unit] = {index: self.cells[index][1] or index for index in later}
        segments = []
        for unit, run in groupby(later, key=lambda index: units[index]):
            own = tuple(run)
            usage = self._read([self.trees[index] for index in own], f"cell {own[0] + 1}")
            if doubts := usage.unsure + usage.deferred_unsure:
                raise _Unsure(f"cell {own[0] + 1} uses {doubts[0]}")
            # What a task is asked to leave is read when it ends, whoever gave it its value.
            usage.hard |= self.left.get(unit, set())
            segments.append(Segment(unit, own, usage))
            self.heads[unit] = unit
        twice = {each.unit for each in segments if sum(other.unit == each.unit for other in segments) > 1}
        for segment in segments:
            # Only what a task has at one stretch is kept apart from names that others left.
            if segment.unit in twice or isinstance(segment.unit, int) or self.early.swallows:
                segment.usage.hard |= segment.usage.soft
        for unit in twice:
            places = [place for place, segment in enumerate(segments) if segment.unit == unit]
            for between in segments[places[0] : places[-1]]:
                # A task that is taken up again goes on with the random numbers of those in between.
                self._join(unit, between.unit)
        return segments

    def _link_names(self, segments: list[Segment]) -> None:
        """Join every unit with those before it that left what it reads."""
        writers: dict[str, list[Segment]] = {}
        called, called_writes = set(self.early.deferred), set(self.early.deferred_writes)
        latest: Segment | None = None
        for segment in segments:
            usage = segment.usage
            segment.reads, segment.writes = usage.hard | called, usage.writes | called_writes
            linked: list[Segment] = []
            while new := [
                each
                for name in segment.reads
                for each in writers.get(name, ())
                if each not in linked and each is not segment
            ]:
                for each in new:
                    if each not in linked:
                        linked.append(each)
                        # What it calls of theirs reads and binds now what their functions do.
                        segment.reads |= each.usage.deferred
                        segment.writes |= each.usage.deferred_writes
            is_setup = isinstance(segment.unit, int)
            # The stream of random numbers begins anew with every task, and goes on in the set-up behind it.
            draws = is_setup and usage.calls and latest is not None
            segment.is_shared = is_setup and not linked and not draws and self._is_alone(segment)
            if segment.is_shared:
                called |= usage.deferred
                called_writes |= usage.deferred_writes
                continue
            for each in linked:
                self._join(segment.unit, each.unit)
                # Handed on to whoever reads of this one.
                usage.deferred |= each.usage.deferred
                usage.deferred_writes |= each.usage.deferred_writes
            if draws and latest is not None:
                self._join(segment.unit, latest.unit)
            for name in segment.writes:
                writers.setdefault(name, []).append(segment)
            latest = latest if is_setup else segment

    def _is_alone(self, segment: Segment) -> bool:
        return self._find(segment.unit) == segment.unit and segment.unit not in {
            head for unit, head in self.heads.items() if unit != segment.unit
        }

    def _link_answers(self, segments: list[Segment]) -> None:
        """Join whatever decides one answer: a variable that is read at the end, or the name of a table."""
        for task in self.assignment.task:
            if isinstance(task, TrueFalseTask):
                self._join_all(
                    [each for each in segments if each.unit == task.id or task.variable in each.writes]
                )
                continue
            if not isinstance(task, TrainingTask):
                continue
            own = [segment for segment in segments if segment.unit == task.id]
            variants = {name for segment in own for name in _list_variants(task, segment.usage.binds)}
            if len(variants) > 1:
                # The last assigned counts, and a name keeps the place that it was first given.
                before = [each for each in segments if each.cells[0] <= own[0].cells[0]]
                self._join_all([*own, *(each for each in before if variants & each.writes)])

    def _link_needs(self, segments: list[Segment]) -> None:
        known = {segment.unit for segment in segments}
        for task in self.assignment.task:
            named = {str(check.options["task"]) for check in task.checks if "task" in check.options}
            for need in self.assignment.list_needs(task.id) | named:
                if {task.id, need} <= known:
                    self._join(task.id, need)

    def _join_all(self, segments: list[Segment]) -> None:
        joined = [segment for segment in segments if not segment.is_shared]
        for segment in joined[1:]:
            self._join(joined[0].unit, segment.unit)

    def _find(self, unit: Unit) -> Unit:
        while self.heads[unit] != unit:
            unit = self.heads[unit]
        return unit

    def _join(self, first: Unit, second: Unit) -> None:
        self.heads[self._find(first)] = self._find(second)


def _list_variants(task: TrainingTask, names: set[str]) -> set[str]:
    pattern = re.compile(rf"{re.escape(task.fitted)}\w*", re.IGNORECASE)
    return {name for name in names if name != task.fitted and pattern.fullmatch(name)}


def _find_origins(trees: Iterable[ast.AST]) -> dict[str, str]:
    """The modules that names are imported from."""
    found: dict[str, str] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found
