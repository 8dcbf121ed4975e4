"""Files that can be made again from what stands elsewhere, kept because making them takes time."""

import contextlib
import hashlib
import os
from pathlib import Path

from grader.store.store import name_temporary

DERIVED = "derived"
MARK_BYTES = 64


class DerivedFiles:
    """Contents by key, in `derived/<first two>/<key>`.

    Whatever goes wrong costs time and nothing else: what cannot be read is not there, and what cannot be
    written is not kept. A file begins with the SHA-256 of the rest, so a damaged one is not there either.
    """

    def __init__(self, folder: Path | None) -> None:
        """Look in a store's folder; None keeps nothing."""
        self._folder = folder and folder / DERIVED
        self.used: set[str] = set()
        """Keys that have been asked for or written."""

    def load(self, key: str) -> bytes | None:
        """The content of that key, if there is one."""
        path = self._locate(key)
        if path is None:
            return None
        self.used.add(key)
        try:
            mark, content = _split(path.read_bytes())
            # Its age is that of its last use.
            os.utime(path)
        except OSError:
            return None
        return content if mark == _mark(content) else None

    def save(self, key: str, content: bytes) -> None:
        """Keep a content, in place of any other of that key."""
        path = self._locate(key)
        if path is None:
            return
        self.used.add(key)
        assert self._folder is not None
        # Named as the store names what it is writing, so that it is swept away if this process is killed.
        temporary = name_temporary(self._folder.parent)
        with contextlib.suppress(OSError):
            try:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                path.parent.mkdir(mode=0o700, exist_ok=True)
                temporary.write_bytes(_mark(content) + content)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)

    def _locate(self, key: str) -> Path | None:
        return self._folder and self._folder / key[:2] / key


def _mark(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _split(stored: bytes) -> tuple[bytes, bytes]:
    return stored[:MARK_BYTES], stored[MARK_BYTES:]
