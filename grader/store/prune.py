"""What a store holds, and which of it can go."""

import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.store.derived import DERIVED
from grader.store.store import ENTRIES, KEY, LAST_RUN, remove_path


@dataclass(frozen=True)
class StoredEntry:
    """An entry as a listing shows it."""

    path: Path
    size_bytes: int
    age_seconds: float
    """Since it was written or used last; 0 where the clock has been put back since."""
    used_last: bool
    """Whether the last run that ended used it, or it has been made since."""

    @property
    def key(self) -> str:
        """The entry's key."""
        return self.path.name


def list_entries(folder: Path) -> list[StoredEntry]:
    """The entries of a store, the oldest first; none where there is no store."""
    return _list(folder, ENTRIES)


def list_derived(folder: Path) -> list[StoredEntry]:
    """What was made of the entries and can be made again, the oldest first."""
    return _list(folder, DERIVED)


def _list(folder: Path, part: str) -> list[StoredEntry]:
    used, ended = _read_last_run(folder), _find_last_end(folder)
    now = time.time()
    found = []
    for path in folder.glob(f"{part}/??/*"):
        if not KEY.fullmatch(path.name):
            continue
        try:
            files = path.iterdir() if path.is_dir() else [path]
            size = sum(file.stat().st_size for file in files)
            made = path.stat().st_mtime
        except OSError:
            # Another grader takes it away at this moment.
            continue
        # What is younger is of a run that did not end, and that may be continued.
        in_use = path.name in used or made > ended
        found.append(StoredEntry(path, size, max(0.0, now - made), in_use))
    return sorted(found, key=lambda entry: (-entry.age_seconds, entry.key))


def _find_last_end(folder: Path) -> float:
    """When the last run ended that did; infinity where none has."""
    try:
        return (folder / LAST_RUN).stat().st_mtime
    except OSError:
        return math.inf


def _read_last_run(folder: Path) -> set[str]:
    try:
        keys = json.loads((folder / LAST_RUN).read_bytes())
    except (OSError, ValueError):
        return set()
    return {key for key in keys if isinstance(key, str)} if isinstance(keys, list) else set()


def choose_old(entries: Iterable[StoredEntry], days: float) -> list[StoredEntry]:
    """Those that are older than this many days."""
    return [entry for entry in entries if entry.age_seconds > days * 86_400]


def choose_unused(entries: Iterable[StoredEntry]) -> list[StoredEntry]:
    """Those that the last run that ended did not use; none where no run has ended yet."""
    entries = list(entries)
    if not any(entry.used_last for entry in entries):
        return []
    return [entry for entry in entries if not entry.used_last]


def choose_oldest(entries: Iterable[StoredEntry], most_bytes: float) -> list[StoredEntry]:
    """The oldest, until what is left has at most this many bytes."""
    entries = sorted(entries, key=lambda entry: -entry.age_seconds)
    left = sum(entry.size_bytes for entry in entries)
    chosen = []
    for entry in entries:
        if left <= most_bytes:
            break
        chosen.append(entry)
        left -= entry.size_bytes
    return chosen


def remove_entries(entries: Iterable[StoredEntry]) -> None:
    """Remove entries. A grader that wanted one runs it again, or makes it anew."""
    for entry in entries:
        remove_path(entry.path)
