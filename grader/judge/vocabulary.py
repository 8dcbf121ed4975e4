"""What each check asks of an `assignment.toml` that uses it, read off the check itself."""

import inspect
from typing import Any, get_args

from grader.assignment.rubric import CheckForm, Option, Vocabulary
from grader.judge.checks import CHECKS, Check
from grader.judge.values import Variable

OF_TRAINING = frozenset({"fitted_values", "predicts_next", "same_fit_as"})
"""Checks that look at fitted values, which only a training task leaves."""
OF_STATEMENTS = frozenset({"same_answer"})
"""Checks that look at the answer to a statement. All others look at what cells train, leave or draw."""
NEED_SEQUENCE = frozenset({"predicts_next"})
NEED_REFERENCE: dict[str, str | None] = {
    "parameter_count": None,
    "fitted_values": None,
    "same_answer": None,
    "parameter_shapes": "shapes",
    "output_shape": "shape",
    "value_equals": "value",
    "value_close": "value",
}
"""Checks that compare with the reference, and the option that says what is right in its place."""


def _describe(name: str, check: Check) -> CheckForm:
    # The first parameter is the case; the others are what `options` may give.
    parameters = list(inspect.signature(check, eval_str=True).parameters.values())[1:]
    return CheckForm(
        options={
            parameter.name: Option(
                parameter.annotation,
                is_required=parameter.default is inspect.Parameter.empty,
                names_variables=_names_variables(parameter.annotation),
            )
            for parameter in parameters
        },
        kinds=_list_kinds(name),
        needs_sequence=name in NEED_SEQUENCE,
        needs_reference=name in NEED_REFERENCE,
        stated_by=NEED_REFERENCE.get(name),
    )


def _list_kinds(name: str) -> frozenset[str]:
    if name in OF_STATEMENTS:
        return frozenset({"true_false"})
    return frozenset({"training"} if name in OF_TRAINING else {"training", "values"})


def _names_variables(annotation: Any) -> bool:
    return annotation is Variable or any(_names_variables(part) for part in get_args(annotation))


VOCABULARY: Vocabulary = {name: _describe(name, check) for name, check in CHECKS.items()}
"""Every check by its name."""
