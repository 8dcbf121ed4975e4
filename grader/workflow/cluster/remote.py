"""Stands on the client for what is on the workers: a sandbox that nothing runs in, and runs looked up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.execute.plan import RunPlan
from grader.execute.sandbox import Room
from grader.store import Entry
from grader.workflow.kept import Execute, KeptRuns


class NotHere(BaseException):
    """Something would have to run on the client. No `Exception`: a unit takes such for a run that failed."""


@dataclass
class RemoteSandbox:
    """The sandbox that all workers use. On the client no room can be opened."""

    name: str
    weaker: str | None = None
    own_folders: tuple[str, ...] = ()

    def build_command(self, module: str, arguments: Sequence[str], room: Room) -> list[str]:
        """Raises NotHere."""
        raise NotHere

    def build_environment(self, room: Room) -> dict[str, str]:
        """Raises NotHere."""
        raise NotHere

    def build_stop_command(self, room: Room) -> list[str]:
        """Nothing."""
        return []


class WatchedRuns(KeptRuns):
    """The client's runs, and which of them a unit has found there."""

    def __init__(self, kept: KeptRuns) -> None:
        super().__init__()
        self._kept = kept
        self.met: list[str] = []
        """Keys, in order."""

    async def fetch(self, notebook: NotebookNode, plan: RunPlan, execute: Execute) -> tuple[str, Entry]:
        """What is known of that run."""
        key, found = await self._kept.fetch(notebook, plan, execute)
        self.met.append(key)
        return key, found

    def find_key(self, notebook: NotebookNode, plan: RunPlan) -> str:
        """The key of a run."""
        return self._kept.find_key(notebook, plan)

    def read_entry(self, key: str) -> Entry:
        """What a run has left."""
        return self._kept.read_entry(key)

    def list_made(self) -> frozenset[str]:
        """Keys of the runs that this class has executed, and that are to be found again."""
        return frozenset(self._kept._made - set(self._kept._doubtful))

    def pack(self, keys: Iterable[str], *, shares: bool) -> tuple[dict[str, Entry], dict[str, Entry]]:
        """What a worker needs of these runs and would not find, and of that what is not to be kept."""
        entries, doubtful = {}, {}
        for key in keys:
            if key in self._kept._doubtful:
                doubtful[key] = self.read_entry(key)
            elif not shares or key in self._kept._unsaved:
                entries[key] = self.read_entry(key)
        return entries, doubtful
