"""How much of a notebook is read to tell its tasks apart.

Ten exams' worth: whoever writes more pasted data, or means to keep the grader busy, for what is done here is
done outside the sandbox, and some of it takes a hundred times as long as Python needs to run it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

MAX_CHARACTERS = 200_000
"""Of all cells together, released ones aside. Made to be slow, they take some seconds."""
MAX_CELL_CHARACTERS = 20_000
"""A longer cell holds data."""
HEAD_CHARACTERS = 5_000
"""What is read of a longer cell: a heading stands on top of it."""
MAX_LINE_CHARACTERS = 2_000
"""Of a line of Markdown; the rest of it may be an image."""
FREE_COPIES = 2
"""Of a released cell, which count for nothing."""


@dataclass(frozen=True)
class Excerpt:
    """The cells of a notebook, one for one, shortened to what is read of them."""

    heads: tuple[NotebookNode, ...]
    """Of a long cell its beginning, of those beyond the limit nothing."""
    whole: tuple[NotebookNode, ...]
    """Of a cell that is not read to its end nothing."""
    is_cut: tuple[bool, ...]
    notes: tuple[str, ...]


def excerpt_cells(cells: Sequence[NotebookNode], released: NotebookNode) -> Excerpt:
    """The parts of a notebook's cells that are read: all of a notebook of usual size."""
    free = Counter(dict.fromkeys(map(identify_cell, released.cells), FREE_COPIES))
    left, unread = MAX_CHARACTERS, 0
    heads: list[NotebookNode] = []
    for cell in cells:
        text = _shorten(cell)
        key = identify_cell(cell)
        if free[key] > 0:
            free[key] -= 1
        elif len(text) > left:
            left, text, unread = 0, "", unread + bool(cell.source.strip())
        else:
            left -= len(text)
        heads.append(cell if text == cell.source else _with_source(cell, text))
    is_cut = tuple(
        len(cell.source) > MAX_CELL_CHARACTERS or (bool(cell.source) and not head.source)
        for cell, head in zip(cells, heads, strict=True)
    )
    whole = tuple(_with_source(head, "") if cut else head for head, cut in zip(heads, is_cut, strict=True))
    notes = (
        f"The notebook holds more than {MAX_CHARACTERS:,} characters beside the released ones. Headings and "
        f"answers in words were not looked for in {unread} of its cells; check which tasks they answer.",
    )
    return Excerpt(tuple(heads), whole, is_cut, notes if unread else ())


def identify_cell(cell: NotebookNode) -> tuple[str, str]:
    """What two cells have in common if they are the same to the character."""
    return cell.cell_type, cell.source


def _shorten(cell: NotebookNode) -> str:
    source: str = cell.source
    if cell.cell_type != "code" and any(len(line) > MAX_LINE_CHARACTERS for line in source.splitlines()):
        source = "\n".join(line[:MAX_LINE_CHARACTERS] for line in source.splitlines())
    return source if len(source) <= MAX_CELL_CHARACTERS else source[:HEAD_CHARACTERS]


def _with_source(cell: NotebookNode, source: str) -> NotebookNode:
    return NotebookNode(cell_type=cell.cell_type, source=source, metadata=cell.metadata)
