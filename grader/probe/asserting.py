"""Puts the assertions of an assignment to what a task's cells have left, in the notebook's own process.

Two requests: `look` gives the values of expressions, and `assert` runs a block of assertions here where it
cannot be decided outside. Both leave the notebook's names as they were, and what they show is dropped.
"""

import ast
import builtins
import contextlib
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from grader.probe.blocks import PYTHONS, Shown, describe_error, list_sources, run_examples, run_statements
from grader.probe.places import Places
from grader.probe.plain import name_type
from grader.probe.plain_values import Opaque, write_plain

OF_THE_SHELL = frozenset({"input", "exit", "quit", "help", "_", "display", "get_ipython"})
"""Names that IPython gives another meaning."""
EXCEPTIONS = {
    name: cls
    for name, cls in vars(builtins).items()
    if isinstance(cls, type) and issubclass(cls, BaseException)
}
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


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
                error = describe_error(raised)
                kinds = [name for name, cls in EXCEPTIONS.items() if cls in type.mro(type(raised))]
        if error is not None:
            return {"error": error, "raised": kinds, "roots": roots}
        try:
            return {"plain": write_plain(value), "roots": roots}
        except (Opaque, RecursionError):
            return {"opaque": name_type(type(value)), "roots": roots}

    def run(self, content: Mapping[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
        """How a block ends here, as part of a record of `grader.values.AssertionsRun`.

        It runs among the notebook's names, so that functions of the notebook's see what it sets or deletes;
        afterwards they are as they were.
        """
        with self._put_back() as changed:
            is_python = content["form"] == "python"
            code = str(content["code"])
            trees = [ast.parse(each) for each in ([code] if is_python else list_sources(code))]
            nodes = [node for tree in trees for node in ast.walk(tree)]
            scope = self._open_scope(namespace, content.get("own") or ())
            replaced = sorted(set(self._find_replaced(nodes, scope, content, changed)))
            roots = _name_roots((node.id for node in nodes if isinstance(node, ast.Name)), scope)
            shadowed = {name for name in namespace if name in self._builtins} - set(content.get("own") or ())
            with self._lend(namespace, shadowed):
                ended = (
                    run_statements(code, shadowed, namespace)
                    if is_python
                    else (run_examples(code, shadowed, namespace))
                )
        return {**ended, "replaced": replaced, "roots": roots}

    @contextlib.contextmanager
    def _lend(self, namespace: dict[str, Any], shadowed: Iterable[str]) -> Iterator[None]:
        """The notebook's names, with those of earlier blocks and of Python's own functions beside them."""
        before = dict(namespace)
        namespace.update({name: value for name, value in self._made.items() if name not in before})
        namespace.update({f"{PYTHONS}{name}": self._builtins[name] for name in shadowed})
        lent = dict(namespace)
        try:
            with _quiet():
                yield
        finally:
            self._made |= {
                name: value
                for name, value in namespace.items()
                if name not in lent or lent[name] is not value
            }
            namespace.clear()
            namespace.update(before)

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


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    shown = Shown()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        yield
