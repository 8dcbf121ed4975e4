"""Lets a cell go on that imports what is not installed here.

Notebooks come from machines with other packages: one `import seaborn` above `import torch` would take the
whole set-up cell, and every task after it. Such a module fails where it is used, not where it is imported.
"""

import ast
import builtins
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from grader.probe import otter
from grader.probe.absent_names import HOSTED, AbsentModule
from grader.probe.tensorflow_names import TENSORFLOW, serve_tensorflow


class AbsentModules:
    """Answers imports of the notebook's own cells, and of nothing else, that find no module."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self._tried: set[int] = set()
        """Lines of the present cell that import within a `try`: whoever tries has an answer of their own."""
        self._import = builtins.__import__

    def install(self) -> None:
        """Put the answer behind the built-in import."""
        builtins.__import__ = self._answer

    def describe(self) -> str | None:
        """A note on what was not installed, or None."""
        if not self.asked:
            return None
        return f"Not installed here, and left out where imported: {', '.join(sorted(self.asked))}."

    def visit(self, node: ast.AST) -> ast.AST:
        """The same tree: IPython shows each cell's before it runs, and imports in a `try` are looked up."""
        self._tried = {
            line.lineno
            for block in ast.walk(node)
            if isinstance(block, ast.Try)
            for statement in block.body
            for line in ast.walk(statement)
            if isinstance(line, (ast.Import, ast.ImportFrom))
        }
        return node

    def _answer(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        is_cell = globals is not None and globals.get("__name__") == "__main__"
        if is_cell and not level and name.partition(".")[0] == otter.NAME:
            return otter.OtterModule(name if fromlist else otter.NAME)
        try:
            return self._import(name, globals, locals, fromlist or (), level)
        except ModuleNotFoundError as error:
            # Libraries try imports to see what they can do; only cells are helped over them. A package that
            # is there and misses a part is a fault to be seen, but for the one that others share.
            top = name.partition(".")[0]
            is_tried = sys._getframe(1).f_lineno in self._tried
            if not is_cell or is_tried or level or not (error.name == top or top == HOSTED):
                raise
            if top == TENSORFLOW and (served := serve_tensorflow(name, names_follow=bool(fromlist))):
                return served
            self.asked.add(top)
            return AbsentModule(name if fromlist else top)
