"""Finds the cells of an imported assignment again in what students hand in, and restores locked ones.

Notebooks that nbgrader or otter has handed out bear marks of their own, or none. Each of their cells is told
by its `grade_id`, else by its id, its text, or its place between others, and gets the marks that our release
writes.
"""

import difflib
import re
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from grader.assignment.likeness import normalise_cell, normalise_code, read_mark

LIKE = 0.6
"""Of difflib's ratio: half of a cell may be written anew before it counts as another one."""
MOST_CHARACTERS = 1_000
"""Of a cell, whose likeness is looked at: difflib takes quadratic time, and more where it is meant to."""
MOST_PAIRS = 100
"""Of cells in one notebook that are compared so: a class waits for each."""
UNWRITTEN = ("raise NotImplementedError", "raise NotImplementedError()", "...")
"""What stands in the place of an answer that is still to be written."""
MARKS = ("task", "role", "name")
HEADER = re.compile(r"(?:NAME|COLLABORATORS)\s*=")
TEST = "test"
"""What `metadata.grader.locked` says of a cell of tests; of any other locked one it says `yes`."""


def restore_cells(notebook: NotebookNode, released: NotebookNode) -> tuple[NotebookNode, tuple[str, ...]]:
    """The notebook with our marks and with locked cells as they were, and notes on what was restored.

    Of an assignment that was not imported, the same notebook. Both come from `read_notebook`.
    """
    if not any(read_mark(cell, "name") for cell in released.cells):
        return notebook, ()
    partners = find_partners(notebook.cells, released.cells)
    notes: list[str] = []
    for index, (cell, partner) in enumerate(zip(notebook.cells, partners, strict=True)):
        if partner is None:
            # A mark that names nothing here would be followed by the cells below it.
            cell.metadata.pop("grader", None)
            if cell.cell_type == "code" and _is_header(cell):
                cell.metadata["grader"] = {"role": "setup"}
            continue
        known = released.cells[partner]
        cell.metadata["grader"] = {mark: value for mark in MARKS if (value := read_mark(known, mark))}
        if read_mark(known, "locked") == TEST:
            # They are put to the task once it has ended, as the instructor has them.
            cell.source = f"# {read_mark(known, 'name')}: put to the task when it has ended."
        elif read_mark(known, "locked") and cell.source != known.source:
            if normalise_cell(cell) != normalise_cell(known):
                notes.append(f"Cell {index + 1} is locked and was changed; it ran as it was handed out.")
            cell.source = known.source
        elif cell.source != known.source and _drop_unwritten(cell) == _drop_unwritten(known):
            cell.source = known.source
    _put_back(notebook, released, partners, notes)
    return notebook, tuple(notes)


def _is_header(cell: NotebookNode) -> bool:
    """Whether a cell is the one in which nbgrader asks for names."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return bool(lines) and all(HEADER.match(line) for line in lines)


def _drop_unwritten(cell: NotebookNode) -> str:
    lines = [line for line in cell.source.splitlines() if line.strip() not in UNWRITTEN]
    return normalise_code("\n".join(lines)) if cell.cell_type == "code" else normalise_cell(cell)


def _put_back(
    notebook: NotebookNode, released: NotebookNode, partners: list[int | None], notes: list[str]
) -> None:
    """Put back the locked code cells that are gone, each behind the one that it followed."""
    places = {partner: index for index, partner in reversed([*enumerate(partners)]) if partner is not None}
    missing = [
        index
        for index, cell in enumerate(released.cells)
        if index not in places and cell.cell_type == "code" and read_mark(cell, "locked") not in (None, TEST)
    ]
    taken = {cell.id for cell in notebook.cells}
    for index in reversed(missing):
        before = max((known for known in places if known < index), default=None)
        at = 0 if before is None else places[before] + 1
        known = released.cells[index]
        copy = NotebookNode(known)
        copy.metadata = NotebookNode({"grader": {m: v for m in MARKS if (v := read_mark(known, m))}})
        copy.id = known.id if known.id not in taken else f"{known.id[:50]}-back"
        notebook.cells.insert(at, copy)
    if missing:
        names = [read_mark(released.cells[index], "name") or f"cell {index + 1}" for index in missing]
        notes.append(f"Locked cells were missing and were put back: {', '.join(names)}."[:300])


def find_partners(cells: Sequence[NotebookNode], known: Sequence[NotebookNode]) -> list[int | None]:
    """For each cell, the released one that it was; None for one that was added."""
    partners: list[int | None] = [None] * len(cells)
    names = {name: index for index, cell in enumerate(known) if (name := read_mark(cell, "name"))}
    ids = {cell.id: index for index, cell in enumerate(known)}
    texts: dict[tuple[str, str], list[int]] = {}
    for index, cell in enumerate(known):
        texts.setdefault((cell.cell_type, normalise_cell(cell)), []).append(index)
    for index, cell in enumerate(cells):
        name = read_mark(cell, "name")
        # A copy that is still named so belongs to the same task as the cell that it was made of.
        if name in names and known[names[name]].cell_type == cell.cell_type:
            partners[index] = names[name]
    taken = {partner for partner in partners if partner is not None}
    for index, cell in enumerate(cells):
        if partners[index] is not None or not cell.source.strip():
            continue
        same = texts.get((cell.cell_type, normalise_cell(cell)), [])
        found = [each for each in same if each not in taken]
        own = ids.get(cell.id)
        if not found and own is not None and own not in taken and known[own].cell_type == cell.cell_type:
            found = [own]
        if found:
            partners[index] = found[0]
            taken.add(found[0])
    pairs = iter(range(MOST_PAIRS))
    for index, cell in enumerate(cells):
        if partners[index] is None and cell.source.strip():
            partners[index] = _find_between(index, cells, known, partners, pairs)
    return partners


def _find_between(
    index: int,
    cells: Sequence[NotebookNode],
    known: Sequence[NotebookNode],
    partners: Sequence[int | None],
    pairs: Iterator[int],
) -> int | None:
    """The released cell that stood between a cell's neighbours and is most like it; None if none is.

    As many of them are compared as there are numbers left in `pairs`.
    """
    before = next((each for each in reversed(partners[:index]) if each is not None), -1)
    after = next((each for each in partners[index + 1 :] if each is not None and each > before), len(known))
    taken = set(partners)
    matcher = difflib.SequenceMatcher(
        None, "", normalise_cell(cells[index])[:MOST_CHARACTERS], autojunk=False
    )
    best, likeness = None, LIKE
    for each in range(before + 1, after):
        if each in taken or known[each].cell_type != cells[index].cell_type:
            continue
        matcher.set_seq1(normalise_cell(known[each])[:MOST_CHARACTERS])
        # Neither of the quick ones is less than the ratio itself.
        if matcher.real_quick_ratio() < likeness or matcher.quick_ratio() < likeness:
            continue
        if next(pairs, None) is None:
            break
        ratio = matcher.ratio()
        if ratio >= likeness:
            best, likeness = each, ratio
    return best
