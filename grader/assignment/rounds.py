"""Tells from a cell's code whether the rounds of a training may differ."""

import ast
import builtins
from collections.abc import Iterator

SHOWS = frozenset("print display plot show set_description set_postfix write clear_output".split())
"""Calls that show what a round has computed, and change nothing of the next."""
STEPS = frozenset(["step", "backward", "exec", "eval"])
"""Names by which a training is known, or hidden."""
RATES = "param_groups"

Loop = (ast.For, ast.While, ast.AsyncFor)
Function = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
PLAIN = (
    *(ast.Constant, ast.Name, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp),
    *(ast.expr_context, ast.cmpop, ast.boolop, ast.unaryop, ast.operator),
)
"""What a test may be made of that runs nobody's code."""
Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def is_uneven(tree: ast.Module) -> bool:
    """Whether a training of this cell, or a function that one may call, may do something else later.

    It may if it branches on more than what is alike in all rounds, counts, or reads which round it is in.
    What only shows something is left aside.
    """
    return _Reading(tree).is_uneven()


class _Reading:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._shown = {id(inner) for node in ast.walk(tree) if _only_shows(node) for inner in ast.walk(node)}
        self._trainers = STEPS | _list_trainers(tree)

    def is_uneven(self) -> bool:
        if any(isinstance(node, ast.Attribute) and node.attr == RATES for node in self._walk(self._tree)):
            return True
        outermost = _list_outermost(self._tree)
        loops = [loop for loop in outermost if self._may_train(loop)]
        # What chooses a network or data in its rounds matters, too.
        branching = [loop for loop in outermost if loop in loops or isinstance(loop, Loop)]
        functions = [node for node in ast.walk(self._tree) if isinstance(node, Function)]
        return any(self._branches(place) for place in [*branching, *functions]) or any(
            self._reads_its_round(loop) for loop in loops
        )

    def _walk(self, place: ast.AST) -> Iterator[ast.AST]:
        """All nodes, but those of what only shows something."""
        return (node for node in ast.walk(place) if id(node) not in self._shown)

    def _may_train(self, loop: ast.AST) -> bool:
        """Whether a loop steps, or calls what does or what is not known here."""
        bound = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and _is_stored(node)}
        imported = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(self._tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        called = {
            node.func.id
            for node in ast.walk(loop)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        defined = {
            node.name for node in ast.walk(self._tree) if isinstance(node, (*Function[:2], ast.ClassDef))
        }
        unknown = called - bound - imported - defined - set(dir(builtins)) - SHOWS
        return bool(unknown) or bool(_list_named(loop) & self._trainers)

    def _branches(self, place: ast.AST) -> bool:
        """Whether a loop or a function branches on what may change, or counts."""
        steady = self._list_steady(place)
        tests = {id(test) for node in ast.walk(place) for test in _list_tests(node)}
        inside = {id(inner) for node in ast.walk(place) if id(node) in tests for inner in ast.walk(node)}
        for node in self._walk(place):
            if isinstance(node, (ast.Match, ast.Try)):
                return True
            if isinstance(node, ast.While):
                if not _is_plain(node.test, _list_counters(node) | steady):
                    return True
            elif any(not _is_plain(test, steady) for test in _list_tests(node)):
                return True
            if isinstance(node, (ast.Compare, ast.BoolOp)) and id(node) not in inside:
                return True
            if isinstance(node, ast.AugAssign) and not isinstance(node.target, ast.Name):
                return True
        return False

    def _list_steady(self, place: ast.AST) -> set[str]:
        """What is the same in all rounds: inner loops' targets, and settings that a function was given."""
        steady = {
            name
            for node in ast.walk(place)
            if isinstance(node, (ast.For, ast.comprehension)) and node is not place
            for name in _list_names(node.target)
        }
        if isinstance(place, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for loop in _list_outermost(place):
                steady -= (
                    _list_names(loop.target) if isinstance(loop, ast.For) and self._may_train(loop) else set()
                )
            in_loops = {name for loop in _list_outermost(self._tree) for name in _list_named(loop)}
            used = {
                node.value.id
                for node in ast.walk(place)
                if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.value, ast.Name)
            }
            if _list_outermost(place) and place.name not in in_loops:
                arguments = [*place.args.posonlyargs, *place.args.args, *place.args.kwonlyargs]
                steady |= {argument.arg for argument in arguments} - used - _list_assigned(place)
        else:
            for function in ast.walk(self._tree):
                if isinstance(function, ast.FunctionDef) and place in _list_outermost(function):
                    steady |= self._list_steady(function)
        return steady

    def _reads_its_round(self, loop: ast.AST) -> bool:
        """Whether the cell reads, in a loop or behind it, which round the loop is in."""
        counting = _list_names(loop.target) if isinstance(loop, (ast.For, ast.AsyncFor)) else set()
        counted = _list_counters(loop)
        own = {
            id(name)
            for node in ast.walk(loop)
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.While))
            for name in ast.walk(node.test if isinstance(node, ast.While) else node)
            if isinstance(node, ast.While) or _find_counter(node)
        }
        others = {
            id(inner)
            for node in ast.walk(self._tree)
            if node is not loop and isinstance(node, (ast.For, *Comprehension))
            for inner in ast.walk(node)
            if isinstance(inner, ast.Name) and inner.id in _list_targets(node)
        }
        return any(
            isinstance(node, ast.Name)
            and not _is_stored(node)
            and node.id in counting | counted
            and id(node) not in own | others
            for node in self._walk(self._tree)
        )


def _list_trainers(tree: ast.AST) -> set[str]:
    """Names of functions and classes that step, and of what holds such a method."""
    found: set[str] = set()
    while True:
        new = set()
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                new |= {node.name} if _list_named(node) & (STEPS | found) else set()
            elif isinstance(node, ast.Assign) and not isinstance(node.value, ast.Call):
                new |= _list_assigned(node) if _list_named(node.value) & (STEPS | found) else set()
        if new <= found:
            return found
        found |= new


def _list_outermost(tree: ast.AST) -> list[ast.AST]:
    """Loops and comprehensions that stand in no other."""
    found: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        found += [node] if isinstance(node, (*Loop, *Comprehension)) else _list_outermost(node)
    return found


def _list_tests(node: ast.AST) -> list[ast.expr]:
    """What a node branches on."""
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        return [node.test]
    return node.ifs if isinstance(node, ast.comprehension) else []


def _is_plain(test: ast.expr, steady: set[str]) -> bool:
    """Whether a test is made of constants and of names that are the same in every round."""
    return all(isinstance(node, PLAIN) for node in ast.walk(test)) and _list_names(test) <= steady


def _find_counter(node: ast.AST) -> str:
    """The name that a statement such as `n += 1` or `n = n + 1` counts up, or nothing."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return node.target.id if isinstance(node.value, ast.Constant) else ""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        sides = (node.value.left, node.value.right)
        own = {
            name for target in node.targets if isinstance(target, ast.Name) for name in _list_names(target)
        }
        read = {side.id for side in sides if isinstance(side, ast.Name)}
        return min(own & read, default="") if any(isinstance(side, ast.Constant) for side in sides) else ""
    return ""


def _list_counters(loop: ast.AST) -> set[str]:
    return {_find_counter(node) for node in ast.walk(loop)} - {""}


def _list_targets(node: ast.AST) -> set[str]:
    if isinstance(node, ast.For):
        return _list_names(node.target)
    parts = node.generators if isinstance(node, Comprehension) else []
    return {name for part in parts for name in _list_names(part.target)}


def _list_names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _list_named(tree: ast.AST) -> set[str]:
    """Names and attributes."""
    return _list_names(tree) | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _list_assigned(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _is_stored(node)}


def _is_stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _only_shows(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        plain = not any(isinstance(part, (ast.Call, ast.NamedExpr)) for part in ast.walk(node.test))
        return plain and all(map(_only_shows, [*node.body, *node.orelse]))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value.func
        name = call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""
        return name in SHOWS and not any(_changes(part) for part in ast.walk(node.value))
    return isinstance(node, ast.Pass)


def _changes(node: ast.AST) -> bool:
    """Whether an expression may do more than compute: a step, a method that works in place, a function."""
    if isinstance(node, ast.NamedExpr):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Attribute):
        return called.attr in STEPS or called.attr.endswith("_")
    return isinstance(called, ast.Name) and called.id not in SHOWS | set(dir(builtins))
