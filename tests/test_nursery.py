"""Rooms that are opened ahead: lent once, closed if nobody comes, and never the reason for a failure."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from test_launcher import run_cell

from grader.execute.nursery import Nursery
from grader.execute.plan import Limits
from grader.execute.sandbox import Room
from grader.execute.sandbox.fake import FakeSandbox

pytestmark = pytest.mark.kernel


class CountingSandbox(FakeSandbox):
    """Knows the folders of its rooms; those with these numbers do not open."""

    def __init__(self, *broken: int) -> None:
        super().__init__()
        self.broken = broken
        self.folders: list[Path] = []

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """The command, or one that ends at once."""
        self.folders.append(room.work)
        if len(self.folders) - 1 in self.broken:
            return ["/bin/false"]
        return super().build_command(module, arguments, room)


def list_children() -> list[str]:
    """Processes of this one that run launchers."""
    children = psutil.Process().children(recursive=True)
    return [child.name() for child in children if "grader.probe" in " ".join(child.cmdline())]


@pytest.mark.parametrize(("broken", "rooms"), [((), 1), ((0,), 2)])
def test_warmed_room_is_lent(broken: tuple[int, ...], rooms: int) -> None:
    """A notebook runs in the room that stood ready; where that did not open, in one of its own."""
    sandbox = CountingSandbox(*broken)

    async def work() -> str:
        nursery = Nursery(sandbox)
        nursery.warm(Limits(), "cpu")
        nursery.warm(Limits(), "cpu")
        async with nursery.lend() as launcher:
            execution = await run_cell(launcher, "found = 1 + 1; print(found)")
        await nursery.close()
        return str(execution.notebook.cells[0].outputs[0].text)

    assert "2\n" == asyncio.run(work())
    assert rooms == len(sandbox.folders)


def test_no_two_submissions_share_a_room() -> None:
    """Whoever comes second gets a room of its own."""
    sandbox = CountingSandbox()

    async def work() -> None:
        nursery = Nursery(sandbox)
        nursery.warm(Limits(), "cpu")
        async with nursery.lend() as first, nursery.lend() as second:
            await run_cell(first, "x = 1")
            await run_cell(second, "x = 1")

    asyncio.run(work())
    assert 2 == len(set(sandbox.folders)) == len(sandbox.folders)


@pytest.mark.parametrize("seconds", [0.0, 0.3], ids=["while it opens", "while it imports"])
def test_room_that_nobody_takes_is_closed(seconds: float) -> None:
    """Nothing of it is left, neither process nor folder, also where the class is broken off."""
    sandbox = CountingSandbox()

    async def give_up() -> None:
        nursery = Nursery(sandbox)
        nursery.warm(Limits(), "cpu")
        await asyncio.sleep(seconds)
        await nursery.close()

    async def break_off() -> None:
        nursery = Nursery(sandbox)
        nursery.warm(Limits(), "cpu")
        await asyncio.sleep(seconds)
        async with nursery.lend():
            raise asyncio.CancelledError

    asyncio.run(give_up())
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(break_off())
    assert [] == list_children()
    assert [] == [folder for folder in sandbox.folders if folder.exists()]
