"""Tables and images of repeated trainings are held against what each training came to at its last step."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import nbformat
import numpy as np
import pytest
from kernels import run_notebook
from matplotlib.figure import Figure
from value_samples import judge, leave, summarise

from grader.evidence import Array, Evidence
from grader.execute.plan import RunPlan, TaskPlan
from grader.execute.sandbox import choose_sandbox
from grader.judge.drawn_runs import count_pairs
from grader.values import Kept, TableValue, TrainingSummary, name_value

LAST_LETTERS = [1.0] * 8 + [0.5] * 4, [1.0] * 2 + [0.5] * 10
"""Mean fitted values where a last letter is due, of twelve LSTMs and of twelve RNNs."""
SATURATED = [0.1 + number / 60 for number in range(12)], [0.75 + number / 60 for number in range(12)]
RIGHT = {"variable": "a", "kind": "net", "score": "right", "better": "LSTM", "worse": "RNN", "least_runs": 12}
RIGHT |= {"seen": "right", "rarest": 2, "tie": 0.2, "min_share": 0.45}
BEYOND = {**RIGHT, "score": "saturated", "better": "RNN", "worse": "LSTM", "seen": "saturated"}


def train_runs(*, is_seen: bool = True) -> list[TrainingSummary]:
    """Twelve LSTMs and twelve RNNs: of four classes the two rarer ones are the hard ones."""
    trainings = []
    for kind, rights, shares in zip(("LSTM", "RNN"), LAST_LETTERS, SATURATED, strict=True):
        for right, share in zip(rights, shares, strict=True):
            plain = summarise(len(trainings), kind, 0.3 + len(trainings) / 100)
            seen = {"right": ((20, right - 0.01), (20, right + 0.01), (39, 0.99), (40, 1.0))}
            trainings.append(plain.model_copy(update={**seen, "saturated": share} if is_seen else {}))
    return trainings


def make_table(lstm: Sequence[float], rnn: Sequence[float], score: str) -> list[dict[str, Any]]:
    """One row for each number, the RNNs' first and from the highest on: any order will do."""
    return [{"net": "RNN", score: each} for each in sorted(rnn, reverse=True)] + [
        {"net": "LSTM", score: each} for each in lstm
    ]


def find_outcome(
    options: dict[str, Any], lstm: Sequence[float], rnn: Sequence[float], *, is_seen: bool = True
) -> str:
    """The verdict on a table of these scores."""
    rows = make_table(lstm, rnn, str(options["score"]))
    return judge(
        "compares_runs", options, leave({"a": rows}, trainings=train_runs(is_seen=is_seen)), repeats=True
    ).outcome


@pytest.mark.parametrize(
    ("options", "lstm", "rnn", "outcome"),
    [
        (RIGHT, *LAST_LETTERS, "passed"),
        (RIGHT, [each - 0.15 for each in LAST_LETTERS[0]], LAST_LETTERS[1], "passed"),
        (RIGHT, [0.6, *LAST_LETTERS[0][1:]], LAST_LETTERS[1], "passed"),
        (RIGHT, [100 * each for each in LAST_LETTERS[0]], [100 * each for each in LAST_LETTERS[1]], "passed"),
        (RIGHT, [0.75, 0.75, *LAST_LETTERS[0][2:]], LAST_LETTERS[1], "failed"),
        (RIGHT, [1.0] * 12, [0.5] * 12, "failed"),
        (RIGHT, [1.0] * 12, [1.0] * 12, "failed"),
        (RIGHT, [1.0] * 12, [0.75] * 12, "failed"),
        (BEYOND, *SATURATED, "passed"),
        (BEYOND, [each + 0.08 for each in SATURATED[0]], SATURATED[1], "passed"),
        (BEYOND, [0.25] * 12, [1 / 3] * 12, "failed"),
        (BEYOND, [0.0] * 12, [1.0] * 12, "failed"),
        (BEYOND, SATURATED[1], SATURATED[0], "failed"),
    ],
    ids=(
        "as-seen after-an-update one-thrown-back per-cent two-apart clear all-right even "
        "shares shares-after-an-update made-up extreme exchanged"
    ).split(),
)
def test_scores_are_those_that_were_seen(
    options: dict[str, Any], lstm: Sequence[float], rnn: Sequence[float], outcome: str
) -> None:
    """About, since they may be computed after the last update, and but for one row of twelve."""
    assert outcome == find_outcome(options, lstm, rnn)


def test_scores_that_were_not_seen_are_believed() -> None:
    """A loss that is written by hand is none that a student loses marks by."""
    assert "passed" == find_outcome(RIGHT, [1.0] * 12, [0.5] * 12, is_seen=False)


@pytest.mark.parametrize(("unseen", "outcome"), [(3, "passed"), (2, "failed")])
def test_one_training_that_was_not_seen_is_one_row(unseen: int, outcome: str) -> None:
    """Four of twelve LSTMs are said to be better than they were: one may be, and each that was not seen."""
    trainings = train_runs()
    for place in range(8, 8 + unseen):
        trainings[place] = trainings[place].model_copy(update={"right": ()})
    rows = make_table([1.0] * 12, LAST_LETTERS[1], "right")
    verdict = judge("compares_runs", RIGHT, leave({"a": rows}, trainings=trainings), repeats=True)
    assert outcome == verdict.outcome, verdict.actual


def test_all_classes_count_where_none_is_chosen() -> None:
    """Then the mean is that over all rows: 20, 20, 39 and 40 of 119."""
    means = [[(40 * right + 39 * 0.99 + 40 * 1.0) / 119 for right in rights] for rights in LAST_LETTERS]
    options = {**RIGHT, "rarest": None, "tie": 0.0}
    assert "passed" == find_outcome({key: each for key, each in options.items() if each is not None}, *means)


ENDINGS = [np.random.default_rng(number).dirichlet(np.ones(4), 16) for number in range(6)]
"""Fitted values of the last sixteen rows of six trainings."""


def show_runs(images: Sequence[Array], endings: Sequence[Array | None]) -> Evidence:
    """Evidence of trainings that ended like that, and of images."""
    figure = Figure()
    for place, image in enumerate(images):
        figure.add_subplot(1, len(images), place + 1).matshow(image, cmap="bwr", vmin=-1, vmax=1)
    trainings = [
        summarise(number, "RNN", 0.3).model_copy(
            update={"ending": None if each is None else Kept(shape=each.shape, array=100 + number)}
        )
        for number, each in enumerate(endings)
    ]
    evidence = leave(figures=[figure], trainings=trainings)
    kept = {name_value("1", 100 + number): each for number, each in enumerate(endings) if each is not None}
    return replace(evidence, arrays={**evidence.arrays, **kept})


def draw_run(ending: Array, shift: float = 0.0) -> Array:
    """An image of six rows: three columns of hidden values, four of fitted ones."""
    hidden = np.sin(np.arange(18.0) + ending[-1, 0]).reshape(6, 3)
    return np.hstack([hidden, ending[-6:] + shift])


NOISE = [np.random.default_rng(100 + number).uniform(-1, 1, (6, 7)) for number in range(6)]


@pytest.mark.parametrize(
    ("images", "endings", "outcome"),
    [
        ([draw_run(each) for each in ENDINGS], ENDINGS, "passed"),
        ([draw_run(each, 0.1) for each in ENDINGS[::-1]], ENDINGS, "passed"),
        ([*(draw_run(each) for each in ENDINGS[:5]), NOISE[0]], ENDINGS, "passed"),
        ([*(draw_run(each) for each in ENDINGS[:4]), *NOISE[:2]], ENDINGS, "failed"),
        (NOISE, ENDINGS, "failed"),
        ([draw_run(each) for each in ENDINGS], [], "failed"),
        ([draw_run(ENDINGS[0], number / 50) for number in range(6)], ENDINGS, "failed"),
        ([draw_run(each[::-1]) for each in ENDINGS], ENDINGS, "failed"),
        ([draw_run(each) for each in ENDINGS], [*ENDINGS[:3], *[None] * 3], "passed"),
        (NOISE[:4], [None] * 6, "failed"),
    ],
    ids="all after-an-update one-lost two-lost noise untrained one-run other-rows half-seen few".split(),
)
def test_images_show_trainings(
    images: Sequence[Array], endings: Sequence[Array | None], outcome: str
) -> None:
    """Five of six at least, each of them another training; one that was not seen may be any image."""
    options = {"what": "image", "count": 5, "shape": [6, 7], "distinct": True, "trainings": True}
    verdict = judge("figure_drawn", options, show_runs(images, endings), figures=True)
    assert outcome == verdict.outcome, verdict.actual


def test_images_are_paired_as_well_as_they_can_be() -> None:
    """The first image fits both trainings and the second only one of them: both have one."""
    assert 2 == count_pairs([[True, True], [True, False]])
    assert 1 == count_pairs([[True, False], [True, False]])


SETUP = """
import torch

def encode(text, symbols):
    codes = torch.tensor([symbols.index(letter) for letter in text])
    one_hot = torch.nn.functional.one_hot(codes).float()
    return one_hot[:-1], one_hot[1:]

x, y = encode("abcabC" * 20, "abcC")
cross_entropy = torch.nn.functional.cross_entropy
rows = []

def note(hidden, yhat):
    right = (yhat * y).sum(1)[y[:, 2:].sum(1) > 0].mean().item()
    saturated = (hidden.abs() > 0.9).float().mean().item()
    rows.append({"right": right, "saturated": saturated, "last": yhat[-1, 0].item()})

def train(kind, find_loss, epochs=30):
    net, linear = kind(4, 3), torch.nn.Linear(3, 4)
    optimizer = torch.optim.Adam([*net.parameters(), *linear.parameters()], lr=0.1)
    for _ in range(epochs):
        hidden = net(x)[0]
        output = linear(hidden)
        loss = find_loss(output)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    note(hidden.detach(), output.softmax(1).detach())
"""
STYLES = {
    "one-hot": "cross_entropy(output, y)",
    "numbers": "torch.nn.CrossEntropyLoss()(output, y.argmax(1))",
    "logarithms": "torch.nn.functional.nll_loss(output.log_softmax(1), y.argmax(1))",
    "softmax": "cross_entropy(output.softmax(1), y)",
    "halves": "cross_entropy(output[:60], y[:60]) + cross_entropy(output[60:], y[60:])",
}
UNSEEN = "-(output.softmax(1).log() * y).sum(1).mean()"


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """Two trainings in each style of writing a loss, and two with one that is written by hand."""
    sources = [SETUP] + [
        f"rows = []\nfor kind in (torch.nn.RNN, torch.nn.LSTM):\n    train(kind, lambda output: {loss})"
        for loss in (*STYLES.values(), UNSEEN)
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    tasks = tuple(TaskPlan(style, variables=("rows",), repeats=True) for style in (*STYLES, "unseen"))
    plan = RunPlan("styles", "", (None, *(task.id for task in tasks)), tasks, seed=7)
    return asyncio.run(run_notebook(notebook, plan, choose_sandbox())).evidence


@pytest.mark.kernel
@pytest.mark.parametrize("style", STYLES)
def test_ending_is_what_the_notebook_computes(evidence: Evidence, style: str) -> None:
    """Of the two rarer letters, of hidden values, and of the last row, however the loss is written."""
    run = evidence.run.task(style)
    assert run is not None and not run.notes
    table = run.left.values["rows"]
    assert isinstance(table, TableValue) and 2 == len(run.left.trainings)
    noted = {column.name: column.cells for column in table.columns}
    for number, training in enumerate(run.left.trainings):
        assert [20, 20, 39, 40] == [rows for rows, _ in training.right]
        right = (training.right[0][1] + training.right[1][1]) / 2
        ending = evidence.read_kept(style, training.ending) if training.ending else None
        assert ending is not None and (16, 4) == ending.shape
        assert noted["right"][number] == pytest.approx(right, abs=1e-5)
        assert noted["last"][number] == pytest.approx(float(ending[-1, 0]), abs=1e-5)
        assert noted["saturated"][number] == pytest.approx(training.saturated, abs=1e-6)


@pytest.mark.kernel
def test_loss_by_hand_leaves_no_ending(evidence: Evidence) -> None:
    """And costs nothing of the training itself."""
    run = evidence.run.task("unseen")
    assert run is not None and not run.notes
    assert [(30, (), None)] * 2 == [(each.steps, each.right, each.ending) for each in run.left.trainings]
