"""What hostile notebooks do to the grader, and whether it stays as it was over 200 submissions.

    python benchmarks/measure_reliability.py [PART…] [--soak N] [--out FILE]

PARTs, all of them where none is named:

    soak    N small submissions, graded twenty at a time in one process
    class   one honest notebook among 45 hostile ones
    rooms   the hostile cells of `tests/hostile/` in every sandbox of the machine, started by this user and,
            where that is root, by an ordinary one too

Together they take about half an hour on two cores. FILE keeps the parts that are not measured anew.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from machine import read_cpu_name

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from hostile_siege import (  # noqa: E402
    besiege,
    grade_hostile_class,
    list_attacks,
    list_possible_rooms,
)
from quiet import Quiet  # noqa: E402
from small_class import TRAINING, make_class, write_notebook  # noqa: E402

from grader.probe.landlock import find_abi  # noqa: E402
from grader.workflow import Settings  # noqa: E402
from grader.workflow.verbs import grade_class  # noqa: E402

BATCH = 20


@contextlib.contextmanager
def stand_in_new_folder() -> Iterator[Path]:
    """An empty folder with a short path, as the working folder and as the place of temporary folders."""
    with tempfile.TemporaryDirectory(prefix="m-", dir="/var/tmp") as name:
        rooms = Path(name, "r")
        rooms.mkdir(mode=0o711)
        Path(name).chmod(0o755)
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(rooms)
        try:
            with contextlib.chdir(name):
                yield Path(name)
        finally:
            del os.environ["TMPDIR"]
            if before is not None:
                os.environ["TMPDIR"] = before


def measure_rooms() -> dict[str, Any]:
    """By room: attacks, those that were not contained and why, and the worst of each figure."""
    figures = {}
    rooms = list_possible_rooms()
    # At the same time, as most of it is waiting.
    with ThreadPoolExecutor(len(rooms) or 1) as pool:
        sieges = list(pool.map(lambda room: besiege(*room), rooms))
    for (backend, user), siege in zip(rooms, sieges, strict=True):
        attacks = list_attacks(backend)
        harm = {attack.name: siege.find_harm(attack) for attack in attacks}
        outcomes = siege.outcomes.values()
        figures[f"{backend}, {user}"] = {
            "attacks": len(attacks),
            "contained": sum(not found for found in harm.values()),
            "excepted": [attack.name for attack in attacks if backend == "landlock" and attack.landlock],
            "not_contained": {name: found for name, found in harm.items() if found},
            "left": siege.left,
            "grader_mb": round(max((each["grader_bytes"] for each in outcomes), default=0) / 2**20),
            "room_mb": round(max((each["room_bytes"] for each in outcomes), default=0) / 2**20),
            "longest_seconds": round(max((each["seconds"] for each in outcomes), default=0), 1),
            "seconds": round(sum(each["seconds"] for each in outcomes)),
            "sandboxes": max((each["sandboxes"] for each in outcomes), default=0),
        }
    return figures


def measure_class() -> dict[str, Any]:
    """Marks of the honest notebook, and how many of the others have a record."""
    with stand_in_new_folder() as place:
        started = time.monotonic()
        graded, harm = grade_hostile_class(place)
        seconds = time.monotonic() - started
        left = len(list((place / "r").iterdir()))
    results = {result.student: result for result in graded.result.submissions}
    honest = results.pop("honest")
    return {
        "hostile": len(results),
        "with_a_record": sum(result.status in ("graded", "ungradable") for result in results.values()),
        "honest_score": honest.score,
        "honest_max_score": honest.max_score,
        "harm": sorted(harm),
        "folders_left": left,
        "seconds": round(seconds),
    }


def measure_soak(submissions: int) -> dict[str, Any]:
    """After every twenty submissions: what the grader holds, and how long each took."""
    rows, right = [], 0
    here = psutil.Process()
    with stand_in_new_folder() as place:
        for first in range(0, submissions, BATCH):
            source = make_class(place / str(first), {})
            for number in range(first, first + BATCH):
                # A line of its own each, so that none is known from another.
                write_notebook(
                    source / f"student {number:03}.ipynb", f"{TRAINING}\n# {number}", "answer = True"
                )
            started = time.monotonic()
            with contextlib.chdir(place / str(first)):
                graded = grade_class(source, "small", Settings(), Quiet())  # type: ignore[arg-type]
            seconds = time.monotonic() - started
            right += sum(result.score == 10.0 for result in graded.result.submissions)
            del graded
            row = {
                "submissions": first + BATCH,
                "right": right,
                "seconds_each": round(seconds / BATCH, 2),
                "processes": len(here.children(recursive=True)),
                "threads": here.num_threads(),
                "open_files": here.num_fds(),
                "sockets": len(here.net_connections("all")),
                "folders": len(list((place / "r").iterdir())),
                "memory_mb": round(here.memory_info().rss / 2**20, 1),
            }
            rows.append(row)
            print(row, flush=True)
    return {"rows": rows, "slope_kb_per_submission": find_slope(rows)}


def find_slope(rows: list[dict[str, Any]]) -> float:
    """Kilobytes of memory that the grader gained with each submission, over the second half of the soak."""
    half = rows[len(rows) // 2 :]
    if len(half) < 2:
        return 0.0
    line = statistics.linear_regression(
        [row["submissions"] for row in half], [row["memory_mb"] for row in half]
    )
    return round(line.slope * 1024, 1)


def describe_machine() -> dict[str, Any]:
    """What the figures depend on, and nothing that names the machine."""
    packages = ("torch", "numpy", "nbclient", "ipykernel", "pyzmq")
    return {
        "cpu": read_cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "landlock": find_abi(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def main() -> None:
    """Measure and print, and write the figures if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="soak, class or rooms (default: all)")
    parser.add_argument("--soak", type=int, default=200, help="submissions of the soak (default: 200)")
    parser.add_argument("--out", type=Path, help="file for the figures, as JSON")
    options = parser.parse_args()
    out = options.out.resolve() if options.out else None
    # The soak comes first, in a process that has done nothing else.
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "soak": lambda: measure_soak(options.soak),
        "class": measure_class,
        "rooms": measure_rooms,
    }
    if unknown := set(options.parts) - set(measures):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(measures)}")
    figures = json.loads(out.read_text(encoding="utf-8")) if out and out.exists() else {}
    figures["machine"] = describe_machine()
    for name, measure in measures.items():
        if name in options.parts or not options.parts:
            figures[name] = measure()
            print(json.dumps({name: figures[name]}, indent=1), flush=True)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
