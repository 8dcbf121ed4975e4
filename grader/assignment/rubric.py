"""The rules that an `assignment.toml` has to keep beyond the types of its values."""

import keyword
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from grader.assignment.faults import Fault, name_unknown, suggest
from grader.assignment.layers import LAYERS_OF_KERAS, LAYERS_WITH_PARAMETERS
from grader.assignment.lines import TomlPath


@dataclass(frozen=True)
class Option:
    """One option of a check."""

    type: Any
    """Annotation, such as `Sequence[str]`."""
    is_required: bool
    names_variables: bool = False
    """Whether it names one or several of the task's `variables`."""


@dataclass(frozen=True)
class CheckForm:
    """What a check asks of those who use it."""

    options: Mapping[str, Option] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    """Kinds of task that it can be used in; empty for any."""
    needs_sequence: bool = False
    """Whether it compares with the symbols of `[sequence]`."""
    needs_reference: bool = False
    """Whether it compares with the reference, so that no self-check can run it."""
    stated_by: str | None = None
    """Option that says what is otherwise the reference's."""


Vocabulary = Mapping[str, CheckForm]
"""The checks that there are, by name."""


def find_rule_faults(raw: Any, vocabulary: Vocabulary | None) -> Iterator[Fault]:
    """Every rule that the values of an `assignment.toml` break, as they came out of tomllib.

    What has another type than it should is passed over: that is told elsewhere. Without a vocabulary the
    names and options of checks are not looked at.
    """
    if not isinstance(raw, dict):
        return
    if isinstance(notebook := raw.get("notebook"), str) and (
        "/" in notebook or "\\" in notebook or not notebook.endswith(".ipynb")
    ):
        yield Fault(("notebook",), f"{notebook!r} is not the name of an .ipynb file beside assignment.toml")
    yield from _look_at_tasks(raw, vocabulary)
    yield from _look_at_labels(raw)
    yield from _look_at_sequence(raw)


def _look_at_tasks(raw: dict[str, Any], vocabulary: Vocabulary | None) -> Iterator[Fault]:
    tasks = _list_tables(raw.get("task"))
    if isinstance(raw.get("task"), list) and not tasks:
        yield Fault(("task",), "there is no task")
    seen: set[str] = set()
    needs: dict[str, list[str]] = {}
    for index, task in tasks:
        task_id = task.get("id")
        if isinstance(task_id, str):
            if task_id in seen:
                yield Fault(("task", index, "id"), f"the id {task_id!r} stands twice")
            seen.add(task_id)
            needs[task_id] = [need for need in _as_list(task.get("needs")) if isinstance(need, str)]
    for index, task in tasks:
        path: TomlPath = ("task", index)
        for position, need in enumerate(_as_list(task.get("needs"))):
            if isinstance(need, str) and need not in seen:
                yield Fault((*path, "needs", position), name_unknown("task", need, seen))
        task_id = task.get("id")
        if isinstance(task_id, str) and task_id in _reach(task_id, needs):
            yield Fault((*path, "needs"), "the task needs itself, by way of what it needs")
        for key in ("fitted", "variable"):
            if isinstance(name := task.get(key), str) and not _is_name(name):
                yield Fault((*path, key), f"{name!r} is no name that Python allows for a variable")
        for position, name in enumerate(_as_list(task.get("variables"))):
            if isinstance(name, str) and not _is_name(name):
                place = (*path, "variables", position)
                yield Fault(place, f"{name!r} is no name that Python allows for a variable")
        yield from _look_at_points(path, task)
        # Which rules its checks have to keep nobody can tell of a task of an unknown kind.
        if vocabulary is not None and _may_be_kind(task.get("kind"), vocabulary):
            for position, check in _list_tables(task.get("checks")):
                yield from _look_at_check((*path, "checks", position), check, task, raw, seen, vocabulary)


def _look_at_points(path: TomlPath, task: dict[str, Any]) -> Iterator[Fault]:
    if not isinstance(task.get("checks"), list):
        return
    checks = _list_tables(task["checks"])
    points = [check.get("points", 0) for _, check in checks]
    if all(isinstance(each, int | float) for each in points) and not any(points):
        yield Fault((*path, "checks"), "no check of the task has points")
    for position, check in checks:
        if check in [other for before, other in checks if before < position]:
            yield Fault((*path, "checks", position), "the same check stands twice in the task")
        others = [each for (other, _), each in zip(checks, points, strict=True) if other != position]
        if check.get("gate") is True and not any(others):
            yield Fault(
                (*path, "checks", position, "gate"),
                "the gate takes what the task's other checks earn, and none of them has points",
            )


def _look_at_check(
    path: TomlPath,
    check: dict[str, Any],
    task: dict[str, Any],
    raw: dict[str, Any],
    tasks: set[str],
    vocabulary: Vocabulary,
) -> Iterator[Fault]:
    name = check.get("name")
    if not isinstance(name, str):
        return
    if name not in vocabulary:
        yield Fault((*path, "name"), name_unknown("check", name, vocabulary))
        return
    form = vocabulary[name]
    kind = task.get("kind")
    if isinstance(kind, str) and form.kinds and kind not in form.kinds:
        yield Fault((*path, "name"), f"the check is for tasks of the kind {' or '.join(sorted(form.kinds))}")
    if form.needs_sequence and "sequence" not in raw:
        yield Fault((*path, "name"), "the check compares with [sequence], which the assignment does not have")
    options = check.get("options", {})
    if not isinstance(options, dict):
        return
    if form.needs_reference and check.get("public") is True and form.stated_by not in options:
        remedy = f". State what is right: options = {{ {form.stated_by} = ... }}" if form.stated_by else ""
        said = "the check compares with the reference, which students do not have"
        yield Fault((*path, "public"), said + remedy)
    for option in form.options:
        if form.options[option].is_required and option not in options:
            yield Fault(path, f"the option {option!r} is missing")
    for option, value in options.items():
        place = (*path, "options", option)
        if option not in form.options:
            yield Fault(place, name_unknown("option", option, form.options))
            continue
        try:
            TypeAdapter(form.options[option].type).validate_python(value)
        except ValidationError as error:
            yield Fault(place, error.errors()[0]["msg"])
            continue
        if option == "layers":
            yield from _look_at_layers(place, value)
        if form.options[option].names_variables:
            yield from _look_at_variables(place, value, _as_list(task.get("variables")))
        if option == "task":
            if value not in tasks:
                yield Fault(place, name_unknown("task", value, tasks))
            elif value not in _as_list(task.get("needs")):
                yield Fault(place, f"the task does not say that it needs {value}. Write: needs = [{value!r}]")


def _may_be_kind(kind: Any, vocabulary: Vocabulary) -> bool:
    return not isinstance(kind, str) or any(kind in form.kinds for form in vocabulary.values())


def _look_at_layers(path: TomlPath, layers: Iterable[str]) -> Iterator[Fault]:
    if not layers:
        yield Fault(path, "no layer is named")
    known = (*LAYERS_WITH_PARAMETERS, *LAYERS_OF_KERAS)
    for position, layer in enumerate(layers):
        if layer not in known:
            what = "layer of torch.nn with parameters of its own, nor of Keras, called"
            yield Fault((*path, position), name_unknown(what, layer, known))


def _look_at_variables(place: TomlPath, value: Any, variables: list[Any]) -> Iterator[Fault]:
    known = [name for name in variables if isinstance(name, str)]
    if isinstance(value, str):
        named = [(place, value)]
    else:
        named = [((*place, position), name) for position, name in enumerate(_as_list(value))]
    for path, name in named:
        if name not in known:
            yield Fault(path, f"{name!r} is not among the task's `variables`. {suggest(name, known)}")


def _look_at_labels(raw: dict[str, Any]) -> Iterator[Fault]:
    """Labels that are exchanged in a replay which no check looks at."""
    labels = [name for name in _as_list(raw.get("labels")) if isinstance(name, str)]
    for position, name in enumerate(labels):
        if not _is_name(name):
            yield Fault(("labels", position), f"{name!r} is no name that Python allows for a variable")
    checks = [
        each for _, task in _list_tables(raw.get("task")) for _, each in _list_tables(task.get("checks"))
    ]
    options = [check["options"] for check in checks if isinstance(check.get("options"), dict)]
    if labels and not any(each.get("targets") in labels for each in options):
        said = "no check has its `targets` among them, so nothing would be judged by other labels"
        yield Fault(("labels",), said)


def _look_at_sequence(raw: dict[str, Any]) -> Iterator[Fault]:
    reference, sequence = raw.get("reference"), raw.get("sequence")
    if isinstance(reference, dict) and isinstance(name := reference.get("symbols_parameter"), str):
        if not _is_name(name):
            yield Fault(("reference", "symbols_parameter"), f"{name!r} is no name that Python allows")
        if sequence is None:
            yield Fault(
                ("reference", "symbols_parameter"), "there is no [sequence] whose symbols it could take"
            )
    if not isinstance(sequence, dict):
        return
    text, symbols = sequence.get("text"), sequence.get("symbols")
    if not isinstance(text, str) or not isinstance(symbols, list):
        return
    path: TomlPath = ("sequence", "symbols")
    if missing := [sign for sign in dict.fromkeys(text) if sign not in symbols]:
        yield Fault(path, f"symbols of the text are not among them: {_quote(missing)}")
    for position, symbol in enumerate(symbols):
        if not isinstance(symbol, str):
            continue
        if len(symbol) != 1:
            yield Fault((*path, position), f"{symbol!r} is not one character")
        elif symbol not in text:
            yield Fault((*path, position), f"{symbol!r} does not occur in the text")
        if symbol in symbols[:position]:
            yield Fault((*path, position), f"{symbol!r} stands twice")


def _reach(start: str, needs: Mapping[str, list[str]]) -> set[str]:
    """All that a task needs, and what that needs."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = [need for need in needs.get(waiting.pop(), ()) if need not in found]
        found.update(new)
        waiting += new
    return found


def _list_tables(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The tables of an array, with their positions; nothing where it is no array."""
    return [(index, each) for index, each in enumerate(_as_list(value)) if isinstance(each, dict)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _quote(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
