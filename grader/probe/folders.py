"""Puts folders back as they were, so that no run meets what another has written."""

import os
import shutil
import stat
from collections.abc import Iterable
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
                _remove_tree(entry)
            else:
                entry.unlink()


def _remove_tree(folder: Path) -> None:
    """Remove a folder whose parts may be closed even to their owner."""
    folder.chmod(0o700)
    for parent, names, _ in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder)
