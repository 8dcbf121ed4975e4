"""The folder that reports are written to: one grader at a time, and nothing in it that nobody wrote."""

import fcntl
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from grader.errors import GraderError
from grader.report.files import explain_unwritable, replace_file, require_folder

LOCK_FILE, PAGES_FILE = ".grading", ".pages.jsonl"
TEMPORARY = re.compile(r"\.[0-9a-f]{16}\.tmp")
"""How `replace_file` calls what it has not finished."""


@contextmanager
def hold_folder(out: Path) -> Iterator["ReportFolder"]:
    """The folder, made and proved to be writable, for this process alone until the context ends.

    Raises GraderError if it cannot be written, or another grader is at work there. The lock is the
    kernel's own (flock), so it is gone with its process, however that ends.
    """
    require_folder(out)
    with _lock_file(out):
        folder = ReportFolder(out)
        folder.sweep()
        yield folder


@contextmanager
def _lock_file(out: Path) -> Iterator[None]:
    path = out / LOCK_FILE
    try:
        descriptor = _take_lock(path)
    except OSError as error:
        raise GraderError(explain_unwritable(out, error)) from error
    try:
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        # Removed while it is held: whoever opened it meanwhile sees that it is not the one in the folder.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _take_lock(path: Path) -> int:
    while True:
        # Not followed if it is a link: what is written here belongs into this folder.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        is_ours = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = _is_same(descriptor, path)
            if is_ours:
                return descriptor
        except BlockingIOError:
            other = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another process"
            raise GraderError(
                f"Another grader ({other}) is at work on {path.parent}. Wait until it ends, or name another "
                "folder with --out."
            ) from None
        finally:
            if not is_ours:
                os.close(descriptor)


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


class ReportFolder:
    """Knows which files of the folder the grader wrote, so that it removes those and no others."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._known = self._read()
        """Hashes of all that was written under a name: the file may be as it was before an interruption."""
        self._written: dict[str, str] = {}
        """What this run has written: names to hashes."""

    def _read(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        try:
            lines = (self._out / PAGES_FILE).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return known
        for line in lines:
            # The last line may have been cut off with the process that wrote it.
            name, found = _parse_line(line)
            if name and Path(name).name == name:
                known.setdefault(name, set()).add(found)
        return known

    def sweep(self) -> None:
        """Remove what an interrupted grader left half-written. The lock says that none is at work."""
        pages = self._out / PAGES_FILE
        if pages.is_symlink():
            # What is added to it belongs into this folder.
            pages.unlink()
        for path in self._out.iterdir():
            if TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)

    def refuse_full_marks(self) -> None:
        """Raise GraderError if the reports here are of a full run, which no provisional ones must replace."""
        try:
            known = json.loads((self._out / "results.json").read_bytes())
        except (OSError, ValueError):
            return
        run = known.get("run") if isinstance(known, dict) else None
        if isinstance(run, dict) and run.get("mode") == "full":
            raise GraderError(
                f"{self._out} holds full marks, which a quick run must not replace. "
                "Give another folder: --out quick"
            )

    def announce(self, path: Path, content: bytes) -> None:
        """Note what is about to be written to a file of the folder. Raises OSError."""
        found = hashlib.sha256(content).hexdigest()
        with (self._out / PAGES_FILE).open("a", encoding="utf-8") as file:
            file.write(_write_line(path.name, found))
        self._written[path.name] = found

    def remove_stale(self) -> list[str]:
        """Remove the pages of former runs that this one has not written; the names of those that stay.

        One that somebody has changed since stays. Raises GraderError where the folder cannot be written.
        """
        stay = []
        try:
            for name in sorted(set(self._known) - set(self._written)):
                path = self._out / name
                if not path.is_file() or path.is_symlink():
                    continue
                if hashlib.sha256(path.read_bytes()).hexdigest() in self._known[name]:
                    path.unlink()
                else:
                    stay.append(name)
            lines = [_write_line(name, found) for name, found in self._written.items()]
            replace_file(self._out / PAGES_FILE, "".join(lines).encode())
        except OSError as error:
            raise GraderError(explain_unwritable(self._out, error)) from error
        return stay


def _write_line(name: str, found: str) -> str:
    return json.dumps({"file": name, "sha256": found}) + "\n"


def _parse_line(line: str) -> tuple[str, str]:
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return "", ""
    if not isinstance(entry, dict):
        return "", ""
    return str(entry.get("file", "")), str(entry.get("sha256", ""))
