"""Runs a notebook unless it is known what that leaves, and finds again what runs have left.

A run is known by a key: a hash over everything that decides what comes out of it. Whose notebook it is, what
the file is called and what it showed before decide nothing. Seconds do not stand in the key either: they
decide only where something was stopped, so each entry says which it stands for (`grader.store.entries`).
"""

import asyncio
import hashlib
import json
import weakref
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict

from grader.errors import EngineError, EvidenceError
from grader.evidence import Evidence
from grader.execute.execution import Execution
from grader.execute.plan import RunPlan
from grader.execute.scratch import Scratch
from grader.store import DerivedFiles, Entry, EvidenceStore, TimeLimits
from grader.workflow.surroundings import hash_machine, hash_sources, list_cards

SECONDS = ("cell_seconds", "task_seconds", "notebook_seconds")
ENGINE = ("probe", "execute", "evidence.py", "records.py", "values.py")
"""Whatever of this package takes part in a run."""

LATEST = 4
"""Entries held in memory: each of them takes a few MB."""

Execute = Callable[[], Awaitable[Execution]]
Say = Callable[[str], None]


class KeptRuns:
    """What runs of one class have left so far, and what earlier ones did."""

    def __init__(
        self,
        store: EvidenceStore | None = None,
        *,
        sandbox: str = "",
        fresh: bool = False,
        say: Say = lambda _: None,
    ) -> None:
        """Without a store everything is run. `fresh` runs what this class has not run itself yet."""
        self._store = store
        self.derived = DerivedFiles(store.folder if store is not None else None)
        """What can be made again from notebooks and runs, such as pages."""
        self._sandbox = sandbox
        self._fresh = fresh
        self._say = say
        self._turns: dict[str, asyncio.Lock] = {}
        self._used: dict[str, None] = {}
        """Keys that this class has met, in order."""
        self._unsaved: dict[str, Entry] = {}
        """What could not be written yet."""
        self._could_save = True
        self._made: set[str] = set()
        """Keys of runs that this class has executed."""
        self._doubtful: dict[str, Entry] = {}
        """What this class judges by, and no later one."""
        self._latest: OrderedDict[str, Entry] = OrderedDict()
        """What was run or read last, since it is often asked for again at once."""
        self.found = 0
        """Runs that an earlier class had left."""

    @asynccontextmanager
    async def take_turn(self, notebook: NotebookNode, plan: RunPlan) -> AsyncIterator[None]:
        """Wait while an identical notebook is at work, so that its runs are found afterwards.

        To be entered before a slot is taken: whoever waits here must not keep others from running.
        """
        if self._store is None:
            yield
            return
        key = self.find_key(notebook, plan)
        async with self._turns.setdefault(key, asyncio.Lock()):
            yield

    async def fetch(self, notebook: NotebookNode, plan: RunPlan, execute: Execute) -> tuple[str, Entry]:
        """What running the notebook leaves, executed only if it is not known, and the key it is kept under.

        Raises EngineError if no kernel can be started, tried twice: a second sandbox may find the memory or
        the process number that the first did not.
        """
        limits = TimeLimits(**{name: getattr(plan.limits, name) for name in SECONDS})
        if self._store is None:
            return "", _make_entry(await _try_twice(execute), limits)
        key = self.find_key(notebook, plan)
        entry = self._find(key, limits)
        if entry is None:
            execution = await _try_twice(execute)
            self._made.add(key)
            entry = _make_entry(execution, limits)
            if execution.is_doubtful:
                self._doubtful[key] = entry
            else:
                self._doubtful.pop(key, None)
                self._keep(key, entry)
        else:
            self.found += key not in self._used
        self._used[key] = None
        self._remember(key, entry)
        record = entry.evidence.run.model_copy(update={"notebook_sha256": plan.notebook_sha256})
        return key, replace(entry, evidence=replace(entry.evidence, run=record))

    def find_key(self, notebook: NotebookNode, plan: RunPlan) -> str:
        """The key of a run; none where nothing is kept."""
        return hash_run(notebook, plan, self._sandbox) if self._store is not None else ""

    def read(self, key: str) -> Evidence:
        """What a run of this class has left. Raises EvidenceError if it is there no more."""
        return self.read_entry(key).evidence

    def read_entry(self, key: str) -> Entry:
        """What a run of this class has left, with what it showed. Raises EvidenceError as `read`."""
        entry = self._doubtful.get(key) or self._unsaved.get(key) or self._latest.get(key)
        if entry is None and self._store is not None:
            entry = self._store.read(key)
        if entry is None:
            raise EvidenceError(
                "What a run of this class left has been removed since. Grade the class again: only what is "
                "missing runs"
            )
        self._remember(key, entry)
        return entry

    def stamp(self, key: str) -> str | None:
        """A hash of what stands under that key; None where that is not what every later class will find."""
        if self._store is None or key in self._doubtful or key in self._unsaved:
            return None
        return self._store.stamp(key)

    def _remember(self, key: str, entry: Entry) -> None:
        self._latest[key] = entry
        self._latest.move_to_end(key)
        while len(self._latest) > LATEST:
            self._latest.popitem(last=False)

    def _find(self, key: str, limits: TimeLimits) -> Entry | None:
        assert self._store is not None
        if key in self._unsaved:
            entry = self._unsaved[key]
            return entry if entry.stands_for(limits) else None
        if self._fresh and (key not in self._made or key in self._doubtful):
            return None
        try:
            return self._store.load(key, limits)
        except EvidenceError as error:
            self._say(f"{error}. It is run again.")
            return None

    def _keep(self, key: str, entry: Entry) -> None:
        self._unsaved[key] = entry
        self._save()

    def _save(self) -> None:
        """Write what waits. A full disk costs the run at hand nothing, and is told once."""
        assert self._store is not None
        fault: OSError | None = None
        for key in list(self._unsaved):
            try:
                self._store.save(key, self._unsaved[key])
                del self._unsaved[key]
            except OSError as error:
                fault = error
        if fault is not None and self._could_save:
            self._say(
                f"What runs leave cannot be kept in {self._store.folder}: {fault.strerror or fault}. The "
                "work goes on, but an interruption now would lose it: make room there, or let it be written."
            )
        self._could_save = fault is None

    def take(
        self, used: Iterable[str], made: set[str], entries: dict[str, Entry], doubtful: dict[str, Entry]
    ) -> None:
        """Take over what was met and made elsewhere for this class, and keep the entries that are given."""
        used = list(used)
        self.found += sum(key not in self._used and key not in self._made | made for key in used)
        self._used.update(dict.fromkeys(used))
        self._made |= made
        for key in made:
            self._latest.pop(key, None)
            self._doubtful.pop(key, None)
        self._doubtful |= doubtful
        for key, entry in entries.items():
            self._keep(key, entry)

    def finish(self) -> None:
        """Write what is still waiting and which entries were used, and say what has been saved."""
        if self._store is None:
            return
        self._save()
        try:
            self._store.remember_run({*self._used, *self.derived.used})
        except OSError as error:
            self._say(f"{self._store.folder} does not know what this run used: {error.strerror or error}.")
        if self.found:
            self._say(
                f"{self.found} of {self.found + self.made} runs stood in {self._store.folder} already. "
                "--fresh runs them again."
            )

    @property
    def made(self) -> int:
        """Runs that were executed for this class, identical ones once."""
        return len(self._made)


def open_kept(folder: Path | None, sandbox: str, fresh: bool, say: Say) -> KeptRuns:
    """What runs have left in a folder; without one, in one that is gone when nobody asks any more.

    Raises GraderError if nothing can be written there.
    """
    if folder is None:
        scratch = Scratch()
        kept = KeptRuns(EvidenceStore(scratch.path / "store"), sandbox=sandbox, say=say)
        weakref.finalize(kept, scratch.remove)
        return kept
    store = EvidenceStore(folder)
    store.sweep()
    return KeptRuns(store, sandbox=sandbox, fresh=fresh, say=say)


async def _try_twice(execute: Execute) -> Execution:
    try:
        return await execute()
    except EngineError:
        return await execute()


def _make_entry(execution: Execution, limits: TimeLimits) -> Entry:
    shown = [
        {"execution_count": cell.execution_count, "outputs": cell.outputs} if cell.cell_type == "code" else {}
        for cell in execution.notebook.cells
    ]
    # As they will be read: what a run shows must not depend on where it came from.
    return Entry(execution.evidence, json.loads(json.dumps(shown)), limits)


def show_outputs(notebook: NotebookNode, outputs: Iterable[dict[str, Any]]) -> NotebookNode:
    """The notebook with what its code showed; its own text, though another's run may have shown it."""
    shown: NotebookNode = from_dict(json.loads(json.dumps(notebook)))
    for cell, left in zip(shown.cells, outputs, strict=True):
        cell.update(from_dict(left))
    return shown


def hash_run(notebook: NotebookNode, plan: RunPlan, sandbox: str) -> str:
    """The key of a run: SHA-256 in hexadecimal."""
    # Not asdict, which copies every cell's task one by one.
    planned = {name: value for name, value in vars(plan).items() if name != "notebook_sha256"}
    planned["limits"] = {name: value for name, value in vars(plan.limits).items() if name not in SECONDS}
    decisive = {
        # Text is not run. That a cell stands there counts: cells are told by their places.
        "cells": [cell.source if cell.cell_type == "code" else None for cell in notebook.cells],
        "plan": planned,
        "sandbox": sandbox,
        "cards": list_cards() if plan.device == "cuda" else [],
        "machine": hash_machine(),
        "engine": hash_sources(ENGINE),
    }
    text = json.dumps(decisive, sort_keys=True, default=_list_parts)
    return hashlib.sha256(text.encode()).hexdigest()


def _list_parts(value: Any) -> Any:
    """The parts of a plan: a record's fields, or a set's items in order."""
    return vars(value) if is_dataclass(value) else sorted(value)
