"""Turns the headings of a notebook into places: which part and which task each cell stands under."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from nbformat import NotebookNode

from grader.assignment.headings import Heading, list_headings
from grader.assignment.spec import Assignment

NUMBERED = ("full", "word", "round")


@dataclass(frozen=True)
class Place:
    """Where a cell stands."""

    part: str | None = None
    task: str | None = None
    is_heading: bool = False
    """Whether the cell itself names that task."""
    is_full: bool = False
    """Whether it names the part as well, as in 1.3."""


@dataclass(frozen=True)
class Parts:
    """The parts of an assignment, out of task ids such as `1.3`."""

    tasks: dict[str, dict[str, str]]
    """Part to number to task id, in the assignment's order."""
    truth: str | None
    """The part whose tasks are all statements to be called true or false, if exactly one is."""

    @classmethod
    def of(cls, assignment: Assignment) -> "Parts":
        """The parts of that assignment; ids without a dot make one part without a name."""
        tasks: dict[str, dict[str, str]] = {}
        kinds: dict[str, set[str]] = {}
        for task in assignment.task:
            part, _, number = task.id.rpartition(".")
            tasks.setdefault(part, {})[number] = task.id
            kinds.setdefault(part, set()).add(task.kind)
        truth = [part for part, own in kinds.items() if own == {"true_false"}]
        return cls(tasks, truth[0] if len(truth) == 1 else None)

    def find(self, part: str | None, number: str | None) -> str | None:
        """The id of the task of that number in that part."""
        return self.tasks.get(part or "", {}).get(number or "")

    def list_after(self, part: str | None) -> list[str]:
        """That part and those that follow it; all of them for None."""
        order = list(self.tasks)
        return order[order.index(part) :] if part in self.tasks else order


@dataclass
class Walk:
    """What was met so far on the way down the notebook."""

    parts: Parts
    part: str | None = None
    number: str | None = None
    begun: set[str] = field(default_factory=set)
    answered: dict[str, set[str]] = field(default_factory=dict)
    """Numbers of each part whose heading has code below it."""

    def enter_part(self, part: str) -> None:
        """Goes to a part that a heading named."""
        if part != self.part:
            self.part, self.number = part, None
        self.begun.add(part)

    def enter_number(self, number: str) -> str | None:
        """Goes to the task of that number, in this part or, where numbers start again, in the next."""
        here = [part for part in self.parts.list_after(self.part) if self.parts.find(part, number)]
        if not here:
            return None
        part = here[0]
        if part == self.part and self._starts_again(part, number):
            part = next((later for later in here[1:] if later not in self.begun), part)
        self.enter_part(part)
        self.number = number
        return self.parts.find(part, number)

    def _starts_again(self, part: str, number: str) -> bool:
        answered, numbers = self.answered.get(part, set()), list(self.parts.tasks[part])
        is_repeated = number in answered and number != self.number
        return is_repeated and (number == numbers[0] or numbers[-1] in answered)

    def meet_code(self) -> None:
        """Remembers that the present heading has code below it."""
        if self.part is not None and self.number is not None:
            self.answered.setdefault(self.part, set()).add(self.number)


def outline_cells(cells: Sequence[NotebookNode], assignment: Assignment) -> list[Place]:
    """Where each cell stands, by headings alone.

    Bare numbers belong to the part whose heading stands above them; where none does, they belong to the
    first part until its first number, already answered by code, comes again. A cell that names several tasks
    is an overview, or a list of answers, and heads none of them.
    """
    parts = Parts.of(assignment)
    headings = _settle_loose([list_headings(cell) for cell in cells], parts)
    own_lines = [heading for cell in headings for heading in cell if not heading.is_comment]
    has_numbers = any(_is_numbered(heading, parts) for heading in own_lines)
    part_level = _find_part_level(own_lines, parts, has_numbers)
    runs = _find_runs(own_lines, parts, part_level)
    walk, places = Walk(parts), []
    for cell, found in zip(cells, headings, strict=True):
        # Steps of a program are numbered in comments too: they head tasks only where nothing else does.
        usable = [heading for heading in found if _is_sure(heading) or not heading.is_comment]
        usable = usable if has_numbers else found
        named = {_read_part(heading, parts, part_level) for heading in usable} - {None}
        if len(named) == 1 and (part := named.pop()) is not None:
            walk.enter_part(part)
        elif parts.truth and any(heading.offers_truth and not heading.is_comment for heading in usable):
            walk.enter_part(parts.truth)
        run_level = runs.get(walk.part or next(iter(parts.tasks)))
        candidates = _list_candidates(usable, parts, part_level, walk.part == parts.truth, run_level)
        chosen = _choose(candidates)
        task = None
        if chosen and chosen.number:
            if chosen.part is not None and parts.find(chosen.part, chosen.number):
                walk.enter_part(chosen.part)
            task = walk.enter_number(chosen.number)
        elif _is_overview(_list_candidates(usable, parts, part_level, False, run_level)) or named:
            walk.number = None
        if (cell.cell_type == "code" and cell.source.strip()) or walk.part == parts.truth:
            walk.meet_code()
        standing = parts.find(walk.part, walk.number)
        is_full = bool(task and chosen and _is_sure(chosen))
        places.append(Place(walk.part, standing, is_heading=task is not None, is_full=is_full))
    return places


def _settle_loose(headings: list[list[Heading]], parts: Parts) -> list[list[Heading]]:
    """The headings, with those such as `1번 (2)` naming either a part and a task or a task and a step."""
    every = [heading for cell in headings for heading in cell]
    loose = [heading for heading in every if heading.is_loose]
    levels = {heading.level for heading in loose} - {0}
    # Beside a header 3번 of their own level, 1번 and 2번 are tasks too.
    has_tasks = any(
        heading.style == "round" and heading.level in levels and heading.number not in parts.tasks
        for heading in every
    )
    if not has_tasks and all(parts.find(heading.part, heading.number) for heading in loose):
        return headings
    return [
        [
            replace(heading, style="round", part=None, number=heading.part, is_loose=False)
            if heading.is_loose
            else heading
            for heading in cell
        ]
        for cell in headings
    ]


def _is_sure(heading: Heading) -> bool:
    """Whether a heading names part and task beyond doubt."""
    return heading.style == "full" and not heading.is_loose


def _is_numbered(heading: Heading, parts: Parts) -> bool:
    """Whether a heading names a task in a form that no part's heading and no plain list has."""
    if heading.style == "full":
        return parts.find(heading.part, heading.number) is not None
    return heading.style in NUMBERED and any(heading.number in own for own in parts.tasks.values())


def _find_part_level(headings: Iterable[Heading], parts: Parts, has_numbers: bool) -> int | None:
    """The level of those headers such as `# 2. …` that name parts; None if such headers name tasks."""
    dots = [heading for heading in headings if heading.style == "dot" and heading.level]
    if not dots:
        return None
    top = min(heading.level for heading in dots)
    numbers = {heading.number for heading in dots if heading.level == top}
    has_deeper = any(heading.level > top for heading in dots)
    if not numbers <= set(parts.tasks):
        return None
    has_truth = any(
        heading.offers_truth and heading.level == top and heading.number == parts.truth for heading in dots
    )
    return top if has_numbers or has_deeper or has_truth or _find_runs(headings, parts, top) else None


def _find_runs(headings: Iterable[Heading], parts: Parts, part_level: int | None) -> dict[str, int]:
    """The level at which a part's tasks are numbered like a list, as in `## 1. …`; 0 for bold numbers.

    Only for parts that no other heading names a task of, and only where each number stands there once.
    """
    part = next(iter(parts.tasks))
    numbers: dict[str, dict[int, list[str | None]]] = {}
    numbered: set[str] = set()
    for heading in headings:
        if name := _read_part(heading, parts, part_level):
            part = name
        elif parts.truth and heading.style == "part" and heading.offers_truth:
            part = parts.truth
        elif _is_numbered(heading, parts):
            numbered.add(heading.part if heading.style == "full" and heading.part else part)
        elif heading.style in ("dot", "bare") and (heading.level or heading.is_framed):
            numbers.setdefault(part, {}).setdefault(heading.level, []).append(heading.number)
    return {
        part: min(complete)
        for part, levels in numbers.items()
        if part not in numbered
        and (
            complete := [
                level for level, own in levels.items() if sorted(map(str, own)) == sorted(parts.tasks[part])
            ]
        )
    }


def _read_part(heading: Heading, parts: Parts, part_level: int | None) -> str | None:
    is_part = heading.style == "dot" and heading.level == part_level and part_level is not None
    name = heading.number if is_part else heading.part if heading.style == "part" else None
    return name if name in parts.tasks else None


def _list_candidates(
    headings: list[Heading], parts: Parts, part_level: int | None, takes_dots: bool, run_level: int | None
) -> list[Heading]:
    """The headings that may name a task, of the most prominent kind that the cell has."""
    tasks = [heading for heading in headings if _is_numbered(heading, parts)]
    if not tasks and (part_level is None or takes_dots):
        dots = [heading for heading in headings if heading.style == "dot" and heading.level != part_level]
        tasks = [heading for heading in dots if heading.level or heading.is_framed or takes_dots]
    if not tasks and run_level is not None:
        run = [heading for heading in headings if heading.style in ("dot", "bare")]
        tasks = [
            heading
            for heading in run
            if heading.level == run_level != part_level and (heading.level or heading.is_framed)
        ]
    most = max((_rank(heading) for heading in tasks), default=0)
    return [heading for heading in tasks if _rank(heading) == most]


def _rank(heading: Heading) -> int:
    return 2 if heading.level else int(heading.is_framed)


def _choose(candidates: list[Heading]) -> Heading | None:
    return candidates[0] if len({(heading.part, heading.number) for heading in candidates}) == 1 else None


def _is_overview(candidates: list[Heading]) -> bool:
    return len({(heading.part, heading.number) for heading in candidates}) > 1
