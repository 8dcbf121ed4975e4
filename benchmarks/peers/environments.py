"""Environments of their own for nbgrader and otter-grader, in pinned versions."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bare import clear_threads

PINS = {"nbgrader": "nbgrader==0.9.6", "otter": "otter-grader==7.0.0"}
SHARED = ("numpy", "matplotlib", "ipykernel", "nbclient")
"""What every environment has in the version of this one, besides torch."""
SHOWN = ("nbgrader", "otter-grader", "torch", "numpy", "nbclient", "ipykernel")


@dataclass(frozen=True)
class Peer:
    """An environment with one of the tools in it."""

    folder: Path
    versions: Mapping[str, str]

    def find_program(self, name: str) -> str:
        """Path of a program of this environment."""
        return str(self.folder / "bin" / name)

    def list_variables(self, threads: Mapping[str, str]) -> dict[str, str]:
        """Environment variables for its processes, with those that say how many threads to take."""
        variables = {name: value for name, value in clear_threads().items() if not name.startswith("PYTHON")}
        variables["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{variables.get('PATH', os.defpath)}"
        variables["VIRTUAL_ENV"] = str(self.folder)
        return {**variables, **threads}


def find_default_folder() -> Path:
    """Where environments are kept between runs: in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "grader-benchmarks"


def open_environment(name: str, parent: Path) -> Peer:
    """The environment of that tool, made if it is not there in these versions."""
    folder = (parent / name).resolve()
    torch = f"torch=={version('torch').partition('+')[0]}"
    others = [*(f"{library}=={version(library)}" for library in SHARED), PINS[name]]
    wanted = json.dumps([torch, *others])
    mark = folder / "pins.json"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        print(f"Making an environment with {PINS[name]} in {folder} …", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        # torch first and by itself: any other comes as several GB of CUDA.
        for packages in ([torch], others):
            _install(folder, packages)
        mark.write_text(wanted, encoding="utf-8")
    return Peer(folder, _list_versions(folder))


def _install(folder: Path, packages: list[str]) -> None:
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(packages)} cannot be installed:\n{done.stderr[-3000:]}")


def _list_versions(folder: Path) -> dict[str, str]:
    program = (
        "import json, sys; from importlib.metadata import distributions;"
        "print(json.dumps({d.name.lower(): d.version for d in distributions()}))"
    )
    done = subprocess.run(
        [str(folder / "bin" / "python"), "-c", program], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    return versions | {name: found[name] for name in SHOWN if name in found}
