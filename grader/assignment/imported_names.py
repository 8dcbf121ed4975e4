"""Tells which names a piece of code binds, and which of them to something of a library."""

import ast
import builtins
from collections.abc import Iterable

from grader.assignment.parsing import UNREADABLE, parse_code


def list_bound(code: str) -> set[str]:
    """Names that a piece of code gives a meaning; none where it is no Python."""
    try:
        tree = parse_code(code)
    except UNREADABLE:
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return found


def list_needed(code: str) -> set[str]:
    """Names that a piece of code uses and gives no meaning itself."""
    try:
        tree = parse_code(code)
    except UNREADABLE:
        return set()
    used = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    within = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    within |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    return used - within - list_bound(code)


def read_imports(statement: ast.stmt) -> dict[str, str]:
    """Names that an import statement binds, to what they stand for."""
    if isinstance(statement, ast.Import):
        named = {}
        for alias in statement.names:
            top = alias.name.partition(".")[0]
            named[alias.asname or top] = alias.name if alias.asname else top
        return named
    if isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
        return {
            alias.asname or alias.name: f"{statement.module}.{alias.name}"
            for alias in statement.names
            if alias.name != "*"
        }
    return {}


def list_imports(sources: Iterable[str]) -> dict[str, str]:
    """Names that cells import, to what they stand for; none that other code gives another meaning."""
    found: dict[str, str] = {}
    for source in sources:
        for node in ast.walk(_parse_cell(source)):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                found |= read_imports(node)
    return dict(sorted(found.items()))


def list_around(sources: Iterable[str]) -> set[str]:
    """Names that functions of a notebook take from around them, Python's own aside."""
    found: set[str] = set()
    for source in sources:
        for function in ast.walk(_parse_cell(source)):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
                own = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
                own |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
                found |= {node.id for node in names} - own
    return {name for name in found if not hasattr(builtins, name)}


def _parse_cell(source: str) -> ast.Module:
    """A cell without the lines that IPython alone understands; an empty one if it is no Python."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        return parse_code("\n".join(lines))
    except UNREADABLE:
        return ast.Module([], [])


def list_own(sources: Iterable[str]) -> tuple[str, ...]:
    """Names of Python's own functions that a reference gives another meaning at the top of its cells."""
    found: set[str] = set()
    for source in sources:
        for statement in _parse_cell(source).body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                # Names within are nobody else's.
                found.add(statement.name)
            else:
                found |= list_bound(ast.unparse(statement))
    return tuple(sorted(name for name in found if hasattr(builtins, name) and not name.startswith("_")))
