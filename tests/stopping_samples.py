"""Runs cells as a replaying kernel does, and ways to make twenty steps of training."""

import ast
import textwrap
from collections import Counter
from typing import Any

from grader.probe.stopping import LoopMarker, Stopper

KEPT = 3
"""Steps after which these replays leave a training."""

SETUP = """
import itertools
import torch
torch.manual_seed(5)
x, y = torch.randn(6, 3), torch.randint(0, 2, (6,))
losses = []

def build(lr=0.1):
    net = torch.nn.Linear(3, 2)
    return net, torch.optim.Adam(net.parameters(), lr=lr)

def step(net, optimizer):
    loss = torch.nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    return loss.item()

net, optimizer = build()
"""

Cell = dict[str, Any]


class Replay:
    """Runs cells one after another as a replaying kernel does."""

    def __init__(self, stopper: Stopper) -> None:
        self.stopper = stopper
        self.made: Counter[int] = Counter()
        self.kept_alive: list[Any] = []
        self.is_watching = True
        self.namespace: Cell = {"__name__": "__main__"}
        self._marker = LoopMarker()

    def note_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """What the probe's hook does behind each step."""
        if not self.is_watching:
            return
        self.kept_alive.append(optimizer)
        self.made[id(optimizer)] += 1
        self.stopper.note_step(optimizer, self.made[id(optimizer)])

    def run(self, source: str, *, marked: bool = True) -> Cell:
        """Run a cell the way IPython runs what a transformer of syntax trees has changed."""
        tree = ast.parse(textwrap.dedent(source))
        if marked:
            tree = ast.fix_missing_locations(self._marker.visit(tree))
        exec(compile(tree, "<cell>", "exec"), self.namespace)
        return self.namespace


def run_unwatched(replay: Replay, source: str) -> Cell:
    """What a cell behind `SETUP` does with neither marks nor hooks."""
    replay.is_watching = False
    namespace: Cell = {"__name__": "__main__"}
    exec(SETUP + textwrap.dedent(source), namespace)
    replay.is_watching = True
    return namespace


TRAININGS = {
    "for": "for _ in range(20): step(net, optimizer)",
    "while": "i = 0\nwhile i < 20:\n    step(net, optimizer)\n    i += 1",
    "while-true": "i = 0\nwhile True:\n    step(net, optimizer)\n    i += 1\n    if i == 20: break",
    "endless": "for i in itertools.count():\n    step(net, optimizer)\n    if i == 19: break",
    "batches": "for _ in range(5):\n    for _ in range(4): step(net, optimizer)",
    "one-batch-an-epoch": "for _ in range(20):\n    for _ in range(1): step(net, optimizer)",
    "while-in-for": "for _ in range(5):\n  i = 0\n  while i < 4:\n    step(net, optimizer)\n    i += 1",
    "function": "def fit(n):\n    for _ in range(n): step(net, optimizer)\nfit(20)",
    "function-a-round": "def go():\n    for _ in range(4): step(net, optimizer)\nfor _ in range(5): go()",
    "method": """
class Trainer:
    def fit(self):
        while len(losses) < 20:
            step(net, optimizer)
Trainer().fit()
""",
    "generator": """
def rounds():
    for i in range(20):
        yield step(net, optimizer)
for loss in rounds(): pass
""",
    "list": "kept = [step(net, optimizer) for _ in range(20)]",
    "set": "kept = {step(net, optimizer) for _ in range(20)}",
    "dict": "kept = {i: step(net, optimizer) for i in range(20)}",
    "generator-expression": "total = sum(step(net, optimizer) for _ in range(20))",
    "catches-everything": """
for _ in range(20):
    try:
        step(net, optimizer)
    except BaseException:
        caught = True
""",
    "else": "for _ in range(20): step(net, optimizer)\nelse: to_the_end = True",
    "nested-comprehension": "kept = [[step(net, optimizer) for _ in range(4)] for _ in range(5)]",
    "two-fors-in-one": "kept = [step(net, optimizer) for _ in range(2) for _ in range(10)]",
}
"""Ways to make twenty steps."""
