"""What code does with names where it may not run, may run later, or has names of its own."""

import ast
import symtable
import warnings

from grader.assignment import vocabulary as words
from grader.assignment.bindings import NameReader


class UsageReader(NameReader):
    """Reads trees that run one after the other, with no other code between them."""

    def visit_If(self, node: ast.If) -> None:
        """Bound for sure is what both branches bind."""
        self.visit(node.test)
        before = set(self._bound)
        self._visit_all(node.body)
        first, self._bound = self._bound, set(before)
        self._visit_all(node.orelse)
        self._maybe |= first | self._bound
        self._bound &= first

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """A walrus in a branch may not be reached."""
        self.visit(node.test)
        with self._doubtful():
            self.visit(node.body)
            self.visit(node.orelse)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """What stands behind the first operand may not be reached."""
        self.visit(node.values[0])
        with self._doubtful():
            self._visit_all(node.values[1:])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """A loop may make no round."""
        self.visit(node.iter)
        with self._doubtful():
            self.visit(node.target)
            self._visit_all(node.body)
        with self._doubtful():
            self._visit_all(node.orelse)

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        """A loop may make no round, though its condition is looked at."""
        self.visit(node.test)
        with self._doubtful():
            self._visit_all(node.body)
        with self._doubtful():
            self._visit_all(node.orelse)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        """Its body may stop anywhere, and a NameError in it may never be seen."""
        self.usage.swallows |= bool(node.handlers)
        for block in (node.body, *(handler.body for handler in node.handlers), node.orelse):
            with self._doubtful():
                for handler in node.handlers:
                    if block is handler.body:
                        self._visit_all([handler.type] if handler.type else [])
                        if handler.name:
                            self._bind(handler.name)
                self._visit_all(block)
        for handler in node.handlers:
            # Python unbinds it behind the handler.
            if handler.name:
                self._bound.discard(handler.name)
                self._maybe.discard(handler.name)
        self._visit_all(node.finalbody)

    visit_TryStar = visit_Try

    def visit_Match(self, node: ast.Match) -> None:
        """Any case may be the one, or none."""
        self.visit(node.subject)
        for case in node.cases:
            with self._doubtful():
                for part in ast.walk(case.pattern):
                    name = getattr(part, "rest" if isinstance(part, ast.MatchMapping) else "name", None)
                    if isinstance(part, (ast.MatchAs, ast.MatchStar, ast.MatchMapping)) and name:
                        self._bind(name)
                    elif isinstance(part, ast.expr):
                        self.visit(part)
                self._visit_all([case.guard] if case.guard else [])
                self._visit_all(case.body)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        """As a list's, and once more whenever it is drawn from."""
        self.visit_ListComp(node)
        self._defer(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Decorators, defaults and annotations now, the body whenever it is called."""
        self._visit_all(node.decorator_list)
        self._visit_signature(node.args)
        self._visit_all([node.returns] if node.returns else [])
        self._bind(node.name)
        self._defer(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function without a name."""
        self._visit_signature(node.args)
        self._defer(node)

    def _visit_signature(self, arguments: ast.arguments) -> None:
        self._visit_all([*arguments.defaults, *(each for each in arguments.kw_defaults if each)])
        own = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        own += [each for each in (arguments.vararg, arguments.kwarg) if each]
        self._visit_all(each.annotation for each in own if each.annotation)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """The body now, the methods whenever they are called."""
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        inner = UsageReader(self._origins, is_called=self.is_called)
        # A class's own names are bound in the class.
        inner._bound, inner._maybe = set(self._bound), set(self._maybe)
        inner._shadows = [*self._shadows]
        methods = (ast.FunctionDef, ast.AsyncFunctionDef)
        for statement in node.body:
            inner.visit(statement)
        found = inner.usage
        self.usage.hard |= found.hard
        self.usage.soft |= found.soft
        self.usage.writes |= found.writes - found.binds
        self.usage.unsure += found.unsure
        self.usage.deferred_unsure += found.deferred_unsure
        self.usage.deferred_writes |= found.deferred_writes
        self.usage.swallows |= found.swallows
        self.usage.calls |= found.calls
        self._bind(node.name)
        # A class with a hook of its own may call its methods while it is made.
        names = {each.name for each in ast.walk(node) if isinstance(each, methods)}
        if names & words.CLASS_HOOKS or node.keywords:
            self.usage.unsure.append(f"class {node.name}")
        self._defer(node)

    def _defer(self, node: ast.AST) -> None:
        """Note what a function reads and binds of the notebook's names, and what else it may do."""
        inside = UsageReader(self._origins, is_called=True)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            inside._bound |= {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
            inside._visit_all([node.body] if isinstance(node, ast.Lambda) else node.body)
        changed = inside.usage.writes - inside.usage.binds
        self.usage.swallows |= inside.usage.swallows
        doubts = [*inside.usage.unsure, *inside.usage.deferred_unsure]
        self.usage.deferred_unsure += [doubt for doubt in doubts if doubt not in self.usage.deferred_unsure]
        if self.is_called:
            # Which of these names are the notebook's is told by the outermost function.
            self.usage.writes |= changed
            return
        read, bound = _list_globals(node)
        shadows = set[str]().union(*self._shadows)
        # What a function changes may be what it was given, whose name it does not know, or the notebook's.
        changed = (changed & read) | bound
        self.usage.deferred |= read - shadows
        self.usage.deferred_writes |= changed
        self.usage.binds |= bound
        self.usage.writes |= changed
        self._maybe |= bound
        self._late |= read - shadows - self._bound

    def visit_Global(self, node: ast.Global) -> None:
        """At the top of a cell it changes nothing."""


def _list_globals(node: ast.AST) -> tuple[set[str], set[str]]:
    """Names of the notebook that functions in a statement or expression read, and those that they bind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = symtable.symtable(ast.unparse(node), "<cell>", "exec")
    read: set[str] = set()
    bound: set[str] = set()
    waiting = list(table.get_children())
    while waiting:
        scope = waiting.pop()
        waiting.extend(scope.get_children())
        for symbol in scope.get_symbols():
            if symbol.is_global():
                read.add(symbol.get_name())
                if symbol.is_assigned() or symbol.is_imported():
                    bound.add(symbol.get_name())
    return read, bound
