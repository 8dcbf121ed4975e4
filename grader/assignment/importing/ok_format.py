"""Reads tests in otter's OK format: a literal dictionary, in a file of Python's or in a notebook's metadata.

Files are parsed and never run, and nothing is unpickled.
"""

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from grader.assignment.assertions import Assertions

MOST_BYTES = 2**20


class BadTest(Exception):
    """A test that cannot be read: says why, and what to do."""


@dataclass(frozen=True)
class OkTest:
    """One question's tests."""

    name: str
    blocks: tuple[Assertions, ...]
    public: tuple[Assertions, ...]
    points: tuple[float, ...]
    """One for each block."""


def read_ok_file(path: Path) -> dict[str, Any]:
    """The dictionary in a test file. Raises BadTest."""
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise BadTest(f"{path.name} is larger than {MOST_BYTES // 2**20} MiB")
        tree = ast.parse(content.decode("utf-8-sig"))
    except OSError as error:
        raise BadTest(f"{path.name} cannot be read: {error.strerror}") from error
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise BadTest(f"{path.name} is no Python that can be read: {error}") from error
    values: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            values |= {t.id: statement.value for t in statement.targets if isinstance(t, ast.Name)}
    flag = values.get("OK_FORMAT")
    if (isinstance(flag, ast.Constant) and flag.value is False) or "test" not in values:
        raise BadTest(
            f"{path.name} is not in the OK format, so it would have to be run to be read. Set "
            "`tests: ok_format: true` in the assignment's config, run `otter assign` once more, and import "
            "what it makes"
        )
    try:
        test = ast.literal_eval(values["test"])
    except (ValueError, RecursionError, MemoryError):
        raise BadTest(
            f"{path.name}: `test` is computed, and has to be a dictionary that is written out"
        ) from None
    if not isinstance(test, dict):
        raise BadTest(f"{path.name}: `test` is no dictionary")
    return test


def read_ok_test(test: Any, task_id: str, where: str) -> OkTest:
    """The blocks of one test, each with its points. Raises BadTest."""
    if not isinstance(test, dict):
        raise BadTest(
            f"{where} is not in the OK format: it is {type(test).__name__}, and may hold pickled or compiled "
            "code. Set `tests: ok_format: true` in the assignment's config and run `otter assign` once more"
        )
    name = str(test.get("name", task_id))
    cases = list(_list_cases(test, where))
    points = _share_points(test.get("points"), [case.get("points") for case in cases], where)
    made = [
        Assertions(
            id=name if len(cases) == 1 else f"{name}-{number}",
            task=task_id,
            code=textwrap.dedent(str(case["code"])).strip("\n") + "\n",
            form="doctest",
            hidden=case.get("hidden", True) is not False,
        )
        for number, case in enumerate(cases, 1)
    ]
    public = [block for block in made if not block.hidden]
    if test.get("all_or_nothing") is True and len(made) > 1:
        whole = made[0].model_copy(
            update={
                "id": name,
                "code": "\n".join(block.code for block in made),
                "hidden": any(block.hidden for block in made),
            }
        )
        seen = [whole.model_copy(update={"code": "\n".join(b.code for b in public), "hidden": False})]
        return OkTest(name, (whole,), tuple(seen if public else ()), (sum(points),))
    return OkTest(name, tuple(made), tuple(public), tuple(points))


def _list_cases(test: dict[str, Any], where: str) -> Iterator[dict[str, Any]]:
    suites = test.get("suites")
    if not isinstance(suites, list) or not suites:
        raise BadTest(f"{where} has no suites")
    for suite in suites:
        if not isinstance(suite, dict) or suite.get("type", "doctest") != "doctest":
            raise BadTest(f"{where} has a suite that is no doctest, and only doctests can be imported")
        if suite.get("setup") or suite.get("teardown"):
            raise BadTest(f"{where} has a suite with setup or teardown. Put that into its cases")
        cases = suite.get("cases")
        for case in cases if isinstance(cases, list) else ():
            if not isinstance(case, dict) or not isinstance(case.get("code"), str):
                raise BadTest(f"{where} has a case without code")
            if case.get("locked") is True:
                raise BadTest(f"{where} has a locked case, whose answers are hashed. Unlock it first")
            yield case


def _share_points(total: Any, own: list[Any], where: str) -> list[float]:
    """Points of each case: its own, else an equal share of what is left; one in all where none are given."""
    if not own:
        raise BadTest(f"{where} has no cases")
    if isinstance(total, list):
        if len(total) != len(own):
            raise BadTest(f"{where} gives {len(total)} points to {len(own)} cases")
        own, total = total, None
    stated = [total, *own]
    if any(
        each is not None and (isinstance(each, bool) or not isinstance(each, int | float)) for each in stated
    ):
        raise BadTest(f"{where} has points that are no number")
    if any(each is not None and each < 0 for each in stated):
        raise BadTest(f"{where} has negative points")
    given = sum(each for each in own if each is not None)
    free = sum(each is None for each in own)
    if total is not None and given > total + 1e-9:
        raise BadTest(f"{where}: its cases have {given:g} points together, and the whole has {total:g}")
    rest = 1.0 if total is None and not given else 0.0 if total is None else float(total) - given
    shares = iter(_split_evenly(rest, free))
    return [float(next(shares) if each is None else each) for each in own]


def _split_evenly(points: float, parts: int) -> list[float]:
    """Shares of four decimals, as marks are rounded, that add up to the whole."""
    ends = [round(points * number / parts, 4) for number in range(parts + 1)] if parts else []
    return [round(end - begin, 4) for begin, end in pairwise(ends)]
