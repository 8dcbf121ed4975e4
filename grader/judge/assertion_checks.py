"""Checks of imported assignments. Each function's docstring is the line that a student sees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from grader.assignment.assertions import Assertions
from grader.assignment.claims import Claims, split_block
from grader.errors import EvidenceError
from grader.evidence import Evidence
from grader.judge.case import Case, Finding
from grader.judge.claims import decide
from grader.judge.evaluate import Failed, Undecidable
from grader.judge.plain import read_plain
from grader.values import AssertionsRun

OUTSIDE = "decided outside the student's process"
INSIDE = "in the student's process"
BY_HAND = "marked_by_hand"
ANSWERED_INSIDE = (
    "The assertions were decided in the student's process, where the reference's are decided outside."
)


@dataclass(frozen=True)
class _Decision:
    """How a block ended, and where that was decided."""

    where: str
    outcome: Literal["passed", "failed", "timeout", "died"]
    why: str = ""
    """In one line; empty where all went well."""
    credit: float | None = None
    """The number that the block ended with."""


def assertions_hold(case: Case, assertions: str) -> Finding:
    """What the task's cells leave is as the assertions say."""
    block = case.assignment.assertions.find(assertions)
    if block is None:
        message = "The file with the hidden assertions is missing or has changed. A person has to mark this."
        return Finding("grader_error", f"the assertions {assertions!r}", "none of that name", message)
    expected = f"the {'hidden ' if block.hidden else ''}assertions `{block.id}` hold"
    run = _find_run(case.evidence, case.task.id, block.id)
    if run is None:
        cell = case.failed_cell
        why = cell.error or cell.status if cell is not None else "the task did not end"
        return Finding("not_reached", expected, why, "The assertions were not put to this task.")
    claims = split_block(block, case.assignment.assertions)
    decision = _decide(run, claims)
    finding = _describe(case, block, decision, expected)
    right = _find_run(case.reference, case.task.id, block.id)
    if finding.outcome == "failed" and right is not None and _decide(right, claims).outcome != "passed":
        message = "Mend the assertions, or the reference. Until then a person has to mark this."
        return Finding("grader_error", expected, "they do not hold of the reference either", message)
    return _doubt(case, run, decision, claims, finding)


def _find_run(evidence: Evidence | None, task_id: str, block_id: str) -> AssertionsRun | None:
    run = evidence.run.task(task_id) if evidence is not None else None
    return next((each for each in run.left.asserted if each.id == block_id), None) if run else None


def _decide(run: AssertionsRun, claims: Claims | None) -> _Decision:
    """Outside, where all answers are there as plain values; else as the block itself ended."""
    is_whole = claims is not None and len(run.looks) == len(claims.looks)
    if claims is not None and is_whole and not any(look.opaque for look in run.looks):
        try:
            answers = [
                Failed(look.error, look.raised) if look.error else read_plain(look.plain)
                for look in run.looks
            ]
            return _Decision(OUTSIDE, "passed", credit=decide(claims, answers))
        except Failed as failure:
            return _Decision(OUTSIDE, "failed", str(failure))
        except (Undecidable, EvidenceError) as error:
            if run.inside is None:
                return _Decision(OUTSIDE, "failed", f"what was left cannot be compared: {error}")
    if run.inside is None:
        return _Decision(INSIDE, "failed", "the kernel gave no answer")
    return _Decision(INSIDE, run.inside, run.error, run.credit)


def _describe(case: Case, block: Assertions, decision: _Decision, expected: str) -> Finding:
    where = decision.where
    if decision.outcome in ("timeout", "died"):
        ended = "took too long" if decision.outcome == "timeout" else "ended the kernel"
        message = "Look for a loop that does not end, in what the task asks for."
        return Finding("failed", expected, f"they {ended}; {where}", message)
    if decision.outcome == "failed":
        said = "they do not hold" if block.hidden or not decision.why else decision.why
        cell = case.failed_cell
        blamed = f" Cell {cell.index + 1} did not end well: {cell.error or cell.status}." if cell else ""
        message = "" if block.hidden else _quote_said(block)
        return Finding("failed", expected, f"{said}; {where}"[:400], f"{message}{blamed}".strip())
    if decision.credit is None:
        return Finding("passed", expected, f"they hold; {where}", "The assertions hold.")
    return _give_credit(case, block, decision, expected)


def _give_credit(case: Case, block: Assertions, decision: _Decision, expected: str) -> Finding:
    """Points that the block's last line gives, as nbgrader has it: a number from 0 to all of them."""
    points = next(check.points for check in case.task.checks if check.options.get("assertions") == block.id)
    credit = decision.credit or 0.0
    actual = f"{credit:g} of {points:g} points; {decision.where}"
    if credit < 0:
        return Finding("passed", expected, f"they hold; {decision.where}", "The assertions hold.")
    if credit > points:
        message = "The assertions give more points than there are. A person has to mark this."
        return Finding("grader_error", expected, actual, message)
    if credit == 0:
        return Finding("failed", expected, actual, "The assertions give no points.")
    if credit == points:
        return Finding("passed", expected, actual, "The assertions hold.")
    return Finding("partial", expected, actual, "The assertions give part of the points.", credit / points)


def _quote_said(block: Assertions) -> str:
    # A block's own id need not stand in what students have: otter shows none.
    return f"See the assertions of the task `{block.task}` in the notebook."


def _doubt(
    case: Case, run: AssertionsRun, decision: _Decision, claims: Claims | None, finding: Finding
) -> Finding:
    """The finding, unless what it rests on may have been made to please the assertions."""
    if finding.outcome not in ("passed", "partial"):
        return finding
    reference = _find_run(case.reference, case.task.id, run.id)
    known = dict(_list_roots(reference)) if reference else {}
    strange = sorted(
        f"`{name}` is of the class {cls.removeprefix('__main__.')}"
        for name, cls in _list_roots(run)
        if _is_own(cls) and not _is_own(known.get(name, cls if reference is None else ""))
    )
    if decision.where == INSIDE:
        was_outside = reference is not None and _decide(reference, claims).where == OUTSIDE
        own = [look.opaque for look in run.looks if look.opaque and _is_own(look.opaque)]
        if was_outside and own:
            strange.append(f"an answer is of the class {own[0].removeprefix('__main__.')}")
        strange += [f"the notebook has put its own in the place of {name}" for name in run.replaced]
        if was_outside and not strange:
            return replace(finding, needs_review=True, doubt=ANSWERED_INSIDE)
    if not strange:
        return finding
    return Finding(
        "no_evidence",
        finding.expected,
        f"{'; '.join(dict.fromkeys(strange))}; {decision.where}"[:400],
        "What the assertions look at answers them by itself. A person has to look at it.",
        needs_review=True,
    )


def _list_roots(run: AssertionsRun) -> Iterator[tuple[str, str]]:
    for look in run.looks:
        yield from look.roots.items()
    yield from run.roots.items()


def _is_own(cls: str) -> bool:
    """Whether a class is the notebook's own."""
    return cls.startswith("__main__.") or cls == "a class that a metaclass has made"


def marked_by_hand(case: Case) -> Finding:
    """A person marks this."""
    # Everybody's waits for that, so it is no reason to look at one submission before others.
    message = "To be marked by hand: no points are counted until a person has given them."
    return Finding("undecided", "a person's mark", "none yet", message)
