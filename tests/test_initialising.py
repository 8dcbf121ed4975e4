"""Initial values under the grader's rule, in processes of their own: the changes are global."""

from typing import Any

import pytest
import torch
from probe_scripts import SEED, SEEDED, draw, run

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
    return run(SEEDED, BY_LAYER)


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
    other = run(SEEDED, BY_LAYER.replace("else SEED", "else 7"))
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


def test_fills_on_the_cpu_stay_what_they_are() -> None:
    """Where nothing lies on a card, initialising on the CPU is torch's own."""
    found = run(
        SEEDED,
        """
initialise_on_cpu()
torch.manual_seed(3)
found["layer"] = read(torch.nn.Linear(4, 2))
found["normal"] = torch.empty(3).normal_(generator=torch.Generator().manual_seed(4)).tolist()
""",
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layer = torch.nn.Linear(4, 2)
    assert [layer.weight.tolist(), layer.bias.tolist()] == found["layer"]
    assert torch.empty(3).normal_(generator=torch.Generator().manual_seed(4)).tolist() == found["normal"]
