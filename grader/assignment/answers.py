"""Reads answers to true/false tasks that students gave in words rather than in the variable asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nbformat import NotebookNode

from grader.assignment.code_answers import list_constants
from grader.assignment.headings import (
    LEVEL,
    TRUTH_OFFERED,
    Heading,
    list_comments,
    list_prose,
    normalise_line,
    read_heading,
)
from grader.assignment.likeness import read_mark
from grader.assignment.outline import Parts, Place
from grader.assignment.spec import Assignment, TrueFalseTask
from grader.assignment.truth import ANY, EXACT, OFFER, TOKEN, read_truths, repeats_line

MAX_CELL_CHARACTERS = 20_000
"""Answers in words are short; a longer cell is left to its author."""
MAX_LINES = 60
"""Lines kept of one task: comparing each with the released text takes a tenth of a millisecond."""
SAID = r"(?:(?:정?답안?|answer|ans)\s*(?:은|는|is)?\s*[:=\-→]*[*_`\s]*)?"
INLINE = re.compile(
    rf"(?<![\w.])[(\[]?[*_`\s]*(\d{{1,2}})[*_`]*\s*[).:번\]=-]+\s*[*_`\s]*(?={SAID}{ANY})", re.IGNORECASE
)
BRACKETED = re.compile(r"[*_`]*[(\[][*_`\s]*(\d{1,2})[*_`\s]*[)\]][*_`]*")
REASONED = re.compile(rf"[\W_]*{SAID}{ANY}\s*[*_`]*\s*(?:[.,:;(→-]|$)", re.IGNORECASE)
NUMBERED = re.compile(r"\W*(\d{1,2})(?!\w|\.\d)")
ENOUGH_WORDS = 6
"""Words that a released line must have to tell one statement from another."""
SEPARATOR = re.compile(r"[,;/|·\s]+")


@dataclass(frozen=True)
class StatedAnswers:
    """Answers in words, and what a person should look at."""

    answers: dict[str, bool]
    """Task id to answer."""
    notes: tuple[str, ...] = ()


@dataclass
class Collector:
    """Lines that speak of each task, in the order of the cells."""

    parts: Parts
    tasks: dict[str, TrueFalseTask]
    statements: dict[str, list[str]] = field(default_factory=dict)
    """Task id to the released lines of its statement."""
    lines: dict[str, list[str]] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    """Tasks under which one cell seems to answer several statements."""

    def find(self, heading: Heading) -> str | None:
        """The statement that a numbered line is about."""
        part = heading.part if heading.style == "full" else self.parts.truth
        task = self.parts.find(part, heading.number)
        if task not in self.tasks and heading.is_loose:
            task = self.parts.find(self.parts.truth, heading.part)
        return task if task in self.tasks else None

    def add(self, task: str | None, line: str) -> None:
        """Keeps a line for a task; one that belongs to no statement is dropped."""
        kept = self.lines.setdefault(task, []) if task in self.tasks and line.strip() else None
        if kept is not None and len(kept) < MAX_LINES:
            kept.append(line)


def read_stated_answers(
    cells: Sequence[NotebookNode], places: Sequence[Place], assignment: Assignment, released: NotebookNode
) -> StatedAnswers:
    """Answers that cells state in words: in Markdown, in comments, or as a constant that code shows.

    Only what a student added to the released text counts. Cells that assign a task's variable are left out:
    what it holds is seen when they run. A task with contradicting answers gets none, and a note.
    """
    tasks = {task.id: task for task in assignment.task if isinstance(task, TrueFalseTask)}
    parts = Parts.of(assignment)
    if not tasks:
        return StatedAnswers({})
    quoted = _list_released_lines(released, tasks)
    statements = _list_statements(released, tasks)
    collector = Collector(parts, tasks, statements)
    for cell, place in zip(cells, places, strict=True):
        if place.task in tasks or (place.part is not None and place.part == parts.truth):
            _collect_cell(cell, place.task, collector, is_truth=place.part == parts.truth)
    if not collector.lines and parts.truth is not None:
        # Nothing says where the statements begin, so a whole list of answers has to speak for itself.
        for cell in cells:
            listed = Collector(parts, tasks, statements)
            if cell.cell_type != "code":
                _collect_cell(cell, None, listed)
            if sum(bool(read_truths(lines, quoted)) for lines in listed.lines.values()) > 1:
                collector = listed
    answers: dict[str, bool] = {}
    notes: list[str] = []
    for task in sorted(collector.doubtful):
        notes.append(
            f"What stands under task {task} in words seems to answer several statements; it was not counted. "
            "Read it and grade these statements by hand."
        )
    for task, lines in sorted(collector.lines.items()):
        if task in collector.doubtful:
            continue
        found = read_truths(lines, quoted)
        if len(found) == 1:
            answers[task] = found.pop()
        elif found:
            notes.append(f"Task {task} is answered both true and false in words; neither was counted.")
    return StatedAnswers(answers, tuple(notes))


def _list_released_lines(released: NotebookNode, tasks: dict[str, TrueFalseTask]) -> list[str]:
    lines: list[str] = []
    for cell in released.cells:
        if read_mark(cell, "task") in tasks or cell.cell_type != "code":
            comments = [text.lstrip("# ") for text in list_comments(cell.source)]
            lines += comments if cell.cell_type == "code" else list_prose(cell.source)
    return lines


def _list_statements(released: NotebookNode, tasks: dict[str, TrueFalseTask]) -> dict[str, list[str]]:
    statements: dict[str, list[str]] = {}
    for cell in released.cells:
        task = read_mark(cell, "task")
        if task in tasks and cell.cell_type != "code":
            lines = [line for line in list_prose(cell.source) if not LEVEL.match(line)]
            long = [line for line in lines if len(TOKEN.findall(line)) >= ENOUGH_WORDS]
            statements.setdefault(task, []).extend(long)
    return statements


def _collect_cell(cell: NotebookNode, task: str | None, collector: Collector, is_truth: bool = False) -> None:
    if len(cell.source) > MAX_CELL_CHARACTERS:
        return
    if cell.cell_type == "code":
        variables = {spec.variable for spec in collector.tasks.values()}
        lines = list(list_constants(cell.source, variables))
    else:
        lines = [normalise_line(line) for line in list_prose(cell.source)]
    lines = list(_turn_tables(lines))
    if lines and cell.cell_type != "code" and _is_title(lines[0], task, collector, is_truth):
        lines = lines[1:]
    if _collect_bare_list(lines, collector):
        return
    chunks: dict[str | None, list[str]] = {}
    for line in lines:
        heading = read_heading(line) or read_heading(line.strip("|* \t"))
        inline = list(INLINE.finditer(line))
        if len(inline) <= 1:
            inline = _split_numbers(line)
        if len(inline) > 1:
            ends = [match.start() for match in inline[1:]] + [len(line)]
            for match, end in zip(inline, ends, strict=True):
                number = str(int(match[1]))
                named = collector.parts.find(collector.parts.truth, number)
                chunks.setdefault(named, []).append(line[match.end() : end])
            continue
        if heading and (named := collector.find(heading)):
            task = named
            line = heading.rest
        chunks.setdefault(task, []).append(line)
    for task, own in chunks.items():
        if task in collector.tasks and _answers_several(task, own[:MAX_LINES], collector.statements):
            collector.doubtful.add(task)
        for line in own:
            collector.add(task, line)


def _is_title(line: str, task: str | None, collector: Collector, is_truth: bool) -> bool:
    """Whether the first line of a cell is the heading of all statements, which answers none of them."""
    heading = read_heading(line)
    offers = bool(TRUTH_OFFERED.search(line))
    if heading is None:
        return bool(LEVEL.match(line)) and offers
    if heading.style == "part":
        return True
    is_part = heading.style == "dot" and heading.number == collector.parts.truth
    is_header = bool(heading.level) and is_truth and task is None
    return is_part and (is_header or (offers and not read_truths([heading.rest], [])))


def _split_numbers(line: str) -> list[re.Match[str]]:
    """The numbers of a line that is a whole list of answers, `(1) … (2) …`; else none."""
    found = list(BRACKETED.finditer(line))
    if len(found) < 2 or line[: found[0].start()].strip(" \t>*_#-"):
        return []
    ends = [match.start() for match in found[1:]] + [len(line)]
    rests = [line[match.end() : end] for match, end in zip(found, ends, strict=True)]
    in_order = all(int(after[1]) == int(before[1]) + 1 for before, after in pairwise(found))
    return found if in_order and all(read_truths([rest], []) for rest in rests) else []


def _answers_several(task: str, lines: list[str], statements: dict[str, list[str]]) -> bool:
    """Whether lines of one cell, all found under one task, seem to answer more than that one."""
    numbers: set[str] = set()
    for line in lines:
        words = [word for word in SEPARATOR.split(line.strip("[]() ")) if word]
        values = [value for word in words if EXACT.fullmatch(word) for value in read_truths([word], [])]
        is_list = len(values) == len(words) and not (OFFER.search(line) and len(words) == 2)
        if is_list and (len(values) > 2 or len(set(values)) > 1):
            return True
        number = NUMBERED.match(line)
        if number and read_truths([line[number.end() :]], []):
            numbers.add(number[1])
    if len(numbers) > 1:
        return True
    others = [line for other, own in statements.items() if other != task for line in own]
    long = [line for line in lines if len(TOKEN.findall(line)) >= ENOUGH_WORDS]
    return any(repeats_line(line, others) for line in long)


def _collect_bare_list(lines: list[str], collector: Collector) -> bool:
    """Whether the lines are exactly one answer for each statement, without numbers; then they are kept."""
    words = [line for line in lines if EXACT.fullmatch(line) or REASONED.match(line)]
    if len(lines) == 1:
        words = [word for word in SEPARATOR.split(lines[0].strip("[]() ")) if EXACT.fullmatch(word)]
    order = list(collector.parts.tasks.get(collector.parts.truth or "", {}).values())
    if len(order) < 2 or len(words) != len(order) or any(read_heading(line) for line in lines):
        return False
    for task, word in zip(order, words, strict=True):
        collector.add(task, word)
    return True


def _turn_tables(lines: Sequence[str]) -> Iterator[str]:
    """Lines with each table row as `number) rest`, whether the numbers stand in a column or in a row."""
    header: list[str] = []
    for line in lines:
        if line.count("|") < 2 and not line.strip().startswith("|"):
            yield line
            continue
        row = [entry.strip() for entry in line.strip().strip("|").split("|")]
        numbers = [re.sub(r"\D", "", entry.rpartition(".")[2]) for entry in row]
        if sum(bool(number) for number in numbers) > 1 and not any(EXACT.fullmatch(entry) for entry in row):
            header = numbers
        elif header and len(row) == len(header) and any(EXACT.fullmatch(entry) for entry in row):
            yield from (f"{number}) {entry}" for number, entry in zip(header, row, strict=True) if number)
        elif numbers[0] and len(row) > 1:
            yield f"{numbers[0]}) {row[1]}" if len(row) == 2 else f"{numbers[0]})"
            yield from row[1:] if len(row) > 2 else ()
