"""What each check asks of an `assignment.toml` that uses it, read off the check itself."""

import inspect

from grader.assignment.rubric import CheckForm, Option, Vocabulary
from grader.judge.checks import CHECKS, Check

KINDS = {
    "training": (
        "parameter_count",
        "fitted_values",
        "predicts_next",
        "trains_layer",
        "trains_own_class",
        "avoids_layers",
        "same_fit_as",
    ),
    "true_false": ("same_answer",),
}
"""The kinds of task, and the checks that look at what only such a task leaves."""
NEED_SEQUENCE = frozenset({"predicts_next"})
NEED_REFERENCE = frozenset({"parameter_count", "fitted_values", "same_answer"})


def _describe(name: str, check: Check) -> CheckForm:
    # The first parameter is the case; the others are what `options` may give.
    parameters = list(inspect.signature(check, eval_str=True).parameters.values())[1:]
    return CheckForm(
        options={
            parameter.name: Option(parameter.annotation, parameter.default is inspect.Parameter.empty)
            for parameter in parameters
        },
        kinds=frozenset(kind for kind, names in KINDS.items() if name in names),
        needs_sequence=name in NEED_SEQUENCE,
        needs_reference=name in NEED_REFERENCE,
    )


VOCABULARY: Vocabulary = {name: _describe(name, check) for name, check in CHECKS.items()}
"""Every check by its name."""
