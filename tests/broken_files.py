"""Files that students hand in by mistake or on purpose: each writes itself, and says what it deserves."""

import codecs
import io
import json
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import ROOT

WHOLE: dict[str, Any] = json.loads((ROOT / "submissions" / "이서준.ipynb").read_text("utf-8"))
TEXT = json.dumps(WHOLE, ensure_ascii=False)
PLAIN = TEXT.encode()


@dataclass(frozen=True)
class Broken:
    """One hand-in."""

    write: Callable[[Path], None]
    """Writes it into the folder of a class, under the name `broken` unless the name is the point."""
    says: str | None
    """A word of the reason why it is refused; None where it is graded as if whole."""


def put(content: bytes, name: str = "broken.ipynb") -> Callable[[Path], None]:
    """A file of that content."""
    return lambda folder: (folder / name).write_bytes(content) and None


def change(**top: Any) -> bytes:
    """The whole notebook with other entries on top."""
    return json.dumps(WHOLE | top).encode()


def change_cells(**parts: Any) -> bytes:
    """The whole notebook with other entries in every cell; functions make them of cell and position."""
    cells = []
    for index, cell in enumerate(WHOLE["cells"]):
        made = {key: part(cell, index) if callable(part) else part for key, part in parts.items()}
        cells.append({key: value for key, value in (cell | made).items() if value is not ...})
    return change(cells=cells)


def add_cell(**parts: Any) -> bytes:
    """The whole notebook and one more cell."""
    return change(cells=[*WHOLE["cells"], {"cell_type": "code", "source": "1", "metadata": {}} | parts])


def pack(files: Mapping[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def wrap(content: bytes, times: int) -> bytes:
    """A zip in a zip in a zip …"""
    for _ in range(times):
        content = pack({"inner.zip": content})
    return content


def lock(content: bytes) -> bytes:
    """A zip whose first entry says that it has a password."""
    packed = bytearray(content)
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def overlap(entries: int) -> bytes:
    """A zip whose entries, 32 MiB of zeros each, are all the same few kilobytes."""
    one = pack({"a.ipynb": bytes(32 * 2**20)})
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    size = (end - at) * entries
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, size, at, 0)
    return one[:at] + one[at:end] * entries + tail


def link(target: str) -> bytes:
    """A zip that holds a symbolic link."""
    entry = zipfile.ZipInfo("broken.ipynb")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return pack({entry: target.encode()})


def listen(folder: Path) -> None:
    """A socket; bound by a short path, since those of tests may be too long."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("broken.ipynb")
    finally:
        os.chdir(before)


def nest(folder: Path) -> None:
    """A notebook below forty folders."""
    deep = folder / "broken" / Path(*["a"] * 40)
    deep.mkdir(parents=True)
    (deep / "hw.ipynb").write_bytes(PLAIN)


def crowd(folder: Path) -> None:
    """A notebook among more files than a hand-in has."""
    (folder / "broken").mkdir()
    (folder / "broken" / "hw.ipynb").write_bytes(PLAIN)
    for number in range(20_001):
        (folder / "broken" / f"{number}").touch()


def make_dir(folder: Path) -> None:
    """A folder that is called like a notebook."""
    (folder / "broken.ipynb").mkdir()
    (folder / "broken.ipynb" / "inner.ipynb").write_bytes(PLAIN)


def close(folder: Path) -> None:
    """A file that nobody may read."""
    put(PLAIN)(folder)
    (folder / "broken.ipynb").chmod(0)


def grow(folder: Path) -> None:
    """A file of 65 MiB that takes no room on the disk."""
    put(PLAIN)(folder)
    os.truncate(folder / "broken.ipynb", 65 * 2**20)


def write_composed(folder: Path) -> None:
    """One name in two forms of Unicode."""
    put(PLAIN, "한.ipynb")(folder)
    put(PLAIN + b" ", "\u1112\u1161\u11ab.ipynb")(folder)


OLD = [{"cell_type": c["cell_type"], "input": c["source"], "source": c["source"]} for c in WHOLE["cells"]]
CONFLICT = TEXT.replace('"cells"', '\n<<<<<<< HEAD\n"cells"', 1) + "\n>>>>>>> mine\n"
MANY = [{"cell_type": "code", "source": "1", "metadata": {}}]
DEEP = '{"a":' * 50_000 + "1" + "}" * 50_000

BROKEN: dict[str, Broken] = {
    # Bytes and encodings
    "empty": Broken(put(b""), "empty"),
    "only spaces": Broken(put(b" \n" * 99), "empty"),
    "only zeros": Broken(put(bytes(4096)), "empty"),
    "truncated": Broken(put(PLAIN[: len(PLAIN) // 2]), "broken off"),
    "first byte lost": Broken(put(PLAIN[1:]), "JSON"),
    "byte order mark": Broken(put(codecs.BOM_UTF8 + PLAIN), None),
    "UTF-16": Broken(put(TEXT.encode("utf-16")), None),
    "UTF-32": Broken(put(TEXT.encode("utf-32")), None),
    "Latin-1": Broken(put('{"cells": ["é"]}'.encode("latin-1")), "UTF-8"),
    "cp949": Broken(put('{"cells": ["참"]}'.encode("cp949")), "UTF-8"),
    "conflict markers": Broken(put(CONFLICT.encode()), "git merge"),
    "lone surrogates": Broken(put(add_cell(source="'\ud800'")), None),
    "NUL characters": Broken(put(add_cell(source="a\0b", cell_type="markdown")), None),
    "Windows line ends": Broken(put(json.dumps(WHOLE, indent=1).replace("\n", "\r\n").encode()), None),
    "NaN and Infinity": Broken(put(change(metadata={"a": float("nan"), "b": float("-inf")})), None),
    "huge number": Broken(put(PLAIN.replace(b'"cells"', b'"a": ' + b"9" * 9_999 + b', "cells"', 1)), "limit"),
    "deeply nested": Broken(put(DEEP.encode()), "nested too deep"),
    "million empty lists": Broken(put(b'{"cells": [' + b"[]," * 9_000_000 + b"[]]}"), "single values"),
    "million objects": Broken(put(b'{"cells": [' + b"{}," * 9_000_000 + b"[]]}"), "single values"),
    "too large": Broken(grow, "64 MiB"),
    "Python script": Broken(put(b"import torch\nx = 1\n"), "Python script"),
    "HTML page": Broken(put(b"<!DOCTYPE html><html></html>"), "HTML"),
    "PDF": Broken(put(b"%PDF-1.7\n"), "PDF"),
    "zip named ipynb": Broken(put(pack({"hw.ipynb": PLAIN})), "unpack"),
    # Types
    "list on top": Broken(put(b"[]"), "on top"),
    "no cells": Broken(put(b'{"a": 1}'), "no `cells`"),
    "cells an object": Broken(put(change(cells={})), "an object"),
    "cells a text": Broken(put(change(cells="a")), "text"),
    "cell a number": Broken(put(change(cells=[3])), "a number"),
    "cell null": Broken(put(change(cells=[None])), "null"),
    "source a number": Broken(put(add_cell(source=7)), "neither text"),
    "source with null": Broken(put(add_cell(source=["a", None])), "neither text"),
    "no kind": Broken(put(add_cell(cell_type=None)), "no kind"),
    "unknown kind": Broken(put(add_cell(cell_type="sql")), "unknown kind"),
    "metadata a list": Broken(put(change(metadata=[1])), None),
    "cells' metadata a list": Broken(put(change_cells(metadata=[])), None),
    "marks of wrong types": Broken(put(change_cells(metadata={"grader": {"task": [1], "role": 3}})), None),
    "outputs a text": Broken(put(change_cells(outputs="x", execution_count="y")), None),
    "no ids": Broken(put(change_cells(id=...)), None),
    "duplicate ids": Broken(put(change_cells(id="same")), None),
    "ids of wrong types": Broken(put(change_cells(id=lambda cell, index: [index])), None),
    "no metadata": Broken(put(change_cells(metadata=...)), None),
    "all cells empty": Broken(put(change_cells(source="")), "empty"),
    "no task": Broken(put(change(cells=MANY)), "No task"),
    # Versions
    "nbformat 1": Broken(put(json.dumps({"nbformat": 1, "cells": [{}]}).encode()), "nbformat 1"),
    "nbformat 2": Broken(put(change(nbformat=2, worksheets=[{"cells": OLD}])), None),
    "nbformat 3": Broken(put(change(nbformat=3, worksheets=[{"cells": OLD}])), None),
    "nbformat 3 of many cells": Broken(
        put(change(nbformat=3, worksheets=[{"cells": MANY * 5_001}])), "5,001"
    ),
    "nbformat 3 without sheets": Broken(put(change(nbformat=3)), "cannot be upgraded"),
    "future nbformat": Broken(put(change(nbformat=7)), "nbformat 7"),
    "version a text": Broken(put(change(nbformat="four")), "format version"),
    # Sizes
    "thousands of cells": Broken(put(change(cells=WHOLE["cells"] + MANY * 1_500)), None),
    "too many cells": Broken(put(change(cells=MANY * 5_001)), "5,001 cells"),
    "too much text": Broken(put(add_cell(source="a" * 3_000_000)), "characters"),
    "million marks": Broken(
        put(add_cell(metadata={"grader": {str(key): "a" for key in range(200_000)}})),
        None,
    ),
    # Folders
    "directory": Broken(make_dir, "folder"),
    "link": Broken(lambda folder: (folder / "broken.ipynb").symlink_to(folder / "zz.ipynb"), "link"),
    "dangling link": Broken(lambda folder: (folder / "broken.ipynb").symlink_to("nowhere"), "link"),
    "link to a system file": Broken(
        lambda folder: (folder / "broken.ipynb").symlink_to("/etc/passwd"), "link"
    ),
    "link to itself": Broken(lambda folder: (folder / "broken.ipynb").symlink_to("broken.ipynb"), "link"),
    "link to the folder": Broken(lambda folder: (folder / "broken").symlink_to(folder), "link"),
    "pipe": Broken(lambda folder: os.mkfifo(folder / "broken.ipynb"), "pipe"),
    "socket": Broken(listen, "socket"),
    "device": Broken(
        lambda folder: os.mknod(folder / "broken.ipynb", stat.S_IFCHR | 0o666, os.makedev(1, 5)), "device"
    ),
    "unreadable": Broken(close, "Permission"),
    "too deep": Broken(nest, "16 folders deep"),
    "too many files": Broken(crowd, "20,000 files"),
    # Zips
    "good zip": Broken(put(pack({"hw.ipynb": PLAIN}), "broken.zip"), None),
    "no zip": Broken(put(b"no zip", "broken.zip"), "damaged"),
    "truncated zip": Broken(put(pack({"hw.ipynb": PLAIN})[:-40], "broken.zip"), "damaged"),
    "flat bomb": Broken(put(pack({"hw.ipynb": bytes(65 * 2**20)}), "broken.zip"), "64 MiB"),
    "nested bomb": Broken(put(wrap(pack({"hw.ipynb": PLAIN}), 5), "broken.zip"), "too many others"),
    "overlapping bomb": Broken(put(overlap(1_000), "broken.zip"), "notebooks were handed in"),
    "bomb of names": Broken(
        put(pack({f"{'a/' * 20_000}{number}": b"" for number in range(50)}), "broken.zip"), "deep"
    ),
    "climbing path": Broken(put(pack({"../../hw.ipynb": PLAIN}), "broken.zip"), "leads out"),
    "absolute path": Broken(put(pack({"/etc/hw.ipynb": PLAIN}), "broken.zip"), "leads out"),
    "backslashes": Broken(put(pack({"..\\..\\hw.ipynb": PLAIN}), "broken.zip"), "leads out"),
    "drive letter": Broken(put(pack({"C:\\hw.ipynb": PLAIN}), "broken.zip"), "leads out"),
    "packed link": Broken(put(link("/etc/passwd"), "broken.zip"), "link"),
    "locked zip": Broken(put(lock(pack({"hw.ipynb": PLAIN})), "broken.zip"), "password"),
    "bzip2": Broken(put(pack({"hw.ipynb": PLAIN}, zipfile.ZIP_BZIP2), "broken.zip"), "method"),
    # Names
    "name with a line break": Broken(put(PLAIN, "bro\nken.ipynb"), None),
    "name with bidi overrides": Broken(put(PLAIN, "bro\u202enek.ipynb"), None),
    "name with escapes": Broken(put(PLAIN, "\x1b[2Jbroken.ipynb"), None),
    "name that is no UTF-8": Broken(put(PLAIN, os.fsdecode(b"\xff\xfe.ipynb")), None),
    "name of combining characters": Broken(put(PLAIN, "a" + "\u0301\u0316" * 50 + ".ipynb"), None),
    "very long name": Broken(put(PLAIN, "n" * 249 + ".ipynb"), None),
    "one name in two forms": Broken(write_composed, "2 notebooks"),
    "name that differs in case only": Broken(put(PLAIN, "ZZ.ipynb"), None),
    "ending in capitals": Broken(put(PLAIN, "broken.IPYNB"), None),
}
