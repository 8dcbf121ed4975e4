"""What grading costs beside the bare training of the same cells, measured in one run.

    python benchmarks/measure_overhead.py [FOLDER] [--jobs N] [--out FILE]

First every notebook that grading executes, the reference among them, is run bare: its code cells one after
another in one plain Python process, no kernel and no sandbox, as many processes at once as grading uses.
Then the same folder is graded. Both in the same run, because other runs on a shared machine tell nothing.
"""

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bare import ONE_THREAD, list_cells, make_command
from machine import describe_machine, list_versions
from metering import Command, Meter, run_command, run_commands

from grader.assignment.reference import inject_parameters, load_solution
from grader.assignment.spec import find_assignment

ROOT = Path(__file__).parents[1]


def measure(source: Path, jobs: int) -> dict[str, object]:
    """All figures of one run."""
    exam = find_assignment("hi-hello", ROOT)
    notebooks = {path.stem: list_cells(path.read_bytes()) for path in sorted(source.glob("*.ipynb"))}
    reference = list_cells(inject_parameters(load_solution(exam), exam.reference.parameters))
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        folder = Path(name)
        # The reference first, as grading does.
        numbered = enumerate({"(reference)": reference, **notebooks}.items())
        environment = {**os.environ, **ONE_THREAD}
        commands = {
            student: make_command(cells, folder, str(number), environment, may_fail=True)
            for number, (student, cells) in numbered
        }
        with Meter() as bare, ThreadPoolExecutor(jobs) as pool:
            futures = {student: pool.submit(run_command, command) for student, command in commands.items()}
            seconds = {student: future.result() for student, future in futures.items()}
        arguments = (sys.executable, "-m", "grader", "run", str(source), "-o", str(folder / "reports"))
        graded = run_commands([Command((*arguments, "--jobs", str(jobs)), Path.cwd(), os.environ)])
        results = json.loads((folder / "reports" / "results.json").read_text(encoding="utf-8"))
    return {
        "machine": describe_machine(),
        "versions": list_versions(),
        "sandbox": results["run"]["sandbox"],
        "notebooks": len(notebooks),
        "jobs": jobs,
        "bare": {
            "wall_seconds": round(bare.wall_seconds, 1),
            "cpu_seconds": round(bare.cpu_seconds, 1),
            "each": {student: round(value, 1) for student, value in seconds.items()},
        },
        "graded": {
            "wall_seconds": round(graded.wall_seconds, 1),
            "cpu_seconds": round(graded.cpu_seconds, 1),
        },
        "ratio": {
            "wall": round(graded.wall_seconds / bare.wall_seconds, 3),
            "cpu": round(graded.cpu_seconds / bare.cpu_seconds, 3),
        },
        "scores": {entry["student"]: entry["score"] for entry in results["submissions"]},
    }


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
