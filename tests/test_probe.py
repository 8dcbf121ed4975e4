"""What the probe sees of small trainings, each a task of one notebook in a real kernel."""

import asyncio
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest

from grader.evidence import Evidence
from grader.execute.execution import Execution
from grader.execute.plan import RunPlan, TaskPlan
from grader.execute.runner import run_notebook
from grader.execute.sandbox import choose_sandbox
from grader.records import TaskRun

pytestmark = pytest.mark.kernel

SETUP = """
import torch
text = list("hi?hello!!") * 3
symbols = list("!?hielo")
numbers = torch.tensor([symbols.index(symbol) for symbol in text])
onehot = torch.nn.functional.one_hot(numbers, 7).float()
x, y = onehot[:-1], onehot[1:]
loss_fn = torch.nn.CrossEntropyLoss()

def build(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.nn.RNN(7, 8), torch.nn.Linear(8, 7)

def train(net, lin, params=None, steps=4, lr=0.1):
    optimizer = torch.optim.Adam(params or [*net.parameters(), *lin.parameters()], lr=lr)
    for _ in range(steps):
        out, _ = net(x)
        out = lin(out)
        loss_fn(out, y).backward()
        optimizer.step()
        optimizer.zero_grad()
    return out
"""

OWN_CELL = """
class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))

class Idle(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def forward(self, x):
        return x

net, lin = Cell(), torch.nn.Linear(8, 7)
idle = Idle(net)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    h, outs = torch.zeros(8), []
    for row in x:
        h = net.forward(row, h)
        outs.append(lin(h))
    loss_fn(torch.stack(outs), y).backward()
    optimizer.step()
    optimizer.zero_grad()
"""

TASKS = {
    "seed-1": "net, lin = build(1)\nyhat = torch.softmax(train(net, lin), 1)",
    "seed-2": "net, lin = build(2)\nyhat2 = torch.softmax(train(net, lin), 1)",
    "no-seed": "net, lin = build()\ntrain(net, lin)",
    "frozen": "net, lin = build(1)\ntrain(net, lin, [*lin.parameters()])",
    "tied": """
lin = torch.nn.Linear(7, 7, bias=False)
twin = torch.nn.Linear(7, 7, bias=False)
twin.weight.data = lin.weight.data
optimizer = torch.optim.SGD([lin.weight, twin.weight], lr=0.1)
for _ in range(2):
    loss_fn(lin(x) + twin(x), y).backward()
    optimizer.step()
""",
    "own": OWN_CELL,
    "row-loss": """
torch.manual_seed(1)
net, lin = torch.nn.RNN(7, 8), torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, _ = net(x)
    loss = 0
    for row, target in zip(lin(out), y):
        loss = loss + loss_fn(row, target)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "batched": """
torch.manual_seed(1)
net, lin = torch.nn.RNN(7, 8, batch_first=True), torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, _ = net(x[None])
    loss_fn(lin(out).permute(0, 2, 1), numbers[1:][None]).backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "by-hand": """
net, lin = build(1)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, _ = net(x)
    (-(y * torch.log_softmax(lin(out), 1)).sum(1).mean()).backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "two-optimizers": """
net, lin = build(1)
first, second = torch.optim.Adam(net.parameters(), lr=0.1), torch.optim.Adam(lin.parameters(), lr=0.1)
for _ in range(4):
    out, _ = net(x)
    loss_fn(lin(out), y).backward()
    first.step(); second.step()
    first.zero_grad(); second.zero_grad()
""",
    "trained-twice": """
net, lin = build(1)
train(net, lin, steps=6, lr=0.5)
net, lin = build(1)
train(net, lin)
""",
    "trial-step": """
net, lin = build(1)
train(net, lin, steps=1)
net, lin = build(1)
train(net, lin)
""",
    "in-a-function": """
def fit():
    net, lin = build(1)
    return torch.softmax(train(net, lin), 1)
yhat = fit()
""",
    "deep-copied": """
import copy
net, lin = build(1)
net, lin = copy.deepcopy(net), copy.deepcopy(lin)
train(net, lin)
""",
    "monitored": """
net, lin = build(1)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
print(loss_fn(lin(net(x)[0])[0], y[0]))
for _ in range(3):
    out = lin(net(x)[0])
    loss = loss_fn(out, y) * 1.0
    print(loss_fn(out, y).item())
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "penalised": """
net, lin = build(1)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, last = net(x)
    loss = loss_fn(lin(out), y) + 0.0 * torch.nn.functional.mse_loss(last, torch.zeros_like(last))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "yhat-difference": """
net, lin = build(1)
yhat_own = torch.softmax(train(net, lin), 1)
yhat_diff = yhat_own - 0.1
""",
    "cell-compared": """
cell = torch.nn.RNNCell(7, 8)
print(cell(x[0], torch.zeros(8)))
net, lin = build(1)
train(net, lin)
""",
    "copies-from-cell": "cell = torch.nn.RNNCell(7, 8)\n" + OWN_CELL,
    "closure": """
net, lin = build(1)
optimizer = torch.optim.LBFGS([*net.parameters(), *lin.parameters()], lr=0.1, max_iter=1)
def closure():
    optimizer.zero_grad()
    loss = loss_fn(lin(net(x)[0]), y)
    loss.backward()
    return loss
for _ in range(3):
    optimizer.step(closure)
""",
    "cuda-habits": """
device = torch.device("cuda:0")
net, lin = build(1)
net, lin, z = net.to(device), lin.cuda(), torch.zeros(3, device="cuda")
x, y = x.to("cuda:0"), y.to(device, torch.float32)
torch.cuda.synchronize()
train(net, lin)
""",
    "absent": """
from google.colab import drive
import nosuchpackage.part as nsp
from nosuchpackage import *
drive.mount("/content/drive")
answer = True
""",
    "absent-tried": """
try:
    import nosuchpackage
except ImportError:
    answer = True
""",
    "absent-used": """
import nosuchpackage as nsp
try:
    nsp.plot(1)
except ModuleNotFoundError:
    answer = True
""",
    "part-missing": "try:\n    import torch.nosuchpart\nexcept ModuleNotFoundError: answer = True",
    "no-training": "yhat = torch.nn.functional.one_hot(numbers[1:], 7).float()",
    "truth": "answer = 3 > 2",
    "truth-in-words": "answer = '거짓'",
}


@pytest.fixture(scope="module")
def execution() -> Iterator[Execution]:
    """All tasks above, run in one kernel in their order."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *TASKS.values())]
    plan = RunPlan(
        assignment="probe",
        notebook_sha256="",
        cell_tasks=(None, *TASKS),
        tasks=tuple(
            TaskPlan(name, fitted="yhat", variable="answer" if "answer" in source else None)
            for name, source in TASKS.items()
        ),
        seed=7,
    )
    notebook = nbformat.v4.new_notebook(cells=cells)
    execution = asyncio.run(run_notebook(notebook, plan, choose_sandbox()))
    failed = [cell for cell in execution.evidence.run.cells if cell.status != "ok"]
    assert [] == failed
    yield execution


@pytest.fixture(scope="module")
def evidence(execution: Execution) -> Evidence:
    """What the probe saw."""
    return execution.evidence


def see(evidence: Evidence, name: str) -> TaskRun:
    """What was seen of a task."""
    run = evidence.run.task(name)
    assert run is not None
    return run


def fit(evidence: Evidence, name: str, step: int) -> np.ndarray:
    """Fitted values of a task at a step."""
    values = evidence.read_fitted(name, step)
    assert values is not None
    return values


def test_seed_asked_for_is_remembered_and_overruled(evidence: Evidence) -> None:
    """Two notebooks that differ in nothing but the seed train alike, and the seeds are on record."""
    assert (1,) == see(evidence, "seed-1").seeds
    assert (2,) == see(evidence, "seed-2").seeds
    for other in ("seed-2", "no-seed"):
        np.testing.assert_array_equal(fit(evidence, "seed-1", 2), fit(evidence, other, 2))


def test_trained_parameters_are_those_that_were_stepped(evidence: Evidence) -> None:
    """A layer that no optimizer steps does not count, nor does storage that is shared."""
    assert 136 + 63 == see(evidence, "seed-1").parameters
    assert 63 == see(evidence, "frozen").parameters
    assert 49 == see(evidence, "tied").parameters


def test_modules_are_known_by_class_not_by_name(evidence: Evidence) -> None:
    """Owners of what was stepped are listed with their classes."""
    names = {module.name for module in see(evidence, "seed-1").modules}
    assert {"torch.nn.modules.rnn.RNN", "torch.nn.modules.linear.Linear"} == names


def test_own_class_counts_only_where_it_runs(evidence: Evidence) -> None:
    """A class of the notebook's own is listed if its methods ran in training, called by whatever name."""
    names = {module.name for module in see(evidence, "own").modules}
    assert "__main__.Cell" in names
    assert "__main__.Idle" not in names


@pytest.mark.parametrize("name", ["row-loss", "batched", "by-hand", "monitored", "penalised"])
def test_fitted_values_do_not_depend_on_how_the_loss_is_written(evidence: Evidence, name: str) -> None:
    """Loss per row, in a batch, by hand, printed besides or with a penalty: the fit is the same."""
    np.testing.assert_allclose(fit(evidence, name, 1), fit(evidence, "seed-1", 1), rtol=0, atol=2e-6)


def test_two_optimizers_in_turn_make_one_training(evidence: Evidence) -> None:
    """Optimizers that step in the same turn share a step."""
    run = see(evidence, "two-optimizers")
    assert (4, 199, 2) == (run.steps, run.parameters, len(run.optimizers))
    np.testing.assert_allclose(fit(evidence, "two-optimizers", 3), fit(evidence, "seed-1", 3), atol=1e-6)


def test_last_training_counts(evidence: Evidence) -> None:
    """Of two trainings in a task the later one is the answer."""
    run = see(evidence, "trained-twice")
    assert (4, 0.1) == (run.steps, run.optimizers[0].settings["lr"])


@pytest.mark.parametrize("name", ["trial-step", "in-a-function", "deep-copied"])
def test_network_is_the_one_that_was_trained_last(evidence: Evidence, name: str) -> None:
    """A trial step, a network that is gone when the task ends, and a copied one are no hindrance."""
    run = see(evidence, name)
    assert (4, 199) == (run.steps, run.parameters)
    assert {"torch.nn.modules.rnn.RNN", "torch.nn.modules.linear.Linear"} == {m.name for m in run.modules}
    np.testing.assert_array_equal(fit(evidence, "seed-1", 3), fit(evidence, name, 3))


def test_layer_tried_before_training_is_no_part_of_it(evidence: Evidence) -> None:
    """Functions that ran before the first step are left out once training goes on."""
    # One pass, drawn at random, is looked at by another way that has another name for the same function.
    seen = see(evidence, "cell-compared").functions
    assert {"rnn_tanh"} == {name.removeprefix("_VF.").removeprefix("aten::") for name in seen}
    assert () == see(evidence, "copies-from-cell").functions


def test_closure_is_followed(evidence: Evidence) -> None:
    """An optimizer that calls the loss itself leaves steps, losses and fitted values too."""
    run = see(evidence, "closure")
    assert 3 == run.steps
    assert (29, 7) == fit(evidence, "closure", 0).shape


def test_cuda_is_answered_with_the_cpu(evidence: Evidence) -> None:
    """Code written for a GPU trains alike without one, and a note says so."""
    run = see(evidence, "cuda-habits")
    np.testing.assert_array_equal(fit(evidence, "cuda-habits", 2), fit(evidence, "seed-1", 2))
    assert any("cuda:0" in note for note in run.notes)


def test_module_that_is_not_installed_fails_where_it_is_used(evidence: Evidence) -> None:
    """Importing it costs the cell nothing, using it says so, and what others lack is not covered up."""
    for name in ("absent", "absent-tried", "absent-used", "part-missing"):
        assert see(evidence, name).answer is True
    assert any("nosuchpackage" in note for note in see(evidence, "absent").notes)
    assert () == see(evidence, "no-seed").notes


def test_yhat_is_found_by_name_and_only_if_new(evidence: Evidence) -> None:
    """Variations of the name are found; a value of an earlier task is not taken."""
    assert "yhat" == see(evidence, "seed-1").yhat
    assert "yhat2" == see(evidence, "seed-2").yhat
    assert see(evidence, "no-seed").yhat is None
    assert "yhat_own" == see(evidence, "yhat-difference").yhat


def test_values_without_training_leave_no_fit(evidence: Evidence) -> None:
    """Fitted values that no training made have no steps beside them."""
    run = see(evidence, "no-training")
    assert (0, (), "yhat") == (run.steps, run.fitted_steps, run.yhat)


def test_answers_are_read_as_values(evidence: Evidence) -> None:
    """A computed truth value and a Korean word are both answers; a task without one has none."""
    assert see(evidence, "truth").answer is True
    assert see(evidence, "truth-in-words").answer is False
    assert see(evidence, "seed-1").answer is None


def test_losses_and_targets_are_kept(evidence: Evidence) -> None:
    """The loss of every step and the class indices it was given stand in the arrays."""
    losses, targets = evidence.read_losses("seed-1"), evidence.read_targets("seed-1")
    assert losses is not None and targets is not None
    assert (4,) == losses.shape
    assert losses[0] > losses[-1]
    assert list("i?hello!!h") == ["!?hielo"[number] for number in targets[:10]]
    np.testing.assert_array_equal(targets, evidence.read_targets("batched"))
