"""Answers that code states without being run: comments, truth values and texts."""

import ast
import re
from collections.abc import Iterator

from grader.assignment.headings import list_comments, normalise_line
from grader.assignment.parsing import UNREADABLE, parse_code

MAX_INTEGER = 10**6
"""No answer is a greater number, and Python refuses to write very great ones."""

TRAILING_NUMBER = re.compile(r"(\d{1,2})$")


def list_constants(source: str, variables: set[str]) -> Iterator[str]:
    """What code says without being run: comments, and truth values and texts that it shows or assigns.

    Nothing if it assigns one of `variables` a value, or is no Python.
    """
    try:
        tree = parse_code(source)
    except UNREADABLE:
        tree = ast.Module([], [])
    assigned = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if assigned & variables:
        return
    for comment in list_comments(source):
        yield normalise_line(comment.lstrip("#% "))
    for statement in tree.body:
        yield from (normalise_line(line) for line in _read_statement(statement))


def _read_statement(statement: ast.stmt) -> Iterator[str]:
    prefix = ""
    value: ast.expr | None = None
    if isinstance(statement, ast.Expr):
        value = statement.value
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        number = TRAILING_NUMBER.search(target.id) if isinstance(target, ast.Name) else None
        prefix, value = f"{number[1]}) " if number else "", statement.value
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in ("print", "display")
    ):
        texts = [text for argument in value.args for text in _list_texts(argument)]
        yield from (" ".join(texts)).splitlines()
    elif isinstance(value, ast.Dict):
        for key, entry in zip(value.keys, value.values, strict=True):
            name = "".join(_list_texts(key)) if key else ""
            if number := TRAILING_NUMBER.search(name):
                yield f"{number[1]}) {' '.join(_list_texts(entry))}"
    elif isinstance(value, ast.List | ast.Tuple):
        yield " ".join(text for entry in value.elts for text in _list_texts(entry))
    elif value is not None and (texts := _list_texts(value)):
        for line in texts[0].splitlines():
            yield prefix + line


def _list_texts(value: ast.expr) -> list[str]:
    constant = value.value if isinstance(value, ast.Constant) else None
    if isinstance(constant, int) and abs(constant) > MAX_INTEGER:
        return []
    return [str(constant)] if isinstance(constant, str | int) else []
