"""Single edits of what a network computes. Each takes a tree and yields changed ones, with a name each."""

import ast
import copy
import functools
import itertools
from collections.abc import Callable, Iterator

from grader.assignment.edits import RECURRENT, Trees, drop_statements
from grader.assignment.syntax import (
    find_carried_names,
    find_time_loops,
    list_layer_calls,
    name_call,
    parse_statement,
    set_keyword,
)


def drop_biases(tree: ast.Module) -> Trees:
    """No layer has a bias; or one of several linear layers has none."""
    layers = list_layer_calls(tree)
    if layers:
        changed = copy.deepcopy(tree)
        for _, call in list_layer_calls(changed):
            set_keyword(call, "bias", False)
        drop_statements(
            changed, lambda statement: isinstance(statement, ast.Expr) and ".bias" in ast.unparse(statement)
        )
        yield "bias_missing", changed
    linear = [index for index, (name, call) in enumerate(layers) if name_call(call) == "Linear" and name]
    for index in linear if len(linear) > 1 else ():
        changed = copy.deepcopy(tree)
        name, call = list_layer_calls(changed)[index]
        set_keyword(call, "bias", False)
        drop_statements(
            changed,
            functools.partial(_calls_method_of, f"{name.rpartition('.')[2]}.bias"),
        )
        yield f"bias_missing_{name.rpartition('.')[2]}", changed


def _calls_method_of(target: str, statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr):
        return False
    return ast.unparse(statement).split("(")[0].rpartition(".")[0].endswith(target)


def change_hidden_size(tree: ast.Module) -> Trees:
    """One hidden node more or less, wherever that number or a multiple of it sizes a layer or a state."""
    recurrent = [call for _, call in list_layer_calls(tree) if name_call(call) in RECURRENT]
    sizes = [
        call.args[1].value
        for call in recurrent
        if len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
    ]
    if not sizes or not isinstance(sizes[0], int):
        return
    size = sizes[0]
    for step in (1, -1):
        changed = copy.deepcopy(tree)
        sized = [call for _, call in list_layer_calls(changed)]
        sized += [
            call for call in ast.walk(changed) if isinstance(call, ast.Call) and name_call(call) == "zeros"
        ]
        for call in sized:
            for number in call.args:
                if (
                    isinstance(number, ast.Constant)
                    and type(number.value) is int
                    and number.value in (size, 3 * size, 4 * size)
                ):
                    number.value = number.value // size * (size + step)
        yield f"hidden_size_{size + step}", changed


def reset_state(tree: ast.Module) -> Trees:
    """The state, or one of two, starts from zeros at every time step."""
    changed = list(_begin_rounds(tree, "{0} = torch.zeros_like({0})"))
    yield from (("_".join(["state_reset", *names]), other) for names, other in changed)
    if changed:
        return
    layers = {
        name: call for name, call in list_layer_calls(tree) if name_call(call) in ("RNN", "LSTM", "GRU")
    }
    calls = [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in layers
        and call.args
    ]
    for call in calls:
        # As a batch of sequences of one step each.
        name = ast.unparse(call.func)
        batch_first = any(
            keyword.arg == "batch_first" and ast.unparse(keyword.value) == "True"
            for keyword in layers[name].keywords
        )
        batch, rows = ("v[:, None]", "o[0][:, 0]") if batch_first else ("v[None]", "o[0][0]")
        call.func = ast.parse(f"(lambda v: (lambda o: ({rows}, o[1]))({name}({batch})))", mode="eval").body
        call.args = call.args[:1]
        call.keywords = []
    # The state that comes back is as wide as the batch and is not used again before it is set to zeros.
    if calls:
        yield "state_reset", tree


def detach_state(tree: ast.Module) -> Trees:
    """No gradient flows back through time, or none through one of two states."""
    for names, changed in _begin_rounds(tree, "{0} = {0}.detach()"):
        yield "_".join(["state_detached", *names]), changed


def _begin_rounds(tree: ast.Module, statement: str) -> Iterator[tuple[tuple[str, ...], ast.Module]]:
    """The tree with a statement about the state, or about a part of it, at the start of each time step.

    With each comes the part's names; none where it is all of the state.
    """
    names = list(
        dict.fromkeys(name for loop in find_time_loops(tree) for name in find_carried_names(loop, tree))
    )
    parts = [(name,) for name in names] if len(names) > 1 else []
    for part in [(), *parts] if names else []:
        changed = copy.deepcopy(tree)
        for loop in find_time_loops(changed):
            chosen = [name for name in find_carried_names(loop, changed) if name in (part or names)]
            loop.body[:0] = [parse_statement(statement.format(name)) for name in chosen]
        yield part, changed


def permute_gates(tree: ast.Module) -> Trees:
    """The four gates of an LSTM in every other order; exchanges of two come first."""

    def find_gates(changed: ast.Module) -> list[ast.AST]:
        return [
            node.targets[0]
            for node in ast.walk(changed)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Tuple)
            and len(node.targets[0].elts) == 4
            and isinstance(node.value, ast.Call)
            and name_call(node.value) in ("chunk", "split", "tensor_split", "unbind")
        ]

    orders = sorted(
        itertools.permutations(range(4)), key=lambda order: sum(a != b for a, b in enumerate(order))
    )
    for order in orders[1:]:
        for _, changed, gates in _each(tree, find_gates):
            assert isinstance(gates, ast.Tuple)
            gates.elts = [gates.elts[place] for place in order]
            names = "".join(ast.unparse(gate) for gate in gates.elts)
            yield f"gate_order_{names}", changed


def exchange_activations(tree: ast.Module) -> Trees:
    """One activation function for another, one at a time, or none; relu in torch's own layers."""

    def find_activations(changed: ast.Module) -> list[ast.AST]:
        found = [node for node in ast.walk(changed) if isinstance(node, ast.Call)]
        return [node for node in found if name_call(node) in ("tanh", "sigmoid") and node.args]

    for index, changed, node in _each(tree, find_activations):
        assert isinstance(node, ast.Call)
        before = name_call(node)
        for after in ("sigmoid" if before == "tanh" else "tanh", "relu"):
            node.func = ast.parse(f"torch.{after}", mode="eval").body
            yield f"activation_{index + 1}_{after}", copy.deepcopy(changed)
        node.func = ast.parse("(lambda v: v)", mode="eval").body
        yield f"activation_{index + 1}_missing", changed
    layers = [call for _, call in list_layer_calls(tree) if name_call(call) in ("RNN", "RNNCell")]
    if layers and not find_activations(tree):
        for call in layers:
            set_keyword(call, "nonlinearity", "relu")
        yield "activation_relu", tree


def _each(
    tree: ast.Module, find: Callable[[ast.Module], list[ast.AST]]
) -> Iterator[tuple[int, ast.Module, ast.AST]]:
    """A copy of the tree for each node found, with that node in the copy."""
    for index in range(len(find(tree))):
        changed = copy.deepcopy(tree)
        yield index, changed, find(changed)[index]
