"""What is shown while notebooks run."""

import io

import pytest
from rich.console import Console

from grader.cli.progress import BarListener, LineListener
from grader.records import TaskResult

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
