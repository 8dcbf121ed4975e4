"""What a notebook's code does with the notebook's names: which it reads before it binds them, and which it
binds, unbinds, or changes the object of.

Told from syntax trees alone, so it errs on one side: a name may be named that is never read. What no tree
shows (`exec`, `globals()`, files that are written) is named as a reason to be unsure.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from grader.assignment import vocabulary as words

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Usage:
    """What code does with names, in the order in which it runs."""

    hard: set[str] = field(default_factory=set)
    """Read where nothing of the same code has bound them."""
    soft: set[str] = field(default_factory=set)
    """Read where only a loop that made no round, a branch not taken or a call come too early leaves them
    unbound."""
    writes: set[str] = field(default_factory=set)
    """Bound or unbound, or the object that they name is changed."""
    binds: set[str] = field(default_factory=set)
    """Bound at some place."""
    deferred: set[str] = field(default_factory=set)
    """Read by functions whenever these are called, by whom ever."""
    deferred_writes: set[str] = field(default_factory=set)
    """Bound by functions whenever these are called."""
    unsure: list[str] = field(default_factory=list)
    """Why the rest of this may be wrong."""
    deferred_unsure: list[str] = field(default_factory=list)
    """The same of code that runs when functions are called."""
    swallows: bool = False
    """Whether a NameError may go unnoticed."""
    calls: bool = False
    """Whether anything is called that may draw random numbers."""


class NameReader(ast.NodeVisitor):
    """Reads expressions and plain statements in the order in which they run."""

    def __init__(self, origins: Mapping[str, str], *, is_called: bool = False) -> None:
        """`origins` has the modules that names were imported from in the notebook's beginning.

        `is_called` if the code is a function's, with names of its own.
        """
        self.is_called = is_called
        self.usage = Usage()
        self._origins = dict(origins)
        self._bound: set[str] = set()
        """Names that stand for sure now."""
        self._maybe: set[str] = set()
        self._shadows: list[set[str]] = []
        """Variables of the comprehensions around."""
        self._late: set[str] = set()
        """Names that functions read which had not been bound when these were defined."""

    def finish(self) -> Usage:
        """What was read. A function's names may be bound before its first call, where anything binds them."""
        self.usage.soft |= self._late & self.usage.binds
        self.usage.hard |= self._late - self.usage.binds
        if self.usage.swallows:
            self.usage.hard |= self.usage.soft
        return self.usage

    def _read(self, name: str) -> None:
        if any(name in shadow for shadow in self._shadows) or name in self._bound:
            return
        if name in words.REFLECTION or words.HISTORY.fullmatch(name):
            self.usage.unsure.append(name)
        self._judge_origin(self._origins.get(name, ""), name)
        (self.usage.soft if name in self._maybe else self.usage.hard).add(name)

    def _bind(self, name: str) -> None:
        self._bound.add(name)
        self.usage.binds.add(name)
        self.usage.writes.add(name)

    def _change(self, node: ast.AST) -> None:
        """Note that the object which an expression starts from is changed."""
        name = find_root(node)
        if name is not None and not any(name in shadow for shadow in self._shadows):
            self.usage.writes.add(name)

    @contextmanager
    def _doubtful(self) -> Iterator[None]:
        """Code that may not run: what it binds is bound perhaps."""
        before = set(self._bound)
        yield
        self._maybe |= self._bound - before
        # What it unbinds may be gone.
        self._bound &= before

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """A name by itself."""
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif isinstance(node.ctx, ast.Del):
            self._read(node.id)
            self.usage.writes.add(node.id)
            self._bound.discard(node.id)
            self._maybe.discard(node.id)
        elif self._shadows and node.id in self._shadows[-1]:
            return
        else:
            self._bind(node.id)

    def _judge_origin(self, module: str, name: str) -> None:
        if module and not words.is_harmless(module):
            self.usage.unsure.append(name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Something asked of an object, or set there."""
        self.visit(node.value)
        if node.attr in words.OUTWARD:
            self.usage.unsure.append(node.attr)
        if not isinstance(node.ctx, ast.Load) and ast.unparse(node) not in words.RESET_SWITCHES:
            self._change(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """A part of an object."""
        self.visit(node.value)
        self.visit(node.slice)
        if not isinstance(node.ctx, ast.Load):
            self._change(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """`a += b` reads, changes and binds."""
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
            self.visit(node.value)
            self._bind(node.target.id)
        else:
            self.visit(node.value)
            self.visit(node.target)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value comes first."""
        self.visit(node.value)
        self._visit_all(node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """An annotation is computed, too; without a value nothing is bound."""
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """`(a := b)` binds outside of any comprehension."""
        self.visit(node.value)
        shadows, self._shadows = self._shadows, []
        self.visit(node.target)
        self._shadows = shadows

    def visit_Call(self, node: ast.Call) -> None:
        """A call, which may change what it is called on or given."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        root = find_root(node.func)
        package = self._origins.get(root or "", "").partition(".")[0]
        if name not in words.QUIET and package not in words.DRAWING:
            self.usage.calls = True
        if name in words.CHANGES_ARGUMENT or _is_in_place(name):
            for argument in node.args[:1]:
                self._change(argument)
        if isinstance(node.func, ast.Attribute) and root not in self._origins and _changes_itself(name):
            self._change(node.func.value)
        for keyword in node.keywords:
            if keyword.arg in ("out", "generator"):
                self._change(keyword.value)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call for its effect alone: of a module's setter the module is what it changes."""
        call = node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            root = find_root(call.func)
            package = self._origins.get(root or "", "").partition(".")[0]
            if package and package not in words.DRAWING and words.SETTER.match(call.func.attr):
                self._change(call.func)
        self.visit(call)

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b` binds `a`."""
        for alias in node.names:
            self._import(alias.asname or alias.name.partition(".")[0], alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from a import *` binds nobody knows what."""
        for alias in node.names:
            if alias.name == "*" or node.level or alias.name in words.OUTWARD:
                self.usage.unsure.append(f"from {node.module or '.'} import {alias.name}")
            self._import(alias.asname or alias.name, f"{node.module}.{alias.name}")

    def _import(self, name: str, module: str) -> None:
        self._judge_origin(module, f"import {module}")
        self._bind(name)
        self._origins[name] = module

    def visit_ListComp(self, node: Comprehension) -> None:
        """Its variables are its own; all else is read where it stands."""
        self._shadows.append(set())
        for part in node.generators:
            self.visit(part.iter)
            self._shadows[-1] |= {each.id for each in ast.walk(part.target) if isinstance(each, ast.Name)}
            self.visit(part.target)
            self._visit_all(part.ifs)
        with self._doubtful():
            if isinstance(node, ast.DictComp):
                self.visit(node.key)
                self.visit(node.value)
            else:
                self.visit(node.elt)
        self._shadows.pop()

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp


def find_root(node: ast.AST) -> str | None:
    """The name that an expression starts from, as `net` of `net.layer(x)[0].weight`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            # What a function of that name gives is another object.
            return None
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_in_place(name: str) -> bool:
    return name.endswith("_") and not name.endswith("__")


def _changes_itself(name: str) -> bool:
    return name in words.CHANGES_ITSELF or _is_in_place(name)
