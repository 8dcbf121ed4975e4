"""The temporary folder of a room, which goes with the grader that made it, whatever ends that."""

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from grader.probe.folders import remove_tree

PREFIX = "grade-"
OWNER = "owner"


def choose_folder() -> Path:
    """Where the rooms' folders are made: TMPDIR if it is set, else /var/tmp.

    Not /tmp if that can be helped, because the rule that guards the sockets closes all of it to notebooks.
    The sockets' paths must stay below 108 bytes, so a long TMPDIR will not do.
    """
    chosen = os.environ.get("TMPDIR") or "/var/tmp"
    return Path(chosen) if Path(chosen).is_dir() else Path(tempfile.gettempdir())


class Scratch:
    """A folder that its maker holds locked. One that nobody holds goes when the next such folder is made."""

    def __init__(self) -> None:
        """Make the folder, after those of graders that were killed have been removed."""
        place = choose_folder()
        remove_abandoned(place)
        # Locked before it has the name by which others look for what was abandoned.
        made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=place))
        self._lock = os.open(made / OWNER, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = made.rename(place / made.name.removeprefix("."))

    def remove(self) -> None:
        """Remove the folder and all that lies in it."""
        with contextlib.suppress(OSError):
            remove_tree(self.path)
        os.close(self._lock)


def remove_abandoned(place: Path) -> list[Path]:
    """Remove this user's folders there whose makers are gone; which they were."""
    removed = []
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.geteuid() and not folder.is_symlink() and _is_abandoned(folder):
                remove_tree(folder)
                removed.append(folder)
    return removed


def _is_abandoned(folder: Path) -> bool:
    # A folder without the file has just been made, or is none of ours.
    lock = os.open(folder / OWNER, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
