"""Writes loops over written values out, one statement after another."""

import ast
from collections.abc import Mapping

from grader.assignment.written import ValueWriter, count_uses, is_lasting, write_values

MOST_TURNS = 200


def unroll(loop: ast.For, known: Mapping[str, ast.expr]) -> list[ast.stmt] | None:
    """The statements that a loop comes to; None where its values, or what it does, are not written.

    `known` are names that stand for written values.
    """
    values = _list_written(write_values(loop.iter, known))
    names = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
    wanted = [name.id for name in names if isinstance(name, ast.Name)]
    if values is None or len(wanted) != len(names) or loop.orelse:
        return None
    if any(isinstance(node, (ast.Break, ast.Continue, ast.Return)) for node in ast.walk(loop)):
        return None
    stored = {
        node.id
        for statement in loop.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    if stored & set(wanted):
        return None
    uses = count_uses(loop.body)
    written = []
    for value in values:
        is_several = isinstance(loop.target, ast.Tuple) and isinstance(value, (ast.Tuple, ast.List))
        parts = list(value.elts) if is_several and isinstance(value, (ast.Tuple, ast.List)) else [value]
        if len(parts) != len(wanted):
            return None
        pairs = dict(zip(wanted, parts, strict=True))
        if any(uses[name] > 1 and not is_lasting(part) for name, part in pairs.items()):
            # Written out twice it would be two lists, and what is done to one is not seen in the other.
            return None
        writer = ValueWriter(pairs)
        for statement in loop.body:
            copy = ast.parse(ast.unparse(statement)).body[0]
            written.append(ast.fix_missing_locations(writer.visit(copy)))
    return written


def list_items(node: ast.GeneratorExp | ast.ListComp, known: Mapping[str, ast.expr]) -> list[ast.expr] | None:
    """The expressions that a comprehension comes to; None where it goes over more than written values."""
    part = node.generators[0]
    loop = ast.For(part.target, part.iter, [ast.Expr(node.elt)], [])
    is_plain = len(node.generators) == 1 and not part.ifs and not part.is_async
    written = unroll(loop, known) if is_plain else None
    if written is None or len(written) > MOST_TURNS:
        return None
    return [each.value for each in written if isinstance(each, ast.Expr)]


def _list_written(node: ast.expr) -> list[ast.expr] | None:
    """The values that a loop goes over, if they are written down: a list, or a range of numbers."""
    try:
        if isinstance(node, (ast.List, ast.Tuple)):
            for value in node.elts:
                ast.literal_eval(value)
            return list(node.elts)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            numbers = range(*(int(ast.literal_eval(each)) for each in node.args))
            return [ast.Constant(number) for number in numbers] if len(numbers) <= MOST_TURNS else None
    except (ValueError, TypeError, OverflowError):
        return None
    return None
