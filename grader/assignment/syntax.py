"""Finds in a network's code what edits change: losses, optimizers, layers, loops over time, states."""

import ast

LAYERS = frozenset("Linear RNN LSTM GRU RNNCell LSTMCell GRUCell Conv1d Conv2d Conv3d".split())
"""Layers that have a bias unless told otherwise."""


def name_call(call: ast.Call) -> str:
    """The last part of what is called, such as `Adam` of `torch.optim.Adam(…)`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def find_loss_calls(tree: ast.AST) -> list[ast.Call]:
    """Calls of a loss: of an object built by a class that ends in Loss, or of `cross_entropy` itself."""
    built = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and name_call(node.value).endswith("Loss")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and (
            (isinstance(node.func, ast.Name) and node.func.id in built) or name_call(node) == "cross_entropy"
        )
    ]


def find_optimizer_calls(tree: ast.AST) -> list[ast.Call]:
    """Where an optimizer of `torch.optim` is built."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value).endswith("optim")
        and node.func.attr[:1].isupper()
    ]


def find_optimizer_names(tree: ast.AST) -> set[str]:
    """What the optimizers are called."""
    built = {id(call) for call in find_optimizer_calls(tree)}
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and id(node.value) in built
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def list_layer_calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """Where layers are built, and the name that each is given; empty for one that has none."""
    names = {
        id(node.value): ast.unparse(node.targets[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
    }
    return [
        (names.get(id(node), ""), node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_call(node) in LAYERS and isinstance(node.func, ast.Attribute)
    ]


def find_training_loops(tree: ast.AST) -> list[ast.For]:
    """Loops in which an optimizer steps."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        and any(isinstance(call, ast.Call) and name_call(call) == "step" for call in ast.walk(node))
    ]


def find_time_loops(tree: ast.AST) -> list[ast.For]:
    """Loops within a training loop in which nothing steps and a state is handed on."""
    found = {
        id(node): node
        for loop in find_training_loops(tree)
        for node in ast.walk(loop)
        if isinstance(node, ast.For)
        and node is not loop
        and not find_training_loops(node)
        and find_carried_names(node, tree)
    }
    return list(found.values())


def find_carried_names(loop: ast.For, tree: ast.AST | None = None) -> list[str]:
    """Names that a round takes over from the round before: read before they are assigned.

    What counts within a round is none, nor is a loss that the tree around the loop goes backward from.
    """
    others = _find_counters(loop) | (_find_losses(tree) if tree else set())
    assigned: set[str] = set()
    read_first: dict[str, None] = {}
    stored: set[str] = set()
    for statement in loop.body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        for node in names:
            if isinstance(node.ctx, ast.Load) and node.id not in assigned:
                read_first[node.id] = None
        new = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        assigned |= new
        stored |= new
    return [name for name in read_first if name in stored - others]


def _find_counters(loop: ast.For) -> set[str]:
    """Targets of the loops and comprehensions within a loop."""
    targets = [
        node.target
        for statement in loop.body
        for node in ast.walk(statement)
        if isinstance(node, (ast.For, ast.comprehension))
    ]
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _find_losses(tree: ast.AST) -> set[str]:
    """Names that `backward` is called on."""
    return {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "backward" and isinstance(node.value, ast.Name)
    }


def is_number(node: ast.expr) -> bool:
    """Whether an expression is a number, with a sign or without."""
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def set_keyword(call: ast.Call, name: str, value: str | int) -> None:
    """Give a call a keyword, in the place of its own where it has one."""
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != name]
    call.keywords.append(ast.keyword(name, ast.Constant(value)))


def parse_expression(template: str, argument: ast.expr) -> ast.expr:
    """The call of a template with its first argument replaced."""
    call = ast.parse(template, mode="eval").body
    assert isinstance(call, ast.Call)
    call.args[0] = argument
    return call


def parse_statement(text: str) -> ast.stmt:
    """One statement."""
    return ast.parse(text).body[0]
