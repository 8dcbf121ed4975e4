"""What decides a result besides the notebook: the machine, its packages, and this program's own source."""

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import grader


@cache
def describe_machine() -> tuple[str, ...]:
    """Python and every package that a notebook can import: one that was missing may be there now."""
    # Asked for once: each time it is, the file is read.
    read = (found.metadata for found in distributions())
    packages = {(str(each["Name"]).lower(), each["Version"]) for each in read}
    named = (f"{name} {version}" for name, version in sorted(packages) if name != grader.__name__)
    return (platform.machine(), platform.python_version(), *named)


@cache
def hash_machine() -> str:
    """SHA-256, in hexadecimal, of that: it stands in every key."""
    return hashlib.sha256("\n".join(describe_machine()).encode()).hexdigest()


@cache
def list_cards() -> list[str]:
    """The models of the machine's NVIDIA cards."""
    found = Path("/proc/driver/nvidia/gpus").glob("*/information")
    lines = (line for path in sorted(found) for line in path.read_text(errors="replace").splitlines())
    return [line.strip() for line in lines if line.startswith("Model")]


@cache
def hash_sources(parts: tuple[str, ...]) -> str:
    """SHA-256, in hexadecimal, of the source of these rooms and files of this package.

    It stands in keys, so that what a changed program would do otherwise is never found under an old one.
    """
    root = Path(grader.__file__).parent
    digest = hashlib.sha256()
    for part in parts:
        path = root / part
        for file in sorted(list_files(path)) if path.is_dir() else [path]:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(root)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def list_files(folder: Path) -> Iterator[Path]:
    """Templates as well as modules."""
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
