"""Finds which cells of a notebook answer which task, and which assignment a notebook belongs to."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nbformat import NotebookNode

from grader.assignment.answers import read_stated_answers
from grader.assignment.excerpt import excerpt_cells, identify_cell
from grader.assignment.likeness import (
    Likeness,
    list_words,
    normalise_cell,
    normalise_code,
    read_mark,
    weigh_words,
)
from grader.assignment.outline import Parts, Place, outline_cells
from grader.assignment.spec import Assignment
from grader.errors import NotebookError, UnknownAssignment
from grader.records import CellMap

LEAST_LIKENESS = 0.2
"""Share of an assignment's weighted words that a notebook must have to be taken for an answer to it."""
TIE = 0.02


def locate_tasks(notebook: NotebookNode, assignment: Assignment, released: NotebookNode) -> CellMap:
    """Which cells of a notebook answer which task of an assignment, and how that was told.

    Marks that the release wrote on the cells come first, then headings, then likeness to the released texts.
    `released` is the notebook that students got; both notebooks come from `read_notebook`.

    Raises NotebookError if no task is recognised.
    """
    excerpt = excerpt_cells(notebook.cells, released)
    cells: Sequence[NotebookNode] = excerpt.heads
    ids = {task.id for task in assignment.task}
    marked = _Marked.of(cells, assignment)
    outline, marks = marked.outline, marked.marks
    notes: list[str] = []
    if any(marks):
        handed_out = _Marked.of(excerpt_cells(released.cells, released).heads, assignment)
        places = _place_by_marks(marked, handed_out, notes)
    else:
        places = _place_by_headings(cells, outline, Likeness(assignment, released))
    texts = [normalise_cell(cell) for cell in cells]
    setups = {normalise_code(cell.source) for cell in released.cells if _is_marked_setup(cell)} - {""}
    tasks = tuple(
        None if cell.cell_type != "code" or text in setups or _is_marked_setup(cell) else place.task
        for cell, text, place in zip(cells, texts, places, strict=True)
    )
    stated = read_stated_answers(excerpt.whole, places, assignment, released)
    if not any(tasks) and not stated.answers and not any(place.task for place in places):
        raise NotebookError(
            f"No task of {assignment.id} is recognised in the notebook. Write each task's number on a line "
            f"of its own above its cells, such as `### {assignment.task[0].id}`, or answer in the notebook "
            "that was handed out."
        )
    own = {(cell.cell_type, normalise_cell(cell)) for cell in released.cells}
    verbatim = {identify_cell(cell) for cell in released.cells}
    changed = tuple(
        identify_cell(cell) not in verbatim and (is_cut or (bool(text) and (cell.cell_type, text) not in own))
        for cell, text, is_cut in zip(notebook.cells, texts, excerpt.is_cut, strict=True)
    )
    written = tuple(
        place.task
        if cell.cell_type == "markdown" and (is_changed or read_mark(cell, "role") == "answer")
        else None
        for cell, place, is_changed in zip(cells, places, changed, strict=True)
    )
    truth = Parts.of(assignment).truth
    answered = {task for task, is_changed in zip(tasks, changed, strict=True) if is_changed} | {
        *stated.answers
    }
    first = next((index for index, place in enumerate(places) if place.task), len(cells))
    stray = [
        index
        for index, cell in enumerate(cells)
        if cell.cell_type == "code"
        and tasks[index] is None
        and changed[index]
        and not _is_setup(cell, texts[index], setups)
        # Where every task is answered, what stands above the first one is a set-up of the student's own.
        and not (ids <= answered and index < first)
        # Lists of answers to all statements stand under none of them.
        and not (stated.answers and truth is not None and places[index].part == truth)
    ]
    if stray:
        notes.append(
            f"{len(stray)} changed code cell{'s stand' if len(stray) > 1 else ' stands'} under no task and "
            f"counted for none, the first of them cell {stray[0] + 1}. If they answer a task, write its "
            f"number, such as `### {assignment.task[0].id}`, on a line of its own above them and grade again."
        )
    if any(marks):
        method = "metadata"
    elif any(place.is_heading for place in outline) or stated.answers:
        method = "headings"
    else:
        method = "likeness"
    return CellMap.model_validate(
        {
            "tasks": tasks,
            "changed": changed,
            "written": written,
            "stated": stated.answers,
            "method": method,
            "notes": (*notes, *stated.notes, *excerpt.notes),
        }
    )


def _is_setup(cell: NotebookNode, text: str, setups: set[str]) -> bool:
    """Whether a code cell only prepares: it is a set-up cell, or all its lines import or are a set-up's."""
    if text in setups or _is_marked_setup(cell):
        return True
    known = {line.strip() for setup in setups for line in setup.split("NEWLINE")}
    lines = [line.strip() for line in text.split("NEWLINE")]
    return all(not line or line in known or line.startswith(("import ", "from ", "!", "%")) for line in lines)


def _is_marked_setup(cell: NotebookNode) -> bool:
    return read_mark(cell, "role") == "setup" and read_mark(cell, "task") is None


@dataclass(frozen=True)
class _Marked:
    """The cells of a notebook, with what its marks and its headings say of each."""

    cells: Sequence[NotebookNode]
    marks: Sequence[str | None]
    outline: Sequence[Place]

    @classmethod
    def of(cls, cells: Sequence[NotebookNode], assignment: Assignment) -> "_Marked":
        """Marks that name no task of the assignment count for nothing."""
        ids = {task.id for task in assignment.task}
        marks = [mark if (mark := read_mark(cell, "task")) in ids else None for cell in cells]
        return cls(cells, marks, outline_cells(cells, assignment))

    def find_regions(self, within: Container[str | None] | None = None) -> list[str | None]:
        """For each cell, the task of the nearest marked text or heading above it.

        Texts of tasks that are not `within` are passed over.
        """
        regions: list[str | None] = []
        region: str | None = None
        for cell, mark, place in zip(self.cells, self.marks, self.outline, strict=True):
            task = mark or place.task
            is_head = cell.cell_type != "code" and (mark or _may_redirect(place, self.marks))
            if is_head and (within is None or task in within):
                region = task
            regions.append(region)
        return regions

    def list_named(self) -> list[str | None]:
        """For each cell, the task that its own heading names in full."""
        return [place.task if place.is_heading and place.is_full else None for place in self.outline]


def _place_by_marks(marked: _Marked, released: _Marked, notes: list[str]) -> list[Place]:
    """Places by the release's marks; cells added since follow the marked cell or the heading above them.

    A copied cell keeps its marks. Where it stands among another task's cells, while one of the same marks
    stands among its own, it was copied to be changed there, and belongs there.
    """
    cells, marks, outline = marked.cells, marked.marks, marked.outline
    regions = marked.find_regions()
    # A task without a text of its own was handed out under another's. Where a text was deleted, what
    # stood below it has not moved.
    homes = {(mark, home) for mark in marks for home in (mark, None)}
    homes |= {*zip(released.marks, released.find_regions(within={*regions}), strict=True)}
    known = {*zip(released.marks, released.list_named(), strict=True)}
    at_home = {
        _read_marks(cell)
        for cell, mark, region in zip(cells, marks, regions, strict=True)
        if mark and cell.cell_type == "code" and (mark, region) in homes
    }
    places: list[Place] = []
    current: str | None = None
    for index, (cell, mark, region, place, named) in enumerate(
        zip(cells, marks, regions, outline, marked.list_named(), strict=True)
    ):
        is_strayed = mark is not None and (mark, region) not in homes and cell.cell_type == "code"
        if mark and is_strayed and _read_marks(cell) in at_home:
            current = region
            notes.append(
                f"Cell {index + 1} is a copy of the cell for {mark} and stands under {region}: "
                f"counted for {region}."
            )
        elif mark:
            current = mark
            is_misnamed = named not in (mark, None) and (mark, named) not in known
            if is_strayed or is_misnamed:
                other = named if is_misnamed else region
                notes.append(
                    f"Cell {index + 1} was released for {mark} and now stands under {other}: "
                    f"counted for {mark}."
                )
        elif _may_redirect(place, marks):
            current = place.task
        places.append(replace(place, task=current))
    return places


def _read_marks(cell: NotebookNode) -> tuple[str | None, ...]:
    """What a cell has in common with its copies, and not with the tests of its task."""
    return tuple(read_mark(cell, key) for key in ("task", "role", "name"))


def _may_redirect(place: Place, marks: Sequence[str | None]) -> bool:
    """Whether a heading without a mark counts among marked cells.

    A bare number may as well be a step of the answer, so it counts only for a task without marked cells.
    """
    return place.is_heading and (place.is_full or place.task not in marks)


def _place_by_headings(
    cells: Sequence[NotebookNode], outline: Sequence[Place], likeness: Likeness
) -> list[Place]:
    """Places by headings; a task that no heading names is looked for by likeness."""
    named = {place.task for place in outline if place.is_heading}
    places: list[Place] = []
    current: str | None = None
    liked: str | None = None
    for cell, place in zip(cells, outline, strict=True):
        like = likeness.find_task(cell) if not place.is_heading else None
        if place.is_heading or place.task != current:
            liked = None
        if like and like not in named:
            liked = like
        current = place.task
        places.append(replace(place, task=liked or place.task))
    return places


def match_assignment(
    notebook: NotebookNode, assignments: Mapping[str, tuple[Assignment, NotebookNode]]
) -> str:
    """The id of the assignment that a notebook answers.

    Judged by the words that the notebook shares with each released one, those of few assignments weighing
    most, and by the tasks that are recognised in it.

    Raises UnknownAssignment if it is like none, or like two equally.
    """
    words = {name: _list_words(released.cells) for name, (_, released) in assignments.items()}
    weights = weigh_words(words.values())
    scores: dict[str, float] = {}
    for name, (assignment, released) in assignments.items():
        own = _list_words(excerpt_cells(notebook.cells, released).heads)
        whole = sum(weights[word] for word in words[name])
        shared = sum(weights[word] for word in words[name] & own) / whole if whole else 0.0
        scores[name] = shared + _share_of_tasks(notebook, assignment, released)
    best = sorted(scores.items(), key=lambda score: -score[1])[:2]
    if not best or best[0][1] < LEAST_LIKENESS:
        known = ", ".join(assignments) or "none"
        raise UnknownAssignment(
            f"The notebook is like none of the assignments known here ({known}). Name the one it answers "
            "with --assignment."
        )
    if len(best) == 2 and best[0][1] - best[1][1] < TIE:
        raise UnknownAssignment(
            f"The notebook is as much like {best[0][0]} as like {best[1][0]}. Name the one it answers with "
            "--assignment."
        )
    return best[0][0]


def _list_words(cells: Iterable[NotebookNode]) -> set[str]:
    return {word for cell in cells for word in list_words(cell.source)}


def _share_of_tasks(notebook: NotebookNode, assignment: Assignment, released: NotebookNode) -> float:
    try:
        found = locate_tasks(notebook, assignment, released)
    except NotebookError:
        return 0.0
    recognised = ({*found.tasks} | {*found.stated}) - {None}
    return len(recognised) / len(assignment.task)
