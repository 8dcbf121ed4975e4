"""Tells which names of a block stand for data that is written out, so that questions can hold the data."""

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.While, ast.Lambda, *COMPREHENSIONS)


def find_written(body: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """Names that these statements bind once, to literals all the way down, and those literals.

    Whoever gets a list may change it, and what is done to one that stands in a question is not seen in the
    block. So a name of a list, set or dictionary counts only where nothing else uses it.
    """
    bound = Counter(name for statement in body for node in ast.walk(statement) for name in _list_bound(node))
    uses = count_uses(body)
    found = {}
    for statement in body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        name, value = statement.targets[0].id, statement.value
        is_single = len(statement.targets) == 1 and bound[name] == 1
        if is_single and is_literal(value) and (is_lasting(value) or uses[name] == 1):
            found[name] = value
    return found


def _list_bound(node: ast.AST) -> Iterator[str]:
    """Names to which a node gives a meaning."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]


def count_uses(body: Iterable[ast.AST]) -> Counter[str]:
    """How often names are used; within a loop, more than once. What an assertion says is not looked at."""
    found: Counter[str] = Counter()
    taken: dict[ast.AST, int] = {}
    """What loops go over, which is looked at as often as the loop begins."""
    waiting: list[tuple[ast.AST, int]] = [(node, 1) for node in body]
    while waiting:
        node, times = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found[node.id] += times
        if isinstance(node, ast.For):
            taken[node.iter] = times
        elif isinstance(node, COMPREHENSIONS):
            taken[node.generators[0].iter] = times
        within = 2 if isinstance(node, LOOPS) else times
        said = node.msg if isinstance(node, ast.Assert) else None
        waiting += [
            (each, taken.get(each, within)) for each in ast.iter_child_nodes(node) if each is not said
        ]
    return found


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a literal all the way down."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def is_lasting(node: ast.expr) -> bool:
    """Whether nobody who gets a literal's value can change it."""
    changing = (ast.List, ast.Dict, ast.Set, ast.Call)
    return not any(isinstance(each, changing) for each in ast.walk(node))


def write_values(node: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of an expression with values in the place of names."""
    written: ast.expr = ValueWriter(known).visit(copy.deepcopy(node))
    return written


class ValueWriter(ast.NodeTransformer):
    """Writes values in the place of names."""

    def __init__(self, known: Mapping[str, ast.expr]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """The value in the place of the name."""
        return self._known.get(node.id, node)
