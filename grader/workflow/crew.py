"""Who does a class's work: this machine, as far as its cores and memory go."""

import asyncio
from contextlib import nullcontext
from typing import Protocol, TypeVar

from grader.workflow.bench import Bench
from grader.workflow.units import Unit

Left = TypeVar("Left")


class Crew(Protocol):
    """Does units of work, many at a time."""

    async def perform(self, unit: Unit[Left]) -> Left:
        """What the unit leaves, once there is room for it. Raises what it raises."""
        ...


class LocalCrew:
    """Every unit in a room on this machine."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def perform(self, unit: Unit[Left]) -> Left:
        """What the unit leaves, once a slot is free."""
        announced = self._bench.announce(unit.name) if unit.is_announced else nullcontext()
        async with self._bench.slots:
            # By then all who wait have been heard.
            await asyncio.sleep(0)
            self._bench.warm_next()
            with announced:
                return await unit.perform(self._bench)
