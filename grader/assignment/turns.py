"""Finds in a notebook's code why a training's first steps may not tell how it goes on.

A loop whose rounds are all alike goes on as it began. One that branches may do something else later, and one
that asks which seed it was given may do something else in the run that counts. Such code is rarely a fault,
and nothing is held against it: only the first steps do not settle it, and a false alarm costs a short run.
"""

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

from grader.assignment.parsing import UNREADABLE, parse_code
from grader.assignment.rounds import is_uneven
from grader.assignment.shorten import MOST_CHARACTERS
from grader.records import CellMap

SEEDS = frozenset("initial_seed default_generator get_rng_state get_state getstate argv environ".split())
"""Names by which a notebook learns which seed it was given."""
PROCESS = "/proc"

UNREAD = "a cell cannot be read as Python"
BRANCHES = "a loop may not do the same in every round"
ASKS = "the notebook asks which seed it was given"


def find_turns(notebook: NotebookNode, cells: CellMap) -> dict[str, tuple[str, ...]]:
    """Task to the reasons why its first steps may not tell the rest: of its own cells and of set-up cells."""
    found: dict[str | None, dict[str, None]] = {}
    for cell, task in zip(notebook.cells, cells.tasks, strict=True):
        if cell.cell_type == "code":
            found.setdefault(task, {}).update(dict.fromkeys(_look_at(cell.source)))
    shared = found.pop(None, {})
    tasks = {task for task in cells.tasks if task is not None}
    turns = {task: tuple({**shared, **found.get(task, {})}) for task in sorted(tasks)}
    return {task: reasons for task, reasons in turns.items() if reasons}


def _look_at(source: str) -> Iterator[str]:
    if len(source) > MOST_CHARACTERS:
        yield UNREAD
        return
    try:
        tree = parse_code(source)
        if is_uneven(tree):
            yield BRANCHES
    except UNREADABLE:
        yield UNREAD
        return
    names = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(tree)
        if isinstance(node, (ast.Name, ast.Attribute))
    }
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    if names & SEEDS or any(isinstance(text, str) and PROCESS in text for text in texts):
        yield ASKS
