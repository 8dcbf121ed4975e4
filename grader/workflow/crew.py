"""Who does a class's work: this machine, as far as its cores and memory go, or a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Protocol, TypeVar

from grader.workflow.bench import Bench
from grader.workflow.units import Unit

Left = TypeVar("Left")


class Crew(Protocol):
    """Does units of work, many at a time."""

    is_local: bool
    """Whether units are done in this process, so that they can ask it for what others have left."""

    async def perform(self, unit: Unit[Left]) -> Left:
        """What the unit leaves, once there is room for it. Raises what it raises."""
        ...


class LocalCrew:
    """Every unit in a room on this machine."""

    is_local = True

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def perform(self, unit: Unit[Left]) -> Left:
        """What the unit leaves, once a slot is free."""
        announced = self._bench.announce(unit.name) if unit.is_announced else nullcontext()
        async with self._bench.slots:
            # By then all who wait have been heard, so that a run knows whether to open the room of the next.
            await asyncio.sleep(0)
            with announced:
                return await unit.perform(self._bench)


@asynccontextmanager
async def open_crew(bench: Bench) -> AsyncIterator[Crew]:
    """The crew that the settings ask for. Raises ClusterError if it cannot be reached, or is gone later."""
    if bench.settings.cluster is None:
        yield LocalCrew(bench)
        return
    # Imported here, because only the extra `cluster` brings what it needs.
    from grader.workflow.cluster.crew import open_cluster_crew

    async with open_cluster_crew(bench) as crew:
        yield crew
