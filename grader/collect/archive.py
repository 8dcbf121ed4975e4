"""Reads a zip in memory: nothing is ever unpacked to a disk, so a path in it leads nowhere."""

import contextlib
import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.collect.names import clean_name, decode_name
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
from grader.notebook import MAX_NOTEBOOK_BYTES

MAX_UNPACKED_BYTES = 2 * 2**30
"""Of everything that comes out of zips in one collection: 300 notebooks of 7 MiB."""
MAX_NESTED_ENTRIES = 20_000
MAX_NESTED_BYTES = 2 * MAX_NOTEBOOK_BYTES
"""Of everything that comes out of one student's zip, so that no student uses up what others need."""
MAX_NAME = 1_024
"""Characters of a path in a zip. What Unicode asks of names takes quadratic time."""
MAX_ZIPS_WITHIN = 3
"""The platform's download, the student's zip, and one that the student wrapped it in by mistake."""
CENTRAL_ENTRY = b"PK\x01\x02"
ENCRYPTED = 0x1
NAMED_IN_UTF8 = 0x800
# zipfile's errors on damaged archives, found by damaging some: only the first three are documented.
DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    IndexError,
)
CORRUPT = "The zip is damaged and cannot be opened. Pack and upload it again."


@dataclass
class Budget:
    """What one collection has used up so far."""

    entries: int = 0
    unpacked_bytes: int = 0
    zips_within: int = 0
    max_bytes: int = MAX_UNPACKED_BYTES


def open_archive(path: Path) -> Folder:
    """All that stands in a zip on disk, or a folder whose `problem` says why it cannot be opened."""
    root = Folder(name="", path="", is_archive=True)
    try:
        with path.open("rb") as stream:
            _fill(root, stream, Budget(zips_within=1), depth=0)
    except OSError as error:
        root.problem = f"The zip cannot be opened: {error.strerror}. Check its permissions."
    return root


def open_nested_archive(found: Found, depth: int, budget: Budget) -> Folder:
    """All that stands in a zip that was itself found in a folder or a zip."""
    folder = Folder(name=found.name, path=found.path, is_archive=True, problem=found.problem)
    if found.problem:
        return folder
    # Counted before zipfile makes an object of each.
    if found.content.count(CENTRAL_ENTRY) > MAX_NESTED_ENTRIES:
        folder.problem = f"The zip holds more than {MAX_NESTED_ENTRIES:,} files. Pack the notebook alone."
    elif depth >= MAX_DEPTH or budget.zips_within >= MAX_ZIPS_WITHIN:
        folder.problem = "The zip is packed into too many others. Hand in the notebook itself."
    else:
        # A zip within a student's own shares that one's budget.
        is_of_student = budget.max_bytes < MAX_UNPACKED_BYTES
        own = budget if is_of_student else Budget(zips_within=budget.zips_within, max_bytes=MAX_NESTED_BYTES)
        own.zips_within += 1
        _fill(folder, io.BytesIO(found.content), own, depth)
        own.zips_within -= 1
    return folder


def _fill(root: Folder, stream: IO[bytes], budget: Budget, depth: int) -> None:
    try:
        archive = zipfile.ZipFile(stream)
    except DAMAGE:
        root.problem = CORRUPT
        return
    with archive:
        entries = archive.infolist()
        budget.entries += len(entries)
        if budget.entries > MAX_ENTRIES:
            root.problem = f"The zips hold more than {MAX_ENTRIES:,} files. Pack the notebooks alone."
            return
        named = sorted((_name_parts(entry), index) for index, entry in enumerate(entries))
        known: dict[tuple[str, ...], Folder] = {(): root}
        for parts, index in named:
            _place(known, archive, entries[index], parts, budget, depth)


def _name_parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    # Cut, such a path may fall together with another; both are still there.
    name = entry.filename[:MAX_NAME]
    if not entry.flag_bits & NAMED_IN_UTF8:
        # Without the flag zipfile takes every name for cp437, which loses nothing and can be undone.
        # Newer versions also read a Unicode name that Info-ZIP stores beside it; that one is right already.
        with contextlib.suppress(UnicodeEncodeError):
            name = decode_name(name.encode("cp437"))
    return tuple(clean_name(part) for part in name.replace("\\", "/").split("/"))


def _place(
    known: dict[tuple[str, ...], Folder],
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    parts: tuple[str, ...],
    budget: Budget,
    depth: int,
) -> None:
    is_folder = parts[-1] == ""
    leads_out = parts[0] == "" or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":")
    parts = tuple(part for part in parts if part not in ("", ".", ".."))
    if not parts or any(is_litter(part) for part in parts) or any(part[0] == "." for part in parts[:-1]):
        return
    if depth + len(parts) > MAX_DEPTH:
        # Where this is the zip of a class, it is one student's folder that is too deep.
        folder = _find_folder(known, parts[: max(0, MAX_DEPTH - depth)])
        folder.problem = f"It has folders more than {MAX_DEPTH} deep. Pack the notebook alone."
        return
    folder = _find_folder(known, parts if is_folder else parts[:-1])
    if is_folder:
        return
    name = parts[-1]
    found = Found(name=name, path=join_path(folder.path, name))
    if not is_notebook(name) and not is_archive(name):
        folder.others.append(name)
        return
    if leads_out:
        problem = "Its path in the zip leads out of the zip. Pack it again with an ordinary tool."
        found = Found(name, found.path, problem=problem)
    else:
        found = _read(archive, entry, found, budget)
    if is_notebook(name):
        folder.notebooks.append(found)
    else:
        folder.folders.append(open_nested_archive(found, depth + len(parts), budget))


def _find_folder(known: dict[tuple[str, ...], Folder], parts: tuple[str, ...]) -> Folder:
    if parts not in known:
        parent = _find_folder(known, parts[:-1])
        known[parts] = Folder(name=parts[-1], path=join_path(parent.path, parts[-1]))
        parent.folders.append(known[parts])
    return known[parts]


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: Found, budget: Budget) -> Found:
    content = b""
    if problem := _refuse_entry(entry, budget):
        return Found(found.name, found.path, problem=problem)
    try:
        with archive.open(entry) as stream:
            # What an entry declares is a claim: this is what it really yields.
            content = stream.read(MAX_NOTEBOOK_BYTES + 1)
    except DAMAGE:
        problem = "It is damaged inside the zip. Pack and upload it again."
        return Found(found.name, found.path, problem=problem)
    finally:
        budget.unpacked_bytes += len(content)
    if len(content) > MAX_NOTEBOOK_BYTES:
        return Found(found.name, found.path, problem=TOO_LARGE)
    return Found(found.name, found.path, content=content)


def _refuse_entry(entry: zipfile.ZipInfo, budget: Budget) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "It is a link, and links are not followed. Pack the file itself."
    if kind not in (0, stat.S_IFREG):
        return "It is no ordinary file. Pack the notebook itself."
    if entry.flag_bits & ENCRYPTED:
        return "It is locked with a password. Pack it again without one."
    # bzip2 and lzma may turn 4 KiB into gigabytes in one call, before any limit here is asked.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "It is packed by a method that is not opened here. Pack it again as an ordinary zip."
    if entry.file_size > MAX_NOTEBOOK_BYTES:
        return TOO_LARGE
    if budget.unpacked_bytes + entry.file_size > budget.max_bytes:
        return (
            f"More than {budget.max_bytes // 2**20:,} MiB came out of this zip before; it stays packed. "
            "Clear the notebooks' outputs, or grade the zip in parts."
        )
    return None
