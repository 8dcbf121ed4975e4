"""Reads a folder of a disk without following a link, waiting on a pipe or trusting a name."""

import os
import stat
from pathlib import Path

from grader.collect.archive import MAX_NESTED_ENTRIES, Budget, open_nested_archive
from grader.collect.names import clean_name
from grader.collect.tree import (
    MAX_DEPTH,
    MAX_ENTRIES,
    TOO_LARGE,
    Folder,
    Found,
    is_archive,
    is_litter,
    is_notebook,
    join_path,
)
from grader.errors import CollectError
from grader.notebook import MAX_NOTEBOOK_BYTES

LINK = "It is a link, and links are not followed. Put the file itself in its place."


def open_folder(path: Path) -> Folder:
    """All that stands in a folder, notebooks with their bytes. Raises CollectError if it is endless."""
    root = Folder(name="", path="")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        root.problem = f"The folder cannot be opened: {error.strerror}. Check its permissions."
        return root
    try:
        _fill(root, handle, depth=0, budget=Budget())
    finally:
        os.close(handle)
    return root


def read_regular_file(path: Path, shown: str) -> Found:
    """A file that is no link, pipe or device, with its bytes or the reason why not."""
    return _read(None, str(path), Found(name=shown, path=shown))


def _fill(folder: Folder, handle: int, depth: int, budget: Budget) -> None:
    try:
        with os.scandir(handle) as entries:
            listed = sorted(entries, key=lambda entry: (clean_name(entry.name), entry.name))
    except OSError as error:
        folder.problem = f"The folder cannot be listed: {error.strerror}. Check its permissions."
        return
    if depth and len(listed) > MAX_NESTED_ENTRIES:
        folder.problem = f"The folder holds more than {MAX_NESTED_ENTRIES:,} files. Take the notebook out."
        return
    budget.entries += len(listed)
    if budget.entries > MAX_ENTRIES:
        raise CollectError(
            f"There are more than {MAX_ENTRIES:,} files and folders here. Give the folder that holds the "
            "submissions and nothing else."
        )
    for entry in listed:
        name = clean_name(entry.name)
        path = join_path(folder.path, name)
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_litter(name) or (is_folder and name.startswith(".")):
            continue
        if is_notebook(name):
            found = Found(name=name, path=path)
            folder.notebooks.append(_read(handle, entry.name, found))
        elif is_folder:
            folder.folders.append(_enter(handle, entry.name, Folder(name=name, path=path), depth, budget))
        elif is_archive(name):
            read = _read(handle, entry.name, Found(name=name, path=path))
            folder.folders.append(open_nested_archive(read, depth + 1, budget))
        elif entry.is_symlink() and _leads_to_folder(entry):
            folder.folders.append(Folder(name=name, path=path, problem=LINK))
        else:
            folder.others.append(name)


def _enter(parent: int, name: str, folder: Folder, depth: int, budget: Budget) -> Folder:
    if depth >= MAX_DEPTH:
        folder.problem = f"It lies more than {MAX_DEPTH} folders deep. Move it up."
        return folder
    try:
        handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    except OSError as error:
        folder.problem = f"The folder cannot be opened: {error.strerror}. Check its permissions."
        return folder
    try:
        _fill(folder, handle, depth + 1, budget)
    finally:
        os.close(handle)
    return folder


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _read(parent: int | None, name: str, found: Found) -> Found:
    # O_NONBLOCK, because opening a pipe that nobody writes to would otherwise wait for ever.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if problem := _refuse_kind(status.st_mode):
            return Found(found.name, found.path, problem=problem)
        handle = os.open(name, flags, dir_fd=parent)
    except OSError as error:
        problem = f"The file cannot be opened: {error.strerror}. Check its permissions or hand it in again."
        return Found(found.name, found.path, problem=problem)
    try:
        with os.fdopen(handle, "rb") as stream:
            # Asked again of what was opened: the name may have been given to something else since.
            if problem := _refuse_kind(os.fstat(handle).st_mode):
                return Found(found.name, found.path, problem=problem)
            content = stream.read(MAX_NOTEBOOK_BYTES + 1)
    except OSError as error:
        problem = f"The file cannot be read: {error.strerror}. Hand it in again."
        return Found(found.name, found.path, problem=problem)
    if len(content) > MAX_NOTEBOOK_BYTES:
        return Found(found.name, found.path, problem=TOO_LARGE)
    return Found(found.name, found.path, content=content)


def _refuse_kind(mode: int) -> str | None:
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return LINK
    if stat.S_ISDIR(mode):
        return "It is a folder, not a notebook. Take the notebook out of it and rename the folder."
    return "It is a pipe, a socket or a device, not a file. Put the notebook itself in its place."
