"""How long a task's code may take, for nothing but sharing out work: a guess from its loops."""

import ast
from collections.abc import Iterable

UNKNOWN_ROUNDS = 30
NESTED = 30
"""What a loop within a training loop, or in a function that it calls, is taken to cost of it."""
LOOPS = (ast.For, ast.AsyncFor, ast.While)


def estimate_effort(trees: Iterable[ast.AST]) -> float:
    """Rounds of the outermost loops, more where others stand in them or in functions; no unit."""
    outer: list[ast.AST] = []
    inner = 0
    waiting = [(tree, 0) for tree in trees]
    while waiting:
        node, depth = waiting.pop()
        is_loop = isinstance(node, LOOPS)
        if is_loop and depth == 0:
            outer.append(node)
        elif is_loop:
            inner += 1
        is_deeper = is_loop or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        waiting += [(child, depth + is_deeper) for child in ast.iter_child_nodes(node)]
    return 1.0 + sum(map(_count_rounds, outer)) * (1 + NESTED * bool(inner))


def _count_rounds(loop: ast.AST) -> int:
    """Rounds of a loop over `range` with a number, or else a guess."""
    call = getattr(loop, "iter", None)
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range":
        stop = call.args[min(1, len(call.args) - 1)] if call.args else None
        if isinstance(stop, ast.Constant) and isinstance(stop.value, int):
            return max(stop.value, 0)
    return UNKNOWN_ROUNDS
