"""Decides what a block of assertions claims of the values that a notebook has left."""

import ast
import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.assignment.claims import Claims, Step
from grader.judge.doctests import shows, write_shown
from grader.judge.evaluate import Evaluator, Failed, Undecidable, is_true
from grader.judge.sizes import Refused


def decide(claims: Claims, answers: Sequence[Any]) -> float | None:
    """The number that a block ends with, or None, if all of its claims hold of the answers.

    An answer may be a Failed, which is raised where it is needed. Raises Failed or Undecidable.
    """
    deciding = _Deciding(Evaluator(claims.libraries, claims.looks, answers))
    credit = None
    with np.errstate(all="ignore"):
        for step in claims.steps:
            credit = deciding.take(step)
    return credit


class _Deciding:
    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def take(self, step: Step) -> float | None:
        """Carry out one step; the number that it gives, if it is to give one."""
        try:
            if isinstance(step.statement, ast.Expr):
                return self._take_expression(step, step.statement)
            self._execute(step.statement)
        except (Failed, Undecidable):
            raise
        except Refused as error:
            raise Undecidable(str(error)) from None
        except (RecursionError, MemoryError):
            raise Undecidable("it is nested too deep, or too large") from None
        except Exception as error:
            # What the block itself would have raised, as of a list that is too short.
            kinds = [cls.__name__ for cls in type(error).__mro__]
            raise Failed(f"{type(error).__name__}: {error}"[:300], kinds) from None
        return None

    def _take_expression(self, step: Step, statement: ast.Expr) -> float | None:
        value = self._evaluator.evaluate(statement.value)
        if step.want is not None:
            if not shows(value, step.want):
                shown = write_shown(value)[:200] or "nothing"
                raise Failed(f"{self._evaluator.spell(statement.value)} showed {shown}")
        elif step.gives_credit and type(value) is not bool and isinstance(value, (int, float, np.number)):
            number = float(value)
            if not np.isfinite(number):
                raise Failed("the last line gave no finite number of points")
            return number
        return None

    def _execute(self, statement: ast.stmt) -> None:
        evaluate, names = self._evaluator.evaluate, self._evaluator.names
        if isinstance(statement, ast.Assert):
            if not is_true(evaluate(statement.test)):
                said = statement.msg.value if isinstance(statement.msg, ast.Constant) else None
                spelt = self._evaluator.spell(statement.test)
                raise Failed(str(said) if said else f"it does not hold that {spelt}", ASSERTION)
        elif isinstance(statement, ast.Assign):
            value, target = evaluate(statement.value), statement.targets[0]
            if isinstance(target, ast.Name):
                names[target.id] = value
            elif isinstance(target, ast.Tuple):
                wanted = [each.id for each in target.elts if isinstance(each, ast.Name)]
                names |= dict(zip(wanted, value, strict=True))
        elif isinstance(statement, ast.AugAssign):
            assert isinstance(statement.target, ast.Name)
            left, right = names[statement.target.id], evaluate(statement.value)
            names[statement.target.id] = self._evaluator.operate(statement.op, left, right)
        elif isinstance(statement, ast.If):
            self._execute_all(statement.body if is_true(evaluate(statement.test)) else statement.orelse)
        elif isinstance(statement, ast.Raise):
            self._raise(statement)
        elif isinstance(statement, ast.Try):
            self._try(statement)
        else:
            assert isinstance(statement, ast.Expr)
            evaluate(statement.value)

    def _execute_all(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._execute(statement)

    def _raise(self, statement: ast.Raise) -> None:
        assert isinstance(statement.exc, ast.Call) and isinstance(statement.exc.func, ast.Name)
        name = statement.exc.func.id
        said = "".join(str(each.value) for each in statement.exc.args if isinstance(each, ast.Constant))
        raise Failed(f"{name}: {said}" if said else name, _list_kinds(name))

    def _try(self, statement: ast.Try) -> None:
        try:
            for each in statement.body:
                self.take(Step(each))
        except Failed as failure:
            for handler in statement.handlers:
                if _is_caught(failure, handler.type):
                    self._execute_all(handler.body)
                    return
            raise
        self._execute_all(statement.orelse)


def _list_kinds(name: str) -> list[str]:
    """Names of an exception of Python's own and of what it is derived from."""
    kind = getattr(builtins, name)
    return [cls.__name__ for cls in kind.__mro__]


ASSERTION = _list_kinds("AssertionError")


def _is_caught(failure: Failed, wanted: ast.expr | None) -> bool:
    if wanted is None:
        return True
    named = wanted.elts if isinstance(wanted, ast.Tuple) else [wanted]
    return any(isinstance(each, ast.Name) and each.id in failure.raised for each in named)
