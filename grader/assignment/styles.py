"""Right answers made from a right one: edits that change nothing but the order of arithmetic.

What they differ by is noise, and how much of it an honest notebook may bring. As with mutants, an edit
knows nothing of the assignment.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from grader.assignment.syntax import find_optimizer_calls, find_training_loops, name_call

DISTURBANCE = 1e-7
"""Relative change of initial values: the last digit of float32."""
DISTURBED = 3
SCALE_FREE = ("Adam", "AdamW", "Adamax", "NAdam", "RMSprop")
"""Optimizers whose steps do not grow with the loss. RAdam's first ones do."""


@dataclass(frozen=True)
class Style:
    """One right answer."""

    name: str
    source: str


def list_styles(source: str) -> list[Style]:
    """Every style of a task's code, the code as it stands first."""
    tree = ast.parse(source)
    found = [Style("plain", source)]
    for make in (_disturb, _sum_losses, _compute_in_float64, _use_two_threads):
        for name, changed in make(copy.deepcopy(tree)):
            found.append(Style(name, ast.unparse(ast.fix_missing_locations(changed))))
    return found


Trees = Iterator[tuple[str, ast.Module]]


def _insert_before_training(tree: ast.Module, before: str, after: str = "") -> bool:
    """Put statements before the first training loop at the top of a cell, and at the cell's end."""
    loops = {id(loop) for loop in find_training_loops(tree)}
    for index, statement in enumerate(tree.body):
        if id(statement) in loops:
            tree.body[index:index] = ast.parse(before).body
            tree.body += ast.parse(after).body
            return True
    return False


def _find_optimizer(tree: ast.Module) -> str | None:
    built = {id(call) for call in find_optimizer_calls(tree)}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and id(statement.value) in built:
            return ast.unparse(statement.targets[0])
    return None


def _disturb(tree: ast.Module) -> Trees:
    optimizer = _find_optimizer(tree)
    for number in range(1, DISTURBED + 1):
        changed = copy.deepcopy(tree)
        # No random numbers: the stream must stay where it is.
        text = (
            f"for _group in {optimizer}.param_groups:\n"
            f"    for _values in _group['params']:\n"
            f"        _waves = torch.sin({number} * torch.arange(1.0, _values.numel() + 1))\n"
            f"        _values.data.mul_(1 + {DISTURBANCE} * _waves.reshape(_values.shape).to(_values))\n"
        )
        if optimizer and _insert_before_training(changed, text):
            yield f"disturbed_{number}", changed


def _sum_losses(tree: ast.Module) -> Trees:
    optimizers = find_optimizer_calls(tree)
    if not optimizers or not all(map(_is_scale_free, optimizers)):
        return
    losses = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (name_call(node).endswith("Loss") or name_call(node) == "cross_entropy")
        and not any(keyword.arg == "reduction" for keyword in node.keywords)
    ]
    for call in losses:
        call.keywords.append(ast.keyword("reduction", ast.Constant("sum")))
    if losses:
        yield "summed_loss", tree


def _is_scale_free(optimizer: ast.Call) -> bool:
    # Decay is weighed against the gradient, so that its share depends on the loss.
    decays = any(keyword.arg == "weight_decay" for keyword in optimizer.keywords)
    return name_call(optimizer) in SCALE_FREE and not decays


def _compute_in_float64(tree: ast.Module) -> Trees:
    optimizer = _find_optimizer(tree)
    convert = (
        "globals().update({{_name: _value.{0}() for _name, _value in list(globals().items()) "
        "if isinstance(_value, torch.nn.Module) or isinstance(_value, torch.Tensor) "
        "and _value.is_floating_point() and _value.is_leaf and not _value.requires_grad}})\n"
    )
    before = (
        "torch.set_default_dtype(torch.float64)\n"
        + convert.format("double")
        + f"for _group in {optimizer}.param_groups:\n"
        + "    for _values in _group['params']:\n"
        + "        _values.data = _values.data.double()\n"
    )
    after = "torch.set_default_dtype(torch.float32)\n" + convert.format("float")
    if optimizer and _insert_before_training(tree, before, after):
        yield "float64", tree


def _use_two_threads(tree: ast.Module) -> Trees:
    if _insert_before_training(tree, "torch.set_num_threads(2)", "torch.set_num_threads(1)"):
        yield "two_threads", tree
