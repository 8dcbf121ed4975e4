"""Starts `hostile_driver.py` in a room and reads what came of it; grades a class with hostile neighbours."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hostile_reader import Attack, read_attacks, read_prelude
from hostile_world import World
from quiet import Quiet
from sandbox_stays import AS_ROOT, ROOMS, TESTS, enter_as, skip_unless_possible
from small_class import TRAINING, make_class

from grader.probe.landlock import SCOPE_ABI, find_abi
from grader.workflow import Settings
from grader.workflow.verbs import Graded, grade_class

SIEGE_SECONDS = 1800
"""Five minutes on two cores, and several times as much where they are busy."""
CLASS_ATTACKS = 45
CELL_SECONDS = 5.0
"""In the class: the quickest of attacks need none of it, the slowest shall not need the assignment's 60."""


@dataclass(frozen=True)
class Siege:
    """All attacks in one room, and what was left when it was closed."""

    backend: str
    user: str
    outcomes: dict[str, dict[str, Any]]
    """By attack, the fields of an `Outcome`."""
    left: dict[str, Any]
    """Processes, open files and folders of the grader's; empty where it did not get so far."""
    unforked: str | None
    """Why launchers could not be forked into the room, where that was tried."""
    said: str

    @property
    def is_landlock_of_ordinary_user(self) -> bool:
        """Whether the room's processes are of the same user as the grader's, with no namespace between."""
        return self.backend == "landlock" and (self.user != "caller" or not AS_ROOT)

    def find_harm(self, attack: Attack) -> list[str]:
        """What did not hold, but for what only a namespace can keep out."""
        outcome = self.outcomes.get(attack.name)
        if outcome is None:
            return ["the grader was gone before", *self.said.strip().splitlines()[-1:]]
        excepted = attack.free if self.backend == "landlock" and attack.landlock else frozenset()
        return [harm for harm in outcome["harm"] if harm not in excepted]


def list_possible_rooms() -> list[tuple[str, str]]:
    """Backends and users that this machine has."""
    possible = []
    for room in ROOMS:
        try:
            skip_unless_possible(*room)
        except pytest.skip.Exception:
            continue
        possible.append(room)
    return possible


def list_attacks(backend: str) -> list[Attack]:
    """Those that can be tried without harm to whoever tests, should the room not hold."""
    # Before Linux 6.12 Landlock keeps no signal in, and says so.
    is_open = backend == "landlock" and find_abi() < SCOPE_ABI and not AS_ROOT
    return [attack for attack in read_attacks() if not (attack.needs_scope and is_open)]


def besiege(backend: str, user: str, names: Iterable[str] | None = None) -> Siege:
    """Run the attacks of these names, or all, in one room."""
    chosen = sorted(names) if names is not None else [attack.name for attack in list_attacks(backend)]
    # Sockets lie in it, so its path is short.
    with tempfile.TemporaryDirectory(prefix="h-", dir="/var/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        words, environment, uid = enter_as(user, place)
        order = {"uid": uid, "backend": backend, "place": name, "names": chosen}
        tests = "/mnt/checkout/tests" if words else str(TESTS)
        command = [*words, sys.executable, f"{tests}/hostile_driver.py", json.dumps(order)]
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            shown, said = process.communicate(timeout=SIEGE_SECONDS)
        except subprocess.TimeoutExpired:
            # What came until then says where it stopped.
            process.kill()
            shown, said = process.communicate()
    lines = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    left = next((line["left"] for line in lines if "left" in line), {})
    unforked = next((line["unforked"] for line in lines if "unforked" in line), None)
    outcomes = {line["name"]: line for line in lines if "name" in line}
    return Siege(backend, user, outcomes, left, unforked, said)


def list_class_attacks() -> tuple[Attack, ...]:
    """A part of every kind, spread over all."""
    attacks = read_attacks()
    return attacks[:: len(attacks) // CLASS_ATTACKS][:CLASS_ATTACKS]


def grade_hostile_class(place: Path) -> tuple[Graded, set[str]]:
    """Grade an honest notebook among hostile ones; the class, and what came to harm meanwhile.

    `place` is an empty folder. To be called with it as the working folder, where the assignment is found.
    """
    with World(place) as world:
        prelude = f"facts = {world.describe()!r}\n{read_prelude()}"
        # The attack comes first, so that the statement is answered where nothing stops the cell.
        answers = {
            f"hostile {number:02}": (TRAINING, f"{prelude}\n{attack.source}\nanswer = True")
            for number, attack in enumerate(list_class_attacks())
        }
        source = make_class(place, {**answers, "honest": (TRAINING, "answer = True")})
        settings = Settings(cell_seconds=CELL_SECONDS)
        graded = grade_class(source, "small", settings, Quiet())  # type: ignore[arg-type]
        shown = json.dumps([exhibit.notebook for exhibit in graded.exhibits.values()])
        return graded, world.find_harm(shown)
