"""What the probe reads of variables and figures, without the notebook's own code and within bounds."""

import asyncio
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
import torch
from kernels import run_notebook
from matplotlib.figure import Figure

from grader.errors import EvidenceError
from grader.evidence import Evidence, parse_task, read_evidence, write_evidence
from grader.execute.plan import RunPlan, TaskPlan
from grader.execute.sandbox import choose_sandbox
from grader.probe.collector import ELEMENTS, NODES, Collector
from grader.probe.figures import read_figure
from grader.probe.values import Reader
from grader.records import TaskRun
from grader.values import (
    ArrayValue,
    FlagValue,
    Left,
    ListValue,
    MappingValue,
    NetworkValue,
    NothingValue,
    NumberValue,
    OtherValue,
    TableValue,
    TextValue,
    Value,
)


def read(value: Any) -> Value:
    """One object as the probe reads it."""
    return Reader(Collector("1")).read(value)


class Number(float):
    """A number that answers with code of its own."""

    def __float__(self) -> float:
        raise AssertionError("the notebook's code has run")


class Hostile(torch.nn.Module):
    """A network all of whose public ways out run code of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 3)
        self.twin = self.layer

    def refuse(self, *args: Any, **kwargs: Any) -> Any:
        """Never to be called."""
        raise AssertionError("the notebook's code has run")

    parameters = named_parameters = modules = state_dict = __repr__ = __len__ = __iter__ = refuse
    __class__ = property(refuse)  # type: ignore[assignment]


def test_network_is_read_without_its_own_code() -> None:
    """Names, shapes and counts come out; a layer that stands there twice counts once."""
    found = read(Hostile())
    assert isinstance(found, NetworkValue)
    assert [("layer.weight", (3, 2), 6), ("layer.bias", (3,), 3)] == [
        (each.name, each.shape, each.elements) for each in found.parameters
    ]
    assert found.bases[-1] == "torch.nn.modules.module.Module"


def test_parameters_that_share_storage_count_once() -> None:
    """The second of two tied weights has no elements of its own."""
    net = torch.nn.ModuleList([torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)])
    net[1].weight.data = net[0].weight.data
    found = read(net)
    assert isinstance(found, NetworkValue)
    assert [4, 0] == [each.elements for each in found.parameters]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, NumberValue(value=3)),
        (np.float32(0.5), NumberValue(value=0.5)),
        (torch.tensor(2), NumberValue(value=2)),
        (float("nan"), NumberValue(value=None)),
        (10**30, NumberValue(value=None)),
        (torch.tensor(True), FlagValue(value=True)),
        ("가" * 3000, TextValue(value="가" * 2000, characters=3000)),
        (None, NothingValue()),
        (Number(1.0), OtherValue(name="test_values.Number")),
        (print, OtherValue(name="builtins.builtin_function_or_method")),
    ],
)
def test_plain_values_are_read_as_they_are(value: Any, expected: Value) -> None:
    """Of exact types only; of anything else the class is all that is known."""
    assert expected == read(value)


def test_numbers_in_bulk_become_arrays() -> None:
    """Tensors, arrays and lists of numbers stand in an array, each in a kind that evidence may hold."""
    collector = Collector("1")
    reader = Reader(collector)
    values = {
        "tensor": torch.ones(2, 3, dtype=torch.bfloat16, requires_grad=True),
        "array": np.array([True, False]),
        "list": [1, 2.5, torch.tensor(3.0)],
        "turned": np.arange(6.0).reshape(2, 3).T,
    }
    found = {name: reader.read(value) for name, value in values.items()}
    assert [True, False, False, False] == [value.requires_grad for value in found.values()]  # type: ignore[union-attr]
    arrays = list(collector.arrays.values())
    assert [np.float32, np.int64, np.float64, np.float64] == [array.dtype for array in arrays]
    np.testing.assert_array_equal([1, 2.5, 3], arrays[2])
    np.testing.assert_array_equal(values["turned"], arrays[3])


def test_tables_are_read_from_frames_and_rows() -> None:
    """A named index is a column, and what a row lacks is None."""
    frame = pd.DataFrame({"len": [1, 2], "cpu": [0.5, float("nan")]}).set_index("len")
    rows = [{"len": 1, "cpu": 0.5}, {"len": 2}]
    for value in (frame, rows):
        found = read(value)
        assert isinstance(found, TableValue)
        assert [("len", (1, 2)), ("cpu", (0.5, None))] == [(each.name, each.cells) for each in found.columns]


def test_lists_and_dictionaries_keep_their_order() -> None:
    """Keys are told as text."""
    found = read({"나": [1], 2: "b", (1, "c"): None})
    assert isinstance(found, MappingValue)
    assert ("나", "2", "1, c") == found.keys


def test_what_is_read_is_bounded() -> None:
    """Neither a huge array nor a deep, wide or circular list becomes the evidence."""
    collector = Collector("1")
    reader = Reader(collector)
    huge = reader.read(np.zeros(ELEMENTS + 1))
    assert isinstance(huge, ArrayValue)
    assert (None, (ELEMENTS + 1,)) == (huge.array, huge.shape)
    circle: list[Any] = ["x"]
    circle += [circle] * 100
    found = reader.read(circle)
    assert isinstance(found, ListValue)
    assert len(found.model_dump_json()) < 100 * NODES
    assert not collector.arrays


def test_evidence_of_the_widest_values_is_taken() -> None:
    """Long texts in many cells, many networks and many plots stay below what a record may hold."""
    figure = Figure()
    for place in range(90):
        axes = figure.add_subplot(9, 10, place + 1)
        axes.set_title("가" * 500)
        for _ in range(60):
            axes.plot([0, 1], label="😀" * 300)
    collector = Collector("1")
    values = {
        "table": [{f"열 {column}": "😀" * 500 for column in range(60)} for _ in range(700)],
        "networks": [torch.nn.ModuleList(torch.nn.Linear(1, 1) for _ in range(40)) for _ in range(300)],
        "texts": ["가" * 3000] * 900,
    }
    reader = Reader(collector)
    read = {name: reader.read(value) for name, value in values.items()}
    left = Left(values=read, figures=(read_figure(figure, collector),))
    record = TaskRun(task="1", left=left).model_dump(mode="json")
    assert left == parse_task(record, [safetensors.numpy.save(collector.arrays)])[0].left


def test_arrays_and_records_have_to_agree() -> None:
    """A value that speaks of an array that is missing, or of another shape, is no evidence."""
    value = {"kind": "array", "shape": [2], "dtype": "list", "array": 0}
    record = {**TaskRun(task="1").model_dump(mode="json"), "left": {"values": {"a": value}}}

    def pack(*numbers: float) -> list[bytes]:
        return [safetensors.numpy.save({"1/value/0": np.array(numbers)})]

    run, arrays = parse_task(record, pack(1.0, 2.0))
    assert (2,) == arrays["1/value/0"].shape == run.left.values["a"].shape  # type: ignore[union-attr]
    with pytest.raises(EvidenceError, match="another shape"):
        parse_task(record, pack(1.0))
    with pytest.raises(EvidenceError, match="missing"):
        parse_task(record, [])
    with pytest.raises(EvidenceError, match="no record speaks of"):
        parse_task(TaskRun(task="1").model_dump(mode="json"), pack(1.0))


SETUP = """
import matplotlib.pyplot as plt
import numpy as np
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 2)
    def parameters(self, recurse=True):
        print("asked")
        return super().parameters(recurse)
    def __repr__(self):
        raise SystemExit

def train(net, steps, lr=0.1):
    optimizer = torch.optim.SGD(net.layer.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = torch.nn.functional.mse_loss(net.layer(torch.eye(4)), torch.ones(4, 2))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses
"""
DRAWS = """
net = Net()
losses = train(net, 20)
plt.plot(losses, label="loss")
plt.title("손실")
plt.show()
figure, axes = plt.subplots(2, 2)
for each in axes.flat:
    each.imshow(np.eye(3), cmap="bwr", vmin=-1, vmax=1)
accuracy = torch.tensor(0.75)
"""
REPEATS = """
ends = []
for seed in range(3):
    torch.manual_seed(seed)
    ends.append(train(Net(), 4)[-1])
"""


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """One notebook: a task that trains and draws, one that repeats, one that repeats without leave."""
    sources = [SETUP, DRAWS, REPEATS, REPEATS]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    tasks = (
        TaskPlan("draws", variables=("net", "losses", "accuracy", "missing"), figures=True),
        TaskPlan("repeats", variables=("ends",), repeats=True),
        TaskPlan("same", variables=("ends",)),
    )
    plan = RunPlan("values", "", (None, *(task.id for task in tasks)), tasks, seed=7)
    return asyncio.run(run_notebook(notebook, plan, choose_sandbox())).evidence


@pytest.mark.kernel
def test_kernel_leaves_variables_and_figures(evidence: Evidence) -> None:
    """What was shown and closed is there as well as what was not; none of the notebook's code ran for it."""
    run = evidence.run.task("draws")
    assert run is not None and not run.notes
    assert ["net", "losses", "accuracy"] == list(run.left.values)
    assert describe_parameters(run.left.values["net"]) == [("layer.weight", (2, 4)), ("layer.bias", (2,))]
    assert [1, 4] == [len(figure.axes) for figure in run.left.figures]
    curve = run.left.figures[0].axes[0]
    drawn, recorded = evidence.read_kept("draws", curve.drawn[0]), evidence.read_losses("draws")
    assert "손실" == curve.title and drawn is not None and recorded is not None
    np.testing.assert_allclose(drawn[1], recorded, rtol=1e-6)
    assert {("bwr", -1.0, 1.0, (3, 3))} == {
        (image.colors, image.low, image.high, image.shape)
        for axes in run.left.figures[1].axes
        for image in axes.pictures
    }


def describe_parameters(value: Value) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a network's parameters."""
    assert isinstance(value, NetworkValue)
    return [(each.name, each.shape) for each in value.parameters]


@pytest.mark.kernel
def test_repeated_trainings_keep_their_seeds_apart(evidence: Evidence) -> None:
    """Where a task repeats, three seeds give three networks; elsewhere the grader's seed is the only one."""
    different, same = (evidence.run.task(task) for task in ("repeats", "same"))
    assert different is not None and same is not None
    assert [4, 4, 4] == [each.steps for each in different.left.trainings]
    assert 3 == len({each.last_loss for each in different.left.trainings})
    assert 1 == len({each.last_loss for each in same.left.trainings})
    assert all("torch.nn.modules.linear.Linear" in each.layers for each in same.left.trainings)


@pytest.mark.kernel
def test_values_survive_being_written_and_read(evidence: Evidence, tmp_path: Path) -> None:
    """As the store keeps them."""
    write_evidence(evidence, tmp_path / "run")
    found = read_evidence(tmp_path / "run")
    assert evidence.run == found.run
    assert set(evidence.arrays) == set(found.arrays)
