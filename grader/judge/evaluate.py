"""Evaluates expressions over values that a notebook has left. Nothing of a notebook runs here.

The claims are the instructor's; the values are the student's, and only plain ones. So no operation may take
longer, or make more, than honest values call for.
"""

import ast
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

from grader.assignment.libraries import METHODS
from grader.assignment.questions import LOOK
from grader.judge.functions import BUILTINS, LIGHT, TYPES, call_named, find_library
from grader.judge.plain import Named
from grader.judge.sizes import Meter, require_room_to_pick, require_short_text, require_small

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

    def __init__(self, said: str, raised: Collection[str] = ()) -> None:
        super().__init__(said)
        self.raised = frozenset(raised)
        """Names of Python's own exceptions that this was."""


class Undecidable(Exception):
    """A claim cannot be decided here."""


class Evaluator:
    """The names of one block, and what the notebook has answered."""

    def __init__(self, libraries: Mapping[str, str], looks: Sequence[str], answers: Sequence[Any]) -> None:
        """An answer may be a Failed, which is raised where it is needed."""
        self.names: dict[str, Any] = {}
        self._libraries = libraries
        self._answers: Mapping[str, Any] = {f"{LOOK}{number}": each for number, each in enumerate(answers)}
        self._questions = {f"{LOOK}{number}": text for number, text in enumerate(looks)}
        self._left = MOST_NODES
        self._meter = Meter()

    def spell(self, node: ast.expr) -> str:
        """An expression as it was before it was split."""
        text = ast.unparse(node)
        for name in sorted(self._questions, key=len, reverse=True):
            text = text.replace(name, self._questions[name])
        return text[:200]

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression. Raises Failed, Undecidable, Refused, or what Python would."""
        self._left -= 1
        if self._left < 0:
            raise Undecidable("there is too much to look at")
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._find(node.id)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items = [self.evaluate(each) for each in node.elts]
            return (
                items
                if isinstance(node, ast.List)
                else (tuple if isinstance(node, ast.Tuple) else set)(items)
            )
        if isinstance(node, ast.Dict):
            if any(key is None for key in node.keys):
                raise Undecidable("a dictionary is unpacked")
            keys = [self.evaluate(key) for key in node.keys if key is not None]
            return dict(zip(keys, (self.evaluate(each) for each in node.values), strict=True))
        if isinstance(node, ast.BoolOp):
            stops_at = isinstance(node.op, ast.Or)
            value: Any = None
            for each in node.values:
                value = self.evaluate(each)
                if is_true(value) == stops_at:
                    break
            return value
        if isinstance(node, ast.UnaryOp):
            operand = self.evaluate(node.operand)
            return not is_true(operand) if isinstance(node.op, ast.Not) else SIGNS[type(node.op)](operand)
        if isinstance(node, ast.BinOp):
            return self.operate(node.op, self.evaluate(node.left), self.evaluate(node.right))
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.IfExp):
            return self.evaluate(node.body if is_true(self.evaluate(node.test)) else node.orelse)
        if isinstance(node, ast.Subscript):
            value, index = self.evaluate(node.value), self.evaluate(node.slice)
            require_room_to_pick(value, index)
            return self._meter.spend(value[index])
        if isinstance(node, ast.Slice):
            parts = [
                None if each is None else self.evaluate(each) for each in (node.lower, node.upper, node.step)
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

    def operate(self, sign: ast.operator, left: Any, right: Any) -> Any:
        """What an operator makes of two values. Raises Undecidable, Refused, or what Python would."""
        if type(sign) not in OPERATORS:
            raise Undecidable(f"the operator {type(sign).__name__}")
        require_small(sign, left, right)
        self._meter.require_room(left, right, broadcasts=not isinstance(sign, ast.MatMult))
        return self._meter.spend(OPERATORS[type(sign)](left, right))

    def _find(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
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
        left = self.evaluate(node.left)
        result: Any = True
        for sign, part in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(part)
            if not isinstance(sign, (ast.Is, ast.IsNot)):
                self._meter.require_room(left, right)
            result = self._meter.spend(COMPARISONS[type(sign)](left, right))
            if len(node.ops) > 1 and not is_true(result):
                return False
            left = right
        return result

    def _read(self, node: ast.Attribute) -> Any:
        path = self._name_library(node)
        if path is not None:
            return find_library(path)
        value = self.evaluate(node.value)
        # Answers are Python's own types and numpy's arrays, so that nothing else answers here.
        if node.attr not in METHODS or callable(value):
            raise Undecidable(f"the attribute {node.attr}")
        return getattr(value, node.attr)

    def _name_library(self, node: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.names or node.id not in self._libraries:
            return None
        return ".".join([self._libraries[node.id], *reversed(parts)])

    def _call(self, node: ast.Call) -> Any:
        function = self.evaluate(node.func)
        arguments = [self.evaluate(each) for each in node.args]
        options = {each.arg: self.evaluate(each.value) for each in node.keywords if each.arg is not None}
        if isinstance(function, Named):
            self._meter.require_room(*arguments, as_arrays=True)
            return call_named(function, arguments)
        if function is bytes:
            raise Undecidable("a text of bytes is made")
        if not callable(function):
            raise Failed("TypeError: what is called is no function")
        if function not in LIGHT:
            # A method's own value is looked at, too: `index` compares with all of its items.
            own = [] if isinstance(owner := getattr(function, "__self__", None), ModuleType) else [owner]
            is_library = isinstance(node.func, (ast.Name, ast.Attribute)) and self._name_library(node.func)
            self._meter.require_room(*own, *arguments, *options.values(), as_arrays=bool(is_library))
            require_short_text(function, arguments)
        return self._meter.spend(function(*arguments, **options))

    def _comprehend(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> list[Any]:
        part = node.generators[0]
        names = [each.id for each in ast.walk(part.target) if isinstance(each, ast.Name)]
        before = {name: self.names[name] for name in names if name in self.names}
        found = []
        for item in self.evaluate(part.iter):
            if isinstance(part.target, ast.Name):
                self.names[part.target.id] = item
            else:
                self.names |= dict(zip(names, item, strict=True))
            if all(is_true(self.evaluate(each)) for each in part.ifs):
                found.append(self.evaluate(node.elt))
        for name in names:
            self.names.pop(name, None)
        self.names |= before
        return found


def is_true(value: Any) -> bool:
    """Truth as Python has it; an array of several raises ValueError, as it would in the notebook."""
    return bool(value)


def _is_same(left: Any, right: Any) -> bool:
    """`is`, which can be told of None and of truth values alone."""
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool) or left is ...:
        return left is right
    if isinstance(left, type) or isinstance(right, type):
        return left is right
    raise Undecidable("whether two values are one object")
