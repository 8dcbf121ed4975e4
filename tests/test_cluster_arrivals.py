"""What comes from a cluster at an awkward moment: answers to who has gone, and two results in one go."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from distributed import Client, Future, LocalCluster

from grader.workflow.cluster import recruiting
from grader.workflow.cluster.crew import ClusterCrew
from grader.workflow.cluster.members import Member, Members
from grader.workflow.cluster.parcels import Delivery
from grader.workflow.cluster.recruiting import Recruiter
from grader.workflow.kept import KeptRuns

GATHER_SECONDS = 1.0
MANY = 16


class TimedScheduler:
    """Answers when it is told to: a real one cannot be made to answer in a given turn of the loop."""

    def __init__(self) -> None:
        self.status = "running"
        self.scheduler = self
        self.asked: list[asyncio.Future[dict[str, Any]]] = []

    async def identity(self) -> dict[str, Any]:
        """Who is there."""
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]


@pytest.mark.parametrize("turns", range(6))
def test_watch_ends_though_an_answer_comes_as_it_is_cancelled(
    monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """However many turns of the loop lie between the two, it asks no second time."""
    monkeypatch.setattr(recruiting, "POLL_SECONDS", 0.0)

    async def work() -> int:
        scheduler: Any = TimedScheduler()
        order: Any = None
        watch = asyncio.create_task(Recruiter(scheduler, order, Members(), print).watch())
        while not scheduler.asked:
            await asyncio.sleep(0)
        scheduler.asked[0].set_result({"workers": {}})
        for _ in range(turns):
            await asyncio.sleep(0)
        watch.cancel()
        before = len(scheduler.asked)
        for _ in range(20):
            await asyncio.sleep(0)
        assert watch.cancelled()
        return len(scheduler.asked) - before

    assert 0 == asyncio.run(work())


@pytest.fixture
def slow_site() -> Iterator[LocalCluster]:
    """A cluster in this process whose scheduler takes its time to hand results out."""
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as site:
        handlers = site.scheduler.handlers
        real = handlers["gather"]

        async def gather(*arguments: Any, **options: Any) -> Any:
            await asyncio.sleep(GATHER_SECONDS)
            return await real(*arguments, **options)

        handlers["gather"] = gather
        yield site


class PlainCrew(ClusterCrew):
    """Sends a word in the place of a parcel."""

    def _submit(self, member: Member, parcel: Any) -> "Future[Any]":
        return self._client.submit(Delivery, parcel.unit.name, pure=False)


def test_loss_of_one_worker_does_not_take_other_results_along(slow_site: LocalCluster) -> None:
    """Results are on their way, some of them together, when the worker of every other is lost."""
    settings = SimpleNamespace(fresh=False, choose_device=lambda: "cpu")
    order: Any = SimpleNamespace(id="order", settings=settings, probe=None)
    bench: Any = SimpleNamespace(kept=KeptRuns())

    async def work() -> list[Any]:
        async with Client(slow_site.scheduler_address, asynchronous=True, set_as_default=False) as client:
            crew = PlainCrew(bench, client, order, Members())
            members = [Member(str(number), "", 1, shares=True) for number in range(MANY)]
            units: list[Any] = [SimpleNamespace(name=member.address, reads=()) for member in members]
            for lost in members[::2]:
                asyncio.get_running_loop().call_later(GATHER_SECONDS / 2, lost.lost.set)
            return await asyncio.gather(*map(crew._perform_on, members, units))

    found = asyncio.run(work())
    assert [None] * (MANY // 2) == found[::2]
    assert [Delivery(str(number)) for number in range(1, MANY, 2)] == found[1::2]
