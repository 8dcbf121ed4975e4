"""What grading costs beside the bare training of the same cells, measured in one run.

    python benchmarks/measure_overhead.py [FOLDER] [--jobs N] [--out FILE]

First every notebook that grading executes, the reference among them, is run bare: its code cells one after
another in one plain Python process, no kernel and no sandbox, as many processes at once as grading uses.
Then the same folder is graded. Both in the same run, because other runs on a shared machine tell nothing.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import nbformat
import psutil

from grader.assignment.reference import inject_parameters, load_solution
from grader.assignment.spec import find_assignment

ROOT = Path(__file__).parents[1]

DRIVER = """
import json, os, sys
import torch
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
import matplotlib
matplotlib.use("Agg")
namespace = {"__name__": "__main__"}
for source in json.load(open(sys.argv[1])):
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("!", "%"))]
    try:
        exec("\\n".join(lines), namespace)
    except Exception:
        pass
"""


def list_cells(content: bytes) -> list[str]:
    """Sources of a notebook's code cells."""
    notebook = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def run_bare(cells: list[str], folder: Path, name: str) -> float:
    """Seconds that the cells take in a process of their own."""
    script, sources = folder / "driver.py", folder / f"{name}.json"
    script.write_text(DRIVER, encoding="utf-8")
    sources.write_text(json.dumps(cells), encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    started = time.monotonic()
    subprocess.run(
        [sys.executable, str(script), str(sources)],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return time.monotonic() - started


class CpuMeter:
    """CPU seconds of a process and everything below it, while the block runs.

    By looking often: a kernel that ends with its sandbox is counted for no parent by the system.
    """

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._seen: dict[tuple[int, float], float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "CpuMeter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """User and system seconds seen so far."""
        return sum(self._seen.values())

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in self._process.children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        times = process.cpu_times()
                        key = (process.pid, process.create_time())
                        self._seen[key] = times.user + times.system


def measure(source: Path, jobs: int) -> dict[str, object]:
    """All figures of one run."""
    exam = find_assignment("hi-hello", ROOT)
    notebooks = {path.stem: list_cells(path.read_bytes()) for path in sorted(source.glob("*.ipynb"))}
    reference = list_cells(inject_parameters(load_solution(exam), exam.reference.parameters))
    here = psutil.Process()
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        folder = Path(name)
        with CpuMeter(here) as bare, ThreadPoolExecutor(jobs) as pool:
            started = time.monotonic()
            # The reference first, as grading does.
            numbered = enumerate({"(reference)": reference, **notebooks}.items())
            futures = {
                student: pool.submit(run_bare, cells, folder, str(number))
                for number, (student, cells) in numbered
            }
            seconds = {student: future.result() for student, future in futures.items()}
            bare_wall = time.monotonic() - started
        with CpuMeter(here) as graded:
            started = time.monotonic()
            command = [sys.executable, "-m", "grader", "run", str(source), "-o", str(folder / "reports")]
            done = subprocess.run(
                [*command, "--jobs", str(jobs)], capture_output=True, text=True, check=False
            )
            graded_wall = time.monotonic() - started
        if done.returncode != 0:
            raise SystemExit(f"Grading ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
        results = json.loads((folder / "reports" / "results.json").read_text(encoding="utf-8"))
    return {
        "machine": {"cpu": read_cpu_name(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "numpy", "nbclient", "ipykernel", "pyzmq")},
        },
        "sandbox": results["run"]["sandbox"],
        "notebooks": len(notebooks),
        "jobs": jobs,
        "bare": {
            "wall_seconds": round(bare_wall, 1),
            "cpu_seconds": round(bare.seconds, 1),
            "each": {student: round(value, 1) for student, value in seconds.items()},
        },
        "graded": {"wall_seconds": round(graded_wall, 1), "cpu_seconds": round(graded.seconds, 1)},
        "ratio": {
            "wall": round(graded_wall / bare_wall, 3),
            "cpu": round(graded.seconds / bare.seconds, 3),
        },
        "scores": {entry["student"]: entry["score"] for entry in results["submissions"]},
    }


def read_cpu_name() -> str:
    """The processor's name."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def main() -> None:
    """Measure and print, and write the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "submissions")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    figures = json.dumps(measure(options.folder, options.jobs), indent=1, ensure_ascii=False)
    print(figures)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(figures + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
