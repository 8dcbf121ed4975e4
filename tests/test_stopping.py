"""Replayed code with real optimizers: where a training is left, and what of the code still happens."""

import ast
import builtins
import textwrap
import traceback
from collections.abc import Iterator

import pytest
import torch
from stopping_samples import KEPT, SETUP, TRAININGS, Replay, run_unwatched
from torch.optim.optimizer import register_optimizer_step_post_hook

from grader.probe.stopping import (
    DRAW,
    ENTER,
    LEAVE,
    STEPS_IN_ALL,
    STEPS_OF_GRACE,
    ReplayEnded,
    Stopper,
    call_after,
)


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """A replay in which `SETUP` has run; torch and the builtins are put back when it ends."""
    for name in (ENTER, LEAVE, DRAW):
        monkeypatch.setattr(builtins, name, None, raising=False)
    stopper = Stopper(KEPT)
    stopper.install()
    built = call_after(torch.optim.Optimizer.__init__, stopper.note_birth)
    monkeypatch.setattr(torch.optim.Optimizer, "__init__", built)
    replay = Replay(stopper)
    hook = register_optimizer_step_post_hook(replay.note_step)
    replay.run(SETUP)
    stopper.restart()
    yield replay
    hook.remove()


@pytest.mark.parametrize("name", TRAININGS)
def test_training_is_left_after_the_steps_kept(replay: Replay, name: str) -> None:
    """Whatever drives it, a training makes the steps kept, with a full run's numbers, and no exception.

    A loop around the one that drives it may begin one more round, because it could be one over networks.
    """
    expected = run_unwatched(replay, TRAININGS[name])
    assert 20 == len(expected["losses"])
    actual = replay.run(TRAININGS[name] + "\nbehind = True")
    made = len(actual["losses"])
    assert made in (KEPT, KEPT + 1)
    assert expected["losses"][:made] == actual["losses"]
    assert actual["behind"]
    assert not {"caught", "to_the_end"} & set(actual)


@pytest.mark.parametrize("name", list(TRAININGS))
def test_marks_change_nothing_where_nothing_stops(replay: Replay, name: str) -> None:
    """Until a training has made its steps, marked code takes the course of the code as written."""
    replay.stopper.steps = 1000
    expected, actual = run_unwatched(replay, TRAININGS[name]), replay.run(TRAININGS[name])
    for variable in ("losses", "kept", "total", "i", "to_the_end"):
        assert expected.get(variable) == actual.get(variable)
    assert torch.equal(expected["net"].weight, actual["net"].weight)


def test_comprehension_over_something_endless_ends(replay: Replay) -> None:
    """What would have ended by its own values ends in a replay, too."""
    source = """
    def count():
        for i in range(10_000): yield i
        raise RuntimeError("it ran on")
    any(step(net, optimizer) is None or len(losses) == 20 for _ in count())
    """
    tree = ast.parse(textwrap.dedent(source))
    # `count` stands for itertools.count, which no mark can reach.
    exec(compile(ast.Module(tree.body[:1], []), "<library>", "exec"), replay.namespace)
    replay.run(ast.unparse(tree.body[1]))
    assert KEPT == len(replay.namespace["losses"])


def test_code_behind_and_around_the_training_runs(replay: Replay) -> None:
    """Loops within the rounds that are kept, an evaluation, and loops without a training run in full."""
    found = replay.run("""
    seen, rounds = [], []
    for epoch in range(20):
        step(net, optimizer)
        rounds.append([batch for batch in range(4)])
    for row in x:
        seen.append(net(row).argmax().item())
    squares = [number * number for number in range(50)]
    n = 0
    while n < 30: n += 1
    """)
    assert [[0, 1, 2, 3]] * KEPT == found["rounds"]
    assert found["net"](found["x"]).argmax(1).tolist() == found["seen"]
    assert [number * number for number in range(50)] == found["squares"]
    assert 30 == found["n"]


def test_evaluation_in_a_later_cell_runs_in_full(replay: Replay) -> None:
    """A function that both trains and evaluates is left only where it trains."""
    replay.run("""
    def go(n, train):
        rounds = 0
        for _ in range(n):
            rounds += 1
            if train: step(net, optimizer)
        return rounds
    trained = go(20, True)
    """)
    assert (KEPT, 7) == (replay.run("evaluated = go(7, False)")["trained"], replay.namespace["evaluated"])


@pytest.mark.parametrize("built", ["in turn", "both before"])
def test_two_trainings_make_their_own_steps(replay: Replay, built: str) -> None:
    """The second training of a cell is no less replayed than the first."""
    second = "other, second = build()"
    first, then = (second, "") if built == "both before" else ("", second)
    source = "{}\nfor _ in range(9): step(net, optimizer)\n{}\nfor _ in range(9): step(other, second)"
    replay.run(source.format(first, then))
    assert [KEPT, KEPT] == list(replay.made.values())


def test_optimizers_in_turn_make_as_many_steps(replay: Replay) -> None:
    """Two optimizers that step in one round are left after the same round."""
    replay.run("""
    other, second = build()
    for _ in range(9):
        step(net, optimizer)
        step(other, second)
    """)
    assert [KEPT, KEPT] == list(replay.made.values())


def test_each_configuration_is_trained(replay: Replay) -> None:
    """A loop that builds a network in each round goes on, and what it drives is left each time."""
    found = replay.run("""
    results = {}
    for lr in (0.1, 0.01, 0.001, 1.0):
        net, optimizer = build(lr)
        results[lr] = [step(net, optimizer) for _ in range(9)]
    """)
    assert {0.1: KEPT, 0.01: KEPT, 0.001: KEPT, 1.0: KEPT} == {
        lr: len(steps) for lr, steps in found["results"].items()
    }


def test_optimizer_built_in_every_round_is_left_in_the_end(replay: Replay) -> None:
    """Trainings of one step each end by their number, without an exception."""
    found = replay.run("""
    for _ in range(1000):
        optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
        step(net, optimizer)
    behind = True
    """)
    assert STEPS_IN_ALL * KEPT == len(found["losses"])
    assert found["behind"]


@pytest.mark.parametrize(
    "source",
    [
        "def go(n):\n    step(net, optimizer)\n    if n: go(n - 1)\ngo(20)",
        "exec('for _ in range(20): step(net, optimizer)')",
        "list(map(lambda _: step(net, optimizer), range(20)))",
        "\n".join(["step(net, optimizer)"] * 20),
    ],
    ids=["recursion", "string", "map", "by-hand"],
)
def test_training_that_no_loop_drives_ends_by_an_exception(replay: Replay, source: str) -> None:
    """It ends within the steps of grace, by what `except Exception` lets through."""
    with pytest.raises(ReplayEnded):
        replay.run(f"try:\n{textwrap.indent(source, '    ')}\nexcept Exception:\n    caught = True")
    assert not issubclass(ReplayEnded, Exception)
    assert KEPT <= replay.made.total() <= KEPT + STEPS_OF_GRACE
    assert "caught" not in replay.namespace


def test_what_catches_every_exception_runs_to_its_end(replay: Replay) -> None:
    """A training that neither a loop nor an exception ends is let alone after a few tries."""
    replay.run("""
    def go(n):
        try:
            step(net, optimizer)
        except BaseException:
            pass
        if n: go(n - 1)
    go(19)
    """)
    assert 20 == replay.made.total()


def test_next_tasks_are_trained_as_well(replay: Replay) -> None:
    """After each restart the same optimizer makes its own steps again, and no exception ends them."""
    for _ in range(5):
        found = replay.run("del losses[:]\nfor _ in range(9): step(net, optimizer)")
        assert KEPT == len(found["losses"])
        # Steps are counted by task.
        replay.made.clear()
        replay.stopper.restart()


@pytest.mark.parametrize(
    "source",
    [
        "for i in range(3):\n    a = 1\n    1 / 0",
        "i = 3\nwhile i:\n    i -= 1\n    if i == 1:\n        1 / 0",
        "a = [1 for _ in range(2)]\nb = [\n    1 / n\n    for n in range(3)\n]",
        "def go():\n\n    while True:\n\n        1 / 0\n\ngo()",
        "for i in 1 / 0:\n    pass",
        "i = 1\nwhile (\n    1 / 0\n):\n    pass",
    ],
)
def test_errors_stand_on_the_lines_they_were_written_on(replay: Replay, source: str) -> None:
    """A traceback names the same lines and functions with and without marks."""

    def find_lines(*, marked: bool) -> list[tuple[int | None, str]]:
        with pytest.raises(ZeroDivisionError) as caught:
            replay.run(source, marked=marked)
        frames = traceback.extract_tb(caught.value.__traceback__)
        return [(frame.lineno, frame.name) for frame in frames if frame.filename == "<cell>"]

    assert find_lines(marked=False) == find_lines(marked=True)


def test_loop_over_networks_that_are_built_already_goes_on(replay: Replay) -> None:
    """A loop that only holds the one that drives a training is not left with it."""
    source = """
nets = [torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)]
optimizers = [torch.optim.Adam(each.parameters()) for each in nets]
rounds = []
for each, stepper in zip(nets, optimizers):
    for epoch in range(20):
        step(each, stepper)
    rounds.append(epoch)
"""
    assert [KEPT, KEPT] == replay.run(source)["rounds"]
