"""Wrong answers made from a right one: edits of a reference's code, by syntax tree.

An edit knows nothing of the assignment, only of how torch is written: a loss is what is built by a class of
`torch.nn` that ends in Loss, a loop over time is a loop within a loop, a state is what such a loop hands on.
What it finds nothing to change in has no such mutant.
"""

import ast
import copy
import itertools
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from grader.assignment import edits, network_edits

Edit = Callable[[ast.Module], Iterator[tuple[str, ast.Module]]]


@dataclass(frozen=True)
class Mutant:
    """One wrong answer."""

    name: str
    """Of the edit, such as `learning_rate_tenth`; unique within a task."""
    code: str
    """Of the fault, as in a `Diagnosis`."""
    source: str
    late: bool = False
    """Whether its first steps are right, so that only a longer run can tell it."""
    shown: bool = False
    """Whether its training is right, and only what it shows is not."""


EDITS: tuple[tuple[str, Edit], ...] = (
    ("no_zero_grad", edits.drop_zero_grad),
    ("softmax_before_loss", edits.take_softmax_before_loss),
    ("learning_rate", edits.change_learning_rate),
    ("optimizer", edits.exchange_optimizer),
    ("bias_missing", network_edits.drop_biases),
    ("hidden_size", network_edits.change_hidden_size),
    ("state_reset", network_edits.reset_state),
    ("state_detached", network_edits.detach_state),
    ("labels_shifted", edits.shift_labels),
    ("gate_order", network_edits.permute_gates),
    ("activation", network_edits.exchange_activations),
    ("layer_not_trained", edits.leave_out_layers),
    ("initial_values", edits.drop_copies),
)
"""Fault codes and the edits that make them."""

SHOWN_EDITS: tuple[tuple[str, Edit], ...] = (("softmax_axis", edits.turn_shown_softmax),)
LATE_EDITS: tuple[tuple[str, Edit], ...] = (("learning_rate", edits.change_learning_rate_later),)


def list_mutants(source: str, needed: str = "") -> list[Mutant]:
    """Every mutant of a task's code.

    `needed` is the code of the tasks that it needs, which has trained what it could copy from. Mutants that
    come out alike, or as the original, are left out.
    """
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    found: dict[str, Mutant] = {}

    def add(code: str, edit: Edit, *, late: bool = False, shown: bool = False) -> None:
        for name, changed in edit(copy.deepcopy(tree)):
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                name = _distinguish(name, found)
                found[name] = Mutant(name, code, text, late, shown)

    for code, edit in EDITS:
        add(code, edit)
    if needed:
        add("copied_values", lambda changed: edits.copy_trained(changed, ast.parse(needed)))
    for code, edit in SHOWN_EDITS:
        add(code, edit, shown=True)
    for code, edit in LATE_EDITS:
        add(code, edit, late=True)
    return list(found.values())


def _distinguish(name: str, taken: Container[str]) -> str:
    """The name, with a number where another mutant has it."""
    names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    return next(each for each in names if each not in taken)
