"""Seeds and initial values under the grader's rule, in processes of their own: the changes are global."""

import json
import subprocess
import sys
from typing import Any

import pytest
import torch

SEED = 43052

PRELUDE = f"""
import json, random, sys
import numpy as np
import torch
from grader.probe.initialising import initialise_by_layer, initialise_on_cpu
from grader.probe.places import Places
from grader.probe.seeding import SEEDS_KEPT, Seeds, make_deterministic

SEED = {SEED}
places = Places()
found = {{}}

def draw():
    return torch.rand(3).tolist()

def read(layer):
    return [values.tolist() for values in layer.state_dict().values()]
"""


def run(source: str) -> dict[str, Any]:
    """What a script left in `found`."""
    script = f"{PRELUDE}\n{source}\nprint(json.dumps(found))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def draw(seed: int) -> list[float]:
    """What torch itself draws first from a seed."""
    values: list[float] = torch.rand(3, generator=torch.Generator().manual_seed(seed)).tolist()
    return values


# Initial values that no order of creation decides

BY_LAYER = """
seed = int(sys.argv[1]) if len(sys.argv) > 1 else SEED
initialise_by_layer(seed)
seeds = Seeds(seed, places)
seeds.install()
seeds.restart()

class Own(torch.nn.Linear):
    pass

KINDS = {
    "RNN": lambda: torch.nn.RNN(7, 8), "LSTM": lambda: torch.nn.LSTM(7, 4, 2),
    "GRU": lambda: torch.nn.GRU(7, 8),
    "RNNCell": lambda: torch.nn.RNNCell(7, 8), "LSTMCell": lambda: torch.nn.LSTMCell(7, 4),
    "Linear": lambda: torch.nn.Linear(8, 7), "Embedding": lambda: torch.nn.Embedding(7, 8),
    "Conv1d": lambda: torch.nn.Conv1d(2, 3, 3), "Bilinear": lambda: torch.nn.Bilinear(2, 3, 4),
    "own": lambda: Own(8, 7),
}

def build(names):
    return {name: read(KINDS[name]()) for name in names}

found["first"] = build(KINDS)
found["reversed"] = build(list(KINDS)[::-1])
torch.rand(1000)
found["after draws"] = build(KINDS)
torch.manual_seed(1)
found["behind a seed"] = build(KINDS)
torch.manual_seed(2)
torch.nn.Linear(100, 100)
found["behind a layer"] = build(KINDS)
with torch.random.fork_rng():
    found["in a fork"] = build(KINDS)
layer = torch.nn.Linear(8, 7)
torch.nn.init.zeros_(layer.weight)
layer.reset_parameters()
found["reset"] = {"Linear": read(layer)}
found["alike"] = [read(kind(3, 3, 2)) for kind in (torch.nn.Conv1d, torch.nn.ConvTranspose1d)]
found["wider"] = read(torch.nn.Linear(9, 7))
found["without bias"] = read(torch.nn.Linear(8, 7, bias=False))

torch.manual_seed(1)
found["stream"] = draw()
torch.manual_seed(1)
build(KINDS)
found["stream behind layers"] = draw()
"""


@pytest.fixture(scope="module")
def by_layer() -> dict[str, Any]:
    """Layers built in many circumstances under one seed."""
    return run(BY_LAYER)


KINDS = "RNN LSTM GRU RNNCell LSTMCell Linear Embedding Conv1d Bilinear own".split()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "circumstance", ["reversed", "after draws", "behind a seed", "behind a layer", "in a fork"]
)
def test_initial_values_depend_on_no_order(by_layer: dict[str, Any], kind: str, circumstance: str) -> None:
    """Other layers, draws and seeds before it change nothing of what a layer starts from."""
    assert by_layer["first"][kind] == by_layer[circumstance][kind]


def test_layer_that_is_reset_starts_again(by_layer: dict[str, Any]) -> None:
    """`reset_parameters` gives a layer what it started from."""
    assert by_layer["first"]["Linear"] == by_layer["reset"]["Linear"]


def test_class_of_the_notebooks_own_starts_as_its_base(by_layer: dict[str, Any]) -> None:
    """A subclass of a layer of torch's has that layer's initial values."""
    assert by_layer["first"]["Linear"] == by_layer["first"]["own"]


def test_notebooks_own_draws_keep_their_stream(by_layer: dict[str, Any]) -> None:
    """Layers built in between take nothing out of the stream, which starts at the grader's seed."""
    assert draw(SEED) == by_layer["stream"] == by_layer["stream behind layers"]


def test_kind_shape_and_seed_decide(by_layer: dict[str, Any]) -> None:
    """Layers of another seed, another class or another shape start from other values."""
    other = run(BY_LAYER.replace("else SEED", "else 7"))
    for kind in KINDS:
        assert by_layer["first"][kind] != other["first"][kind]
    weight = by_layer["first"]["Linear"][0]
    assert weight != [row[:8] for row in by_layer["wider"][0]]
    assert weight != by_layer["without bias"][0]
    # Both have tensors of the same names and shapes.
    convolution, transposed = by_layer["alike"]
    assert convolution != transposed


@pytest.mark.parametrize(
    ("kind", "fan"), [("RNN", 8), ("LSTM", 4), ("GRU", 8), ("RNNCell", 8), ("Linear", 8), ("Conv1d", 6)]
)
def test_values_are_drawn_as_torch_draws_them(by_layer: dict[str, Any], kind: str, fan: int) -> None:
    """They fill the range that torch's own initialisation has: up to one by the root of the fan-in."""
    values = torch.cat([torch.tensor(part).reshape(-1) for part in by_layer["first"][kind]])
    bound = fan**-0.5
    assert float(values.abs().max()) <= bound * 1.0001
    assert float(values.abs().max()) > 0.8 * bound
    assert len(values) == len(values.unique())


# Seeds

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
    return run(GRADERS)


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
    return run(OWN)


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
    found = run("""
make_deterministic()
found |= {
    "threads": torch.get_num_threads(),
    "deterministic": torch.are_deterministic_algorithms_enabled(),
    "warns only": torch.is_deterministic_algorithms_warn_only_enabled(),
    "cudnn": [torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark],
    "tf32": [torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32],
}
""")
    assert {
        "threads": 1,
        "deterministic": True,
        "warns only": True,
        "cudnn": [True, False],
        "tf32": [False, False],
    } == found


def test_fills_on_the_cpu_stay_what_they_are() -> None:
    """Where nothing lies on a card, initialising on the CPU is torch's own."""
    found = run("""
initialise_on_cpu()
torch.manual_seed(3)
found["layer"] = read(torch.nn.Linear(4, 2))
found["normal"] = torch.empty(3).normal_(generator=torch.Generator().manual_seed(4)).tolist()
""")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layer = torch.nn.Linear(4, 2)
    assert [layer.weight.tolist(), layer.bias.tolist()] == found["layer"]
    assert torch.empty(3).normal_(generator=torch.Generator().manual_seed(4)).tolist() == found["normal"]
