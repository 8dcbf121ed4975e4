"""Tells a student whose figure does not count that some of it cannot be seen."""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Concatenate, ParamSpec

from grader.judge.case import Case, Finding

Options = ParamSpec("Options")

MESSAGE = (
    "What is hidden, transparent, without width, in the colour of the background, or outside the axes or the "
    "figure does not count."
)


def tell_unseen(
    check: Callable[Concatenate[Case, Options], Finding],
) -> Callable[Concatenate[Case, Options], Finding]:
    """The check, which also says how much of what was drawn cannot be seen, unless all is well without it."""

    @functools.wraps(check)
    def look(case: Case, /, *args: Options.args, **kwargs: Options.kwargs) -> Finding:
        finding = check(case, *args, **kwargs)
        unseen = sum(figure.unseen for figure in case.run.left.figures)
        if finding.outcome == "passed" or not unseen:
            return finding
        actual = f"{finding.actual}; what cannot be seen: {unseen}"
        return replace(finding, actual=actual, message=f"{finding.message} {MESSAGE}")

    return look
