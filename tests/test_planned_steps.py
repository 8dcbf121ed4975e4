"""How long a stopped training would have gone on, told by the loop that drives it."""

import itertools
from typing import Any, cast

import numpy as np
import pytest
import torch
from stopping_samples import Replay
from test_stopping import replay
from torch.utils.data import DataLoader, RandomSampler, TensorDataset
from tqdm import tqdm  # type: ignore[import-untyped]

from grader.probe.lengths import find_length
from grader.probe.tasks import Probe

__all__ = ["replay"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for epoch in range(40): step(net, optimizer)", 40),
        ("for epoch in [0] * 17: step(net, optimizer)", 17),
        ("for batch in torch.zeros(9, 2): step(net, optimizer)", 9),
        ("def fit():\n    for epoch in range(40): step(net, optimizer)\nfit()", 40),
        ("[step(net, optimizer) for epoch in range(40)]", 40),
        ("for epoch in range(2): step(net, optimizer)", None),
        ("for epoch in itertools.count(): step(net, optimizer)", None),
        ("while True: step(net, optimizer)", None),
        ("step(net, optimizer)\nfor epoch in range(40): step(net, optimizer)", None),
        ("for epoch in range(8):\n    for part in range(5): step(net, optimizer)", None),
        ("for epoch in range(40):\n    step(net, optimizer)\n    step(net, optimizer)", None),
        ("for i in range(4): step(net, optimizer)\nfor i in range(40): step(net, optimizer)", None),
    ],
)
def test_steps_are_planned_by_the_loop(
    replay: Replay,
    source: str,
    expected: int | None,
) -> None:
    """One step a round, in one loop of known length: else it is not known how many there would have been."""
    replay.run(source)
    assert expected == replay.stopper.find_planned(replay.made)


def test_task_that_is_not_stopped_trains_to_its_end(replay: Replay) -> None:
    """A statement's own training makes all of its steps, and none are planned beyond them."""
    replay.stopper.restart(stops=False)
    replay.run("for epoch in range(40): step(net, optimizer)")
    assert [40] == list(replay.made.values())
    assert replay.stopper.find_planned(replay.made) is None


def test_lengths_of_known_classes_are_told() -> None:
    """Lists, tables, loaders over tensors, and what is wrapped around them."""
    rows = TensorDataset(torch.zeros(10, 2))
    known: list[tuple[Any, int]] = [
        ((1, 2), 2),
        (np.zeros((4, 2)), 4),
        (enumerate(range(7)), 7),
        (zip([1, 2, 3], range(5), strict=False), 3),
        (enumerate(zip(torch.zeros(6), range(9), strict=False)), 6),
        (tqdm(range(30), disable=True), 30),
        (DataLoader(rows, batch_size=4), 3),
        (DataLoader(rows, batch_size=4, shuffle=True, drop_last=True), 2),
    ]
    assert [length for _, length in known] == [find_length(iterable) for iterable, _ in known]


def test_length_of_what_has_own_code_is_unknown() -> None:
    """Whatever class it names as its own or is wrapped in, nothing of it is called."""
    called: list[str] = []

    class Own(list[int]):
        __module__ = "torch"

        def __len__(self) -> int:
            called.append("len")
            return 99

        def __length_hint__(self) -> int:
            called.append("hint")
            return 99

        @property
        def dataset(self) -> None:
            called.append("dataset")

    own, rows = Own([1]), TensorDataset(torch.zeros(10, 2))
    sampled = DataLoader(rows, sampler=RandomSampler(rows, num_samples=99))
    unknown: tuple[Any, ...] = (
        own,
        tqdm(own, disable=True),
        DataLoader(cast(Any, own)),
        sampled,
        torch.nn.Parameter(torch.zeros(3)),
    )
    assert [None] * 5 == [find_length(each) for each in unknown]
    called.clear()
    assert (None, None) == (find_length(own), find_length(type("range", (Own,), {})()))
    assert [] == called


def test_length_is_asked_in_quick_runs_alone(replay: Replay) -> None:
    """A replay that nobody asks for the length looks at no loop."""
    replay.stopper._asks_lengths = False
    replay.run("for epoch in range(40): step(net, optimizer)")
    assert replay.stopper.find_planned(replay.made) is None
    stoppers = {
        mode: Probe(seed=1, map_devices=False, mode=mode, steps=3).stopper for mode in ("quick", "hidden")
    }
    assert {"quick": True, "hidden": False} == {
        mode: each and each._asks_lengths for mode, each in stoppers.items()
    }


def test_length_is_never_asked_of_the_notebook() -> None:
    """A class of the notebook's own could count how often its length is asked for."""
    own = type("Own", (list,), {"__module__": "__main__", "__len__": lambda self: 1 / 0})
    faulty = type("Faulty", (list,), {"__module__": "library", "__len__": lambda self: 1 / 0})
    assert find_length(own()) is None
    assert find_length(faulty()) is None
    assert find_length(itertools.count()) is None
    assert 3 == find_length("abc")
