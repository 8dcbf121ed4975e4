"""One entry of the store: what one run left, and the time that it was allowed.

A folder with `run.json`, `arrays.safetensors` and `outputs.json`, and `entry.json`, which holds the hash of
each. All that is read is checked; what does not pass is EvidenceError, never a guess.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.errors import EvidenceError
from grader.evidence import ARRAYS_FILE, RECORD_FILE, Evidence, read_evidence, write_evidence
from grader.records import Record

OUTPUTS_FILE, ENTRY_FILE = "outputs.json", "entry.json"
LARGEST_FILE_BYTES = 2**30
STOPPED = ("timeout", "skipped")
"""How a cell ends for which there was not enough time."""

Outputs = Sequence[dict[str, Any]]
"""What each code cell showed: `execution_count` and `outputs` as nbformat has them; empty for other cells."""


class TimeLimits(Record):
    """The seconds that a run was allowed. They decide what comes out only where something was stopped."""

    cell_seconds: float
    task_seconds: float
    notebook_seconds: float

    def is_within(self, other: "TimeLimits") -> bool:
        """Whether none of these is longer than the other's."""
        return (
            self.cell_seconds <= other.cell_seconds
            and self.task_seconds <= other.task_seconds
            and self.notebook_seconds <= other.notebook_seconds
        )


@dataclass(frozen=True)
class Entry:
    """What one run left."""

    evidence: Evidence
    outputs: Outputs
    limits: TimeLimits

    @property
    def was_stopped(self) -> bool:
        """Whether a cell ran out of time, or was not reached in time."""
        return any(cell.status in STOPPED for cell in self.evidence.run.cells)

    def stands_for(self, limits: TimeLimits) -> bool:
        """Whether a run within these limits would leave the same.

        Where nothing was stopped, whenever what it took fits in; where something was, unless there is now
        more time. So more seconds run those again that lacked them, and nobody else.
        """
        if self.was_stopped:
            return limits.is_within(self.limits)
        return self.limits.is_within(limits) or self._measure_seconds().is_within(limits)

    def _measure_seconds(self) -> TimeLimits:
        run = self.evidence.run
        tasks: dict[str, float] = {}
        for cell in run.cells:
            if cell.task is not None:
                tasks[cell.task] = tasks.get(cell.task, 0.0) + cell.seconds
        return TimeLimits(
            cell_seconds=max((cell.seconds for cell in run.cells), default=0.0),
            task_seconds=max(tasks.values(), default=0.0),
            notebook_seconds=run.seconds,
        )


class _Manifest(Record):
    """`entry.json`."""

    schema_version: int = 1
    key: str
    limits: TimeLimits
    sha256: dict[str, str]


def write_entry(entry: Entry, key: str, folder: Path) -> None:
    """Write an entry into a folder, which is made, and wait until the disk has it. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True)
    write_evidence(entry.evidence, folder)
    (folder / OUTPUTS_FILE).write_text(json.dumps(entry.outputs), encoding="utf-8")
    names = (RECORD_FILE, ARRAYS_FILE, OUTPUTS_FILE)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    manifest = _Manifest(key=key, limits=entry.limits, sha256=hashes)
    (folder / ENTRY_FILE).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    for name in (*names, ENTRY_FILE):
        sync_path(folder / name)
    sync_path(folder)


def read_entry(key: str, folder: Path) -> Entry:
    """The entry that `write_entry` wrote. Raises EvidenceError where anything of it is not as it was."""
    try:
        manifest = _Manifest.model_validate_json(_read_file(folder / ENTRY_FILE))
        if manifest.key != key:
            raise EvidenceError(f"it is the entry {manifest.key[:12]}")
        outputs: Any = None
        for name in (RECORD_FILE, ARRAYS_FILE, OUTPUTS_FILE):
            content = _read_file(folder / name)
            if hashlib.sha256(content).hexdigest() != manifest.sha256.get(name):
                raise EvidenceError(f"{name} is not as it was written")
            if name == OUTPUTS_FILE:
                outputs = json.loads(content)
        if not isinstance(outputs, list) or not all(isinstance(cell, dict) for cell in outputs):
            raise EvidenceError(f"{OUTPUTS_FILE} does not hold a list of cells")
        return Entry(read_evidence(folder), outputs, manifest.limits)
    except (OSError, ValidationError, ValueError, RecursionError, EvidenceError) as error:
        raise EvidenceError(f"The entry {folder} cannot be used: {error}") from error


def _read_file(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise EvidenceError(f"{path.name} is too large")
    return path.read_bytes()


def sync_path(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
