"""Code whose later rounds may do something else than its first."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.assignment.turns import ASKS, BRANCHES, UNREAD, find_turns
from grader.records import CellMap


def find(*sources: str, tasks: tuple[str | None, ...] = ("1.1",)) -> dict[str, tuple[str, ...]]:
    """The turns of cells with these sources."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    return find_turns(notebook, CellMap(tasks=tasks, changed=(True,) * len(tasks), method="metadata"))


@pytest.mark.parametrize(
    "source",
    [
        "for epoch in range(9):\n    step()\n    if epoch % 3 == 0:\n        print(epoch)",
        "for epoch in range(9):\n    for t in range(99):\n        h = cell(h if t else start)\n    step()",
        "for epoch in range(9):\n    step()\n    losses.append(float(loss))",
        "def fit(log):\n    for epoch in range(9):\n        step()\n        if log:\n            extra()",
        "if torch.cuda.is_available():\n    device = 'cuda'\nfor epoch in range(9):\n    step()",
    ],
)
def test_rounds_that_are_alike_have_no_turn(source: str) -> None:
    """To print now and then, or to branch on what stays the same in all rounds, changes no training."""
    assert {} == find(source)


@pytest.mark.parametrize(
    "source",
    [
        "for epoch in range(9):\n    if epoch > 5:\n        net = other\n    step()",
        "for epoch in range(9):\n    cell = slow if epoch < 5 else fast\n    step()",
        "for epoch in range(9):\n    step()\n    if loss < 0.1:\n        break\n    loss = go()",
        "i = 0\nwhile True:\n    i += 1\n    if i > 9:\n        break\n    step()",
        "def forward(self, x):\n    self.calls += 1\n    return fast(x) if self.calls > 99 else slow(x)",
    ],
)
def test_branches_on_what_changes_are_turns(source: str) -> None:
    """A later round may go another way, in the loop or in a function that counts its calls."""
    assert {"1.1": (BRANCHES,)} == find(source)


TRAINING = """
losses, n, state = [], [0], {"n": 0}
for epoch in range(30):
    net_out = net(points)
    loss = loss_fn(net_out, labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
"""
STEP = "    optimizer.step()\n"


def put(line: str) -> str:
    """The training with a line before its step."""
    return TRAINING.replace(STEP, f"    {line}\n{STEP}")


@pytest.mark.parametrize(
    "source",
    [
        put("optimizer.param_groups[0]['lr'] = 0.1 * (epoch < 5)"),
        put("optimizer.param_groups[0]['lr'] = 3.0"),
        TRAINING.replace("labels)", "(labels + (epoch > 4)) % 3)"),
        put("losses.append(loss.item())\n    if len(losses) > 5:\n        labels = other"),
        put("try:\n        [0, 0, 0, 0][epoch]\n    except IndexError:\n        labels = other"),
        "def go(epoch):\n    if epoch > 5:\n        net.zero_()\n    optimizer.step()\n"
        + TRAINING.replace("optimizer.step()", "go(epoch)"),
        TRAINING.replace(".detach()", ".detach() if epoch < 5 else torch.zeros(90, 3)"),
        TRAINING.replace(STEP, "    epoch < 3 and optimizer.step()\n"),
        put("state['n'] += 1\n    labels = labels * state['n']"),
        put("if n[0] > 5: labels = other"),
        put("for _ in range(epoch < 3): net.train()"),
        put("labels = torch.stack([a for a in labels if len(losses) < 3])"),
        put("if accuracy(net) > 0.9: break"),
        put("print(epoch < 3 and optimizer.step())"),
        put("match len(losses):\n        case 5: labels = other"),
        "i = 0\n" + put("i += 1\n    labels = labels * i"),
    ],
)
def test_every_way_in_which_rounds_differ_is_a_turn(source: str) -> None:
    """By the number of the round, by what piles up, by an error, by a function, or behind the loop."""
    assert {"1.1": (BRANCHES,)} == find(source)


@pytest.mark.parametrize(
    "source",
    [
        TRAINING,
        put("losses.append(loss.item())"),
        put("hidden = []\n    for xt, yt in zip(points, labels):\n        h = cell(xt, h)\n        "
            "hidden.append(h if yt else start)"),
        put("if (epoch + 1) % 10 == 0:\n        print(f'{epoch}: {loss.item():.3f}')"),
        "epoch = 0\n" + TRAINING.replace("for epoch in range(30):", "while epoch < 30:\n    epoch += 1"),
        f"net, seen = Linear(2, 3), []\n{TRAINING}for row in points:\n    seen.append(net(row).argmax())",
    ],
)  # fmt: skip
def test_common_forms_have_no_turn(source: str) -> None:
    """Loops over time, losses that are kept or shown, and an evaluation behind the training."""
    assert {} == find(source)


@pytest.mark.parametrize(
    "source", ["a = torch.initial_seed()", "a = open('/proc/self/cmdline')", "import sys\na = sys.argv"]
)
def test_asking_for_the_seed_is_a_turn(source: str) -> None:
    """Whoever knows the seed can tell the run that counts from others."""
    assert {"1.1": (ASKS,)} == find(source)


def test_code_that_cannot_be_read_is_a_turn() -> None:
    """What is no Python, or too long to be parsed, may do anything."""
    assert {"1.1": (UNREAD,)} == find("for epoch in")
    assert {"1.1": (UNREAD,)} == find("x = 1\n" * 20_000)


def test_set_up_cells_count_for_every_task() -> None:
    """A function that all tasks may call is looked at for all of them."""
    turn = "for epoch in range(9):\n    if epoch > 5:\n        net = other"
    assert {"1.1": (BRANCHES,), "1.2": (BRANCHES,)} == find(
        turn, "a = 1", "b = 2", tasks=(None, "1.1", "1.2")
    )
    assert {"1.2": (BRANCHES,)} == find("a = 1", "b = 2", turn, tasks=(None, "1.1", "1.2"))
