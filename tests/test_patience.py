"""A start gets as long as it does anything, and no longer."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import count, repeat

import pytest
from test_launcher import prepare

from grader.errors import EngineError
from grader.execute import launcher, patience
from grader.execute.launcher import Launcher
from grader.execute.patience import IDLE_SECONDS, MOST_SECONDS, Patience, measure_work
from grader.execute.sandbox.fake import FakeSandbox

BURN = """
import os, sys, time
while time.process_time() < 0.1:
    pass
print("burnt", flush=True)
sys.stdin.read()
"""
"""Takes some processor time, says so, and waits for its input's end."""
BELOW = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"
SLOW = """
import sys, time
sys.stdin.readline()
time.sleep(1)
sys.exit("it has come this far")
"""


def list_answers(work: Iterator[float], every: float) -> list[float]:
    """Seconds at which patience that is asked so often was not over, up to where it was."""
    now = 0.0
    asked = Patience(lambda: next(work), clock=lambda: now)
    times = []
    while not asked.is_over():
        times.append(now)
        now += every
    return times


def test_what_does_nothing_is_given_up_in_time() -> None:
    """Where nothing works, or nothing can be measured, the wait is as long as is said."""
    assert IDLE_SECONDS - 1 == list_answers(iter([0.0] * 9), every=1.0)[-1]


def test_what_works_slowly_is_waited_for() -> None:
    """A hundredth of a second between two looks is enough, up to a limit; then it is over at once."""
    slow = (number / 100 for number in range(1000))
    assert MOST_SECONDS - 1 == list_answers(slow, every=1.0)[-1]


def test_what_stops_working_is_given_up() -> None:
    """From the last look at which anything had happened it is given half of the time for idling."""
    work = iter([0.1, 0.2, 0.3, 0.3])
    assert 2 * IDLE_SECONDS - 1 == list_answers(work, every=1.0)[-1]


@pytest.mark.parametrize("script", [BURN, BELOW])
def test_work_of_all_processes_counts(script: str) -> None:
    """What a process starts works for it; of one that is gone nothing is left."""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert b"burnt\n" == process.stdout.readline()
        assert measure_work(process.pid) >= 0.09
    assert measure_work(process.pid) == 0


def start(script: str) -> str:
    """What is said of a kernel that a sandbox with this launcher does not start."""

    async def run() -> None:
        notebook, plan = prepare("1")
        async with Launcher(FakeSandbox(script)) as one:
            await one.start_kernel(plan, [cell.source for cell in notebook.cells])

    with pytest.raises(EngineError) as caught:
        asyncio.run(run())
    return str(caught.value)


def test_launcher_that_ends_is_seen_without_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not be asked for even once."""
    monkeypatch.setattr(launcher, "LOOK_SECONDS", 3600.0)
    said = start("raise SystemExit('no torch here')")
    assert "its launcher ended" in said
    assert "no torch here" in said


@pytest.mark.parametrize(
    ("work", "said"), [(repeat(1), "did not answer in time"), (count(), "come this far")]
)
def test_launcher_that_works_has_longer(
    monkeypatch: pytest.MonkeyPatch, work: Iterator[float], said: str
) -> None:
    """One that hangs is given up; one that works all the time, for longer than one may idle, is not."""
    monkeypatch.setattr(patience, "IDLE_SECONDS", 0.4)
    monkeypatch.setattr(patience, "measure_work", lambda pid: next(work))
    monkeypatch.setattr(launcher, "LOOK_SECONDS", 0.05)
    assert said in start(SLOW)


def test_stream_of_other_events_takes_no_longer() -> None:
    """What a sandbox says instead of the answer, again and again, holds nobody."""

    async def wait() -> bool:
        one = Launcher(FakeSandbox(SLOW))

        async def pour() -> None:
            while True:
                one._events.put_nowait({"event": "other"})
                await asyncio.sleep(0.01)

        pouring = asyncio.create_task(pour())
        async with asyncio.timeout(10) as whole:
            with pytest.raises(TimeoutError):
                await one._expect("started", 0.1)
        pouring.cancel()
        return whole.expired()

    assert not asyncio.run(wait())
