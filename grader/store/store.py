"""The folder of entries: looked up by key, written whole or not at all."""

import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from grader.errors import EvidenceError, GraderError
from grader.store.entries import ENTRY_FILE, Entry, TimeLimits, read_entry, sync_path, write_entry

ENTRIES, LAST_RUN = "entries", "last-run.json"
KEY = re.compile(r"[0-9a-f]{64}")
TEMPORARY = f".new-{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}-"
"""How what is being written or taken away is called on this machine. The number of its process follows."""


class EvidenceStore:
    """Entries in a folder, `entries/<first two>/<key>`.

    Two graders may share it without a lock: an entry appears by being renamed, and equal keys mean equal
    content. It holds what the reference computed and the seed of hidden replays, so only its owner may look
    in.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raises GraderError if entries cannot be written there."""
        self.folder = folder
        self._entries = folder / ENTRIES
        probe = self._name_temporary()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._entries.mkdir(mode=0o700, exist_ok=True)
            probe.mkdir()
            probe.rmdir()
        except OSError as error:
            raise GraderError(
                f"What runs leave cannot be kept in {folder}: {error.strerror or error}. "
                "Make room there or name another folder with --store."
            ) from error

    def locate(self, key: str) -> Path:
        """Where the entry of that key stands, or would."""
        return self._entries / key[:2] / key

    def load(self, key: str, limits: TimeLimits) -> Entry | None:
        """The entry of that key, if there is one that stands for these limits.

        Raises EvidenceError if there is one and it is damaged.
        """
        entry = self.read(key)
        return entry if entry is not None and entry.stands_for(limits) else None

    def read(self, key: str) -> Entry | None:
        """The entry of that key, if there is one. Raises EvidenceError if it is damaged."""
        path = self.locate(key)
        try:
            if not path.is_dir():
                return None
            entry = read_entry(key, path)
            # Its age is that of its last use: what a class works with is not pruned meanwhile.
            with contextlib.suppress(OSError):
                os.utime(path)
            return entry
        except OSError as error:
            raise EvidenceError(f"{path} cannot be read: {error.strerror or error}") from error
        except EvidenceError:
            if not path.is_dir():
                # Another grader replaces or prunes it at this moment.
                return None
            raise

    def stamp(self, key: str) -> str | None:
        """A hash of what stands under that key at the moment; None if nothing does."""
        try:
            return hashlib.sha256((self.locate(key) / ENTRY_FILE).read_bytes()).hexdigest()
        except OSError:
            return None

    def save(self, key: str, entry: Entry) -> None:
        """Keep an entry in place of any other of that key. Raises OSError if that cannot be done."""
        path = self.locate(key)
        new = self._name_temporary()
        try:
            write_entry(entry, key, new)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            self._put(new, path)
            sync_path(path.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _put(self, new: Path, path: Path) -> None:
        while True:
            try:
                new.rename(path)
                return
            except OSError:
                if not path.exists():
                    raise
            old = self._name_temporary()
            try:
                path.rename(old)
            except FileNotFoundError:
                # Another grader was quicker to take it away.
                continue
            remove_path(old)

    def _name_temporary(self) -> Path:
        return name_temporary(self.folder)

    def remember_run(self, keys: Iterable[str]) -> None:
        """Write down which entries a run used, for `grade store --prune`."""
        temporary = self._name_temporary()
        try:
            temporary.write_text(json.dumps(sorted(set(keys)), indent=0), encoding="utf-8")
            temporary.replace(self.folder / LAST_RUN)
        finally:
            temporary.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what graders on this machine left half-written whose processes are gone."""
        for path in self.folder.glob(f"{TEMPORARY}*"):
            number = path.name.removeprefix(TEMPORARY).partition("-")[0]
            if number.isdecimal() and not _is_alive(int(number)):
                remove_path(path)


def name_temporary(folder: Path) -> Path:
    """A name for what this process is writing into a store."""
    return folder / f"{TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"


def remove_path(path: Path) -> None:
    """Remove a folder, a file or a link, as far as that goes."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
