"""Folders and zips of files, made of a dictionary."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, bytes]


def spread(root: Path, files: Files) -> Path:
    """Writes files below a folder; a path that ends in a slash is an empty folder."""
    for path, content in files.items():
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return root


def pack(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return stream.getvalue()
