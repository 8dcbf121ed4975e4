"""Finds the statements whose answers are computed from what a training leaves.

A quick run stops trainings, and an answer that reads of one that was stopped may be another than after a full
run. Code is read roughly, and on the safe side: what cannot be read counts as computed.
"""

import ast
import re

from nbformat import NotebookNode

from grader.assignment.parsing import UNREADABLE, parse_code
from grader.assignment.shorten import MOST_CHARACTERS
from grader.assignment.spec import Assignment, TrueFalseTask
from grader.records import CellMap

MAGIC = re.compile(r"^\s*[!%].*$", re.MULTILINE)
"""Lines of IPython's."""
COMPUTED = "the answer is computed from a training that a quick run stops"
TRAINS = frozenset(["backward", "step"])
REACHES_ALL = frozenset(["globals", "locals", "vars", "eval", "exec", "get_ipython"])
"""Names by which code reads what it does not name."""

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def find_computed(assignment: Assignment, notebook: NotebookNode, cells: CellMap) -> tuple[str, ...]:
    """Ids of the statements whose answer may be computed from a training that a quick run stops."""
    kinds = {task.id: task for task in assignment.task}
    reading = _Reading()
    found: dict[str, None] = {}
    for cell, task_id in zip(notebook.cells, cells.tasks, strict=True):
        if cell.cell_type != "code":
            continue
        task = kinds.get(task_id or "")
        tree = _parse(cell.source)
        if tree is None:
            if reading.has_trained and isinstance(task, TrueFalseTask):
                found[task.id] = None
            continue
        if not isinstance(task, TrueFalseTask):
            reading.read(tree, trains=task is not None or _trains(tree))
            continue
        reads_training = reading.read(tree, trains=False) or task.variable in reading.trained
        if _is_literal(tree, task.variable):
            # Whatever was computed before, this is what is read in the end.
            found.pop(task.id, None)
        elif reads_training:
            found[task.id] = None
    return tuple(found)


class _Reading:
    """Follows the names that hold what a training has left."""

    def __init__(self) -> None:
        self.has_trained = False
        self.trained: set[str] = set()
        self._read_by: dict[str, set[str]] = {}
        """Function or class to the names that it reads."""
        self._modules: set[str] = set()

    def read(self, tree: ast.Module, *, trains: bool) -> bool:
        """Whether a cell reads what a training has left. One that trains leaves all that it binds."""
        self.has_trained |= trains
        reads_any = False
        for statement in tree.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                names = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
                self._modules |= names
                self.trained -= names
                continue
            reads, binds, changes = self._look_at(statement)
            if isinstance(statement, Function):
                self._read_by[statement.name] = reads
                self.trained.discard(statement.name)
                continue
            reads = self._expand(reads)
            is_trained = bool(reads & self.trained) or (self.has_trained and bool(reads & REACHES_ALL))
            reads_any |= is_trained
            if is_trained or trains:
                self.trained |= binds | changes
            elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.For)):
                self.trained -= binds
        return reads_any

    def _look_at(self, statement: ast.stmt) -> tuple[set[str], set[str], set[str]]:
        """The names that a statement reads, binds, and changes the object of."""
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        binds = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        own = binds if isinstance(statement, ast.For) else set()
        reads = {node.id for node in names if isinstance(node.ctx, ast.Load)} - own
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            reads.add(statement.target.id)
        changes = set()
        for node in ast.walk(statement):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            stored = isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store)
            if called or stored:
                changes.add(_find_base(node))
        return reads, binds, changes - self._modules - {""}

    def _expand(self, names: set[str]) -> set[str]:
        """The names, and those that functions among them read."""
        found, waiting = set(names), list(names)
        while waiting:
            new = self._read_by.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found


def _find_base(node: ast.AST) -> str:
    """The name that an expression such as `a.b[0].c()` begins with."""
    while not isinstance(node, ast.Name):
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return ""
    return node.id


def _parse(source: str) -> ast.Module | None:
    if len(source) > MOST_CHARACTERS:
        return None
    try:
        return parse_code(MAGIC.sub("", source))
    except UNREADABLE:
        return None


def _trains(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr in TRAINS for node in ast.walk(tree))


def _is_literal(tree: ast.Module, variable: str) -> bool:
    """Whether the last statement that binds a name gives it a value as it is written."""
    binding = [
        statement
        for statement in tree.body
        if any(
            isinstance(node, ast.Name) and node.id == variable and isinstance(node.ctx, ast.Store)
            for node in ast.walk(statement)
        )
    ]
    last = binding[-1] if binding else None
    return isinstance(last, (ast.Assign, ast.AnnAssign)) and isinstance(last.value, ast.Constant)
