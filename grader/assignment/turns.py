"""Finds in a notebook's code why a training's first steps may not tell how it goes on.

A loop whose rounds are all alike goes on as it began. One that branches on what changes from round to round
may do something else later, and one that asks which seed it was given may do something else in the run that
counts. Such code is rarely a fault, and nothing is held against it: only the first steps do not settle it.
"""

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

from grader.assignment.shorten import MOST_CHARACTERS, UNREADABLE
from grader.records import CellMap

SEEDS = frozenset("initial_seed default_generator get_rng_state get_state getstate argv environ".split())
"""Names by which a notebook learns which seed it was given."""
PROCESS = "/proc"
SHOWS = frozenset(
    "print display plot show append set_description set_postfix update write clear_output".split()
)
"""Calls that show or keep what a round has computed, and change nothing of the next."""

UNREAD = "a cell cannot be read as Python"
BRANCHES = "a loop does not do the same in every round"
ASKS = "the notebook asks which seed it was given"

Loop = ast.For | ast.While | ast.AsyncFor


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
        tree = ast.parse(source)
        if any(_is_uneven(loop) for loop in _list_outermost(tree)) or _counts_calls(tree):
            yield BRANCHES
    except UNREADABLE:
        yield UNREAD
        return
    names = {node.attr if isinstance(node, ast.Attribute) else node.id for node in _list_names(tree)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    if names & SEEDS or any(isinstance(text, str) and PROCESS in text for text in texts):
        yield ASKS


def _list_names(tree: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute)))


def _list_outermost(tree: ast.AST) -> Iterator[Loop]:
    """Loops that stand in no other."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Loop):
            yield node
        else:
            yield from _list_outermost(node)


def _is_uneven(loop: Loop) -> bool:
    """Whether a loop branches on what changes between its rounds, and does more than show something there."""
    changing = _list_stored(loop) - _list_inner_counters(loop)
    return any(names & changing for names in _list_tests(loop))


def _counts_calls(tree: ast.AST) -> bool:
    """Whether a function branches on something that is counted up."""
    counted = {ast.unparse(node.target) for node in ast.walk(tree) if isinstance(node, ast.AugAssign)} - {""}
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]
    return any(names & counted for function in functions for names in _list_tests(function))


def _list_stored(loop: ast.AST) -> set[str]:
    stored = {
        node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    added = {ast.unparse(node.target) for node in ast.walk(loop) if isinstance(node, ast.AugAssign)}
    return stored | added


def _list_inner_counters(loop: Loop) -> set[str]:
    """What inner loops and comprehensions count by: the same in every round of the outer one."""
    inner = [
        node for node in ast.walk(loop) if isinstance(node, (ast.For, ast.comprehension)) and node is not loop
    ]
    return {name.id for node in inner for name in ast.walk(node.target) if isinstance(name, ast.Name)}


def _list_tests(tree: ast.AST) -> Iterator[set[str]]:
    """The names in the test of each branch that does more than show something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and _only_shows(node):
            continue
        if (isinstance(node, ast.If) and not all(map(_only_shows, [*node.body, *node.orelse]))) or isinstance(
            node, ast.IfExp
        ):
            yield _name_parts(node.test)
        elif isinstance(node, ast.While):
            yield _name_parts(node.test) if node is not tree else set()
        elif isinstance(node, ast.Match):
            yield _name_parts(node.subject)


def _name_parts(test: ast.expr) -> set[str]:
    return {ast.unparse(node) for node in _list_names(test)}


def _only_shows(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        return all(map(_only_shows, [*statement.body, *statement.orelse]))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value.func
        name = call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""
        return name in SHOWS
    return isinstance(statement, ast.Pass)
