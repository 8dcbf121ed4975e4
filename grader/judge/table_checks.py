"""The check of a table with measured values. Its docstring is the line that a student sees."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from grader.judge.case import Case, Finding
from grader.judge.values import Table, Variable, describe_value, read_table, require_value
from grader.values import Scalar

SLACK_SECONDS = 0.2
"""What rounding may add to the seconds of a table."""
SLACK = 1.02
YES, NO = (
    frozenset("true yes y o 1 1.0 with 예 네 유 있음 사용".split()),
    frozenset("false no n x 0 0.0 without 아니오 무 없음 미사용".split()),
)
BACKWARD_SHARE = 0.2
"""What backward passes take at least of the seconds that their rows claim. An RNN's take 0.6 to 0.8."""
DIGITS = 6
"""A value with more decimals was not rounded."""


class Ratio(BaseModel):
    """A column that is the quotient of two others."""

    model_config = ConfigDict(extra="forbid")
    column: str
    of: str
    by: str


class Trend(BaseModel):
    """A column that grows where a setting does and the others stay."""

    model_config = ConfigDict(extra="forbid")
    column: str
    by: str
    direction: Literal["rises", "falls"] = "rises"
    min_share: float = 1.0
    """Share of the pairs of rows that have to follow it."""


def measured_table(
    case: Case,
    variable: Variable,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, bool | int | float | str]] = (),
    seconds: Sequence[str] = (),
    ratios: Sequence[Ratio] = (),
    trends: Sequence[Trend] = (),
    only_cuda: Sequence[str] = (),
    published: Sequence[float] = (),
    min_share: float = 0.3,
    trained: Mapping[str, bool | int | float | str] | None = None,
) -> Finding:
    """The table has a row for every setting, and its values were measured in this notebook."""
    is_cuda = case.evidence.run.device == "cuda"
    optional = set() if is_cuda else set(only_cuda)
    # CUDA goes on while the notebook waits for it elsewhere, so steps there tell no time.
    asynchronous = set(only_cuda) if is_cuda else set()
    needed = [name for name in columns if name not in optional]
    expected = f"a table with {', '.join(needed)}" + (f" and {len(rows)} rows" if rows else "")
    value = require_value(case, variable, expected)
    table = read_table(case.evidence, case.task.id, value)
    if table is None:
        message = "Make it a DataFrame, a list of dictionaries, or a dictionary of lists."
        return Finding("failed", expected, describe_value(value), message)
    timed = [name for name in seconds if name in needed or (table.read(name) and _has_numbers(table, name))]
    looks = (
        _look_at_columns(table, needed),
        _look_at_rows(table, rows),
        _look_at_numbers(table, [name for name in timed if name in needed]),
        _look_at_seconds(case, table, timed, min_share),
        _look_at_published(table, timed, published),
        _look_at_trained(case, table, [name for name in timed if name not in asynchronous], trained),
        *(_look_at_ratio(table, each, optional) for each in ratios),
        *(_look_at_trend(table, each, rows) for each in trends if each.column not in optional),
    )
    for fault in looks:
        if fault is not None:
            return Finding("failed", expected, fault[0], fault[1])
    return Finding("passed", expected, describe_value(value), "The table was measured in this run.")


Fault = tuple[str, str] | None
"""What was found, and what to do about it; None if all is right."""


def _look_at_columns(table: Table, needed: Sequence[str]) -> Fault:
    lacking = [name for name in needed if table.read(name) is None]
    return (f"no column {', '.join(lacking)}", "Name the columns as asked.") if lacking else None


def _look_at_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> Fault:
    lacking = [row for row in rows if _find_row(table, row) is None]
    if not lacking:
        return None
    first = ", ".join(f"{name} {value}" for name, value in lacking[0].items())
    return f"{len(lacking)} settings have no row, such as {first}", "Measure each setting."


def _find_row(table: Table, wanted: Mapping[str, Any]) -> int | None:
    return next((row for row in range(table.rows) if _is_row(table, row, wanted)), None)


def _is_row(table: Table, row: int, wanted: Mapping[str, Any]) -> bool:
    """Whether a row has these settings."""
    cells = {name: column[row] for name in wanted if (column := table.read(name)) and row < len(column)}
    return len(cells) == len(wanted) and all(_is_same(value, cells[name]) for name, value in wanted.items())


def _is_same(wanted: Scalar, cell: Scalar) -> bool:
    if isinstance(wanted, bool):
        return _read_flag(cell) is wanted
    if isinstance(wanted, (int, float)):
        return _read_number(cell) == wanted
    return str(cell).strip().casefold() == str(wanted).strip().casefold()


def _read_flag(cell: Scalar) -> bool | None:
    word = str(cell).strip().casefold()
    return True if word in YES else False if word in NO else None


def _read_number(cell: Scalar) -> float | None:
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _read_numbers(table: Table, name: str) -> list[float | None]:
    return [_read_number(cell) for cell in table.read(name) or ()]


def _has_numbers(table: Table, name: str) -> bool:
    return any(number is not None for number in _read_numbers(table, name))


def _look_at_numbers(table: Table, timed: Sequence[str]) -> Fault:
    for name in timed:
        if not all(number is not None and number > 0 for number in _read_numbers(table, name)):
            return f"{name} is not a positive number everywhere", "Measure every row."
    return None


def _look_at_seconds(case: Case, table: Table, timed: Sequence[str], min_share: float) -> Fault:
    """Whether the seconds add up to what the cells took awake, as the grader's own clock has it."""
    if not timed:
        return None
    total = sum(number or 0.0 for name in timed for number in _read_numbers(table, name))
    slept = max(case.run.left.slept_seconds, 0.0)
    took = sum(cell.seconds for cell in case.evidence.run.cells if cell.task == case.task.id) - slept
    ran = f"the cells ran for {took:.1f} s" + (f" and slept for {slept:.1f} s" if slept > 0 else "")
    if total > took * SLACK + SLACK_SECONDS:
        seen = f"{total:.1f} s in the table, and {ran}"
        return seen, "The times cannot have been measured in this run. Fill the table by measuring."
    if total < min_share * took:
        seen = f"{total:.2f} s in the table, and {ran}"
        return seen, "Measure the whole of each setting, in seconds, and nothing much besides."
    return None


def _look_at_trained(
    case: Case, table: Table, timed: Sequence[str], where: Mapping[str, Any] | None
) -> Fault:
    """Whether backward passes that were seen took their part of the rows that claim them."""
    if where is None:
        return None
    rows = [row for row in range(table.rows) if _is_row(table, row, where)]
    numbers = [_read_numbers(table, name) for name in timed]
    claimed = sum(column[row] or 0.0 for column in numbers for row in rows if row < len(column))
    seen = case.run.left.backward_seconds
    if seen >= BACKWARD_SHARE * claimed:
        return None
    wanted = " and ".join(f"{name} {value}" for name, value in where.items())
    actual = f"{claimed:.1f} s where {wanted}, and {seen:.1f} s of backward passes were seen"
    return actual, "Measure what the task says, with a backward pass in every epoch of these rows."


def _look_at_published(table: Table, timed: Sequence[str], published: Sequence[float]) -> Fault:
    numbers = [number for name in timed for number in _read_numbers(table, name) if number is not None]
    known = [number for number in numbers if number in published]
    if published and len(known) * 2 >= len(numbers):
        return f"{len(known)} of {len(numbers)} are published figures", "Fill the table by measuring."
    return None


def _look_at_ratio(table: Table, ratio: Ratio, optional: set[str]) -> Fault:
    found = [_read_numbers(table, name) for name in (ratio.column, ratio.of, ratio.by)]
    if {ratio.column, ratio.of, ratio.by} & optional and not all(map(any, found)):
        return None
    for row, (quotient, dividend, divisor) in enumerate(zip(*found, strict=False)):
        if quotient is None or dividend is None or divisor is None or divisor <= 0:
            return f"{ratio.column} is missing in row {row + 1}", "Compute it in every row."
        if not _is_quotient(quotient, dividend, divisor):
            seen = f"{quotient:g} in row {row + 1}, where {ratio.of} / {ratio.by} is {dividend / divisor:.4g}"
            return seen, "Compute the ratio from the two columns."
    return None


def _is_quotient(quotient: float, dividend: float, divisor: float) -> bool:
    """Whether a quotient is that of two numbers, each of which may have been rounded before."""
    below = (dividend - _find_rounding(dividend)) / (divisor + _find_rounding(divisor))
    above = (dividend + _find_rounding(dividend)) / max(divisor - _find_rounding(divisor), 1e-12)
    own = _find_rounding(quotient) + 1e-6 * abs(quotient)
    return below - own <= quotient <= above + own


def _find_rounding(number: float) -> float:
    """Half a unit of the last decimal, where it looks rounded."""
    decimals = len(repr(number).partition(".")[2])
    return 0.5 * 10.0**-decimals if "e" not in repr(number) and decimals <= DIGITS else 0.0


def _look_at_trend(table: Table, trend: Trend, rows: Sequence[Mapping[str, Any]]) -> Fault:
    """Whether a column follows a setting, in the pairs of rows that differ in nothing else."""
    found = [_find_row(table, row) for row in rows]
    numbers = _read_numbers(table, trend.column)
    follows = []
    for first, second in combinations(range(len(rows)), 2):
        low, high = sorted((first, second), key=lambda index: rows[index][trend.by])
        differing = {name for name in rows[low] if rows[low][name] != rows[high].get(name)}
        places = found[low], found[high]
        if differing != {trend.by} or places[0] is None or places[1] is None:
            continue
        before, after = numbers[places[0]], numbers[places[1]]
        if before is not None and after is not None:
            follows.append(after > before if trend.direction == "rises" else after < before)
    if not follows or sum(follows) >= trend.min_share * len(follows):
        return None
    seen = (
        f"{trend.column} {trend.direction} with {trend.by} in {sum(follows)} of {len(follows)} pairs of rows"
    )
    return seen, "Measure long enough that chance does not decide."
