"""What is noticed of a notebook that lays hands on what it is watched by."""

from typing import Any

import pytest
from probe_scripts import run

GUARD = """
import copy
from grader.probe.integrity import Guard
from grader.probe.ownership import Ownership
from grader.probe.patches import Patches
from grader.probe.places import Places
from grader.probe.seeding import Seeds
from grader.probe.watcher import Watcher

places = Places()
seeds = Seeds(1, places)
seeds.install()
watcher = Watcher(seeds, places)
patches = Patches()
watcher.install(patches)
patches.free_scripting()
guard = Guard(places)
guard.install()

class Reached:
    def __getattribute__(self, name):
        if name == "kernel":
            guard.note_reach("the notebook's kernel")
        return object.__getattribute__(self, name)

def ask():
    return shell.kernel

shell = Reached()
shell.__dict__["kernel"] = "a kernel"
namespace = {"__name__": "__main__", "shell": shell, "ask": ask}
places.namespace = namespace

def collect():
    import gc
    return len(gc.get_objects())

namespace["collect"] = collect

for name, source in SOURCES.items():
    exec(compile(source, f"<{name}>", "exec"), namespace)
    first = guard.describe()
    exec(namespace.pop("undo", ""), namespace)
    found[name] = [first, guard.describe()]
"""

HONEST = """
import copy, gc, random
import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = torch.nn.RNNCell(3, 4), torch.nn.Linear(4, 2)
        self.scale = torch.nn.Parameter(torch.ones(1))
    def forward(self, x):
        h = torch.zeros(x.shape[0], 4)
        for _ in range(2):
            h = self.cell(x, h)
        return self.out(h) * self.scale

torch.manual_seed(1); np.random.seed(1); random.seed(1)
data = TensorDataset(torch.randn(8, 3), torch.randint(0, 2, (8,)))
net = Own()
for kind in (torch.optim.Adam, torch.optim.SGD, torch.optim.RMSprop, torch.optim.AdamW, torch.optim.Rprop):
    optimizer = kind(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    hook = net.register_forward_hook(lambda module, args, output: None)
    for x, y in DataLoader(data, batch_size=4, generator=torch.Generator().manual_seed(2)):
        loss = torch.nn.CrossEntropyLoss()(net(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    schedule.step()
    hook.remove()

class Stepper(torch.optim.SGD):
    def step(self, closure=None):
        return super().step(closure)

stepper = Stepper(net.parameters(), lr=0.1)
torch.autograd.backward([net(x).sum()])
stepper.step()
gc.collect()
twin = copy.deepcopy(net)
yhat = torch.softmax(twin(x), 1).softmax(1)
with torch.no_grad(), torch.autograd.profiler.profile():
    torch.jit.script(torch.nn.Linear(3, 4))(x)
"""

OWNERS = {
    "torch.nn.functional": "cross_entropy nll_loss mse_loss binary_cross_entropy",
    "torch": "softmax log_softmax rnn_tanh lstm_cell manual_seed _VF",
    "torch._VF": "rnn_tanh rnn_tanh_cell lstm gru",
    "torch.Tensor": "softmax log_softmax backward",
    "torch.autograd": "backward",
    "torch.optim.Optimizer": "__init__",
    "torch.optim.Adam": "step zero_grad __init__",
    "torch.optim.SGD": "step",
    "torch.optim.LBFGS": "step",
    "torch.nn.Module": "__call__ __setattr__ register_parameter",
}
CHANGES = [(owner, name) for owner, names in OWNERS.items() for name in names.split()]


def exchange(owner: str, name: str) -> str:
    """Code that puts something else in a place, as cheats do, and the code that undoes it."""
    undo = f"delattr(owner, {name!r}) if held is owner else setattr(owner, {name!r}, held)"
    return (
        f"import torch\nowner = {owner}\nheld = vars(owner).get('{name}', owner)\n"
        f"replaced = getattr(owner, '{name}')\n"
        f"setattr(owner, '{name}', lambda *args, **kwargs: replaced(*args, **kwargs))\n"
        f"undo = {undo!r}"
    )


REACHES = {
    "gc.get_objects": "import gc\ngc.get_objects()",
    "gc.get_referrers": "import gc\ndef look(): return [gc.get_referrers(shell) for _ in range(2)]\nlook()",
    "gc.get_referents": "import gc\nlist(map(lambda each: gc.get_referents(each), [1]))",
    "sys.settrace": "import sys\nsys.settrace(None)",
    "sys.setprofile": "import sys\nsys.setprofile(None)",
    "the notebook's kernel": "shell.kernel",
}

SOURCES = {
    "honest": HONEST,
    **{f"{owner}.{name}": exchange(owner, name) for owner, name in CHANGES},
    "hooks": "from torch.optim import optimizer as inside\nkept = dict(inside._global_optimizer_post_hooks)\n"
    "inside._global_optimizer_post_hooks.clear()\n"
    "undo = 'inside._global_optimizer_post_hooks.update(kept)'",
    **REACHES,
    "twice": "import gc\ngc.get_objects(); gc.get_objects(); shell.kernel",
    "by others": "collect(); ask()",
}


@pytest.fixture(scope="module")
def noticed() -> dict[str, Any]:
    """Notes on each of the cells above, and those once it is undone."""
    return run(f"SOURCES = {SOURCES!r}", GUARD)


def test_honest_work_leaves_no_note(noticed: dict[str, Any]) -> None:
    """Schedulers, hooks of a module, subclasses, loaders, copies, scripts and profilers change nothing."""
    assert [[], []] == noticed["honest"]


def test_layers_and_losses_can_be_compiled() -> None:
    """What a notebook could compile without the probe it can compile beside it."""
    compiled = "torch.nn.LSTMCell(3, 4)", "torch.nn.Softmax(1)", "torch.nn.CrossEntropyLoss()"
    cells = {name: f"import torch\ntorch.jit.script({name})" for name in compiled}
    assert {name: [[], []] for name in compiled} == run(f"SOURCES = {cells!r}", GUARD)


@pytest.mark.parametrize(("owner", "name"), CHANGES)
def test_changed_function_is_noticed(noticed: dict[str, Any], owner: str, name: str) -> None:
    """One note names what was exchanged, even where it does the same; put back, it is no longer noted."""
    during, behind = noticed[f"{owner}.{name}"]
    assert during and all(note.startswith("changed while it ran: ") for note in during)
    assert any(note.endswith(f".{name}") for note in during)
    assert [] == behind


def test_removed_hooks_are_noticed(noticed: dict[str, Any]) -> None:
    """A notebook that takes the grader's hooks out of torch is noted."""
    assert [["changed while it ran: torch's optimizer hooks"], []] == noticed["hooks"]


@pytest.mark.parametrize("event", list(REACHES))
def test_search_is_noticed_once(noticed: dict[str, Any], event: str) -> None:
    """A search of the process by the notebook's own lines is noted, until it has been asked for."""
    assert [[f"reached for {event}"], []] == noticed[event]


def test_searches_of_one_kind_make_one_note(noticed: dict[str, Any]) -> None:
    """Each kind of search is noted once, in the order in which they came."""
    assert ["reached for gc.get_objects", "reached for the notebook's kernel"] == noticed["twice"][0]


def test_searches_by_libraries_are_none_of_the_notebooks(noticed: dict[str, Any]) -> None:
    """What other code searches, though a notebook calls it, is not noted."""
    assert [[], []] == noticed["by others"]
