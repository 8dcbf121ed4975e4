"""Shares out a notebook's parts among the cores that are free, and plans a run for each share."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import psutil

from grader.assignment.parts import Dependence, Part
from grader.execute.apart import Watch
from grader.execute.launcher import SHARED_BYTES
from grader.execute.plan import Limits, RunPlan
from grader.workflow.settings import Settings

LEAST_EFFORT = 100.0
"""Of what another sandbox would take over. Starting one takes two seconds of a core."""
LEAST_MEMORY = 2 * 2**30
"""Where a notebook may take less, what its parts take cannot be told from what they would take together."""


@dataclass(frozen=True)
class Group:
    """Parts that run in one kernel, in the notebook's order."""

    tasks: frozenset[str]
    cells: frozenset[int]
    """Theirs alone; set-up cells that every group runs do not stand here."""


def count_slots(settings: Settings, limits: Limits) -> int:
    """Sandboxes that may run at once: a core and all the memory that it may take for each."""
    cores = settings.jobs or len(os.sched_getaffinity(0))
    if settings.choose_device() == "cuda" or limits.memory_bytes < LEAST_MEMORY:
        # A card's memory is one, however many share it.
        return 1
    room = psutil.virtual_memory().available // (limits.memory_bytes + SHARED_BYTES)
    return max(1, min(cores, int(room)))


def share_out(parts: Iterable[Part], slots: int) -> list[Group]:
    """At most `slots` groups that may take about as long as each other; one where more would not pay."""
    ordered = sorted(parts, key=lambda part: part.effort, reverse=True)
    loads: list[list[Part]] = [[] for _ in range(slots)]
    for part in ordered:
        min(loads, key=_measure).append(part)
    filled = [load for load in loads if load]
    if sum(map(_measure, filled[1:])) < LEAST_EFFORT:
        filled = [ordered] if ordered else []
    return [
        Group(
            frozenset(task for part in load for task in part.tasks),
            frozenset(index for part in load for index in part.cells),
        )
        for load in filled
    ]


def _measure(load: Sequence[Part]) -> float:
    return sum(part.effort for part in load)


def plan_group(plan: RunPlan, group: Group, dependence: Dependence) -> RunPlan:
    """The run of one group. A kernel that dies ends it: then all is run in one."""
    owned = frozenset(
        index for segment in dependence.segments if not segment.is_shared for index in segment.cells
    )
    return replace(
        plan,
        only_tasks=group.tasks,
        left_out=plan.left_out | (owned - group.cells),
        limits=replace(plan.limits, restarts=0),
    )


def list_watches(group: Group, dependence: Dependence) -> dict[str, Watch]:
    """What to watch for while each of a group's tasks runs."""
    return {
        task: Watch(
            hide=dependence.list_hidden(task),
            watch=dependence.list_watched(task, group.cells),
            reads=dependence.list_reads(task),
        )
        for task in group.tasks
    }
