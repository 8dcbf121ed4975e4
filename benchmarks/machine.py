"""What a benchmark ran on, for the records that it leaves."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("torch", "numpy", "nbclient", "ipykernel", "pyzmq")


def describe_machine() -> dict[str, object]:
    """Processor, cores and system."""
    return {"cpu": read_cpu_name(), "cores": os.cpu_count(), "system": platform.platform()}


def list_versions() -> dict[str, str]:
    """Python and the libraries that decide what training and kernels cost."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def read_cpu_name() -> str:
    """The processor's name."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
