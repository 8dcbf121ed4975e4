"""What is shown while notebooks run."""

import io

import pytest
from rich.console import Console

from grader.cli import progress
from grader.cli.progress import BarListener, LineListener, SilentListener
from grader.results import TaskResult

HOSTILE = (r"x\[/b]", "[/b]", "[bold]", "\x1b[31mred", "a\nb", "이서준")


def test_names_are_never_read_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a student or a notebook calls itself, the bars of all go on."""
    listener = BarListener()
    screen = io.StringIO()
    listener._progress.live.console = Console(file=screen, force_terminal=True, width=80)
    with listener:
        listener.plan(HOSTILE)
        for name in HOSTILE:
            listener.start(name)
            listener.step(name, name, 3, 0.5)
            listener.judge(TaskResult(id=name, points=0, max_points=0, checks=()))
        listener._progress.refresh()
        for name in HOSTILE:
            listener.finish(name)
    assert "\x1b[31mred" not in screen.getvalue()


def test_lines_carry_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain lines are plain, and count what is done."""
    listener = LineListener()
    listener.plan(HOSTILE)
    for name in HOSTILE:
        listener.start(name)
        listener.finish(name)
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert len(HOSTILE) == len(said.splitlines())
    assert "[6/6] 이서준" in said


def test_bars_of_one_name_do_not_disturb_each_other() -> None:
    """Of two runs of a name each has a line, which goes when as many have ended, and no other goes."""
    listener = BarListener()
    listener.plan(["kim", "(reference)", "(reference)"])
    for name in ("kim", "(reference)", "(reference)"):
        listener.start(name)
    shown = []
    for name in ("(reference)", "(reference)", "(reference)", "kim"):
        listener.finish(name)
        shown.append([task.description.strip() for task in listener._progress.tasks])
    expected = [["kim", "(reference)"], ["kim"], ["kim"], []]
    assert [["notebooks", *names] for names in expected] == shown


def test_lines_of_one_name_each_tell_their_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second run of a name to end does not lose when it began."""
    now = iter([0.0, 10.0, 30.0, 50.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    listener = LineListener()
    listener.start("(reference)")
    listener.start("(reference)")
    listener.finish("(reference)")
    listener.finish("(reference)")
    assert ["(reference): 30 s", "(reference): 40 s"] == capsys.readouterr().err.splitlines()


def test_what_is_said_carries_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for the user may hold a student's name, so it is cleaned as names are."""
    SilentListener().say("\x1b]0;owned\x07kim\x9b31m")
    assert set() == set(capsys.readouterr().err) & set("\x1b\x07\x9b")
