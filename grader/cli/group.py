"""The group of commands: what interrupts them, and what they exit with where nothing else is said."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import click
from click_default_group import DefaultGroup

from grader.cli.options import INTERRUPTED, LOST, MISUSE, OWN_FAULT
from grader.errors import EngineError, GraderError


@contextmanager
def end_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP act as Ctrl-C does: kernels end and their folders go, as by default they do not."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        # Supervisors send both, or one twice, and the second must not break into the clearing up.
        for other in replaced:
            signal.signal(other, signal.SIG_IGN)
        # asyncio has a handler of its own here, which cancels what runs rather than break into it.
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):
            raise KeyboardInterrupt
        handler(signal.SIGINT, frame)

    replaced: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            # What is ignored stays so: that is how nohup lets a run outlive its terminal.
            if signal.getsignal(number) is not signal.SIG_IGN:
                replaced[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, before in replaced.items():
            signal.signal(number, before)


class Commands(DefaultGroup):  # type: ignore[misc]
    """Turns what the package raises on purpose into a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a GraderError is misuse of some kind, never a traceback."""
        try:
            with end_on_signals():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            # After a hang-up there is no terminal to tell.
            with suppress(OSError):
                click.echo(f"grade: interrupted; {ctx.meta.get(LOST, 'nothing had begun.')}", err=True)
            sys.exit(INTERRUPTED)
        except EngineError as error:
            click.echo(f"grade: {error}", err=True)
            sys.exit(OWN_FAULT)
        except GraderError as error:
            click.echo(f"grade: {error}", err=True)
            sys.exit(MISUSE)
