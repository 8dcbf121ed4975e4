"""Measures what replays add to the run of a submission with 100 epochs, all in one run.

    python benchmarks/measure_replays.py [--repeat 2] [--out FILE]

The reference stands for a submission. Its runs follow each other in one sandbox, as a submission's do, and
the sandbox's start counts with the full run. Every submission has a full run and a hidden replay; one as
submitted is added where two tasks that are compared ask for different seeds, one free of order where layers
are built in another.
"""

import asyncio
import json
import platform
import statistics
import time
from pathlib import Path

import click
import torch

from grader.assignment.load import load_assignment
from grader.assignment.reference import hash_content, load_solution, read_released
from grader.execute.sandbox import choose_sandbox
from grader.notebook import read_notebook
from grader.records import RunMode, Submission
from grader.workflow.bench import Bench
from grader.workflow.jobs import prepare_job
from grader.workflow.settings import Settings

ROOT = Path(__file__).parents[1]
MODES: tuple[RunMode, ...] = ("full", "hidden", "submitted", "order_free")
COMPARED = ("1.2", "1.3", "1.5", "1.6")


class Quiet:
    """Hears everything and says nothing."""

    def __getattr__(self, name: str) -> object:
        return lambda *args: None


@click.command()
@click.option("--repeat", default=2, show_default=True, help="Rounds; the median of each kind counts.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file for the results.")
def main(repeat: int, out: Path | None) -> None:
    """Time every kind of run and print the ratios."""
    assignment = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
    content = load_solution(assignment)
    released = read_notebook(read_released(assignment))
    submission = Submission(student="x", file="x.ipynb", content=content, sha256=hash_content(content))
    job = prepare_job(assignment, submission, released)
    slots = asyncio.Semaphore(1)
    bench = Bench(assignment, content, released, Settings(), choose_sandbox(), Quiet(), slots)
    training = [task.id for task in assignment.task if task.kind == "training"]
    seconds: dict[str, list[float]] = {mode: [] for mode in MODES}

    async def run_modes(modes: tuple[RunMode, ...]) -> None:
        started = time.monotonic()
        async with bench.open_launcher() as launcher:
            for mode in modes:
                tasks = COMPARED if mode == "submitted" else None if mode == "full" else training
                await bench.run(job, bench.plan(job, mode, tasks), launcher)
                seconds[mode].append(time.monotonic() - started)
                started = time.monotonic()

    for _ in range(repeat):
        asyncio.run(run_modes(MODES))
    medians = {mode: statistics.median(times) for mode, times in seconds.items()}
    ratios = {mode: round(medians[mode] / medians["full"], 4) for mode in MODES[1:]}
    for mode in MODES:
        share = "" if mode == "full" else f"  {ratios[mode]:.1%} of the full run"
        click.echo(f"{mode:12}{medians[mode]:8.2f} s{share}")
    click.echo(
        f"every submission: {ratios['hidden']:.1%}; with seeds that differ: "
        f"{ratios['hidden'] + ratios['submitted']:.1%}; with layers in another order: "
        f"{ratios['hidden'] + ratios['order_free']:.1%}; with both: {sum(ratios.values()):.1%}"
    )
    if out is not None:
        found = {
            "machine": f"{platform.machine()}, {platform.system()}",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "sandbox": bench.sandbox.name,
            "seconds": {mode: [round(each, 2) for each in times] for mode, times in seconds.items()},
            "share_of_full_run": ratios,
        }
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
