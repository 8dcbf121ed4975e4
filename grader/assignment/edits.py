"""Single edits of how a network is trained. Each takes a tree and yields changed ones, with a name each."""

import ast
import copy
from collections.abc import Callable, Iterator

from grader.assignment.syntax import (
    find_loss_calls,
    find_optimizer_calls,
    find_optimizer_names,
    find_training_loops,
    is_number,
    name_call,
    parse_expression,
    parse_statement,
    set_keyword,
)

Trees = Iterator[tuple[str, ast.Module]]

RATES = {"ten_times": 10.0, "tenth": 0.1, "tenth_more": 1.1, "default": 0.01}
"""Factors of the learning rate; the last makes 0.1 the default of Adam."""
OPTIMIZERS = ("SGD", "AdamW", "RMSprop")
RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


class _Drop(ast.NodeTransformer):
    """Leaves statements out; a block that becomes empty passes, and an `else` goes with its block."""

    def __init__(self, is_unwanted: Callable[[ast.stmt], bool]) -> None:
        self._is_unwanted = is_unwanted

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                kept = [statement for statement in block if not self._is_unwanted(statement)]
                setattr(node, field, kept or ([] if field == "orelse" else [ast.Pass()]))
        return node


def drop_statements(tree: ast.Module, is_unwanted: Callable[[ast.stmt], bool]) -> bool:
    """Leave statements out in place; whether there were any."""
    before = ast.dump(tree)
    _Drop(is_unwanted).visit(tree)
    return ast.dump(tree) != before


def _calls_method(statement: ast.stmt, method: str) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == method


def drop_zero_grad(tree: ast.Module) -> Trees:
    """Gradients are never set back."""
    if drop_statements(tree, lambda statement: _calls_method(statement, "zero_grad")):
        yield "no_zero_grad", tree


def take_softmax_before_loss(tree: ast.Module) -> Trees:
    """The loss is given probabilities in the place of logits."""
    calls = find_loss_calls(tree)
    for call in calls:
        call.args[0] = parse_expression("torch.softmax(0, dim=-1)", call.args[0])
    if calls:
        yield "softmax_before_loss", tree


def change_learning_rate(tree: ast.Module) -> Trees:
    """Another learning rate."""
    for name, factor in RATES.items():
        changed = copy.deepcopy(tree)
        rates = [
            keyword
            for call in find_optimizer_calls(changed)
            for keyword in call.keywords
            if keyword.arg == "lr" and isinstance(keyword.value, ast.Constant)
        ]
        for keyword in rates:
            assert isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, (int, float))
            keyword.value = ast.Constant(keyword.value.value * factor)
        if rates:
            yield f"learning_rate_{name}", changed


def exchange_optimizer(tree: ast.Module) -> Trees:
    """Another optimizer with the same learning rate."""
    for name in OPTIMIZERS:
        changed = copy.deepcopy(tree)
        calls = find_optimizer_calls(changed)
        for call in calls:
            assert isinstance(call.func, ast.Attribute)
            call.func.attr = name
        if calls:
            yield f"optimizer_{name.lower()}", changed


def shift_labels(tree: ast.Module) -> Trees:
    """The targets are off by one, to either side."""
    for name, shift in (("behind", 1), ("ahead", -1)):
        changed = copy.deepcopy(tree)
        calls = [call for call in find_loss_calls(changed) if len(call.args) > 1]
        for call in calls:
            call.args[1] = parse_expression(f"torch.roll(0, {shift}, 0)", call.args[1])
        if calls:
            yield f"labels_shifted_{name}", changed


def leave_out_layers(tree: ast.Module) -> Trees:
    """The optimizer does not get the parameters of one layer."""
    lists = [call.args[0] for call in find_optimizer_calls(tree) if call.args]
    if len(lists) != 1 or not isinstance(lists[0], ast.List):
        return
    for index, part in enumerate(lists[0].elts):
        changed = copy.deepcopy(tree)
        held = find_optimizer_calls(changed)[0].args[0]
        assert isinstance(held, ast.List)
        if len(held.elts) > 1:
            del held.elts[index]
            name = ast.unparse(part).lstrip("*").removesuffix(".parameters()")
            yield f"layer_not_trained_{name}", changed


def drop_copies(tree: ast.Module) -> Trees:
    """The initial values are those that the layers were built with."""
    if drop_statements(tree, lambda statement: _calls_method(statement, "copy_")):
        yield "initial_values", tree


def copy_trained(tree: ast.Module, needed: ast.Module) -> Trees:
    """The initial values are copied from a layer that another task has trained."""
    trained = {
        ast.dump(statement.value): statement.targets[0]
        for statement in needed.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
    }
    if not any(_calls_method(node, "copy_") for node in ast.walk(tree) if isinstance(node, ast.stmt)):
        return
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.dump(statement.value) in trained:
            name = name_call(statement.value) if isinstance(statement.value, ast.Call) else ""
            source = trained[ast.dump(statement.value)]
            if name in RECURRENT and isinstance(source, ast.Name):
                statement.value = ast.Name(source.id, ast.Load())
                yield "copied_from_trained", tree
                return


def turn_shown_softmax(tree: ast.Module) -> Trees:
    """What is shown at the end is the softmax over the time steps."""
    for statement in reversed(tree.body):
        if isinstance(statement, ast.Assign):
            for call in ast.walk(statement):
                if isinstance(call, ast.Call) and name_call(call) == "softmax":
                    # A method's first argument is the axis, a function's is what it is taken of.
                    call.args = [argument for argument in call.args[:1] if not is_number(argument)]
                    set_keyword(call, "dim", 0)
                    yield "softmax_axis", tree
                    return


def change_learning_rate_later(tree: ast.Module) -> Trees:
    """The learning rate is halved after ten epochs."""
    names = find_optimizer_names(tree)
    for loop in find_training_loops(tree):
        optimizers = [
            node.func.value.id
            for node in ast.walk(loop)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "step"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in names
        ]
        if isinstance(loop.target, ast.Name) and optimizers:
            text = f"if {loop.target.id} == 10: {optimizers[0]}.param_groups[0]['lr'] *= 0.5"
            loop.body.insert(0, parse_statement(text))
            yield "learning_rate_halved_later", tree
            return
