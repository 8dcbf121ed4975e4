"""Splits assertions in two: what has to be asked of the notebook, and what is claimed of the answers.

`assert abs(f(3) - 9) < 1e-6` asks for `f(3)` and claims `abs(· - 9) < 1e-6` of it. The question alone goes
into the student's process. The claim is decided outside it, so no object that equals everything, no replaced
function and nothing that reads the test can answer it, and what is expected never comes near the notebook.
"""

import ast
import builtins
import doctest
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from grader.assignment.assertions import AssertionBook, Assertions
from grader.assignment.imported_names import list_bound, list_needed, read_imports
from grader.assignment.libraries import LIBRARY, RAISING
from grader.assignment.loops import unroll
from grader.assignment.parsing import UNREADABLE
from grader.assignment.questions import NOT_OUTSIDE, Questions, Unsplittable
from grader.assignment.written import find_written

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


def split_block(block: Assertions, book: AssertionBook) -> Claims | None:
    """A block's questions and claims; None where it has to run in the student's process."""
    try:
        return _split(block, book)
    except Unsplittable:
        return None


def explain_inside(block: Assertions, book: AssertionBook) -> str | None:
    """Why a block has to run in the student's process; None where it has not."""
    try:
        _split(block, book)
    except Unsplittable as reason:
        return str(reason)
    return None


def _split(block: Assertions, book: AssertionBook) -> Claims:
    if block.inside:
        raise Unsplittable("`inside = true` stands in it")
    try:
        splitter = _Splitter(book, block)
        steps = [step for statement in splitter.statements for step in splitter.split(statement)]
    except UNREADABLE:
        raise Unsplittable("it is no Python, or nested too deep") from None
    asked = splitter.questions
    return Claims(tuple(asked.looks), tuple(steps), asked.libraries)


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
            shown = example.source.strip()[:60]
            raise Unsplittable(f"`{shown}` shows an exception, or has options of a doctest")
        body = ast.parse(example.source).body
        for statement in body:
            yield Step(statement, want=example.want if statement is body[-1] else "")


class _Splitter:
    def __init__(self, book: AssertionBook, block: Assertions) -> None:
        # What another block of the task's has made is no name of the notebook's.
        others = [read_code(each) for each in book.block if each.id != block.id and each.task == block.task]
        foreign = {name for other in others for name in list_bound(other)} - set(book.imports)
        made = list_bound(read_code(block)) - set(book.imports)
        if lent := {name for other in others for name in list_needed(other) & made}:
            # Another block may use what this one makes, so it has to be made there.
            raise Unsplittable(f"another test of the task uses {min(lent)!r}, which this one makes")
        self.questions = Questions(dict(book.imports), set(book.own), foreign)
        self.statements = list(_read(block))
        self._written = find_written([step.statement for step in self.statements])
        self._left = MOST_STEPS

    def split(self, step: Step) -> list[Step]:
        """The steps that a statement comes to."""
        self._left -= 1
        if self._left < 0:
            raise Unsplittable(f"it comes to more than {MOST_STEPS} statements")
        statement = step.statement
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            named = read_imports(statement)
            if not named or any(path.partition(".")[0] not in LIBRARY for path in named.values()):
                raise Unsplittable("imports what is not known outside", statement)
            self.questions.libraries |= named
            return []
        if isinstance(statement, ast.For):
            statements = unroll(statement, self.questions.written)
            if statements is None or step.want:
                raise Unsplittable("is a loop that cannot be written out, literal for literal", statement)
            return [Step(each, want="" if step.want is not None else None) for each in self._nest(statements)]
        if isinstance(statement, ast.Pass):
            return []
        is_print = isinstance(statement, ast.Expr) and _is_print(statement.value)
        if step.want and (is_print or not isinstance(statement, ast.Expr)):
            raise Unsplittable("prints what a doctest compares", statement)
        made = ast.fix_missing_locations(self._translate(statement))
        return [Step(made, step.want if not is_print else None, step.gives_credit and not is_print)]

    def _nest(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements within another one."""
        return [each.statement for statement in body for each in self.split(Step(statement))]

    def _translate(self, statement: ast.stmt) -> ast.stmt:
        look = self.questions.look
        if isinstance(statement, ast.Assert):
            said = statement.msg if isinstance(statement.msg, ast.Constant) else None
            return ast.Assert(test=look(statement.test), msg=said)
        if isinstance(statement, ast.Expr):
            value = statement.value
            if isinstance(value, ast.Call) and _is_print(value):
                # What it shows claims nothing, but what it is given has to be there.
                return ast.Expr(ast.Tuple([look(each) for each in value.args], ast.Load()))
            return ast.Expr(look(value))
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            value = look(statement.value)
            self._bind(statement.targets[0])
            return ast.Assign(targets=statement.targets, value=value)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            if statement.target.id not in self.questions.locals:
                raise Unsplittable("changes a variable of the notebook's", statement)
            return ast.AugAssign(statement.target, statement.op, look(statement.value))
        if isinstance(statement, ast.If):
            test = look(statement.test)
            return ast.If(test, self._nest(statement.body), self._nest(statement.orelse))
        if isinstance(statement, ast.Raise):
            return ast.Raise(exc=_read_raised(statement), cause=None)
        if isinstance(statement, ast.Try) and not statement.finalbody:
            handlers = [
                ast.ExceptHandler(_read_exceptions(each.type), None, self._nest(each.body))
                for each in statement.handlers
                if each.name is None or _is_unused(each.name, each.body)
            ]
            if len(handlers) != len(statement.handlers):
                raise Unsplittable("looks at the exception that it catches", statement)
            body = self._nest(statement.body)
            return ast.Try(body, handlers, self._nest(statement.orelse), [])
        if isinstance(statement, ast.With) and len(statement.items) == 1:
            return self._expect(statement)
        defines = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        raise Unsplittable("is defined by the test" if defines else NOT_OUTSIDE, statement)

    def _bind(self, target: ast.expr) -> None:
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        if not all(isinstance(name, ast.Name) for name in names):
            raise Unsplittable("is set, and is no plain name", target)
        bound = {name.id for name in names if isinstance(name, ast.Name)}
        self.questions.locals |= bound
        self.questions.written |= {name: self._written[name] for name in bound & self._written.keys()}

    def _expect(self, statement: ast.With) -> ast.stmt:
        """`with assert_raises(ValueError): …` as a `try` that has to come to its handler."""
        item = statement.items[0]
        call = item.context_expr
        if (
            item.optional_vars is not None
            or not isinstance(call, ast.Call)
            or len(call.args) != 1
            or call.keywords
        ):
            raise Unsplittable(NOT_OUTSIDE, statement)
        if self.questions.name_library(call.func) not in RAISING:
            raise Unsplittable(NOT_OUTSIDE, statement)
        expected = _read_exceptions(call.args[0])
        said = f"{ast.unparse(call.args[0])} was not raised"
        missing = ast.Raise(exc=ast.Call(ast.Name("AssertionError", ast.Load()), [ast.Constant(said)], []))
        return ast.Try(self._nest(statement.body), [ast.ExceptHandler(expected, None, [])], [missing], [])


def _read_raised(statement: ast.Raise) -> ast.expr:
    """An exception that a block raises itself, with no more than a written text."""
    raised = statement.exc
    if statement.cause is not None or raised is None:
        raise Unsplittable("raises what is not written out", statement)
    if isinstance(raised, ast.Name):
        raised = ast.Call(raised, [], [])
    if not isinstance(raised, ast.Call) or raised.keywords or len(raised.args) > 1:
        raise Unsplittable("raises what is not written out", statement)
    _read_exceptions(raised.func)
    said = [each if isinstance(each, ast.Constant) else ast.Constant("") for each in raised.args]
    return ast.Call(raised.func, [*said], [])


def _read_exceptions(node: ast.expr | None) -> ast.expr | None:
    """Names of Python's own exceptions; None for all of them."""
    named = node.elts if isinstance(node, ast.Tuple) else [] if node is None else [node]
    for each in named:
        kind = getattr(builtins, each.id, None) if isinstance(each, ast.Name) else None
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise Unsplittable("is no exception of Python's own", each)
    return node


def _is_unused(name: str, body: list[ast.stmt]) -> bool:
    return not any(isinstance(node, ast.Name) and node.id == name for each in body for node in ast.walk(each))


def _is_print(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
