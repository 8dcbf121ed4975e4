"""Single faults in code that is written for Keras, as grader/assignment/edits.py makes them in torch's.

A layer is what is built by a name of RECURRENT, an optimizer what is given a `learning_rate`, a training what
is called `fit`. Each edit takes a tree and yields changed ones, with a name each.
"""

import ast
import copy
from collections.abc import Callable, Iterator

from grader.assignment.edits import Trees
from grader.assignment.mutants import Mutant
from grader.assignment.syntax import name_call, parse_expression, set_keyword

RECURRENT = ("SimpleRNN", "LSTM", "GRU")
LAYERS = (*RECURRENT, "Embedding", "Dense")
OTHER_KIND = {"SimpleRNN": "GRU", "LSTM": "GRU", "GRU": "SimpleRNN"}
KERAS = "__import__('keras')"
"""However a notebook calls it, and what it has imported of it."""
ROLLED = "__import__('numpy').roll(0, 1)"


def _find_calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    """Calls of what ends in one of these names, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_call(node) in names]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _find_keywords(tree: ast.AST, *names: str) -> list[ast.keyword]:
    """Keywords of these names that are given a number or a word."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in names]
    return [keyword for keyword in found if isinstance(keyword.value, ast.Constant)]


def _change_keywords(tree: ast.Module, change: Callable[[float], float | bool], *names: str) -> bool:
    """Put another value for the one of each such keyword; whether there was any."""
    for keyword in (found := _find_keywords(tree, *names)):
        assert isinstance(keyword.value, ast.Constant)
        keyword.value = ast.Constant(change(keyword.value.value))
    return bool(found)


def change_units(tree: ast.Module) -> Trees:
    """One unit more or less in every recurrent layer."""
    for step in (1, -1):
        changed = copy.deepcopy(tree)
        for call in _find_calls(changed, *RECURRENT):
            named = [keyword.value for keyword in _find_keywords(call, "units")]
            for size in (*call.args[:1], *named):
                # A layer of no units is none.
                if isinstance(size, ast.Constant) and size.value + step > 0:
                    size.value += step
        yield f"units_{step:+d}", changed


def exchange_layers(tree: ast.Module) -> Trees:
    """A recurrent layer of another kind, one at a time."""
    for index, call in enumerate(_find_calls(tree, *RECURRENT)):
        changed = copy.deepcopy(tree)
        other = OTHER_KIND[name_call(call)]
        built = _find_calls(changed, *RECURRENT)[index]
        if isinstance(built.func, ast.Attribute):
            built.func.attr = other
        else:
            built.func = parse_expression(f"{KERAS}.layers.{other}(0)", ast.Constant(0)).func
        yield f"layer_{index + 1}_is_{other}", changed


def freeze_layers(tree: ast.Module) -> Trees:
    """A layer whose parameters are not trained, one at a time."""
    if not _find_calls(tree, "fit"):
        return
    for index, call in enumerate(_find_calls(tree, *LAYERS)):
        changed = copy.deepcopy(tree)
        set_keyword(_find_calls(changed, *LAYERS)[index], "trainable", False)
        yield f"frozen_{index + 1}_{name_call(call)}", changed


def drop_dropout(tree: ast.Module) -> Trees:
    """No dropout, within layers or around them."""
    is_changed = _change_keywords(tree, lambda _: 0.0, "dropout", "recurrent_dropout", "rate")
    for call in _find_calls(tree, "Dropout"):
        if call.args:
            call.args[0], is_changed = ast.Constant(0.0), True
    if is_changed:
        yield "dropout_missing", tree


def change_learning_rate(tree: ast.Module) -> Trees:
    """A tenth of the learning rate, or ten times as much."""
    for name, factor in (("tenth", 0.1), ("ten_times", 10.0)):
        changed = copy.deepcopy(tree)
        if _change_keywords(changed, lambda rate, factor=factor: rate * factor, "learning_rate"):
            yield f"learning_rate_{name}", changed


def exchange_optimizer(tree: ast.Module) -> Trees:
    """Plain gradient descent with the same learning rate."""
    built = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(keyword.arg == "learning_rate" for keyword in node.keywords)
    ]
    for call in built:
        if isinstance(call.func, ast.Attribute):
            call.func.attr = "SGD"
        else:
            call.func = parse_expression(f"{KERAS}.optimizers.SGD(0)", ast.Constant(0)).func
    if built:
        yield "optimizer_sgd", tree


def shift_labels(tree: ast.Module) -> Trees:
    """The labels that are trained on are off by one."""
    for call in _find_calls(tree, "fit"):
        if len(call.args) > 1:
            call.args[1] = parse_expression(ROLLED, call.args[1])
        for keyword in call.keywords:
            if keyword.arg == "y":
                keyword.value = parse_expression(ROLLED, keyword.value)
    yield "labels_shifted", tree


def shorten(tree: ast.Module) -> Trees:
    """A tenth of the epochs."""
    if _change_keywords(tree, lambda epochs: max(1, epochs // 10), "epochs"):
        yield "epochs_tenth", tree


def drop_callbacks(tree: ast.Module) -> Trees:
    """Nothing watches the training, or what it found best is not put back."""
    changed = copy.deepcopy(tree)
    if _change_keywords(changed, lambda _: False, "restore_best_weights"):
        yield "best_not_restored", changed
    calls = [
        call for call in _find_calls(tree, "fit") if any(each.arg == "callbacks" for each in call.keywords)
    ]
    for call in calls:
        call.keywords = [keyword for keyword in call.keywords if keyword.arg != "callbacks"]
    if calls:
        yield "callbacks_missing", tree


def repeat_curve(tree: ast.Module) -> Trees:
    """What is drawn is one of two curves, twice."""
    drawn = [
        node
        for call in _find_calls(tree, "plot")
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and node.value == "val_loss"
    ]
    for name in drawn:
        name.value = "loss"
    if drawn:
        yield "curve_twice", tree


def leave_out_summary(tree: ast.Module) -> Trees:
    """No table of the layers is printed."""
    shown = [call.func for call in _find_calls(tree, "summary") if isinstance(call.func, ast.Attribute)]
    for each in shown:
        each.attr = "get_config"
    if shown:
        yield "summary_missing", tree


def exchange_saved(tree: ast.Module) -> Trees:
    """An untrained network of the same form in the place of the one that was saved."""
    trained = {_name_owner(call) for call in _find_calls(tree, "fit")}
    saved = [name for call in _find_calls(tree, "save") if (name := _name_owner(call)) in trained]
    loaded = [call for call in _find_calls(tree, "load_model") if isinstance(call.func, ast.Attribute)]
    for call in loaded if saved else ():
        assert isinstance(call.func, ast.Attribute)
        call.func.attr = "clone_model"
        call.args, call.keywords = [ast.Name(saved[-1], ast.Load())], []
    if saved and loaded:
        yield "loaded_is_clone", tree


def _name_owner(call: ast.Call) -> str:
    """What a method is called of, such as `model` of `model.fit(…)`; empty where it is no name."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else ""


EDITS: tuple[Callable[[ast.Module], Iterator[tuple[str, ast.Module]]], ...] = (
    change_units,
    exchange_layers,
    freeze_layers,
    drop_dropout,
    change_learning_rate,
    exchange_optimizer,
    shift_labels,
    shorten,
    drop_callbacks,
    repeat_curve,
    leave_out_summary,
    exchange_saved,
)


def list_keras_mutants(source: str) -> list[Mutant]:
    """Every fault that can be built into a task's code; none where it builds and trains nothing in Keras."""
    tree = ast.parse(source)
    seen, found = {ast.unparse(tree)}, []
    for edit in EDITS:
        for name, changed in edit(copy.deepcopy(tree)):
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                found.append(Mutant(name, name, text))
    return found
