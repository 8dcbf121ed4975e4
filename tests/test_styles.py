"""Right answers made from right ones: they agree within noise, and leave the kernel as it was."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from conftest import ROOT

from grader.assignment.spec import Assignment, TrainingTask
from grader.assignment.styles import DISTURBANCE, DISTURBED, list_styles

TASKS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6")
NAMES = ["plain", "disturbed_1", "disturbed_2", "disturbed_3", "summed_loss", "float64", "two_threads"]
SETUP = """
import torch
symbols = ["!", "?", "h", "i", "e", "l", "o"]
codes = torch.tensor([symbols.index(character) for character in "hi?hello!!" * 2])
one_hot = torch.nn.functional.one_hot(codes, 7).float()
x, y = one_hot[:-1], one_hot[1:]
epochs = 5
"""
CONVOLUTION = """
import torch
import torch.nn.functional as F
torch.manual_seed(1)
images, labels = torch.randn(12, 1, 5, 5), torch.randint(0, 3, (12,))
conv = torch.nn.Conv2d(1, 4, 3)
head = torch.nn.Linear(36, 3)
optimizer = torch.optim.Adam([*conv.parameters(), *head.parameters()], lr=0.1)
for epoch in range(5):
    optimizer.zero_grad()
    loss = F.cross_entropy(head(torch.relu(conv(images)).flatten(1)), labels)
    loss.backward()
    optimizer.step()
"""
BATCHES = """
import torch
torch.manual_seed(1)
x, y = torch.randn(16, 5), torch.randint(0, 4, (16,))
gru = torch.nn.GRU(5, 6)
out = torch.nn.Linear(6, 4)
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.RMSprop([*gru.parameters(), *out.parameters()], lr=0.01)
for epoch in range(3):
    for rows, targets in zip(x.split(8), y.split(8)):
        hidden, _ = gru(rows)
        loss_fn(out(hidden), targets).backward()
        optimizer.step()
        optimizer.zero_grad()
"""


@cache
def read_answers() -> dict[str, str]:
    """The reference's code by task, with the set-up on a short text before it."""
    notebook = nbformat.read(ROOT / "solutions" / "hi-hello.ipynb", as_version=4)
    cells = [(cell.metadata.get("grader", {}).get("task"), cell) for cell in notebook.cells]
    return {task: SETUP + cell.source for task, cell in cells if cell.cell_type == "code" and task in TASKS}


@pytest.fixture(autouse=True)
def torchs_settings() -> Iterator[None]:
    """What a style may leave changed is put back for the next test."""
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)


class Watch:
    """What a style's training gives its loss, step by step, and what it leaves."""

    def __init__(self, source: str) -> None:
        self.fitted: list[np.ndarray] = []
        self.losses: list[float] = []
        self.types: set[torch.dtype] = set()
        self.threads: set[int] = set()
        self.names: dict[str, Any] = {}
        true_loss = torch.nn.functional.cross_entropy

        def watch(values: torch.Tensor, *others: Any, **options: Any) -> torch.Tensor:
            loss = true_loss(values, *others, **options)
            self.fitted.append(torch.softmax(values.detach(), -1).numpy())
            self.losses.append(loss.item())
            self.types.add(values.dtype)
            self.threads.add(torch.get_num_threads())
            return loss

        torch.nn.functional.cross_entropy = watch
        try:
            exec(compile(source, "answer", "exec"), self.names)
        finally:
            torch.nn.functional.cross_entropy = true_loss
        self.random_state = torch.get_rng_state()


def pick(source: str, name: str) -> Watch:
    """One style, run."""
    return Watch(next(style.source for style in list_styles(source) if style.name == name))


def measure(first: Watch, second: Watch) -> float:
    """The largest difference in fitted values over all steps."""
    pairs = zip(first.fitted, second.fitted, strict=True)
    return max(float(np.abs(one - other).max()) for one, other in pairs)


@pytest.mark.parametrize("task", TASKS)
def test_styles_of_the_exam_agree_within_its_tolerance(exam: Assignment, task: str) -> None:
    """Every style is right by the tolerance of the first steps that the assignment states."""
    stated = exam.find_task(task)
    assert isinstance(stated, TrainingTask)
    plain, *others = list_styles(read_answers()[task])
    assert (NAMES, read_answers()[task]) == ([plain.name, *(style.name for style in others)], plain.source)
    right = Watch(plain.source)
    assert [] == [
        style.name for style in others if measure(right, Watch(style.source)) > stated.tolerance.early
    ]


@pytest.mark.parametrize("source", [CONVOLUTION, BATCHES], ids=["convolution", "batches"])
def test_styles_of_other_networks_agree(source: str) -> None:
    """A convolutional network and a GRU trained in batches have every style, within noise."""
    styles = list_styles(source)
    assert NAMES == [style.name for style in styles]
    right = Watch(source)
    assert 5 <= len(right.fitted)
    assert [] == [style.name for style in styles if measure(right, Watch(style.source)) > 5e-5]


def test_disturbance_is_of_the_last_digit_and_draws_nothing() -> None:
    """Initial values move, each time otherwise, by no more than they say; the random stream stays put."""
    # With a learning rate of 0 the values that are left are the initial ones.
    source = CONVOLUTION.replace("lr=0.1", "lr=0.0")
    plain = Watch(source)
    seen = []
    for number in range(1, DISTURBED + 1):
        disturbed = pick(source, f"disturbed_{number}")
        before, after = plain.names["head"].weight.detach(), disturbed.names["head"].weight.detach()
        # Half a unit in the last place comes on top, by rounding.
        assert 0 < float(((after - before) / before).abs().max()) <= 2 * DISTURBANCE
        assert torch.equal(plain.random_state, disturbed.random_state)
        seen.append(after)
    assert not any(torch.equal(seen[one], seen[other]) for one, other in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("task", ["1.1", "1.6"])
def test_summed_loss_is_the_sum_over_rows(task: str) -> None:
    """The first loss is as many times the mean as there are rows."""
    plain, summed = Watch(read_answers()[task]), pick(read_answers()[task], "summed_loss")
    assert np.isclose(19 * plain.losses[0], summed.losses[0])


@pytest.mark.parametrize("task", TASKS)
def test_float64_trains_in_float64_and_is_undone(task: str) -> None:
    """The loss is given float64 at every step; afterwards data and default are float32 again."""
    precise = pick(read_answers()[task], "float64")
    assert {torch.float64} == precise.types
    left = [precise.names[name].dtype for name in ("x", "y", "yhat")]
    assert [torch.float32] * 4 == [*left, torch.get_default_dtype()]
    assert torch.equal(Watch(read_answers()[task]).random_state, precise.random_state)


def test_two_threads_are_used_and_given_back() -> None:
    """Two threads compute the training, and one whatever comes after."""
    assert {1} == Watch(CONVOLUTION).threads
    assert {2} == pick(CONVOLUTION, "two_threads").threads
    assert 1 == torch.get_num_threads()


@pytest.mark.parametrize(
    "source",
    ["answer = True", "for n in range(3):\n    print(n)", "", "import torch\nnet = torch.nn.Linear(1, 1)"],
)
def test_code_without_training_has_the_plain_style_only(source: str) -> None:
    """Where nothing is trained, there is nothing to write otherwise."""
    assert [("plain", source)] == [(style.name, style.source) for style in list_styles(source)]


def test_training_in_a_function_keeps_what_needs_no_place() -> None:
    """Without a loop at the top of a cell only the loss is changed, and the code stays Python."""
    body = "\n".join("    " + line for line in CONVOLUTION.splitlines())
    styles = list_styles(f"def run():{body}\nrun()")
    assert ["plain", "summed_loss"] == [style.name for style in styles]
    assert measure(Watch(styles[0].source), Watch(styles[1].source)) < 5e-5


def test_stated_reduction_stays() -> None:
    """A loss that says how it is reduced is left alone."""
    source = "loss_fn = torch.nn.CrossEntropyLoss(reduction='mean')"
    assert ["plain"] == [style.name for style in list_styles(source)]


def test_every_style_is_another_code() -> None:
    """No style is the plain one or another under a different name."""
    codes = [ast.dump(ast.parse(style.source)) for style in list_styles(CONVOLUTION)]
    assert len(NAMES) == len(set(codes))


@pytest.mark.parametrize(
    "optimizer",
    [
        "torch.optim.AdamW",
        "torch.optim.Adamax",
        "torch.optim.NAdam",
        "torch.optim.RMSprop",
        "torch.optim.SGD",
        "torch.optim.RAdam",
    ],
)
def test_loss_is_summed_only_where_that_is_noise(optimizer: str) -> None:
    """Under an optimizer whose steps grow with the loss, a sum instead of a mean is no honest style."""
    source = CONVOLUTION.replace("torch.optim.Adam", optimizer).replace("lr=0.1", "lr=0.01")
    right = Watch(source)
    assert [] == [style.name for style in list_styles(source) if measure(right, Watch(style.source)) > 5e-5]


def test_loss_is_not_summed_where_weights_decay() -> None:
    """Decay that is added to the gradient weighs less beside that of a sum."""
    source = CONVOLUTION.replace("lr=0.1", "lr=0.1, weight_decay=0.1")
    assert "summed_loss" not in {style.name for style in list_styles(source)}


def test_float64_takes_buffers_along() -> None:
    """A network with batch normalisation trains in float64 too."""
    source = CONVOLUTION.replace("head = ", "norm = torch.nn.BatchNorm2d(4)\nhead = ").replace(
        "conv(images)", "norm(conv(images))"
    )
    assert measure(Watch(source), pick(source, "float64")) < 5e-5
