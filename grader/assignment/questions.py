"""Finds in an expression what has to be asked of a notebook, and leaves the rest to whoever decides."""

import ast
import builtins
import copy

from grader.assignment.libraries import LIBRARY, METHODS, PLAIN_BUILTINS, RAISING, SAME_CALLS
from grader.assignment.loops import list_items
from grader.assignment.written import write_values

LOOK = "_look_"
MOST_LOOKS = 1_000
"""Questions of one block."""
MOST_QUOTED = 60
"""Characters of a block's code in a reason."""
NOT_OUTSIDE = "is known to the student's process alone"


class Unsplittable(Exception):
    """Part of a block can be told in the student's process alone. The message says which part, and why."""

    def __init__(self, why: str, part: ast.AST | None = None) -> None:
        """`why` goes on after the part's code, where a part is given."""
        super().__init__(why if part is None else f"`{_quote(part)}` {why}")


def _quote(part: ast.AST) -> str:
    lines = ast.unparse(part).strip().splitlines()
    first = lines[0] if lines else ""
    return first if len(first) <= MOST_QUOTED else f"{first[: MOST_QUOTED - 1]}…"


class Questions:
    """The questions of one block so far, and what its names mean."""

    def __init__(self, libraries: dict[str, str], own: set[str], foreign: set[str]) -> None:
        self.looks: list[str] = []
        """Expressions in the notebook's own names, in the order in which they are met."""
        self.libraries = libraries
        """Names that stand for modules and their functions."""
        self.own = own
        """Names of Python's own functions that are the notebook's."""
        self.foreign = foreign
        """Names that other blocks make."""
        self.locals: set[str] = set()
        """Names that this block has made so far."""
        self.written: dict[str, ast.expr] = {}
        """Those of them that stand for literals alone: a question holds these in their place."""

    def look(self, node: ast.expr) -> ast.expr:
        """An expression in which what the notebook has to answer is replaced by the name of an answer."""
        if isinstance(node, (ast.Lambda, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.JoinedStr)):
            raise Unsplittable(NOT_OUTSIDE, node)
        if isinstance(node, (ast.Attribute, ast.Name)) and (path := self.name_library(node)):
            if path not in LIBRARY[path.partition(".")[0]]:
                raise Unsplittable("is not among the functions that are known outside", node)
            return node
        if isinstance(node, ast.Name):
            if node.id in self.locals or self._is_plain_builtin(node.id):
                return node
            if node.id in self.libraries:
                raise Unsplittable("is of a library that is not known outside", node)
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
        path = self.name_library(function) if isinstance(function, (ast.Name, ast.Attribute)) else None
        if path is not None:
            root = path.partition(".")[0]
            # torch's axes have another name than numpy's, and its largest value comes with a place.
            is_other = root == "torch" and path not in SAME_CALLS and (len(node.args) > 1 or node.keywords)
            if path not in LIBRARY[root] or path in RAISING or is_other:
                raise Unsplittable("calls what is not known outside, or not with these arguments", node)
            return self._look_at_arguments(node)
        if isinstance(function, ast.Name) and self._is_plain_builtin(function.id):
            made = self._look_at_arguments(node)
            return _stop_early(made) if _is_lazy(node) else made
        is_askable = self._is_askable(function)
        if is_askable and all(self._is_free(each) for each in _list_arguments(node)):
            return self._ask(node)
        if isinstance(function, ast.Attribute) and function.attr in METHODS:
            if node.keywords or (node.args and function.attr in ("max", "min")):
                raise Unsplittable("calls a method with arguments that are not known outside", node)
            return self._look_inside(node)
        if is_askable:
            raise Unsplittable(self._explain_arguments(node), node)
        raise Unsplittable("calls what is not known outside", node)

    def _explain_arguments(self, node: ast.Call) -> str:
        """Why what a call hands to the notebook cannot stand in a question."""
        made = self.locals | self.foreign
        used = [each for argument in _list_arguments(node) for each in ast.walk(argument)]
        names = [each.id for each in used if isinstance(each, ast.Name) and each.id in made]
        if not names:
            return "hands the notebook what is known to its process alone"
        return f"hands the notebook {names[0]!r}, which a test has made. Write literals in its place"

    def _look_at_arguments(self, node: ast.Call) -> ast.Call:
        if any(isinstance(each, ast.Starred) for each in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        ):
            raise Unsplittable("unpacks its arguments", node)
        keywords = [ast.keyword(each.arg, self.look(each.value)) for each in node.keywords]
        return ast.Call(node.func, [self.look(each) for each in node.args], keywords)

    def _look_inside(self, node: ast.expr) -> ast.expr:
        """The same operation on what its parts come to."""
        if isinstance(node, ast.Attribute):
            if node.attr not in METHODS:
                raise Unsplittable("asks for an attribute that is not known outside", node)
            return ast.Attribute(self.look(node.value), node.attr, node.ctx)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Attribute)
            inner = self._look_at_arguments(node)
            inner.func = self._look_inside(node.func)
            return inner
        if isinstance(node, (ast.GeneratorExp, ast.ListComp, ast.SetComp)):
            return self._look_into_comprehension(node)
        if isinstance(node, ast.DictComp):
            raise Unsplittable(NOT_OUTSIDE, node)
        made = copy.copy(node)
        for name, value in ast.iter_fields(node):
            setattr(made, name, self._look_at_field(value))
        return made

    def _look_into_comprehension(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> ast.expr:
        before = len(self.looks)
        try:
            return self._look_through(node)
        except Unsplittable:
            # What it hands to the notebook may be written out, too.
            items = None if isinstance(node, ast.SetComp) else list_items(node, self.written)
            if items is None:
                raise
            del self.looks[before:]
            return ast.List([self.look(each) for each in items], ast.Load())

    def _look_through(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp) -> ast.expr:
        """A comprehension as it stands, over what is known outside."""
        if len(node.generators) != 1 or not isinstance(node.generators[0].target, (ast.Name, ast.Tuple)):
            raise Unsplittable("is more than one loop, or not over names", node)
        part = node.generators[0]
        items = self.look(part.iter)
        names = {each.id for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        before, self.locals = self.locals, self.locals | names
        try:
            conditions = [self.look(each) for each in part.ifs]
            element = self.look(node.elt)
        finally:
            self.locals = before
        return type(node)(element, [ast.comprehension(part.target, items, conditions, 0)])

    def _look_at_field(self, value: object) -> object:
        if isinstance(value, ast.expr):
            return self.look(value)
        if isinstance(value, list):
            return [self._look_at_field(each) for each in value]
        return value

    def _ask(self, node: ast.expr) -> ast.Name:
        if len(self.looks) >= MOST_LOOKS:
            raise Unsplittable(f"it asks the notebook more than {MOST_LOOKS} questions")
        self.looks.append(ast.unparse(write_values(node, self.written)))
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
        return node.id not in self.locals | self.foreign

    def _is_free(self, node: ast.expr) -> bool:
        """Whether an expression means the same in the notebook: it holds nothing that the block has made.

        What stands for literals alone is written out there.
        """
        made = (self.locals | self.foreign) - self.written.keys()
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id in made:
                return False
            if isinstance(each, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
                return False
        return True

    def _is_plain_builtin(self, name: str) -> bool:
        if name in self.own or name in self.locals:
            return False
        if hasattr(builtins, name) and name not in PLAIN_BUILTINS:
            raise Unsplittable(f"`{name}` is one of Python's own names that are not known outside")
        if name in self.foreign:
            raise Unsplittable(f"`{name}` is made by another test of the task")
        return name in PLAIN_BUILTINS

    def name_library(self, node: ast.expr) -> str | None:
        """The full name of what an expression takes from a library that is known, such as `numpy.pi`."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self.locals or node.id not in self.libraries:
            return None
        path = ".".join([self.libraries[node.id], *reversed(parts)])
        return path if path.partition(".")[0] in LIBRARY else None


def _is_lazy(call: ast.Call) -> bool:
    """Whether a call of Python's own looks no further than it has to: `all` or `any` of a generator."""
    is_generator = len(call.args) == 1 and isinstance(call.args[0], ast.GeneratorExp)
    return is_generator and isinstance(call.func, ast.Name) and call.func.id in ("all", "any")


def _stop_early(call: ast.Call) -> ast.expr:
    """Such a call where the generator is written out: what comes later may have raised, and nobody cared."""
    items = call.args[0]
    if not isinstance(items, ast.List) or not items.elts:
        return call
    assert isinstance(call.func, ast.Name)
    sign = ast.And() if call.func.id == "all" else ast.Or()
    return ast.Call(ast.Name("bool", ast.Load()), [ast.BoolOp(sign, items.elts)], [])


def _list_arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]
