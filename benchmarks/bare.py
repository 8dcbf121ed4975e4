"""The bare script: a notebook's code cells one after another in one plain Python process."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from metering import Command

DRIVER = """
import json, os, sys
import torch
if os.environ.get("OMP_NUM_THREADS") == "1":
    torch.set_num_threads(1)
# The machine has no CUDA: what asks for it stays where it is, as cheaply as that can be done.
if not torch.cuda.is_available():
    to, module_to = torch.Tensor.to, torch.nn.Module.to
    def stay(function):
        def call(self, *args, **kwargs):
            args = tuple("cpu" if isinstance(a, (str, torch.device)) else a for a in args)
            return function(self, *args, **kwargs)
        return call
    torch.Tensor.to, torch.nn.Module.to = stay(to), stay(module_to)
    torch.Tensor.cuda = torch.nn.Module.cuda = lambda self, *args, **kwargs: self
    for name in "zeros ones tensor empty randn full eye arange".split():
        def make(function):
            def call(*args, **kwargs):
                if "device" in kwargs:
                    kwargs["device"] = "cpu"
                return function(*args, **kwargs)
            return call
        setattr(torch, name, make(getattr(torch, name)))
namespace = {"__name__": "__main__"}
failed = 0
for source in json.load(open(sys.argv[1])):
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("!", "%"))]
    try:
        exec("\\n".join(lines), namespace)
    except Exception as error:
        failed = 1
        print(type(error).__name__, error)
sys.exit(failed)
"""

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def make_command(cells: list[str], folder: Path, name: str, environment: Mapping[str, str]) -> Command:
    """The process that runs the cells."""
    script, sources = folder / "driver.py", folder / f"{name}.json"
    script.write_text(DRIVER, encoding="utf-8")
    sources.write_text(json.dumps(cells), encoding="utf-8")
    return Command((sys.executable, str(script), str(sources)), folder, {**environment, "MPLBACKEND": "Agg"})


def clear_threads() -> dict[str, str]:
    """This process's environment without what it says of threads: tools then take their defaults."""
    return {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
