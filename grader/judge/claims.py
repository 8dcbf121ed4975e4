"""Decides claims about values that a notebook has left: a small evaluator. Nothing of a notebook runs in it.

The claims are the instructor's; the values are the student's, and only plain ones. So no operation may take
longer, or make more, than honest values call for.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.assignment.claims import LOOK, Claims, Step
from grader.assignment.libraries import METHODS
from grader.judge.doctests import shows, write_shown
from grader.judge.functions import (
    BUILTINS,
    TYPES,
    Refused,
    call_named,
    find_library,
    require_small,
)
from grader.judge.plain import Named

MOST_NODES = 200_000
"""Parts of expressions that are looked at, of one block."""

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
SIGNS: dict[type, Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda left, right: _is_same(left, right),
    ast.IsNot: lambda left, right: not _is_same(left, right),
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class Failed(Exception):
    """A claim does not hold; or, as an answer, what was raised in the notebook in its place."""


class Undecidable(Exception):
    """A claim cannot be decided here."""


def decide(claims: Claims, answers: Sequence[Any]) -> float | None:
    """The number that a block ends with, or None, if all of its claims hold of the answers.

    An answer may be a Failed, which is raised where it is needed. Raises Failed or Undecidable.
    """
    with np.errstate(all="ignore"):
        return _Deciding(claims, answers).decide(claims.steps)


class _Deciding:
    def __init__(self, claims: Claims, answers: Sequence[Any]) -> None:
        self._libraries = claims.libraries
        self._names: dict[str, Any] = {}
        self._answers: Mapping[str, Any] = {f"{LOOK}{number}": each for number, each in enumerate(answers)}
        self._questions = {f"{LOOK}{number}": text for number, text in enumerate(claims.looks)}
        self._left = MOST_NODES

    def decide(self, steps: Sequence[Step]) -> float | None:
        credit = None
        for step in steps:
            try:
                credit = self._take(step)
            except (Failed, Undecidable):
                raise
            except Refused as error:
                raise Undecidable(str(error)) from None
            except RecursionError:
                raise Undecidable("it is nested too deep") from None
            except Exception as error:
                # What the block itself would have raised, as of a list that is too short.
                raise Failed(f"{type(error).__name__}: {error}"[:300]) from None
        return credit

    def _take(self, step: Step) -> float | None:
        statement = step.statement
        if isinstance(statement, ast.Assert):
            if not _is_true(self._evaluate(statement.test)):
                said = statement.msg.value if isinstance(statement.msg, ast.Constant) else None
                raise Failed(str(said) if said else f"it does not hold that {self._spell(statement.test)}")
            return None
        if isinstance(statement, ast.Assign):
            value, target = self._evaluate(statement.value), statement.targets[0]
            if isinstance(target, ast.Name):
                self._names[target.id] = value
            elif isinstance(target, ast.Tuple):
                names = [each.id for each in target.elts if isinstance(each, ast.Name)]
                self._names |= dict(zip(names, value, strict=True))
            return None
        assert isinstance(statement, ast.Expr)
        value = self._evaluate(statement.value)
        if step.want is not None:
            if not shows(value, step.want):
                shown = write_shown(value)[:200] or "nothing"
                raise Failed(f"{self._spell(statement.value)} showed {shown}")
        elif step.gives_credit and type(value) is not bool and isinstance(value, (int, float, np.number)):
            number = float(value)
            if not np.isfinite(number):
                raise Failed("the last line gave no finite number of points")
            return number
        return None

    def _spell(self, node: ast.expr) -> str:
        text = ast.unparse(node)
        for name in sorted(self._questions, key=len, reverse=True):
            text = text.replace(name, self._questions[name])
        return text[:200]

    def _evaluate(self, node: ast.expr) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Undecidable("there is too much to look at")
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._find(node.id)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = [self._evaluate(each) for each in node.elts]
            return (
                items
                if isinstance(node, ast.List)
                else (tuple if isinstance(node, ast.Tuple) else set)(items)
            )
        if isinstance(node, ast.Dict):
            if any(key is None for key in node.keys):
                raise Undecidable("a dictionary is unpacked")
            keys = [self._evaluate(key) for key in node.keys if key is not None]
            return dict(zip(keys, (self._evaluate(each) for each in node.values), strict=True))
        if isinstance(node, ast.BoolOp):
            stops_at = isinstance(node.op, ast.Or)
            value: Any = None
            for each in node.values:
                value = self._evaluate(each)
                if _is_true(value) == stops_at:
                    break
            return value
        if isinstance(node, ast.UnaryOp):
            operand = self._evaluate(node.operand)
            return not _is_true(operand) if isinstance(node.op, ast.Not) else SIGNS[type(node.op)](operand)
        if isinstance(node, ast.BinOp):
            left, right = self._evaluate(node.left), self._evaluate(node.right)
            if type(node.op) not in OPERATORS:
                raise Undecidable(f"the operator {type(node.op).__name__}")
            require_small(node.op, left, right)
            return OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.IfExp):
            return self._evaluate(node.body if _is_true(self._evaluate(node.test)) else node.orelse)
        if isinstance(node, ast.Subscript):
            return self._evaluate(node.value)[self._evaluate(node.slice)]
        if isinstance(node, ast.Slice):
            parts = [
                None if each is None else self._evaluate(each) for each in (node.lower, node.upper, node.step)
            ]
            return slice(*parts)
        if isinstance(node, ast.Attribute):
            return self._read(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            found = self._comprehend(node)
            return set(found) if isinstance(node, ast.SetComp) else found
        raise Undecidable(type(node).__name__)

    def _find(self, name: str) -> Any:
        if name in self._names:
            return self._names[name]
        if name in self._answers:
            answer = self._answers[name]
            if isinstance(answer, Failed):
                raise answer
            return answer
        if name in self._libraries:
            return find_library(self._libraries[name])
        if name in TYPES:
            return TYPES[name]
        if name in BUILTINS:
            return BUILTINS[name]
        raise Undecidable(f"the name {name}")

    def _compare(self, node: ast.Compare) -> Any:
        left = self._evaluate(node.left)
        result: Any = True
        for sign, part in zip(node.ops, node.comparators, strict=True):
            right = self._evaluate(part)
            result = COMPARISONS[type(sign)](left, right)
            if len(node.ops) > 1 and not _is_true(result):
                return False
            left = right
        return result

    def _read(self, node: ast.Attribute) -> Any:
        path = self._name_library(node)
        if path is not None:
            return find_library(path)
        value = self._evaluate(node.value)
        # Answers are Python's own types and numpy's arrays, so that nothing else answers here.
        if node.attr not in METHODS or callable(value):
            raise Undecidable(f"the attribute {node.attr}")
        return getattr(value, node.attr)

    def _name_library(self, node: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self._names or node.id not in self._libraries:
            return None
        return ".".join([self._libraries[node.id], *reversed(parts)])

    def _call(self, node: ast.Call) -> Any:
        function = self._evaluate(node.func)
        arguments = [self._evaluate(each) for each in node.args]
        options = {each.arg: self._evaluate(each.value) for each in node.keywords if each.arg is not None}
        if isinstance(function, Named):
            return call_named(function, arguments)
        if function is bytes:
            raise Undecidable("a text of bytes is made")
        if not callable(function):
            raise Failed("TypeError: what is called is no function")
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("join", "replace"):
            sizes = [len(each) for each in arguments if hasattr(each, "__len__")]
            if sum(sizes) > 1_000:
                raise Undecidable("a text would become too long")
        return function(*arguments, **options)

    def _comprehend(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> list[Any]:
        part = node.generators[0]
        names = [each.id for each in ast.walk(part.target) if isinstance(each, ast.Name)]
        before = {name: self._names[name] for name in names if name in self._names}
        found = []
        for item in self._evaluate(part.iter):
            if isinstance(part.target, ast.Name):
                self._names[part.target.id] = item
            else:
                self._names |= dict(zip(names, item, strict=True))
            if all(_is_true(self._evaluate(each)) for each in part.ifs):
                found.append(self._evaluate(node.elt))
        for name in names:
            self._names.pop(name, None)
        self._names |= before
        return found


def _is_true(value: Any) -> bool:
    """Truth as Python has it; an array of several raises ValueError, as it would in the notebook."""
    return bool(value)


def _is_same(left: Any, right: Any) -> bool:
    """`is`, which can be told of None and of truth values alone."""
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool) or left is ...:
        return left is right
    if isinstance(left, type) or isinstance(right, type):
        return left is right
    raise Undecidable("whether two values are one object")
