"""Puts the assertions of an assignment to what a task's cells have left, in the notebook's own process.

Two requests: `look` gives the values of expressions, and `assert` runs a block of assertions here where it
cannot be decided outside. Neither changes the notebook's names, and what they show is dropped.
"""

import ast
import builtins
import contextlib
import doctest
import io
import math
import re
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from grader.probe.places import Places
from grader.probe.plain import Opaque, write_plain
from grader.probe.values import FLOATS, INTEGERS, name_type

ERROR_CHARACTERS = 300
SHOWN_CHARACTERS = 100_000
"""Of what a doctest prints; more is dropped."""
NUMPY_SCALAR = re.compile(r"\bnp\.(?:\w+\d+|True_|False_|bool)(?:\((?P<value>[^()]*)\))?")
"""How numpy 2 shows a number, for tests that were written with numpy 1."""
OF_THE_SHELL = frozenset({"input", "exit", "quit", "help", "_", "display", "get_ipython"})
"""Names that IPython gives another meaning."""
EXCEPTIONS = {
    name: cls
    for name, cls in vars(builtins).items()
    if isinstance(cls, type) and issubclass(cls, BaseException)
}
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


class _Shown(io.StringIO):
    """Keeps what is printed up to a size."""

    def write(self, text: str) -> int:
        """Take as much as there is room for."""
        room = SHOWN_CHARACTERS - self.tell()
        super().write(text[: max(0, room)])
        return len(text)


class _Checker(doctest.OutputChecker):
    """Takes numpy's numbers in both of their spellings."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Whether a doctest showed what it should."""
        if super().check_output(want, got, optionflags):
            return True

        def unwrap(match: re.Match[str]) -> str:
            spelt = {"np.True_": "True", "np.False_": "False"}
            return spelt.get(match.group()) or match["value"] or match.group()

        return super().check_output(want, NUMPY_SCALAR.sub(unwrap, got), optionflags)


class Asserter:
    """Evaluates expressions and blocks with Python's own functions, whatever the notebook calls so."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._builtins: dict[str, Any] = {}
        self._made: dict[str, Any] = {}
        """Names that earlier blocks have made, for later ones."""

    def install(self) -> None:
        """Remember Python's own functions. To be called before the notebook's first cell."""
        self._builtins = dict(vars(builtins))

    def look(self, content: Mapping[str, Any], namespace: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What each of the expressions gives, as records of `grader.values.Look`."""
        with self._put_back():
            scope = self._open_scope(namespace, content.get("own") or ())
            return [self._look_at(str(text), scope) for text in content["expressions"]]

    def _look_at(self, text: str, scope: dict[str, Any]) -> dict[str, Any]:
        code = compile(text, "<assertion>", "eval")
        roots = _name_roots(code.co_names, scope)
        value, error = None, None
        kinds: list[str] = []
        with _quiet():
            try:
                value = eval(code, scope)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:
                error = _describe(raised)
                kinds = [name for name, cls in EXCEPTIONS.items() if cls in type.mro(type(raised))]
        if error is not None:
            return {"error": error, "raised": kinds, "roots": roots}
        try:
            return {"plain": write_plain(value), "roots": roots}
        except (Opaque, RecursionError):
            return {"opaque": name_type(type(value)), "roots": roots}

    def run(self, content: Mapping[str, Any], namespace: Mapping[str, Any]) -> dict[str, Any]:
        """How a block ends here, as part of a record of `grader.values.AssertionsRun`."""
        with self._put_back() as changed:
            scope = self._open_scope(namespace, content.get("own") or ())
            return self._run(content, scope, changed)

    def _run(
        self, content: Mapping[str, Any], scope: dict[str, Any], changed: Collection[str]
    ) -> dict[str, Any]:
        before = dict(scope)
        tree = ast.parse(content["code"]) if content["form"] == "python" else None
        sources = [tree] if tree else [ast.parse(each.source) for each in _parse_examples(content["code"])]
        nodes = [node for source in sources for node in ast.walk(source)]
        replaced = sorted(set(self._find_replaced(nodes, scope, content, changed)))
        roots = _name_roots((node.id for node in nodes if isinstance(node, ast.Name)), scope)
        credit, error = None, ""
        with _quiet():
            try:
                if tree is not None:
                    credit = _run_statements(tree, scope)
                else:
                    error = _run_examples(content["code"], scope)
            except KeyboardInterrupt:
                raise
            except BaseException as raised:
                error = _describe(raised)
        self._made |= {
            name: value for name, value in scope.items() if name not in before or before[name] is not value
        }
        inside = "failed" if error else "passed"
        return {"inside": inside, "error": error, "credit": credit, "replaced": replaced, "roots": roots}

    @contextlib.contextmanager
    def _put_back(self) -> Iterator[set[str]]:
        """Let Python's functions, which this file uses, too, be its own for a while; gives those changed."""
        now = vars(builtins)
        changed = {name: now[name] for name in now if name in self._builtins and name not in OF_THE_SHELL}
        changed = {name: value for name, value in changed.items() if value is not self._builtins[name]}
        now.update({name: self._builtins[name] for name in changed})
        try:
            yield set(changed)
        finally:
            now.update(changed)

    def _open_scope(self, namespace: Mapping[str, Any], own: Iterable[str]) -> dict[str, Any]:
        """A copy of the notebook's names, in which Python's own functions are Python's again."""
        kept = set(own)
        scope = {
            name: value for name, value in namespace.items() if name not in self._builtins or name in kept
        }
        return {
            **self._made,
            **scope,
            "__name__": "__main__",
            "__builtins__": {**vars(builtins), **self._builtins},
        }

    def _find_replaced(
        self,
        nodes: Iterable[ast.AST],
        scope: Mapping[str, Any],
        content: Mapping[str, Any],
        changed: Collection[str],
    ) -> Iterator[str]:
        """Functions of libraries that the block uses and the notebook has put its own in the place of."""
        imported = set(content.get("imports") or ())
        for node in nodes:
            if isinstance(node, ast.Name) and node.id in imported and self._is_own(scope.get(node.id)):
                yield node.id
            elif isinstance(node, ast.Attribute):
                owner = _resolve(node.value, scope)
                if isinstance(owner, types.ModuleType) and self._is_own(vars(owner).get(node.attr)):
                    yield f"{owner.__name__}.{node.attr}"
            elif isinstance(node, ast.Name) and node.id in changed:
                yield node.id

    def _is_own(self, value: Any) -> bool:
        """Whether something is of the notebook's making."""
        if type(value) is types.FunctionType:
            return value.__globals__ is self._places.namespace
        # Its metaclass, or an object's class, may be one whose module is written by hand; this is no proof.
        cls = value if isinstance(value, type) else type(value)
        return bool(type.__dict__["__module__"].__get__(cls) == "__main__")


def _name_roots(names: Iterable[str], scope: Mapping[str, Any]) -> dict[str, str]:
    """Names that hold something else than a function or class, to the classes of what they hold."""
    held = {name: type(scope[name]) for name in names if name in scope}
    return {
        name: name_type(cls)
        for name, cls in held.items()
        if cls not in FUNCTIONS and not issubclass(cls, type)
    }


def _resolve(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """The module that a dotted name leads to; None if it leads to none."""
    if isinstance(node, ast.Name):
        return scope.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolve(node.value, scope)
        return vars(owner).get(node.attr) if isinstance(owner, types.ModuleType) else None
    return None


def _run_statements(tree: ast.Module, scope: dict[str, Any]) -> float | None:
    """Run a block; the number that its last line gives, if it ends with an expression that is one."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, "<assertion>", "exec"), scope)
        return None
    exec(compile(ast.Module(tree.body[:-1], []), "<assertion>", "exec"), scope)
    value = eval(compile(ast.Expression(last.value), "<assertion>", "eval"), scope)
    if type(value) not in (*INTEGERS, *FLOATS):
        return None
    if not math.isfinite(value):
        raise ValueError("the last line gave no finite number of points")
    return float(value)


def _parse_examples(code: str) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(code)


def _run_examples(code: str, scope: dict[str, Any]) -> str:
    """Run a doctest; its first fault in one line, empty if it has none."""
    faults: list[str] = []

    class Runner(doctest.DocTestRunner):
        def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
            faults.append(f"{example.source.strip()}: showed {got.strip() or 'nothing'}")

        def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
            if exc_info[0] is KeyboardInterrupt:
                raise KeyboardInterrupt
            faults.append(_describe(exc_info[1]))

    examples = _parse_examples(code)
    test = doctest.DocTest(examples, scope, "assertions", None, None, code)
    runner = Runner(checker=_Checker(), verbose=False)
    # The scope is a copy already; the runner would make one more, which later blocks do not see.
    test.globs = scope
    runner.run(test, out=lambda text: None, clear_globs=False)
    return _cut(faults[0]) if faults else ""


def _describe(error: BaseException) -> str:
    """An exception in one line; one whose text cannot be had is known by its class."""
    name = name_type(type(error)).rpartition(".")[2]
    try:
        text = str(error)
    except BaseException:
        text = ""
    return _cut(f"{name}: {text}" if text else name)


def _cut(text: str) -> str:
    return " ".join(text.split())[:ERROR_CHARACTERS]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    shown = _Shown()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        yield
