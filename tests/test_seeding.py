"""Seeds that a notebook asks for, in processes of their own: the changes are global."""

from typing import Any

import pytest
import torch
from probe_scripts import SEED, SEEDED, draw, run

ASKING = {
    "torch": "torch.manual_seed({})",
    "random": "torch.random.manual_seed({})",
    "keyword": "torch.manual_seed(seed={})",
    "cuda": "torch.cuda.manual_seed({})",
    "cuda of all": "torch.cuda.manual_seed_all({})",
}

GRADERS = f"""
seeds = Seeds(SEED, places)
seeds.install()
counted = []
seeds.on_restart.append(lambda: counted.append(1))
ASKING = {ASKING!r}
for name, code in ASKING.items():
    seeds.restart()
    torch.rand(50)
    restarts = len(counted)
    eval(code.format(1234))
    found[name] = [draw(), list(seeds.asked), len(counted) - restarts]
seeds.restart()
found["restarted"] = [draw(), list(seeds.asked), seeds.place]
torch.seed()
found["torch.seed"] = [draw(), torch.initial_seed()]
own = torch.Generator()
stream = draw()
found["returned"] = own.manual_seed(5) is own
found["generator"] = torch.rand(3, generator=own).tolist()
found["generator asked"] = list(seeds.asked)
found["permutation"] = torch.randperm(9, generator=torch.Generator("cpu").manual_seed(6)).tolist()
np.random.seed(1); random.seed(1)
found["others"] = [np.random.rand(2).tolist(), random.random()]
seeds.restart()
found["others restarted"] = [np.random.rand(2).tolist(), random.random()]
np.random.seed(); random.seed()
found["others without"] = [np.random.rand(2).tolist(), random.random()]
found["asked of others"] = list(seeds.asked)
for number in range(SEEDS_KEPT * 3):
    torch.manual_seed(number)
found["kept"] = [len(seeds.asked), SEEDS_KEPT]
seeds.in_task = True
seeds.restart()
found["in task"] = draw()
"""


@pytest.fixture(scope="module")
def graders() -> dict[str, Any]:
    """What a notebook gets that asks for seeds under the grader's."""
    return run(SEEDED, GRADERS)


@pytest.mark.parametrize("name", list(ASKING))
def test_every_way_to_ask_restarts_at_the_graders_seed(graders: dict[str, Any], name: str) -> None:
    """Whichever function is asked, the stream restarts at the grader's number, and the student's is kept."""
    assert [draw(SEED), [1234], 1] == graders[name]


def test_task_begins_at_the_graders_seed(graders: dict[str, Any]) -> None:
    """Each task starts at the grader's seed, whatever was asked for before, and nothing asked is left."""
    assert [draw(SEED), [], None] == graders["restarted"]
    assert draw(SEED) == graders["in task"]


def test_seed_drawn_by_chance_is_the_graders(graders: dict[str, Any]) -> None:
    """`torch.seed`, which draws one from the machine, comes out alike every time."""
    assert [draw(SEED), SEED] == graders["torch.seed"]


def test_generator_of_ones_own_is_answered(graders: dict[str, Any]) -> None:
    """A generator takes the grader's seed, returns itself, and works where torch wants one."""
    assert graders["returned"]
    assert draw(SEED) == graders["generator"]
    assert [5] == graders["generator asked"]
    expected = torch.randperm(9, generator=torch.Generator().manual_seed(SEED)).tolist()
    assert expected == graders["permutation"]


def test_numpy_and_random_are_answered_and_start_no_layer(graders: dict[str, Any]) -> None:
    """Their streams restart at the grader's seed, asked or not; their seeds are none of torch's."""
    assert graders["others restarted"] == graders["others"] == graders["others without"]
    assert [] == graders["asked of others"]


def test_few_of_many_seeds_are_kept(graders: dict[str, Any]) -> None:
    """A loop that asks ten thousand times does not become the evidence."""
    kept, most = graders["kept"]
    assert most == kept


OWN = f"""
seeds = Seeds(SEED, places, own=True)
seeds.install()
seeds.in_task = True
seeds.restart()
found["open"] = draw()
torch.manual_seed(7)
found["asked in a task"] = draw()
seeds.restart()
found["next task"] = draw()
ASKING = {ASKING!r}
for number, (name, code) in enumerate(ASKING.items(), 100):
    eval(code.format(number))
    found[name] = [draw(), list(seeds.asked)[-1]]
found["generator"] = torch.rand(3, generator=torch.Generator().manual_seed(8)).tolist()
torch.seed()
found["torch.seed"] = draw()
np.random.seed(9); random.seed(9)
found["others"] = [np.random.rand(2).tolist(), random.random()]
seeds.in_task = False
torch.manual_seed(11)
torch.manual_seed(12)
seeds.in_task = True
seeds.restart()
found["set up"] = draw()
torch.manual_seed(13)
seeds.restart()
found["set up, next task"] = draw()
torch.manual_seed(np.int64(7))
found["numpy's number"] = [draw(), seeds.asked]
"""


@pytest.fixture(scope="module")
def own() -> dict[str, Any]:
    """What a notebook gets in a replay with its own seeds."""
    return run(SEEDED, OWN)


@pytest.mark.parametrize(("number", "name"), list(enumerate(ASKING, 100)))
def test_own_seed_is_given(own: dict[str, Any], number: int, name: str) -> None:
    """In a replay as submitted a notebook gets the number that it asks for."""
    assert [draw(number), number] == own[name]


def test_own_seeds_reach_generators_and_other_streams(own: dict[str, Any]) -> None:
    """Generators, numpy and random get their own numbers, too; what is drawn by chance stays the grader's."""
    import random

    import numpy as np

    assert draw(8) == own["generator"]
    assert draw(SEED) == own["torch.seed"]
    assert [np.random.RandomState(9).rand(2).tolist(), random.Random(9).random()] == own["others"]


def test_task_that_asks_for_none_starts_at_what_was_asked_outside(own: dict[str, Any]) -> None:
    """The set-up's last seed holds for every task; without one it is the grader's, and no other task's."""
    assert draw(SEED) == own["open"] == own["next task"]
    assert draw(7) == own["asked in a task"]
    assert draw(12) == own["set up"] == own["set up, next task"]


def test_seed_may_be_a_number_of_numpys(own: dict[str, Any]) -> None:
    """torch takes whatever `int` takes, such as what `np.arange` yields."""
    assert [draw(7), [7]] == own["numpy's number"]


def test_settings_make_runs_repeatable() -> None:
    """One thread, deterministic algorithms with a warning, and TF32 off everywhere."""
    found = run(
        SEEDED,
        """
make_deterministic()
found |= {
    "threads": torch.get_num_threads(),
    "deterministic": torch.are_deterministic_algorithms_enabled(),
    "warns only": torch.is_deterministic_algorithms_warn_only_enabled(),
    "cudnn": [torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark],
    "tf32": [torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32],
}
""",
    )
    assert {
        "threads": 1,
        "deterministic": True,
        "warns only": True,
        "cudnn": [True, False],
        "tf32": [False, False],
    } == found
