"""Which worker a unit gets, and what travels between client and workers."""

import asyncio
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle
import nbformat
import pytest
from small_class import FAULTS, make_class

from grader.assignment.load import load_assignment
from grader.errors import ClusterError, EngineError
from grader.records import Submission
from grader.workflow.cluster.members import Member, Members
from grader.workflow.cluster.parcels import Delivery, Order, Parcel, Probe
from grader.workflow.jobs import prepare_job
from grader.workflow.outcomes import Outcome
from grader.workflow.settings import Settings
from grader.workflow.units import ReplayReference, ReplayStudent, RunMutants, RunReference, RunStudent


def make_member(name: str, slots: int = 1) -> Member:
    """A worker that takes part."""
    return Member(f"tcp://{name}:1", "token", slots, shares=True)


async def take(members: Members, seconds: float = 0.1, **options: Any) -> str:
    """The address of the worker whose slot is free; empty if none becomes free soon."""
    try:
        async with (
            asyncio.timeout(seconds),
            members.take(**{"alone": False, "avoid": (), **options}) as member,
        ):
            return member.address
    except TimeoutError:
        return ""


def test_suspect_runs_alone_and_elsewhere_if_it_can() -> None:
    """A unit whose worker died gets a worker that does nothing else, another one if there is one."""

    async def play() -> None:
        members = Members()
        members.add(make_member("a", slots=2))
        async with members.take(alone=True, avoid=()) as member:
            assert (1, True) == (member.used, member.is_reserved)
            assert "" == await take(members)
        members.add(make_member("b", slots=2))
        assert "tcp://b:1" == await take(members, alone=True, avoid=["tcp://a:1"])
        async with members.take(alone=False, avoid=["tcp://b:1"]) as first:
            assert "tcp://a:1" == first.address
            assert "tcp://b:1" == await take(members, alone=True)
        assert "tcp://a:1" == await take(members, alone=True, avoid=["tcp://b:1"])

    asyncio.run(play())


def test_slots_are_handed_on_and_no_more_than_there_are() -> None:
    """A worker performs as many units as it has slots, and who waits is served when one is given back."""

    async def play() -> None:
        members = Members()
        members.add(make_member("a"))
        async with members.take(alone=False, avoid=()):
            assert "" == await take(members)
            waiting = asyncio.create_task(take(members, seconds=10))
            await asyncio.sleep(0)
        assert "tcp://a:1" == await waiting

    asyncio.run(play())


def test_suspect_does_not_wait_for_a_worker_that_went() -> None:
    """The worker that was reserved is lost, and the next one that comes is taken."""

    async def play() -> None:
        members = Members()
        lost = make_member("a")
        members.add(lost)
        async with members.take(alone=False, avoid=()):
            waiting = asyncio.create_task(take(members, seconds=10, alone=True))
            await asyncio.sleep(0.01)
            members.remove(lost)
            assert lost.lost.is_set()
            members.add(make_member("b"))
            assert "tcp://b:1" == await waiting

    asyncio.run(play())


def test_class_ends_when_no_worker_comes_back() -> None:
    """Whoever waits is told when no worker has been there for a while, and so is who asks later."""

    async def play() -> None:
        members = Members(patience_seconds=0.05)
        for _ in range(2):
            with pytest.raises(ClusterError, match="No worker has been left"):
                await take(members, seconds=10)

    asyncio.run(play())


def list_travellers(folder: Path) -> list[Any]:
    """One of everything that travels."""
    make_class(folder, {"right": FAULTS["right"]})
    assignment = load_assignment(folder / "assignments" / "small" / "assignment.toml")
    content = (folder / "submissions" / "right.ipynb").read_bytes()
    released = nbformat.reads((folder / "assignments" / "small" / "small.ipynb").read_text(), as_version=4)
    submission = Submission(student="right", file="right.ipynb", content=content, sha256="f" * 64)
    job = prepare_job(assignment, submission, released)
    units = [
        RunStudent("right", job),
        ReplayStudent("right", job, frozenset("1"), "f" * 64),
        RunReference("(reference)", ({"epochs": 7},), None),
        ReplayReference("(reference)", ({},), frozenset("1")),
        RunMutants("(mutants)", "1", {"symbols": ("a", "b")}),
    ]
    order = Order(
        "id", assignment, content, released, Settings(store=folder), "bwrap", Probe(folder, "n", "c")
    )
    return [order, *(Parcel("id", "token", "key", unit) for unit in units)]


@pytest.mark.parametrize("library", [pickle, cloudpickle])
def test_what_travels_arrives_as_it_was(tmp_path: Path, library: ModuleType) -> None:
    """Orders, units, outcomes and errors survive both ways in which Dask writes them."""
    travellers = list_travellers(tmp_path)
    travellers.append(
        Delivery(Outcome("a" * 64, hidden="b" * 64), used=("a" * 64,), made=frozenset(["b" * 64]))
    )
    for thing in travellers:
        assert thing == library.loads(library.dumps(thing))
    fault = library.loads(library.dumps(EngineError("no kernel")))
    assert (EngineError, "no kernel") == (type(fault), str(fault))
