"""What a training logged at the end of each of its epochs, where its loop says where they end."""

from collections.abc import Sequence

from grader.records import TaskRun
from grader.values import Configured, Epoch, TrainingSummary

STOPPERS = ("EarlyStopping",)
"""Callbacks that end a training once nothing gets better."""


def list_logged(run: TaskRun) -> list[TrainingSummary]:
    """The trainings of a task whose epochs were logged."""
    return [each for each in run.left.trainings if each.epochs]


def find_logged(run: TaskRun) -> TrainingSummary | None:
    """The training that counts, if its epochs were logged, or else the last one whose were."""
    logged = list_logged(run)
    known = [each for each in logged if each.number == run.training]
    chosen = known or logged
    return chosen[-1] if chosen else None


def read_log(epochs: Sequence[Epoch], name: str) -> list[float] | None:
    """What was logged under a name at the end of each epoch; None unless every epoch has it."""
    found = [each.logs.get(name) for each in epochs]
    numbers = [each for each in found if each is not None]
    return numbers if numbers and len(numbers) == len(found) else None


def find_best(scores: Sequence[float], *, higher: bool) -> int:
    """The first of the best, counted from 0."""
    best = max(scores) if higher else min(scores)
    return list(scores).index(best)


def find_stopper(training: TrainingSummary) -> Configured | None:
    """The callback that ends a training early."""
    stoppers = [each for each in training.callbacks if each.name.rpartition(".")[2] in STOPPERS]
    return stoppers[0] if stoppers else None
