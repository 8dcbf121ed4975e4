"""Splits assertions in two: what has to be asked of the notebook, and what is claimed of the answers.

`assert abs(f(3) - 9) < 1e-6` asks for `f(3)` and claims `abs(· - 9) < 1e-6` of it. The question alone goes
into the student's process. The claim is decided outside it, so no object that equals everything, no replaced
function and nothing that reads the test can answer it, and what is expected never comes near the notebook.
"""

import ast
import builtins
import copy
import doctest
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from grader.assignment.assertions import AssertionBook, Assertions
from grader.assignment.imported_names import PARSING, list_bound, list_needed, read_imports
from grader.assignment.libraries import LIBRARY, METHODS, PLAIN_BUILTINS, SAME_CALLS
from grader.assignment.loops import unroll

LOOK = "_look_"
MOST_STEPS = 200


@dataclass(frozen=True)
class Step:
    """One statement of a block, with names such as `_look_0` where the notebook's answers stand."""

    statement: ast.stmt
    want: str | None = None
    """What a doctest says that it shows; None where nothing is said."""
    gives_credit: bool = False
    """Whether it is the expression at a block's end, whose value may be a share of the points."""


@dataclass(frozen=True)
class Claims:
    """A block that can be decided outside the student's process."""

    looks: tuple[str, ...]
    """Expressions in the notebook's own names, in the order in which the block comes to them."""
    steps: tuple[Step, ...]
    libraries: Mapping[str, str] = field(default_factory=dict)
    """Names that stand for modules and their functions."""


class _Unsplittable(Exception):
    """Part of the block can be told in the student's process alone."""


def split_block(block: Assertions, book: AssertionBook) -> Claims | None:
    """A block's questions and claims; None where it has to run in the student's process."""
    try:
        splitter = _Splitter(book, block)
        steps = [step for statement in _read(block) for step in splitter.split(statement)]
    except (_Unsplittable, *PARSING):
        return None
    return Claims(tuple(splitter.looks), tuple(steps), splitter.libraries)


def read_code(block: Assertions) -> str:
    """A block's statements, without what a doctest shows."""
    if block.form == "python":
        return block.code
    return "".join(example.source for example in doctest.DocTestParser().get_examples(block.code))


def _read(block: Assertions) -> Iterator[Step]:
    if block.form == "python":
        body = ast.parse(block.code).body
        for statement in body:
            last = statement is body[-1] and isinstance(statement, ast.Expr)
            yield Step(statement, gives_credit=last)
        return
    for example in doctest.DocTestParser().get_examples(block.code):
        if example.exc_msg is not None or example.options:
            raise _Unsplittable
        body = ast.parse(example.source).body
        for statement in body:
            yield Step(statement, want=example.want if statement is body[-1] else "")


class _Splitter:
    def __init__(self, book: AssertionBook, block: Assertions) -> None:
        self.looks: list[str] = []
        self.libraries = dict(book.imports)
        self._own = set(book.own)
        self._locals: set[str] = set()
        # What another block of the task's has made is no name of the notebook's.
        others = [read_code(each) for each in book.block if each.id != block.id and each.task == block.task]
        self._foreign = {name for other in others for name in list_bound(other)} - set(book.imports)
        if any(list_needed(other) & list_bound(read_code(block)) - set(book.imports) for other in others):
            # Another block may use what this one makes, so it has to be made there.
            raise _Unsplittable
        self._left = MOST_STEPS

    def split(self, step: Step) -> list[Step]:
        """The steps that a statement comes to."""
        self._left -= 1
        if self._left < 0:
            raise _Unsplittable
        statement = step.statement
        if isinstance(statement, ast.Pass):
            return []
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            named = read_imports(statement)
            if not named or any(path.partition(".")[0] not in LIBRARY for path in named.values()):
                raise _Unsplittable
            self.libraries |= named
            return []
        if isinstance(statement, ast.For):
            return self._unroll(statement, step)
        if isinstance(statement, ast.Assert):
            said = statement.msg if isinstance(statement.msg, ast.Constant) else None
            return [_put(step, ast.Assert(test=self._look(statement.test), msg=said))]
        if isinstance(statement, ast.Expr):
            value = statement.value
            if _is_print(value):
                # What it shows claims nothing, but what it is given has to be there.
                if step.want:
                    raise _Unsplittable
                assert isinstance(value, ast.Call)
                parts = [self._look(each) for each in value.args]
                return [_put(step, ast.Expr(ast.Tuple(parts, ast.Load())), credit=False)]
            return [_put(step, ast.Expr(self._look(value)))]
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            value = self._look(statement.value)
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            if not all(isinstance(name, ast.Name) for name in names):
                raise _Unsplittable
            self._locals |= {name.id for name in names if isinstance(name, ast.Name)}
            return [_put(step, ast.Assign(targets=[target], value=value))]
        raise _Unsplittable

    def _unroll(self, loop: ast.For, step: Step) -> list[Step]:
        statements = unroll(loop)
        if statements is None or step.want:
            raise _Unsplittable
        want = None if step.want is None else ""
        return [made for each in statements for made in self.split(Step(each, want=want))]

    def _look(self, node: ast.expr) -> ast.expr:
        """An expression in which what the notebook has to answer is replaced by the name of an answer."""
        if isinstance(node, (ast.Lambda, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.JoinedStr)):
            raise _Unsplittable
        if isinstance(node, (ast.Attribute, ast.Name)) and (path := self._name_library(node)):
            if path not in LIBRARY[path.partition(".")[0]]:
                raise _Unsplittable
            return node
        if isinstance(node, ast.Name):
            if node.id in self._locals or self._is_plain_builtin(node.id):
                return node
            if node.id in self.libraries:
                raise _Unsplittable
            return self._ask(node)
        if isinstance(node, ast.Call):
            return self._look_at_call(node)
        if isinstance(node, ast.Attribute):
            return self._ask(node) if self._is_askable(node) else self._look_inside(node)
        if isinstance(node, ast.Subscript):
            is_key = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
            # `d["a"]` may be a column of a data frame as well.
            return self._ask(node) if is_key and self._is_askable(node.value) else self._look_inside(node)
        return self._look_inside(node)

    def _look_at_call(self, node: ast.Call) -> ast.expr:
        function = node.func
        path = self._name_library(function) if isinstance(function, (ast.Name, ast.Attribute)) else None
        if path is not None:
            root = path.partition(".")[0]
            # torch's axes have another name than numpy's, and its largest value comes with a place.
            is_other = root == "torch" and path not in SAME_CALLS and (len(node.args) > 1 or node.keywords)
            if path not in LIBRARY[root] or is_other:
                raise _Unsplittable
            return self._look_at_arguments(node)
        if isinstance(function, ast.Name) and self._is_plain_builtin(function.id):
            return self._look_at_arguments(node)
        if self._is_askable(function) and all(self._is_free(each) for each in _list_arguments(node)):
            return self._ask(node)
        if isinstance(function, ast.Attribute) and function.attr in METHODS:
            if node.keywords or (node.args and function.attr in ("max", "min")):
                raise _Unsplittable
            return self._look_inside(node)
        raise _Unsplittable

    def _look_at_arguments(self, node: ast.Call) -> ast.Call:
        if any(isinstance(each, ast.Starred) for each in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        ):
            raise _Unsplittable
        keywords = [ast.keyword(each.arg, self._look(each.value)) for each in node.keywords]
        return ast.Call(node.func, [self._look(each) for each in node.args], keywords)

    def _look_inside(self, node: ast.expr) -> ast.expr:
        """The same operation on what its parts come to."""
        if isinstance(node, ast.Attribute):
            if node.attr not in METHODS:
                raise _Unsplittable
            return ast.Attribute(self._look(node.value), node.attr, node.ctx)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Attribute)
            inner = self._look_at_arguments(node)
            inner.func = self._look_inside(node.func)
            return inner
        if isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
            return self._look_into_comprehension(node)
        if isinstance(node, ast.DictComp):
            raise _Unsplittable
        made = copy.copy(node)
        for name, value in ast.iter_fields(node):
            setattr(made, name, self._look_at_field(value))
        return made

    def _look_into_comprehension(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> ast.expr:
        if len(node.generators) != 1 or not isinstance(node.generators[0].target, (ast.Name, ast.Tuple)):
            raise _Unsplittable
        part = node.generators[0]
        items = self._look(part.iter)
        names = {each.id for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        before, self._locals = self._locals, self._locals | names
        try:
            conditions = [self._look(each) for each in part.ifs]
            element = self._look(node.elt)
        finally:
            self._locals = before
        return type(node)(element, [ast.comprehension(part.target, items, conditions, 0)])

    def _look_at_field(self, value: object) -> object:
        if isinstance(value, ast.expr):
            return self._look(value)
        if isinstance(value, list):
            return [self._look_at_field(each) for each in value]
        return value

    def _ask(self, node: ast.expr) -> ast.Name:
        self.looks.append(ast.unparse(node))
        return ast.Name(f"{LOOK}{len(self.looks) - 1}", ast.Load())

    def _is_askable(self, node: ast.expr) -> bool:
        """Whether an expression is the notebook's own, from its root on: `net.layers[0].forward`."""
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
            if isinstance(node, ast.Subscript) and not self._is_free(node.slice):
                return False
            if isinstance(node, ast.Call) and not all(self._is_free(each) for each in _list_arguments(node)):
                return False
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name) or node.id in self.libraries or self._is_plain_builtin(node.id):
            return False
        return self._is_free(node)

    def _is_free(self, node: ast.expr) -> bool:
        """Whether an expression means the same in the notebook: it holds nothing that the block has made."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id in self._locals | self._foreign:
                return False
            if isinstance(each, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
                return False
        return True

    def _is_plain_builtin(self, name: str) -> bool:
        if name in self._own or name in self._locals:
            return False
        if hasattr(builtins, name) and name not in PLAIN_BUILTINS:
            raise _Unsplittable
        if name in self._foreign:
            raise _Unsplittable
        return name in PLAIN_BUILTINS

    def _name_library(self, node: ast.expr) -> str | None:
        """The full name of what an expression takes from a library that is known, such as `numpy.pi`."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self._locals or node.id not in self.libraries:
            return None
        path = ".".join([self.libraries[node.id], *reversed(parts)])
        return path if path.partition(".")[0] in LIBRARY else None


def _put(step: Step, statement: ast.stmt, *, credit: bool | None = None) -> Step:
    given = step.gives_credit if credit is None else credit
    return Step(ast.fix_missing_locations(statement), step.want, given)


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def _list_arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]
