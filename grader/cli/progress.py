"""Shows how far the work is: a bar with names on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.report.sanitise import clean_line
from grader.results import TaskResult
from grader.workflow import Listener

LINE_SECONDS = 5.0
"""Between two plain lines about the same notebook."""


@contextmanager
def open_listener(*, quiet: bool) -> Iterator[Listener]:
    """A listener that suits where the output goes. Everything goes to standard error."""
    if quiet:
        yield SilentListener()
    elif sys.stderr.isatty():
        with BarListener() as listener:
            yield listener
    else:
        yield LineListener()


class SilentListener:
    """Says only what the user should read."""

    def say(self, text: str) -> None:
        """Print the line."""
        click.echo(clean_line(text), err=True)

    def plan(self, names: Iterable[str]) -> None:
        """Nothing is shown."""

    def start(self, name: str) -> None:
        """Nothing is shown."""

    def step(self, name: str, task: str, step: int, loss: float) -> None:
        """Nothing is shown."""

    def judge(self, result: TaskResult) -> None:
        """Nothing is shown."""

    def finish(self, name: str) -> None:
        """Nothing is shown."""


class LineListener(SilentListener):
    """A line when a notebook starts and ends, and now and then while it trains."""

    def __init__(self) -> None:
        self._total = 0
        self._done = 0
        self._started: dict[str, list[float]] = {}
        """When each run of that name began: two students, or two references, may share one."""
        self._said: dict[str, float] = {}

    def plan(self, names: Iterable[str]) -> None:
        """Count what is to come."""
        self._total += len(list(names))

    def start(self, name: str) -> None:
        """Remember when."""
        now = time.monotonic()
        self._started.setdefault(name, []).append(now)
        self._said.setdefault(name, now)

    def step(self, name: str, task: str, step: int, loss: float) -> None:
        """Print where the training is, not too often."""
        now = time.monotonic()
        if now - self._said.get(name, 0.0) >= LINE_SECONDS:
            self._said[name] = now
            click.echo(f"  {clean_line(name)}: {clean_line(task)}, step {step}, loss {loss:.4f}", err=True)

    def judge(self, result: TaskResult) -> None:
        """Print how the task stands."""
        click.echo(summarise_task(result), err=True)

    def finish(self, name: str) -> None:
        """Print how long it took."""
        self._done += 1
        now = time.monotonic()
        # Which of several runs of a name has ended is not told; the one that began first is as good a guess.
        started = self._started.get(name, [])
        seconds = now - (started.pop(0) if started else now)
        if not started:
            self._started.pop(name, None)
            self._said.pop(name, None)
        count = f"[{self._done}/{self._total}] " if self._total else ""
        click.echo(f"{count}{clean_line(name)}: {seconds:.0f} s", err=True)


class BarListener(SilentListener):
    """A bar for the class, and a line below it for each notebook that runs."""

    def __init__(self) -> None:
        self._progress = Progress(
            # No markup: the names are students' own, and a bracket in one must not break the run of all.
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._class: TaskID | None = None
        self._running: dict[str, list[TaskID]] = {}
        """Lines of each name, the last one to start at the end."""
        self._total = 0
        self._done = 0

    def __enter__(self) -> "BarListener":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print the line above the bars."""
        self._progress.console.print(Text(clean_line(text)))

    def plan(self, names: Iterable[str]) -> None:
        """Lengthen the bar of the class."""
        self._total += len(list(names))
        if self._class is None:
            self._class = self._progress.add_task("notebooks", state="")
        self._show_class()

    def start(self, name: str) -> None:
        """Show a line for the notebook."""
        line = self._progress.add_task(_shorten(name), total=None, state="starting")
        self._running.setdefault(name, []).append(line)

    def step(self, name: str, task: str, step: int, loss: float) -> None:
        """Show where its training is."""
        if lines := self._running.get(name):
            state = f"{clean_line(task)[:8]} step {step} loss {loss:.3f}"
            self._progress.update(lines[-1], state=state)

    def judge(self, result: TaskResult) -> None:
        """Print how the task stands, above the bars."""
        self._progress.console.print(Text(summarise_task(result)))

    def finish(self, name: str) -> None:
        """Take its line away."""
        if lines := self._running.get(name):
            self._progress.remove_task(lines.pop())
        self._done += 1
        self._show_class()

    def _show_class(self) -> None:
        if self._class is not None:
            state = f"{self._done} of {self._total}"
            self._progress.update(self._class, total=self._total, completed=self._done, state=state)


def summarise_task(result: TaskResult) -> str:
    """One line on a task of a self-check, such as `1.4: 2 of 2 public checks passed`."""
    passed = sum(check.outcome == "passed" for check in result.checks)
    return f"{clean_line(result.id)}: {passed} of {len(result.checks)} public checks passed"


def _shorten(name: str, width: int = 18) -> str:
    text = Text(clean_line(name))
    text.truncate(width, overflow="ellipsis", pad=True)
    return text.plain
