"""Hostile cells in every sandbox of the machine, looked at from outside: `tests/hostile/` has them.

`python benchmarks/measure_reliability.py` counts the same; docs/reliability.md has the figures.
"""

import functools
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from hostile_reader import Attack, read_attacks
from hostile_siege import Siege, besiege, grade_hostile_class, list_attacks, list_possible_rooms
from sandbox_stays import ROOMS, skip_unless_possible

from grader.probe.landlock import find_abi

ATTACKS = read_attacks()
FREE = [attack for attack in ATTACKS if attack.free]
ROOM_NAMES = [f"{backend}-{user.replace(' ', '-')}" for backend, user in ROOMS]

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(2000)]


@functools.cache
def start_sieges() -> dict[tuple[str, str], Future[Siege]]:
    """All rooms at the same time: most of their time is waiting."""
    rooms = list_possible_rooms()
    pool = ThreadPoolExecutor(len(rooms) or 1)
    return {room: pool.submit(besiege, *room) for room in rooms}


@pytest.fixture(scope="module", params=ROOMS, ids=ROOM_NAMES)
def siege(request: pytest.FixtureRequest) -> Siege:
    """Every attack's outcome in one room."""
    skip_unless_possible(*request.param)
    return start_sieges()[request.param].result()


def test_suite_is_wide_enough() -> None:
    """There are many attacks, each with a name of its own."""
    assert len(ATTACKS) >= 45
    assert len(ATTACKS) == len({attack.name for attack in ATTACKS})


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_attack_is_contained(siege: Siege, attack: Attack, request: pytest.FixtureRequest) -> None:
    """The run ends as it may, nothing outside is touched or read, and the next run is right."""
    if attack.open and siege.is_landlock_of_ordinary_user:
        request.applymarker(pytest.mark.xfail(reason=attack.open, strict=True))
    if attack not in list_attacks(siege.backend):
        pytest.skip(f"this kernel's Landlock, version {find_abi()}, keeps no signal in")
    assert [] == siege.find_harm(attack)


def test_nothing_is_left(siege: Siege) -> None:
    """When the sandbox is closed, no process runs, no file is open and no folder is there."""
    assert {"processes": 0, "files": 0, "folders": []} == siege.left


def test_launchers_are_forked(siege: Siege) -> None:
    """Where bwrap furnishes the room, the attacks met launchers that were forked from outside."""
    assert siege.unforked is None


def test_watch_sees_what_nothing_keeps_in() -> None:
    """Without a sandbox the same attacks succeed, and are seen to."""
    free = besiege("none", "caller", [attack.name for attack in FREE])
    seen = {attack.name: set(free.outcomes[attack.name]["harm"]) for attack in FREE}
    assert {} == {
        attack.name: attack.free - seen[attack.name] for attack in FREE if attack.free - seen[attack.name]
    }


@pytest.mark.slow
def test_honest_notebook_keeps_every_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One honest notebook beside 45 hostile ones has full points, and each of those has a record."""
    monkeypatch.chdir(tmp_path)
    graded, harm = grade_hostile_class(tmp_path)
    results = {result.student: result for result in graded.result.submissions}
    assert 46 == len(results)
    assert ("graded", 10.0) == (results["honest"].status, results["honest"].score)
    assert {"graded"} == {result.status for result in results.values()}
    assert set() == harm
