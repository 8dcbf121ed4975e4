"""Recurrent operators that a notebook calls, by side doors too."""

from typing import Any

import pytest
from probe_scripts import run

from grader.probe.sampling import LATEST_PASS

CELL = "x[:1], h, *cell.parameters()"
LAYER = "x[:, None], h[None], list(layer.parameters()), True, 1, 0.0, True, False, False"
PASSES = {
    "ops cell": (f"torch.ops.aten.rnn_tanh_cell({CELL})", ["aten::rnn_tanh_cell"]),
    "ops cell, overload": (f"torch.ops.aten.rnn_tanh_cell.default({CELL})", ["aten::rnn_tanh_cell"]),
    "ops layer": (f"torch.ops.aten.rnn_tanh({LAYER})", ["aten::rnn_tanh"]),
    "C functions": (f"torch._C._VariableFunctions.rnn_relu_cell({CELL})", ["aten::rnn_relu_cell"]),
    "C functions, layer": (f"torch._C._VariableFunctions.rnn_tanh({LAYER})", ["aten::rnn_tanh"]),
    "scripted module": ("scripted(x[:1], h)", ["aten::rnn_tanh_cell"]),
    "scripted function": ("unit.call(x[:1], h, *gru.parameters())", ["aten::gru_cell"]),
    "torch.nn": ("layer(x)", ["aten::rnn_tanh"]),
    "torch.nn, LSTM": ("torch.nn.LSTM(3, 4)(x)", ["aten::lstm"]),
    "torch.nn, GRU": ("torch.nn.GRU(3, 4)(x)", ["aten::gru"]),
    "lstm cell": ("torch.nn.LSTMCell(3, 4)(x)", ["aten::lstm_cell"]),
    "without gradients": (f"torch.no_grad()(lambda: torch.rnn_tanh_cell({CELL}))()", []),
    "two": ("(layer(x), cell(x[:1], h))", ["aten::rnn_tanh", "aten::rnn_tanh_cell"]),
    "by hand": ("torch.tanh(cell.weight_ih @ x[0] + cell.weight_hh @ h[0]) + linear(x)", []),
}
"""One forward pass each, and the recurrent operators in it."""

SAMPLING = '''
from grader.probe.sampling import LATEST_PASS, PassSampler
torch.manual_seed(0)
x, h = torch.randn(5, 3), torch.zeros(1, 4)
layer, cell = torch.nn.RNN(3, 4), torch.nn.RNNCell(3, 4)
gru, linear = torch.nn.GRUCell(3, 4), torch.nn.Linear(3, 4)
scripted = torch.jit.script(cell)
unit = torch.jit.CompilationUnit("""
def call(x, h, a, b, c, d):
    return torch.gru_cell(x, h, a, b, c, d)
""")

found["seen"], found["unlike"], found["before"] = {}, [], []
for name, code in PASSES.items():
    plain = eval(code) if "torch.nn." not in code else None
    # Chosen among the passes from the second to the second.
    sampler = PassSampler(1)
    found["before"] += sampler.close()
    sampler.open(0)
    eval(code)
    found["before"] += sampler.close()
    sampler.open(1)
    watched = eval(code)
    found["seen"][name] = sorted(sampler.close())
    found["before"] += sampler.close()
    if plain is not None and isinstance(plain, torch.Tensor) and not torch.equal(plain, watched):
        found["unlike"].append(name)

found["opened"] = []
for _ in range(300):
    sampler = PassSampler(LATEST_PASS)
    for step in range(3 * LATEST_PASS):
        sampler.open(step)
        cell(x[0], h[0])
        if sampler.close():
            found["opened"].append(step)

with torch.profiler.profile() as profile:
    sampler = PassSampler(1)
    sampler.open(1)
    cell(x[0], h[0])
    found["while profiled"] = sorted(sampler.close())
found["profiled"] = [event.name for event in profile.events()]
'''


@pytest.fixture(scope="module")
def sampled() -> dict[str, Any]:
    """What samplers saw of the passes above."""
    codes = {name: code for name, (code, _) in PASSES.items()}
    return run(f"PASSES = {codes!r}", SAMPLING)


@pytest.mark.parametrize("name", list(PASSES))
def test_operators_are_seen_whichever_way_they_are_called(sampled: dict[str, Any], name: str) -> None:
    """`torch.ops`, scripts and C functions pass the dispatcher as torch.nn does; a cell by hand has none."""
    assert PASSES[name][1] == sampled["seen"][name]


def test_only_the_pass_chosen_is_looked_at(sampled: dict[str, Any]) -> None:
    """Nothing is seen of the passes before and after it, and its values are what they would have been."""
    assert [] == sampled["before"]
    assert [] == sampled["unlike"]


def test_pass_is_chosen_by_chance(sampled: dict[str, Any]) -> None:
    """Each training has one pass looked at, none of them the first, and any up to the latest."""
    assert 300 == len(sampled["opened"])
    # Of twelve passes each is missed by 300 choices once in 10^11 times.
    assert set(range(1, LATEST_PASS + 1)) == set(sampled["opened"])


def test_profiler_of_the_notebooks_own_is_let_alone(sampled: dict[str, Any]) -> None:
    """There is but one profiler: where the notebook uses it, it sees all, and the sampler nothing."""
    assert [] == sampled["while profiled"]
    assert "aten::rnn_tanh_cell" in sampled["profiled"]
