"""Finds jemalloc, with which a kernel trains faster than with the C library's own allocator.

A training that steps through a text asks for hundreds of thousands of small tensors, all aligned to 64 bytes.
glibc serves such requests from no cache; jemalloc does. The numbers are the same to the last bit:
docs/performance.md has what it brings, tests/test_allocator.py that nothing else changes.
"""

import functools
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

LIBRARY_NAME = "libjemalloc.so.2"
SWITCH = "GRADER_ALLOCATOR"
"""Names another library below /usr to load, or, empty, none."""
PRELOADED = "LD_PRELOAD"
SETTINGS = {"MALLOC_CONF": "retain:false"}
"""jemalloc would keep what it was given back mapped, and RLIMIT_DATA would count it."""
TRIAL_SECONDS = 20.0


def find_allocator() -> Path | None:
    """The library that kernels load before any other; None to leave them the C library's."""
    named = os.environ.get(SWITCH)
    if named is not None:
        return _try(named) if is_shown(named) else None
    return next(filter(None, map(_try, map(str, list_places()))), None)


def list_places() -> Iterator[Path]:
    """Where Debian, Fedora, Arch and who builds it himself put the library; every room shows them."""
    multiarch = sysconfig.get_config_var("MULTIARCH")
    folders = ["/usr/lib64", "/usr/lib", "/usr/local/lib"]
    for folder in ([f"/usr/lib/{multiarch}"] if multiarch else []) + folders:
        path = Path(folder) / LIBRARY_NAME
        if path.is_file():
            yield path


def is_shown(path: str) -> bool:
    """Whether the loader finds a library under that name in every room."""
    return path.startswith(("/usr/lib", "/usr/local/lib")) and not re.search(r"[:\s]|\.\.", path)


@functools.cache
def _try(path: str) -> Path | None:
    """The path, if a process comes up with it: the loader only warns of what it cannot load."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", ""],
            env={PRELOADED: path},
            capture_output=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Path(path) if done.returncode == 0 and not done.stderr else None
