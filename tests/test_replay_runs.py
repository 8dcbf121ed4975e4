"""Replays in real kernels: what they stop, what they change, and what they leave alone."""

import nbformat
import numpy as np
import pytest
from kernels import Kernels

from grader.evidence import Evidence
from grader.execute.plan import RunPlan, TaskPlan
from grader.records import RunMode

pytestmark = pytest.mark.kernel

SETUP = """
import torch
torch.manual_seed(3)
x = torch.eye(4)
aims = torch.tensor([1, 2, 3, 0])
"""

TRAINING = """
torch.manual_seed(11)
net = torch.nn.Linear(4, 4)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
made = 0
for epoch in range(30):
    out = net(x)
    loss = torch.nn.functional.cross_entropy(out, aims)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    made += 1
yhat = torch.softmax(out, dim=1).detach()
answer = made == 30
"""

REVERSED = TRAINING.replace("net = ", "unused = torch.nn.Linear(7, 7)\nnet = ")
UNSEEDED = TRAINING.replace("torch.manual_seed(11)", "")


def run(
    kernels: Kernels, mode: RunMode, *sources: str, seed: int = 43052, steps: int | None = None
) -> Evidence:
    """Run the set-up and these cells, each a task of its own, and return what was seen."""
    names = tuple(f"{index}" for index in range(len(sources)))
    plan = RunPlan(
        assignment="replay",
        notebook_sha256="",
        cell_tasks=(None, *names),
        tasks=tuple(TaskPlan(name, fitted="yhat", variable="answer", forbids=True) for name in names),
        seed=seed,
        mode=mode,
        stop_after=steps,
    )
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *sources)]
    execution = kernels.run(nbformat.v4.new_notebook(cells=cells), plan)
    assert {"ok"} == {cell.status for cell in execution.evidence.run.cells}
    return execution.evidence


def read(evidence: Evidence, task: str, step: int) -> np.ndarray:
    """Fitted values at a step."""
    fitted = evidence.read_fitted(task, step)
    assert fitted is not None
    return fitted


@pytest.fixture(scope="module")
def full(kernels: Kernels) -> Evidence:
    """A full run of the training."""
    return run(kernels, "full", TRAINING, REVERSED)


def test_full_run_trains_to_the_end(full: Evidence) -> None:
    """All 30 steps are made, and the lines of the notebook are on record."""
    task = full.run.task("0")
    assert task is not None
    assert (30, True, 20) == (task.steps, task.answer, task.parameters)
    lines = {place.what: (place.cell, place.text) for place in task.places}
    assert (1, "optimizer.step()") == lines["step"]
    assert (1, "torch.manual_seed(11)") == lines["seed"]
    assert (1, "net = torch.nn.Linear(4, 4)") == lines["layer"]


def test_hidden_replay_stops_and_nudges(kernels: Kernels, full: Evidence) -> None:
    """Two steps are made with another seed; the cell goes on behind its loop; the second step is moved."""
    seeded = run(kernels, "hidden", TRAINING, seed=5, steps=2)
    task = seeded.run.task("0")
    assert task is not None
    assert (2, (0, 1), False) == (task.steps, task.fitted_steps, task.answer)
    assert seeded.read_yhat("0") is not None
    assert np.abs(read(full, "0", 0) - read(seeded, "0", 0)).max() > 1e-2
    same_seed = run(kernels, "hidden", TRAINING, steps=2)
    np.testing.assert_array_equal(read(full, "0", 0), read(same_seed, "0", 0))
    assert np.abs(read(full, "0", 1) - read(same_seed, "0", 1)).max() > 1e-4


def test_submitted_replay_gives_a_notebook_its_own_seeds(kernels: Kernels) -> None:
    """A task's own seed counts; one that asks for none starts at the one that the set-up asked for."""
    evidence = run(
        kernels, "submitted", TRAINING, UNSEEDED, UNSEEDED.replace("Linear", "Linear"), seed=5, steps=1
    )
    import torch

    def expect(seed: int) -> np.ndarray:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = torch.nn.Linear(4, 4)
        return torch.softmax(net(torch.eye(4)), dim=1).detach().numpy()

    np.testing.assert_allclose(expect(11), read(evidence, "0", 0), atol=1e-7)
    np.testing.assert_allclose(expect(3), read(evidence, "1", 0), atol=1e-7)
    np.testing.assert_array_equal(read(evidence, "1", 0), read(evidence, "2", 0))


def test_order_of_creation_counts_but_in_one_replay(kernels: Kernels, full: Evidence) -> None:
    """A layer that is built first moves the initial values of the next, unless no order decides them."""
    assert np.abs(read(full, "0", 0) - read(full, "1", 0)).max() > 1e-2
    free = run(kernels, "order_free", TRAINING, REVERSED, seed=5, steps=3)
    for step in range(3):
        np.testing.assert_array_equal(read(free, "0", step), read(free, "1", step))


@pytest.mark.parametrize(
    ("mode", "steps", "expected"),
    [("full", None, {"aten::rnn_tanh_cell"}), ("quick", 3, {"aten::rnn_tanh_cell"}), ("hidden", 2, set())],
)
def test_what_stands_alone_looks_at_one_pass(
    kernels: Kernels, mode: RunMode, steps: int | None, expected: set[str]
) -> None:
    """A quick run sees what operators train a network, as a full run does; a replay beside one needs not."""
    sidewards = TRAINING.replace("torch.nn.Linear(4, 4)", "torch.nn.RNNCell(4, 4)").replace(
        "net(x)", "torch.ops.aten.rnn_tanh_cell(x, torch.zeros(4, 4), *net.parameters())"
    )
    task = run(kernels, mode, sidewards, steps=steps).run.task("0")
    assert task is not None
    assert expected == set(task.functions)


def test_fall_of_a_loss_is_its_own(kernels: Kernels) -> None:
    """A factor before backward() makes the recorded losses fall, and not what the loss function gave."""
    scaled = TRAINING.replace("lr=0.1", "lr=1e-9").replace(
        "loss.backward()", "(loss * (1 - epoch / 31)).backward()"
    )
    by_hand = TRAINING.replace(
        "torch.nn.functional.cross_entropy(out, aims)",
        "(out.exp().sum(1).log() - out[range(4), aims]).mean()",
    )
    evidence = run(kernels, "full", TRAINING, scaled, by_hand)
    falls = [task.fall for task in evidence.run.tasks]
    losses = [evidence.read_losses(task.task) for task in evidence.run.tasks]
    assert losses[0] is not None and losses[1] is not None
    assert falls[0] == pytest.approx(losses[0][-3:].mean() / losses[0][:3].mean())
    assert falls[1] == pytest.approx(1, abs=1e-4)
    assert losses[1][-3:].mean() < losses[1][:3].mean() / 2
    assert falls[2] is None
