"""What a task leaves beside the training that counts: variables, figures, and all its trainings."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import torch

from grader.probe.collector import Collector
from grader.probe.ending import read_ending
from grader.probe.figures import FigureWatch, holds_data, read_figure
from grader.probe.ownership import NOTEBOOK_MODULE, Ownership
from grader.probe.plain import name_type, read_scalar
from grader.probe.trace import Trace
from grader.probe.training import Training
from grader.probe.values import Reader
from grader.values import Left, TrainingSummary

TRAININGS = 400
"""Trainings of one task that are described: eight times the lecture's two grids of 5 × 5 networks."""
LAYERS = 20

Arrays = dict[str, Any]
Found = TypeVar("Found")


def read_left(
    task: str,
    asked: Mapping[str, Any],
    namespace: Mapping[str, Any],
    figures: FigureWatch,
    trace: Trace,
    ownership: Ownership,
) -> tuple[Left, Arrays]:
    """What the grader asked for, and its arrays.

    A variable, figure or training that cannot be read leaves a note on the trace, and all others stay.
    """
    names = [str(name) for name in asked.get("variables") or ()]
    if not names and not asked.get("figures"):
        return Left(), {}
    collector = Collector(task)
    reader = Reader(collector, trace.printed)

    def attempt(what: str, read: Callable[[], Found]) -> list[Found]:
        try:
            return [collector.attempt(read)]
        except Exception as error:
            trace.faults.append(f"{what} could not be read: {type(error).__name__}: {error}"[:300])
            return []

    values = {
        name: value
        for name in names
        if name in namespace
        for value in attempt(f"`{name}`", partial(reader.read, namespace[name]))
    }
    drawn = [
        figure
        for each in (figures.end(task) if asked.get("figures") else ())
        for figure in attempt("a figure", partial(read_figure, each, collector))
        if holds_data(figure)
    ]
    trainings = [
        summary
        for each in trace.trainings[:TRAININGS]
        for summary in attempt("a training", partial(_summarise, each, ownership, collector))
    ]
    left = Left(
        values=values,
        figures=tuple(drawn),
        trainings=tuple(trainings),
        trainings_left_out=len(trace.trainings) - len(trainings),
        backward_seconds=trace.backward_seconds,
    )
    return left, collector.arrays


def _summarise(training: Training, ownership: Ownership, collector: Collector) -> TrainingSummary:
    layers: dict[str, None] = {}
    elements = 0
    storages: set[tuple[int, int]] = set()
    for key, tensor in training.tensors.items():
        place = (tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()))
        elements += 0 if place in storages else tensor.numel()
        storages.add(place)
        owner = training.owners.get(key) or ownership.find_owner(tensor)
        for module in owner.ancestors if owner else ():
            is_owner = owner is not None and module is owner.module
            if is_owner or any(base.__module__ == NOTEBOOK_MODULE for base in type(module).__mro__):
                layers[name_type(type(module))] = None
    epochs = tuple(training.epochs[: max(0, collector.nodes_left)])
    collector.nodes_left -= len(epochs)
    ending = read_ending(training)
    return TrainingSummary(
        number=training.number,
        steps=training.steps,
        layers=tuple(collector.cut(name) for name in list(layers)[:LAYERS]),
        parameters=elements,
        first_loss=_read_loss(training.losses[:1]),
        last_loss=_read_loss(training.losses[-1:]),
        right=ending.right,
        saturated=ending.saturated,
        ending=None if ending.rows is None else collector.keep(ending.rows.numpy(), "torch.float32"),
        seeds=training.seeds,
        epochs=epochs,
        callbacks=training.callbacks,
    )


def _read_loss(losses: list[torch.Tensor]) -> float | None:
    loss = read_scalar(losses[0]) if losses else None
    return float(loss) if isinstance(loss, (int, float)) else None
