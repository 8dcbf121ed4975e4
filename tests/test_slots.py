"""How many rooms are open at once: cores, and memory for one more."""

import asyncio
from collections.abc import Callable

import pytest

from grader.workflow import slots
from grader.workflow.slots import Slots

GIB = 2**30


async def hold_together(place: Slots, count: int, find_open: Callable[[], None]) -> int:
    """The most that were in at once, of so many that want to be."""
    inside = most = 0

    async def hold() -> None:
        nonlocal inside, most
        async with place:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            find_open()
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(hold())
    return most


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is looked at without a pause."""
    monkeypatch.setattr(slots, "PERIOD_SECONDS", 0.001)


@pytest.mark.parametrize("count", [1, 3])
def test_no_more_rooms_than_slots(count: int) -> None:
    """With memory enough, the number that was asked for is open, and never more."""
    place = Slots(count, find_free=lambda: 999 * GIB)
    assert count == asyncio.run(hold_together(place, 6, lambda: None))


def test_one_room_runs_however_little_memory_there_is() -> None:
    """A machine without memory grades one after the other rather than not at all."""
    place = Slots(4, find_free=lambda: 0)
    assert 1 == asyncio.run(hold_together(place, 5, lambda: None))


def test_rooms_that_have_just_begun_count_with_what_they_will_take() -> None:
    """Memory for three rooms lets three in, though none of them has taken any yet."""
    place = Slots(8, find_free=lambda: 3 * slots.FIRST_NEED_BYTES)
    assert 3 == asyncio.run(hold_together(place, 9, lambda: None))


def test_room_that_was_seen_to_be_large_makes_others_wait() -> None:
    """After a run that held 4 GiB, 6 GiB are enough for one room and not for two."""
    for seen, together in ((0, 2), (4 * GIB, 1)):
        place = Slots(2, find_free=lambda: 6 * GIB)
        place.learn_need(seen)
        assert together == asyncio.run(hold_together(place, 4, lambda: None))


def test_one_notebook_that_claims_much_makes_nobody_wait() -> None:
    """What a kernel says of its memory is its own word: the two largest of a class are left aside."""
    place = Slots(2, find_free=lambda: 6 * GIB)
    for seen in (GIB // 2, 2**60, GIB // 2, 2**60, GIB // 2):
        place.learn_need(seen)
    assert 2 == asyncio.run(hold_together(place, 4, lambda: None))


def test_whoever_gives_up_waiting_leaves_the_place_to_others() -> None:
    """A task that is cancelled while it waits for memory holds no core afterwards."""
    free = 0

    async def give_up() -> None:
        nonlocal free
        place = Slots(2, find_free=lambda: free)
        async with place:
            waiting = asyncio.create_task(hold_together(place, 1, lambda: None))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        free = 9 * GIB
        assert 2 == await hold_together(place, 2, lambda: None)

    asyncio.run(give_up())


@pytest.mark.parametrize(("cores", "expected"), [(1, [False]), (2, [True])])
def test_next_room_is_opened_ahead_only_on_an_idle_core(
    cores: int, expected: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one works and one waits, a second core has nothing else to do; alone, there is nobody to wait."""
    monkeypatch.setattr(slots, "count_cores", lambda: cores)
    place = Slots(1, find_free=lambda: 9 * GIB)
    seen: list[bool] = []
    asyncio.run(hold_together(place, 2, lambda: seen.append(place.could_use_another)))
    assert [*expected, False] == seen
