"""Runs a block of assertions among the names that it is given: statements, or a doctest."""

import ast
import doctest
import io
import math
import re
from collections.abc import Collection
from typing import Any

from grader.probe.plain import FLOATS, INTEGERS, name_type

ERROR_CHARACTERS = 300
PYTHONS = "_python_"
"""Before the names under which a block finds functions of Python's own that the notebook calls so."""
SHOWN_CHARACTERS = 100_000
"""Of what a doctest prints; more is dropped."""
NUMPY_SCALAR = re.compile(r"\bnp\.(?:\w+\d+|True_|False_|bool)(?:\((?P<value>[^()]*)\))?")
"""How numpy 2 shows a number, for tests that were written with numpy 1."""


class Shown(io.StringIO):
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


class _Spelling(ast.NodeTransformer):
    """Calls Python's own functions by names that the notebook has not given another meaning."""

    def __init__(self, shadowed: Collection[str]) -> None:
        self._shadowed = shadowed

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """The same name, or that under which Python's own is lent."""
        is_python = node.id in self._shadowed and isinstance(node.ctx, ast.Load)
        return ast.copy_location(ast.Name(f"{PYTHONS}{node.id}", node.ctx), node) if is_python else node


def _spell(code: str, shadowed: Collection[str]) -> ast.Module:
    tree = ast.parse(code)
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    spelt: ast.Module = _Spelling(set(shadowed) - bound).visit(tree)
    return spelt


def run_statements(code: str, shadowed: Collection[str], namespace: dict[str, Any]) -> dict[str, Any]:
    """How a block ended, and the number that its last line gave, if that is an expression and one."""
    tree = _spell(code, shadowed)
    last = tree.body[-1] if tree.body else None
    try:
        if not isinstance(last, ast.Expr):
            exec(compile(tree, "<assertion>", "exec"), namespace)
            return {"inside": "passed"}
        exec(compile(ast.Module(tree.body[:-1], []), "<assertion>", "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), "<assertion>", "eval"), namespace)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:
        return {"inside": "failed", "error": describe_error(raised)}
    if type(value) not in (*INTEGERS, *FLOATS):
        return {"inside": "passed"}
    if not math.isfinite(value):
        return {"inside": "failed", "error": "the last line gave no finite number of points"}
    return {"inside": "passed", "credit": float(value)}


def list_sources(code: str) -> list[str]:
    """The statements of a doctest, example by example."""
    return [example.source for example in doctest.DocTestParser().get_examples(code)]


def run_examples(code: str, shadowed: Collection[str], namespace: dict[str, Any]) -> dict[str, Any]:
    """How a doctest ended, with its first fault in one line."""
    faults: list[str] = []

    class Runner(doctest.DocTestRunner):
        def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
            faults.append(f"{example.source.strip()}: showed {got.strip() or 'nothing'}")

        def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
            if exc_info[0] is KeyboardInterrupt:
                raise KeyboardInterrupt
            faults.append(describe_error(exc_info[1]))

    examples = doctest.DocTestParser().get_examples(code)
    for example in examples:
        example.source = f"{ast.unparse(_spell(example.source, shadowed))}\n"
    test = doctest.DocTest(examples, {}, "assertions", None, None, code)
    # The runner would work on a copy of the names.
    test.globs = namespace
    try:
        Runner(checker=_Checker(), verbose=False).run(test, out=lambda text: None, clear_globs=False)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:
        faults.append(describe_error(raised))
    return {"inside": "failed", "error": _cut(faults[0])} if faults else {"inside": "passed"}


def describe_error(error: BaseException) -> str:
    """An exception in one line; one whose text cannot be had is known by its class."""
    name = name_type(type(error)).rpartition(".")[2]
    try:
        text = str(error)
    except BaseException:
        text = ""
    return _cut(f"{name}: {text}" if text else name)


def _cut(text: str) -> str:
    return " ".join(text.split())[:ERROR_CHARACTERS]
