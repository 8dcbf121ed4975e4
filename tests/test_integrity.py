"""What is noticed of a notebook that calls layers by side doors, or lays hands on what it is watched by."""

import json
import linecache
import subprocess
import sys
from typing import Any

import pytest

from grader.probe.places import FRAMES_WALKED, Place, Places
from grader.probe.sampling import LATEST_PASS

PRELUDE = """
import json, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import torch
"""


def run(source: str) -> dict[str, Any]:
    """What a script left in `found`; a process of its own, because what is installed stays."""
    script = f"{PRELUDE}\nfound = {{}}\n{source}\nprint(json.dumps(found))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


# Operators

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
    return run(f"PASSES = { ({name: code for name, (code, _) in PASSES.items()})!r}\n{SAMPLING}")


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


# Changes and searches

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
    return run(f"SOURCES = {SOURCES!r}\n{GUARD}")


def test_honest_work_leaves_no_note(noticed: dict[str, Any]) -> None:
    """Schedulers, hooks of a module, subclasses, loaders, copies, scripts and profilers change nothing."""
    assert [[], []] == noticed["honest"]


def test_layers_and_losses_can_be_compiled() -> None:
    """What a notebook could compile without the probe it can compile beside it."""
    compiled = "torch.nn.LSTMCell(3, 4)", "torch.nn.Softmax(1)", "torch.nn.CrossEntropyLoss()"
    cells = {name: f"import torch\ntorch.jit.script({name})" for name in compiled}
    assert {name: [[], []] for name in compiled} == run(f"SOURCES = {cells!r}\n{GUARD}")


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


# Places


def call_through(frames: int, function: Any) -> Any:
    """Call a function through so many frames that are no notebook's."""
    return function() if frames == 0 else call_through(frames - 1, function)


CELL_SOURCE = (
    "def inner():\n    return find()\ndef outer():\n\n    return inner()\nplace = outer()\nagain = find()\n"
)


@pytest.fixture
def cell() -> dict[str, Any]:
    """The namespace of a cell that has asked twice where it is."""
    places = Places()
    name = "<cell of test_integrity>"
    linecache.cache[name] = (len(CELL_SOURCE), None, CELL_SOURCE.splitlines(keepends=True), name)
    namespace = {"find": lambda: call_through(8, places.find), "places": places, "call_through": call_through}
    assert places.find() is None
    places.namespace = namespace
    exec(compile(CELL_SOURCE, name, "exec"), namespace)
    return namespace


def test_place_is_the_innermost_line_of_the_notebook(cell: dict[str, Any]) -> None:
    """Frames of libraries are passed by, and of the notebook's own the innermost counts, with its text."""
    assert (2, "return find()") == (cell["place"].line, cell["place"].text)
    assert (7, "again = find()") == (cell["again"].line, cell["again"].text)


def test_place_is_none_outside_the_notebook(cell: dict[str, Any]) -> None:
    """Where no line of the notebook runs, or only one too far away, there is no place."""
    assert cell["places"].find() is None
    exec("far = call_through(100, places.find)\nnear = call_through(40, places.find)", cell)
    assert FRAMES_WALKED < 100
    assert cell["far"] is None
    assert 2 == cell["near"].line


def test_place_that_nothing_holds_has_no_text() -> None:
    """A line of code whose source is gone is a place all the same."""
    assert "" == Place("<gone>", 3).text
