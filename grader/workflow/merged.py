"""Makes one run's evidence out of those of its groups, or says why that would not be the same."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.assignment.parts import Dependence
from grader.evidence import Array, Evidence
from grader.execute.apart import Apart
from grader.execute.plan import RunPlan
from grader.records import CellRun, TaskRun
from grader.workflow.groups import Group

BARE_BYTES = 300 * 2**20
"""What a kernel takes before a notebook's first cell: torch, for the most part."""
MOST_MEMORY = 0.5
"""Of what one kernel may take, that all groups may have taken together. Not all that is limited shows."""
MOST_SECONDS = 0.8
"""Of what a notebook may take, that all groups' cells may have taken together."""


@dataclass(frozen=True)
class GroupRun:
    """What one group's run left."""

    group: Group
    evidence: Evidence
    apart: Apart


def find_hints(plan: RunPlan, chosen: Sequence[int], runs: Sequence[GroupRun]) -> Iterator[str]:
    """Why one kernel may have left something else; `chosen` are the cells that it would have run."""
    cells = [cell for run in runs for cell in run.evidence.run.cells]
    yield from (f"cell {cell.index + 1}: {cell.error}" for cell in cells if cell.status != "ok")
    if missing := set(chosen) - {cell.index for cell in cells}:
        yield f"cells did not run: {sorted(missing)[:5]}"
    for run in runs:
        yield from run.evidence.run.notes
        # What was changed of torch's stays so for later tasks.
        yield from (note for task in run.evidence.run.tasks for note in task.suspicions)
    extra = sum(max(0, run.evidence.run.peak_memory_bytes - BARE_BYTES) for run in runs)
    if BARE_BYTES + extra > MOST_MEMORY * plan.limits.memory_bytes:
        yield "together they may take more memory than one kernel may"
    if sum(cell.seconds for cell in cells) > MOST_SECONDS * plan.limits.notebook_seconds:
        yield "together they may take longer than a notebook may"
    begins = {task: index for index, task in reversed([*enumerate(plan.cell_tasks)]) if task is not None}
    for run in runs:
        yield from _find_copies(run, runs, begins)


def _find_copies(run: GroupRun, runs: Sequence[GroupRun], begins: Mapping[str, int]) -> Iterator[str]:
    """Tensors that start from values which an earlier task elsewhere may have trained.

    The probe tells such values from what the kernel holds, so it has not seen those of other kernels.
    """
    for task in run.evidence.run.tasks:
        for tensor in task.tensors:
            norm = tensor.initial_norm
            if norm is None or math.prod(tensor.shape) < 2:
                continue
            for other in runs:
                for name, trained in other.apart.trained.items() if other is not run else ():
                    is_before = begins[name] < begins[task.task]
                    if is_before and any(each.may_equal(tensor.shape, norm) for each in trained):
                        yield f"{task.task} may start from what {name} has trained"


def merge_runs(
    plan: RunPlan,
    chosen: Sequence[int],
    runs: Sequence[GroupRun],
    dependence: Dependence,
) -> Evidence:
    """The evidence that one kernel would have left, but for times and memory."""
    first = runs[0].evidence.run
    numbers = {index: place for place, index in enumerate(chosen, start=1)}
    tasks: list[TaskRun] = []
    arrays: dict[str, Array] = {}
    for task in plan.tasks:
        home = _find_home(task.id, task.variable, runs, dependence)
        found = home.evidence.run.task(task.id)
        if found is not None:
            tasks.append(_renumber(found, numbers))
            arrays |= {
                name: array for name, array in home.evidence.arrays.items() if name.startswith(f"{task.id}/")
            }
    owners = {index: run for run in runs for index in run.group.cells}
    cells = [_find_cell(index, owners.get(index, runs[0])) for index in chosen]
    record = first.model_copy(
        update={
            "seconds": max(run.evidence.run.seconds for run in runs),
            "cpu_seconds": sum(run.evidence.run.cpu_seconds for run in runs),
            "peak_memory_bytes": sum(run.evidence.run.peak_memory_bytes for run in runs),
            "cells": tuple(cell for cell in cells if cell is not None),
            "tasks": tuple(tasks),
            "notes": tuple(dict.fromkeys(note for run in runs for note in run.evidence.run.notes)),
        }
    )
    return Evidence(record, arrays)


def _find_home(task: str, variable: str | None, runs: Sequence[GroupRun], dependence: Dependence) -> GroupRun:
    """The run whose word counts for a task: of those that have no cells, where their variable is bound."""
    writers = dependence.list_writers(variable) if variable else frozenset[int]()
    homes = [run for run in runs if task in run.group.tasks]
    homes += [run for run in runs if writers & run.group.cells]
    return homes[0] if homes else runs[0]


def _find_cell(index: int, run: GroupRun) -> CellRun | None:
    return next((cell for cell in run.evidence.run.cells if cell.index == index), None)


def _renumber(task: TaskRun, numbers: Mapping[int, int]) -> TaskRun:
    """The record with the numbers that cells have where none is left out."""
    places = [
        place if place.cell is None else place.model_copy(update={"count": numbers[place.cell]})
        for place in task.places
    ]
    return task.model_copy(update={"places": tuple(places)})
