"""What a notebook reaches for as it is written, and honest code that must not be taken for it."""

import os
import subprocess
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.suspicion import find_changes, find_reaches
from grader.records import CellMap


def find(*sources: str, tasks: tuple[str | None, ...] = (), changed: tuple[bool, ...] = ()) -> dict:
    """What is found in code cells, all of task 1.1 and all changed unless said otherwise."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    cells = CellMap(
        tasks=tasks or ("1.1",) * len(sources), changed=changed or (True,) * len(sources), method="metadata"
    )
    return find_reaches(notebook, cells)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import gc\nfor thing in gc.get_objects():\n    pass", "get_objects"),
        ("import gc as rubbish\nrubbish.get_referrers(net)", "get_referrers"),
        ("gc.get_referents(net)", "get_referents"),
        ("import sys\nsys._getframe(1)", "_getframe"),
        ("sys._current_frames()", "_current_frames"),
        ("sys.settrace(watch)", "settrace"),
        ("threading.setprofile(watch)", "setprofile"),
        ("from sys import _getframe as look", "sys._getframe"),
        ("from inspect import currentframe", "inspect.currentframe"),
        ("inspect.stack()[1]", "inspect.stack"),
        ("inspect.getouterframes(here)", "getouterframes"),
        ("caller = here.f_back", "f_back"),
        ("error.__traceback__.tb_frame.f_locals", "f_locals"),
        ("getattr(here, 'f_globals')", "f_globals"),
        ("generator.gi_frame", "gi_frame"),
        ("torch.optim.optimizer._global_optimizer_post_hooks.clear()", "_global_optimizer_post_hooks"),
        ("get_ipython().kernel", "IPython's kernel"),
        ("shell = get_ipython()\nshell.events.register('post_run_cell', f)", "IPython's events"),
        (
            "from IPython import get_ipython\nget_ipython().ast_transformers.append(t)",
            "IPython's ast_transformers",
        ),
        ("shell = get_ipython()\nshell.run_cell('x = 1')", "IPython's run_cell"),
        ("import grader; grader.probe", "grader.probe"),
        ("import numpy as np, grader.probe.kernel as k", "import grader.probe.kernel"),
        ("from grader.probe import trace", "from grader.probe import …"),
        ("from grader import check, records", "from grader import …"),
        ("from grader import *", "from grader import …"),
        ("__import__('grader.probe.trace')", "grader.probe.trace"),
        ("importlib.import_module('grader.execute')", "grader.execute"),
        ("import ctypes.util", "import ctypes.util"),
        ("from ctypes import pythonapi", "from ctypes import …"),
        ("import ipykernel.kernelapp", "import ipykernel.kernelapp"),
        ("def innocent():\n    class Inner:\n        x = lambda self: sys._getframe()", "_getframe"),
        ("%matplotlib inline\n!pip list\nimport gc\ngc.get_objects()", "get_objects"),
        ("%%time\ngc.get_objects()", "get_objects"),
    ],
)
def test_plain_reach_is_found(source: str, what: str) -> None:
    """Frames, the collector's lists, the kernel, private hooks and the grader, each by its cell and name."""
    assert f"cell 1: {what}" in find(source)["1.1"]


@pytest.mark.parametrize(
    "source",
    [
        "from grader import check\ncheck('1.3')",
        "from grader import check as look\nlook('1.3')",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().system('pip list')",
        "%matplotlib inline\nimport torch",
        "!pip install torch",
        "%%bash\nls | grep gc.get_objects()",
        "import inspect\ninspect.signature(net.forward)\nprint(inspect.getsource(net))",
        "from inspect import signature",
        "import gc\ngc.collect()",
        "import sys\nsys.path.append('.')\nsys.getsizeof(x)\nsys.stdout.flush()",
        "import threading\nthreading.Thread(target=f).start()",
        "conv.kernel_size",
        'import grader; grader.check("1.1")',
        "self.f_back = torch.nn.LSTMCell(7, 4)",
        "hidden = torch.stack(rows)\nnp.stack(rows)\nframe.stack()",
        "frame = pd.DataFrame(rows)\nframe.head()\nframes = [frame]",
        "stack = []\nstack.append(1)",
        "kernel = torch.ones(3, 3)\nevents = [1]\nkernel.sum()",
        "layer.kernel\nsvm.kernel",
        "text = 'the grader uses f_back and gc.get_objects()'",
        "# grader.probe, sys._getframe()",
        "'''import grader'''",
        "print('grader')",
        "import graders, ctypes_like",
        "from . import grader",
        "torch.ops.aten.mm(a, b)",
        "loss.backward()\noptimizer.step()\noptimizer.register_step_post_hook(f)",
        "",
    ],
)
def test_honest_code_is_left_alone(source: str) -> None:
    """Words that look alike, magics, and all that a notebook on networks needs."""
    assert {} == find(source)


@pytest.mark.parametrize(
    "source",
    [
        "def (:\n    gc.get_objects()",
        "x = " + "(" * 5000 + ")" * 5000,
        "-" * 200_000 + "1",
        "x" + "[0]" * 50_000,
        "not " * 100_000 + "x",
        "x = '\0'",
        "x = '\ud800'",
        "\ufeff\u2028",
    ],
    ids=["no-syntax", "parentheses", "signs", "indices", "nots", "null", "surrogate", "odd-spaces"],
)
def test_what_is_no_python_is_passed_over(source: str) -> None:
    """A cell that cannot be parsed runs nothing, and does not keep the next one from being read."""
    found = find(source, "gc.get_objects()")
    assert {"1.1": ("cell 2: get_objects",)} == found


@given(st.text())
def test_any_text_can_be_read(source: str) -> None:
    """No cell stops the reading."""
    assert isinstance(find(source), dict)


def test_reach_counts_for_the_tasks_that_come_later() -> None:
    """What ran before a task can reach into it, and set-up is no exception; what comes after cannot."""
    tasks = ("1.1", None, "1.2", "1.3", "1.2")
    found = find("x = 1", "gc.get_objects()", "y = 1", "here.f_back", "z = 1", tasks=tasks)
    first, second = "cell 2: get_objects", "cell 4: f_back"
    assert {"1.2": (first, second), "1.3": (first, second)} == found
    assert {"1.3": (second,)} == find(*["x = 1"] * 3, "here.f_back", tasks=("1.1", "1.2", None, "1.3"))


def test_released_cells_and_texts_are_not_read() -> None:
    """Only code that the student wrote or changed is read."""
    assert {} == find("gc.get_objects()", "x = 1", changed=(False, True))
    notebook = new_notebook(cells=[new_markdown_cell("gc.get_objects()")])
    cells = CellMap(tasks=("1.1",), changed=(True,), method="metadata")
    assert {} == find_reaches(notebook, cells)


def test_each_reach_is_named_once_a_cell() -> None:
    """Repetition within a cell adds nothing; another cell is another place."""
    source = "gc.get_objects()\ngc.get_objects()"
    assert {"1.1": ("cell 1: get_objects", "cell 2: get_objects")} == find(source, source)


def test_long_text_is_cut() -> None:
    """A text that names the grader is quoted in part."""
    ((found,),) = find("x = 'grader.probe" + "y" * 5000 + "'").values()
    assert len("cell 1: ") + 40 == len(found)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("print('loss %.3f'\n      % loss)\ngc.get_objects()", id="percent-begins-a-line"),
        pytest.param("files = !ls\ngc.get_objects()", id="command-is-assigned"),
        pytest.param("took = %timeit -o f()\ngc.get_objects()", id="magic-is-assigned"),
        pytest.param("gc.get_objects?\ngc.get_objects()", id="help-is-asked-for"),
        pytest.param("if first:\n    %matplotlib inline\ngc.get_objects()", id="magic-is-a-block"),
        pytest.param("%pwd\nprint('%.3f'\n      % loss)\ngc.get_objects()", id="magic-and-percent"),
        pytest.param("\n%%time\n%matplotlib inline\ngc.get_objects()", id="magics-within-one-of-the-cell"),
        pytest.param("%matplotlib inline\n" * 300 + "gc.get_objects()", id="hundreds-of-magics"),
    ],
)
def test_cell_that_ipython_can_run_is_read(source: str) -> None:
    """Python with IPython's additions is read as IPython reads it."""
    assert {"1.1": ("cell 1: get_objects",)} == find(source)


@pytest.mark.parametrize(
    "source",
    [
        "from IPython.display import clear_output\nclear_output()\nprint(layer.kernel)",
        "from IPython.display import display\ndisplay(svm.kernel)",
        "# runs without IPython too\nprint(layer.kernel)",
    ],
)
def test_showing_things_takes_no_hold_of_ipython(source: str) -> None:
    """IPython's display functions, or its name in a comment, do not make a layer's `kernel` the kernel."""
    assert {} == find(source)


def test_escapes_are_no_business_of_the_console() -> None:
    """What Python thinks of a student's escapes is neither shown nor, as an error, a way to stay unread."""
    source = "pattern = '\\d'\ngc.get_objects()"
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert {"1.1": ("cell 1: get_objects",)} == find(source)
    assert [] == seen


@pytest.mark.parametrize("source", ["from gc import *\nget_objects()", "from inspect import *\nstack()"])
def test_everything_of_a_watched_module_is_found(source: str) -> None:
    """A star brings what is watched for along with the rest."""
    assert ["1.1"] == list(find(source))


def test_places_are_named_in_the_order_of_the_code() -> None:
    """Two runs of the grader write the same report."""
    code = (
        "from nbformat.v4 import new_code_cell, new_notebook\n"
        "from grader.assignment.suspicion import find_reaches\n"
        "from grader.records import CellMap\n"
        "cell = new_code_cell('from gc import get_referrers, get_objects, get_referents')\n"
        "cells = CellMap(tasks=('1.1',), changed=(True,), method='metadata')\n"
        "print(*find_reaches(new_notebook(cells=[cell]), cells)['1.1'], sep=';')"
    )
    for seed in ("1", "2", "3", "4"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        names = [place.rpartition(".")[2] for place in done.stdout.strip().split(";")]
        assert ["get_referrers", "get_objects", "get_referents"] == names


def find_assigned(source: str, changed: bool = True) -> tuple[str, ...]:
    """What one code cell assigns to."""
    cells = CellMap(tasks=("1.1",), changed=(changed,), method="metadata")
    return find_changes(new_notebook(cells=[new_code_cell(source)]), cells)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import torch\ntorch.softmax = mine", "torch.softmax"),
        ("torch.nn.functional.cross_entropy = watched", "torch.nn.functional.cross_entropy"),
        ("import torch.nn.functional as F\nF.cross_entropy = watched", "torch.nn.functional.cross_entropy"),
        ("import torch.nn as nn\nnn.Module.__call__ = f", "torch.nn.Module.__call__"),
        ("import torch as t\ndef run():\n    t.Tensor.backward = f", "torch.Tensor.backward"),
        ("%matplotlib inline\na = torch.manual_seed = f", "torch.manual_seed"),
        ("from torch.nn import functional as F\nF.cross_entropy = f", "torch.nn.functional.cross_entropy"),
        ("from torch import nn\nnn.Linear.forward = f", "torch.nn.Linear.forward"),
        ("torch.relu, torch.tanh = f, g", "torch.relu"),
        ("for torch.relu in (f, g):\n    pass", "torch.relu"),
    ],
)
def test_function_of_torch_that_is_assigned_to_is_found(source: str, name: str) -> None:
    """By the name that torch has for it, whatever the notebook calls torch."""
    assert f"cell 1 assigns to {name}" in find_assigned(source)


@pytest.mark.parametrize(
    "source",
    [
        "torch.backends.cudnn.deterministic = True",
        "import torch.backends.cudnn as cudnn\ncudnn.benchmark = False",
        "F = torch.nn.functional\nsoftmax = torch.softmax",
        "net.weight.data = torch.zeros(3)\nself.torch = torch\nplot.torch.title = 'x'",
        "import torchvision as tv\ntv.x = 1",
        "import numpy as np\nnp.inf = 1",
        "torch.manual_seed(1)\nx = torch.softmax(y, dim=1)",
        "torch.softmax = (",
        "from torch.backends import cudnn\ncudnn.benchmark = False",
        "from .torch import nn\nnn.relu = f",
        "torch.zeros(3).requires_grad = True",
    ],
)
def test_what_is_not_torchs_may_be_assigned_to(source: str) -> None:
    """Switches, a notebook's own things and other packages are left alone."""
    assert () == find_assigned(source)


def test_released_cells_may_assign_to_torch() -> None:
    """What the assignment itself changes is no change of the student's."""
    assert () == find_assigned("torch.softmax = f", changed=False)
