"""Puts folders back as they were, so that no run meets what another has written."""

import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path


class Folders:
    """Folders as they stood before the first run, and how to have them so again."""

    def __init__(self, folders: Iterable[str]) -> None:
        """Folders that do not exist are left out. What is mounted below one stays as it is."""
        self._modes: dict[Path, int] = {}
        self._own: set[Path] = set()
        """Folders whose contents are not mounted from elsewhere."""
        for folder in map(Path, dict.fromkeys(folders)):
            if folder.is_dir():
                self._remember(folder, folder.stat().st_dev)

    def _remember(self, path: Path, device: int) -> None:
        status = path.lstat()
        self._modes[path] = status.st_mode
        if stat.S_ISDIR(status.st_mode) and status.st_dev == device:
            self._own.add(path)
            for entry in path.iterdir():
                self._remember(entry, device)

    def restore(self) -> bool:
        """Remove whatever has come since; whether all stands as it did."""
        try:
            # Parents come before what lies in them, so that a folder that was closed is opened first.
            for path, mode in self._modes.items():
                found = path.lstat().st_mode
                if stat.S_IFMT(found) != stat.S_IFMT(mode):
                    return False
                if found != mode:
                    path.chmod(stat.S_IMODE(mode))
                if path in self._own:
                    self._remove_strangers(path)
            return all(path.lstat().st_mode == mode for path, mode in self._modes.items())
        except OSError:
            return False

    def _remove_strangers(self, folder: Path) -> None:
        for entry in list(folder.iterdir()):
            if entry in self._modes:
                continue
            if stat.S_ISDIR(entry.lstat().st_mode):
                remove_tree(entry)
            else:
                entry.unlink()


def remove_tree(folder: Path) -> None:
    """Remove a folder, however deep it is and whatever its parts are closed to. Follows no link.

    Raises OSError where something cannot be removed; what lies deeper than that stays, too.
    """
    folder.chmod(0o700)
    faults: list[OSError] = []
    # Paths have a length, recursion a depth and descriptors a number: a notebook can exceed them all. So what
    # lies two folders down comes up by one, under a name of its own, until there is nothing below.
    names = (f".moved-{number}" for number in itertools.count())
    while children := [entry for entry in folder.iterdir() if _is_folder(entry)]:
        for child in children:
            try:
                child.chmod(0o700)
                for entry in list(child.iterdir()):
                    if _is_folder(entry):
                        entry.chmod(0o700)
                        entry.rename(_find_free(folder, names))
                    else:
                        entry.unlink()
                child.rmdir()
            except OSError as error:
                faults.append(error)
        if faults:
            break
    for entry in list(folder.iterdir()):
        if not _is_folder(entry):
            entry.unlink()
    if faults:
        raise faults[0]
    folder.rmdir()


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _find_free(folder: Path, names: Iterator[str]) -> Path:
    return next(path for path in (folder / name for name in names) if not os.path.lexists(path))
