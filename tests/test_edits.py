"""Each edit finds what it changes however a network is written, and leaves everything else alone."""

import ast

import numpy as np
import pytest
import torch
from mutant_samples import fit, part

from grader.assignment import edits, network_edits
from grader.assignment.mutants import EDITS, LATE_EDITS, SHOWN_EDITS, Edit, list_mutants
from grader.assignment.syntax import find_carried_names, find_time_loops

GRU = """
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim, tanh
torch.manual_seed(1)
x, y = torch.randn(9, 5), torch.randint(0, 4, (9,))
net = nn.GRU(5, 6)
out = nn.Linear(6, 4)
optimizer = torch.optim.Adam([*net.parameters(), *out.parameters()], lr=0.05)
for epoch in range(3):
    optimizer.zero_grad()
    hidden, _ = net(x)
    loss = F.cross_entropy(out(hidden), y)
    loss.backward()
    optimizer.step()
yhat = torch.softmax(out(hidden), 1)
"""
CONVOLUTION = (
    ("torch.randn(9, 5)", "torch.randn(9, 1, 4, 4)"),
    ("nn.GRU(5, 6)", "nn.Conv2d(1, 3, 3)"),
    ("out = nn.Linear(6, 4)", "mid = nn.Linear(12, 6)\nout = nn.Linear(6, 4)"),
    ("*out.par", "*mid.parameters(), *out.par"),
    ("hidden, _ = net(x)", "hidden = torch.relu(mid(torch.relu(net(x)).flatten(1)))"),
)
OWN_CELL = (
    ("nn.GRU(5, 6)", "nn.Linear(5, 6)\nback = nn.Linear(6, 6)"),
    ("*out.par", "*back.parameters(), *out.par"),
    (
        "hidden, _ = net(x)",
        "hidden, h = [], torch.zeros(6)\n    for row in x:\n        h = torch.tanh(net(row) + back(h))\n"
        "        hidden.append(h)\n    hidden = torch.stack(hidden)",
    ),
)
SUMMED_ROWS = (
    ("nn.GRU(5, 6)", "nn.GRUCell(5, 6)"),
    ("hidden, _ = net(x)", "loss, h, hidden = 0, torch.zeros(6), []\n    for row, target in zip(x, y):"),
    (
        "loss = F.cross_entropy(out(hidden), y)",
        "    h = net(row, h)\n        hidden.append(h)\n"
        "        loss = loss + F.cross_entropy(out(h), target)",
    ),
    ("yhat = torch.softmax(out(hidden), 1)", "yhat = torch.softmax(out(torch.stack(hidden)), 1)"),
)


@pytest.mark.parametrize(
    "edit", [edit for _, edit in (*EDITS, *SHOWN_EDITS, *LATE_EDITS)], ids=lambda edit: edit.__name__
)
def test_edit_that_finds_nothing_yields_nothing(edit: Edit) -> None:
    """Code without a network has no mutants."""
    source = (
        "total = 0\nfor outer in range(3):\n    for inner in range(3):\n        total += max(inner, outer)"
    )
    assert [] == list(edit(ast.parse(source)))
    assert [] == list_mutants(source)


def test_the_optimizer_that_is_used_is_no_mutant() -> None:
    """What an exchange leaves as it was is left out."""
    source = "optimizer = torch.optim.SGD(net.parameters(), lr=0.5)"
    names = {mutant.name for mutant in list_mutants(source)}
    assert {"optimizer_adamw", "optimizer_rmsprop"} == {name for name in names if "optimizer" in name}


def test_exchanges_of_two_gates_come_first() -> None:
    """Six of the 23 orders exchange two gates, and they are tried before the others."""
    found = list(network_edits.permute_gates(ast.parse("i, f, g, o = torch.chunk(v, 4)")))
    moved = [sum(a != b for a, b in zip("ifgo", name[-4:], strict=True)) for name, _ in found]
    assert (23, [2] * 6) == (len({name for name, _ in found}), moved[:6])
    assert sorted(moved) == moved


def test_learning_rates_are_what_their_names_say() -> None:
    """0.1 becomes 1, 0.01, 0.11 and Adam's default."""
    tree = ast.parse("optimizer = torch.optim.Adam(net.parameters(), lr=0.1)")
    rates = [
        node.value.value
        for _, changed in edits.change_learning_rate(tree)
        for node in ast.walk(changed)
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant)
    ]
    assert np.allclose([1.0, 0.01, 0.11, 0.001], rates)


def test_hidden_size_changes_layers_and_states_only() -> None:
    """Widths of four gates change by four; other numbers, and truth values, stay."""
    source = "n = 4\na = nn.LSTMCell(7, 4)\nb = nn.Linear(4, 16, True)\nh = torch.zeros(4)\nc = f(4)"
    changed = dict(network_edits.change_hidden_size(ast.parse(source)))
    expected = "n = 4\na = nn.LSTMCell(7, 5)\nb = nn.Linear(5, 20, True)\nh = torch.zeros(5)\nc = f(4)"
    assert expected == ast.unparse(changed["hidden_size_5"])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a:\n    o.zero_grad()", "if a:\n    pass"),
        ("if a:\n    b()\nelse:\n    o.zero_grad()", "if a:\n    b()"),
        ("with a:\n    o.zero_grad()\n    b()", "with a:\n    b()"),
        ("try:\n    a()\nfinally:\n    o.zero_grad()", "try:\n    a()\nfinally:\n    pass"),
    ],
)
def test_a_block_that_becomes_empty_passes(source: str, expected: str) -> None:
    """What is left is Python."""
    changed = [ast.unparse(tree) for _, tree in edits.drop_zero_grad(ast.parse(source))]
    assert [ast.unparse(ast.parse(expected))] == changed


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("h = cell(v, h)", ["h"]),
        ("new = cell(v, h)\nh = new", ["h"]),
        ("h, c = cell(v, (h, c))\nout.append(h)", ["h", "c"]),
        ("z = f(v)\nout.append(z)", []),
        ("for layer in layers:\n    h = layer(h)", ["h"]),
        ("h = sum(f(w, h) for w in v)", ["h"]),
    ],
)
def test_states_are_what_a_round_takes_over(body: str, expected: list[str]) -> None:
    """Read before they are assigned, in the order in which they are read."""
    loop = ast.parse("for v in x:\n    " + body.replace("\n", "\n    ")).body[0]
    assert isinstance(loop, ast.For)
    assert expected == find_carried_names(loop)


def vary(*changes: tuple[str, str]) -> str:
    """The training of a GRU with some of its code replaced."""
    source = GRU
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    return source


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(GRU, id="gru"),
        pytest.param(vary(*CONVOLUTION), id="convolution"),
        pytest.param(vary(*OWN_CELL), id="own-cell"),
        pytest.param(vary(("torch.optim.Adam", "torch.optim.SGD")), id="sgd"),
        pytest.param(vary(*OWN_CELL, ("torch.tanh", "tanh")), id="named-tanh"),
        pytest.param(vary(("Linear(6, 4)", "Linear(6, 4, bias=True)")), id="bias-given"),
        pytest.param(vary(("nn.GRU(5, 6)", "nn.RNN(5, 6, nonlinearity='tanh')")), id="nonlinearity-given"),
        pytest.param(
            vary(("optimizer", "optim"), ("import optim, tanh", "import tanh")), id="optimizer-called-optim"
        ),
        pytest.param(vary(("torch.optim.Adam", "optim.SGD")), id="optimizer-by-another-path"),
        pytest.param(vary(("nn.GRU(5, 6)", "nn.GRU(5, 6, batch_first=True)")), id="batch-first"),
        pytest.param(
            vary(
                ("optimizer =", "model = nn.ModuleDict({'net': net, 'out': out})\noptimizer ="),
                ("*net.par", "*model.net.par"),
                ("*out.par", "*model.out.par"),
            ),
            id="parts-of-one-model",
        ),
        pytest.param(
            vary(("net = nn", "load = lambda: (1, 2, 3, 4)\na, b, c, d = load()\nnet = nn")),
            id="four-results",
        ),
        pytest.param(vary(("torch.softmax(out(hidden), 1)", "out(hidden).softmax(1)")), id="softmax-method"),
    ],
)
def test_mutants_of_other_code_run_and_train_differently(source: str) -> None:
    """Each of another network's mutants has a name of its own, runs, and trains or shows something else."""
    plain, names = fit(source)
    mutants = list_mutants(source)
    assert len(mutants) == len({mutant.name for mutant in mutants})
    for mutant in mutants:
        changed, others = fit(mutant.source)
        if mutant.shown:
            assert (mutant.name, False) == (mutant.name, torch.equal(names["yhat"], others["yhat"]))
        elif not mutant.late:
            assert (mutant.name, None) != (mutant.name, part(plain, changed, seen=1e-6))


def test_layers_of_one_name_have_mutants_each() -> None:
    """Two classes may both call a layer `self.out`: each is changed, and the names are told apart."""
    source = "class A:\n    def f(self):\n        self.out = nn.Linear(2, 3)\n"
    mutants = {mutant.name: mutant.source for mutant in list_mutants(source + source.replace("A", "B"))}
    assert {"bias_missing", "bias_missing_out", "bias_missing_out_2"} == set(mutants)
    assert mutants["bias_missing_out"].index("bias") < mutants["bias_missing_out"].index("class B")
    assert mutants["bias_missing_out_2"].index("bias") > mutants["bias_missing_out_2"].index("class B")


def test_summed_loss_is_no_state() -> None:
    """Where each time step adds to the loss, resetting the state leaves the loss alone."""
    source = vary(*SUMMED_ROWS)
    states = {mutant.name: mutant.source for mutant in list_mutants(source) if "state" in mutant.code}
    assert {"state_reset", "state_detached"} == set(states)
    # Row by row there are nine losses a step; all see a reset but the first row.
    plain = fit(source)[0]
    assert 1 == part(plain, fit(states["state_reset"])[0])
    assert 9 == part(plain, fit(states["state_detached"])[0])


def test_convolutional_network_has_the_mutants_that_fit_it() -> None:
    """Nothing recurrent is looked for in a network that has no states."""
    codes = {mutant.code for mutant in list_mutants(vary(*CONVOLUTION))}
    assert codes == set(
        """no_zero_grad softmax_before_loss learning_rate optimizer bias_missing labels_shifted
        layer_not_trained softmax_axis""".split()
    )


def test_missing_biases_are_those_of_all_layers() -> None:
    """`bias_missing` leaves no layer of a convolutional network a bias."""
    mutants = {mutant.name: mutant.source for mutant in list_mutants(vary(*CONVOLUTION))}
    _, names = fit(mutants["bias_missing"])
    assert [None] * 3 == [names[name].bias for name in ("net", "mid", "out")]


def test_hidden_size_changes_every_multiple() -> None:
    """The three gates of a GRU written by hand follow the hidden size, as the four of an LSTM do."""
    changed = dict(network_edits.change_hidden_size(ast.parse("a = nn.GRUCell(7, 8)\nb = nn.Linear(8, 24)")))
    assert "a = nn.GRUCell(7, 9)\nb = nn.Linear(9, 27)" == ast.unparse(changed["hidden_size_9"])


def test_shown_softmax_is_the_last() -> None:
    """A softmax that prepares something is left alone."""
    tree = ast.parse("weights = torch.softmax(a, dim=1)\nyhat = torch.softmax(b, dim=1)")
    expected = "weights = torch.softmax(a, dim=1)\nyhat = torch.softmax(b, dim=0)"
    assert [expected] == [ast.unparse(changed) for _, changed in edits.turn_shown_softmax(tree)]


def test_late_learning_rate_is_the_optimizers() -> None:
    """A scheduler that steps first has no learning rate to halve."""
    source = vary(
        ("for epoch", "scheduler = optim.lr_scheduler.ConstantLR(optimizer, 1.0)\nfor epoch"),
        ("    optimizer.step()", "    scheduler.step()\n    optimizer.step()"),
    )
    (late,) = (mutant for mutant in list_mutants(source) if mutant.late)
    assert "optimizer.param_groups" in late.source


def test_loop_over_time_is_found_once() -> None:
    """Epochs of batches of time steps have one loop over time."""
    tree = ast.parse(
        "for epoch in range(9):\n    for batch in batches:\n        for row in batch:\n"
        "            h = cell(row, h)\n        optimizer.step()"
    )
    assert ["row"] == [ast.unparse(loop.target) for loop in find_time_loops(tree)]
