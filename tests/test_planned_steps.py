"""How long a stopped training would have gone on, told by the loop that drives it."""

import itertools

import pytest
from test_stopping import Replay, replay

from grader.probe.stopping import find_length

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


def test_length_is_never_asked_of_the_notebook() -> None:
    """A class of the notebook's own could count how often its length is asked for."""
    own = type("Own", (list,), {"__module__": "__main__", "__len__": lambda self: 1 / 0})
    faulty = type("Faulty", (list,), {"__module__": "library", "__len__": lambda self: 1 / 0})
    assert find_length(own()) is None
    assert find_length(faulty()) is None
    assert find_length(itertools.count()) is None
    assert 3 == find_length("abc")
