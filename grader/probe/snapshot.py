"""Turns what was seen of a task into evidence when it ends: later tasks overwrite names and storage."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from grader.probe.keras_stepper import KerasStepper
from grader.probe.losses import read_fitted
from grader.probe.ownership import NOTEBOOK_MODULE, Ownership, name_class
from grader.probe.places import Place
from grader.probe.training import Training
from grader.records import (
    CodePlace,
    ModuleTrace,
    OptimizerTrace,
    TaskRun,
    TensorTrace,
    name_fitted,
    name_losses,
    name_targets,
    name_yhat,
)

LARGEST_ARRAY = 4_000_000
"""Elements of an array taken from the notebook: 16 MB, five hundred times the exam's (999, 7)."""

ONE_UPDATE = 0.05
"""Largest change that one late update makes to fitted values: 1.8e-2 was the largest seen, in the LSTM."""
ENDS = 10
"""The first and the last tenth of a training are compared, as the check on its losses does."""
LARGEST_NORM = 1e300
LONGEST_LINE = 120
PLACES_KEPT = 24

TRUE_WORDS = frozenset({"true", "t", "o", "참", "맞음", "yes", "1"})
FALSE_WORDS = frozenset({"false", "f", "x", "거짓", "틀림", "no", "0"})

Arrays = dict[str, np.ndarray[Any, Any]]


def describe_training(
    task: str, training: Training | None, ownership: Ownership, find_number: Callable[[str], int]
) -> tuple[TaskRun, Arrays]:
    """A training as a record and its arrays; `find_number` tells a cell's number by its file's name."""
    if training is None:
        return TaskRun(task=task), {}
    arrays = _collect_arrays(task, training)
    run = TaskRun(
        task=task,
        training=training.number,
        steps=training.steps,
        optimizers=tuple(_describe_optimizer(training, key) for key in training.optimizers),
        tensors=tuple(_describe_tensors(training, ownership)),
        modules=tuple(_describe_modules(training, ownership)),
        functions=tuple(sorted(training.functions)),
        fitted_steps=tuple(step for step in sorted(training.fitted) if name_fitted(task, step) in arrays),
        gradients={step: _read_norm(norm) or 0.0 for step, norm in training.gradients.items()},
        fall=_measure_fall(training),
        saturated=None if training.saturated is None else float(training.saturated),
        seeds=training.seeds,
        seeded_late=_is_seeded_late(training, ownership),
        places=_describe_places(training, ownership, find_number),
    )
    return run, arrays


def _measure_fall(training: Training) -> float | None:
    """How far the loss functions' own values fell, whatever they were multiplied by before backward()."""
    seen = [value for value in training.called if value is not None]
    if len(seen) < len(training.called) or not seen:
        return None
    values = torch.stack([value.double().cpu() for value in seen])
    part = max(1, len(values) // ENDS)
    fall = float(values[-part:].mean() / values[:part].mean())
    return fall if math.isfinite(fall) else None


def _is_seeded_late(training: Training, ownership: Ownership) -> bool:
    return bool(training.seeds) and ownership.built_unseeded


def choose_training(
    trainings: list[Training], shown: np.ndarray[Any, Any] | None, number: int | None
) -> Training | None:
    """The last training whose values the notebook shows, within one update; or else the last.

    A single stray step is no training, where there is another. After a few steps values tell nothing, so
    a replay is told the number that the full run has found.
    """
    known = [training for training in trainings if training.number == number]
    if known:
        return known[0]
    candidates = [training for training in trainings if training.steps > 1] or trainings
    for training in reversed(candidates):
        if shown is not None and len(candidates) > 1 and training.last_calls:
            fitted = read_fitted(training.last_calls).numpy()
            if shown.shape == fitted.shape and float(np.abs(shown - fitted).max()) <= ONE_UPDATE:
                return training
    return candidates[-1] if candidates else None


def _read_norm(norm: float | torch.Tensor | None) -> float | None:
    if norm is None:
        return None
    # JSON has no infinity; a gradient that has burst is one all the same.
    return float(np.nan_to_num(float(norm), nan=LARGEST_NORM, posinf=LARGEST_NORM))


def _describe_places(
    training: Training, ownership: Ownership, find_number: Callable[[str], int]
) -> tuple[CodePlace, ...]:
    """The lines of the notebook where the training happened, and where its layers were built."""
    found: dict[tuple[str, str], Place] = {(what, ""): place for what, place in training.places.items()}
    for owner in training.owners.values():
        place = ownership.find_place(owner.module) if owner else None
        if owner is not None and place is not None:
            found.setdefault(("layer", name_class(type(owner.module))), place)
    return tuple(
        CodePlace(
            what=what,
            name=name,
            count=find_number(place.file),
            line=place.line,
            text=place.text[:LONGEST_LINE],
        )
        for (what, name), place in list(found.items())[:PLACES_KEPT]
    )


def _collect_arrays(task: str, training: Training) -> Arrays:
    fitted = dict(training.fitted)
    if training.last_calls:
        fitted[training.steps - 1] = read_fitted(training.last_calls)
    training.fitted = fitted
    arrays = {
        name_fitted(task, step): values.numpy()
        for step, values in fitted.items()
        if values.numel() <= LARGEST_ARRAY
    }
    if training.losses:
        arrays[name_losses(task)] = torch.stack([loss.double().cpu() for loss in training.losses]).numpy()
    if training.targets is not None and training.targets.numel() <= LARGEST_ARRAY:
        arrays[name_targets(task)] = training.targets.numpy()
    return arrays


def _describe_optimizer(training: Training, key: int) -> OptimizerTrace:
    optimizer = training.optimizers[key]
    settings: dict[str, float | int | bool | str | None] = {}
    for name, value in optimizer.param_groups[0].items():
        if value is None or isinstance(value, (bool, int, float)):
            settings[name[:40]] = value
        elif name != "params":
            settings[name[:40]] = str(value)[:80]
    kind = optimizer.kind if isinstance(optimizer, KerasStepper) else type(optimizer)
    return OptimizerTrace(name=name_class(kind), settings=settings, steps=training.optimizer_steps[key])


def _describe_tensors(training: Training, ownership: Ownership) -> list[TensorTrace]:
    described = []
    storages: set[tuple[int, int]] = set()
    trained = _find_trained(training, ownership)
    for tensor in training.tensors.values():
        place = (tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()))
        owner = training.owners.get(id(tensor)) or ownership.find_owner(tensor)
        described.append(
            TensorTrace(
                shape=tuple(tensor.shape),
                elements=0 if place in storages else tensor.numel(),
                name=owner.name[:80] if owner else "",
                owner=name_class(type(owner.module)) if owner else "",
                moved=id(tensor) in trained,
                initial_norm=_read_norm(training.initial_norms.get(id(tensor))),
                copied_from=training.origins.get(id(tensor)),
            )
        )
        storages.add(place)
    return described


def _find_trained(training: Training, ownership: Ownership) -> set[int]:
    """Ids of the tensors that a step changed, and of the others in the same layer.

    Where no state is handed on, the weights that it meets get a gradient of zero: they are trained, to no
    effect. A layer of which nothing moves is not.
    """
    owners = {
        key: training.owners.get(key) or ownership.find_owner(tensor)
        for key, tensor in training.tensors.items()
    }
    # What moves and no loss reaches was given a gradient by hand, and is no part of the network.
    moved = training.moved & training.leaves if training.leaves else training.moved
    moving = {id(owner.module) for key, owner in owners.items() if owner and key in moved}
    beside = {key for key, owner in owners.items() if owner and id(owner.module) in moving}
    return moved | beside


def _describe_modules(training: Training, ownership: Ownership) -> list[ModuleTrace]:
    """Owners of what was trained, and the notebook's own classes around them that really ran."""
    found: dict[str, ModuleTrace] = {}
    trained = _find_trained(training, ownership)
    for key, tensor in training.tensors.items():
        owner = training.owners.get(key) or ownership.find_owner(tensor)
        for module in owner.ancestors if owner and key in trained else ():
            cls = type(module)
            is_own = any(base.__module__ == NOTEBOOK_MODULE for base in cls.__mro__)
            if is_own and id(module) not in training.ran:
                continue
            bases = [base for base in cls.__mro__ if issubclass(base, torch.nn.Module)]
            found[name_class(cls)] = ModuleTrace(
                name=name_class(cls), bases=tuple(name_class(base) for base in bases), trained=True
            )
    return list(found.values())


def find_yhat(
    namespace: Mapping[str, Any], wanted: str, before: Mapping[str, Any]
) -> tuple[str, np.ndarray[Any, Any]] | None:
    """The fitted values that the student left in this task, and the name they have.

    The name asked for comes first, whatever it holds; then its variations such as `yhat2`, the last
    assigned first, if they hold probabilities. What already stood there when the task began is an
    earlier task's.
    """
    pattern = re.compile(rf"{re.escape(wanted)}\w*", re.IGNORECASE)
    names = [wanted, *(name for name in reversed(list(namespace)) if pattern.fullmatch(name))]
    for name in names:
        value = namespace.get(name)
        if value is None or value is before.get(name):
            continue
        array = _read_array(value)
        if array is not None and (name == wanted or _holds_probabilities(array)):
            return name, array
    return None


def _holds_probabilities(array: np.ndarray[Any, Any]) -> bool:
    return array.ndim > 0 and bool(np.all(array >= 0) and np.allclose(array.sum(axis=-1), 1, atol=1e-3))


def _read_array(value: Any) -> np.ndarray[Any, Any] | None:
    if isinstance(value, torch.Tensor):
        if value.is_complex() or value.numel() > LARGEST_ARRAY:
            return None
        return value.detach().float().cpu().clone().numpy()
    # Exact types: a subclass could run its own code while it is converted.
    if type(value) is np.ndarray and value.dtype.kind in "fiub" and value.size <= LARGEST_ARRAY:
        return value.astype(np.float32)
    return None


def read_answers(namespace: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, bool]:
    """The true/false answers that stand in a notebook's variables, by task."""
    answers = {task: read_answer(namespace.get(name)) for task, name in variables.items()}
    return {task: answer for task, answer in answers.items() if answer is not None}


def read_answer(value: Any) -> bool | None:
    """A true/false answer from a variable's value; None if it is neither."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
    return None


def attach_yhat(run: TaskRun, arrays: Arrays, yhat: tuple[str, np.ndarray[Any, Any]] | None) -> TaskRun:
    """The record with the student's own fitted values, whose array is added to `arrays`."""
    if yhat is None:
        return run
    arrays[name_yhat(run.task)] = yhat[1]
    return run.model_copy(update={"yhat": yhat[0][:80]})
