"""Measures this grader, nbgrader, otter-grader and the bare script, on the same notebooks in one run.

    python benchmarks/measure_peers.py                       everything
    python benchmarks/measure_peers.py --only exam,small     two parts; figures of others stay
    python benchmarks/measure_peers.py --render              tables and chart from the figures, and no more

Figures go to benchmarks/results/peers-cpu.json, tables to docs/performance.md and a chart beside it. Parts:
the exam with all its epochs, a small notebook that trains nothing, quick mode, classes of many sizes, and
grading again after a change of the rubric. docs/performance.md says how the tools are treated alike.
"""

import json
import os
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from machine import describe_machine
from peers.environments import find_default_folder
from peers.parts import PARTS, Session, Sizes
from peers.ratios import list_ratios
from peers.render import render_page

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "peers-cpu.json"
COLUMNS = "{:8} {:9} {:10} {:>4} {:>3} {:8} {:>9} {:>9} {:>8} {:>8}"


def read_sizes(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Numbers between commas, ascending."""
    try:
        return tuple(sorted(int(number) for number in value.split(",")))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is not a list of numbers such as 10,50,200.") from error


def read_parts(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of parts between commas, in the order in which they are measured."""
    wanted = value.split(",")
    if unknown := [name for name in wanted if name not in PARTS]:
        raise click.BadParameter(f"no part is called {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
    return tuple(name for name in PARTS if name in wanted)


def print_record(record: dict[str, Any]) -> None:
    """One line of the table that is printed as it goes."""
    count = max(record["notebooks"], 1)
    click.echo(
        COLUMNS.format(
            record["part"],
            record["tool"],
            record["what"],
            record["notebooks"] or "-",
            record["workers"],
            record["threads"],
            f"{record['wall_seconds'] / count:.2f}",
            f"{record['cpu_seconds'] / count:.2f}",
            f"{record['own_peak_mb']:.0f}",
            f"{record['all_peak_mb']:.0f}",
        )
    )


@click.command(help=__doc__.partition("\n")[0])
@click.option("--only", "parts", default=",".join(PARTS), callback=read_parts, help="Parts to measure.")
@click.option("--workers", default=len(os.sched_getaffinity(0)), show_default=True, help="Notebooks at once.")
@click.option("--exam", default=4, show_default=True, help="Notebooks of the exam.")
@click.option("--exam-peers", default=2, show_default=True, help="How many of them peers grade.")
@click.option("--epochs", default=100, show_default=True, help="Epochs of the exam.")
@click.option("--small", default=40, show_default=True, help="Small notebooks.")
@click.option("--small-peers", default=10, show_default=True, help="How many of them peers grade.")
@click.option("--quick", default=40, show_default=True, help="Notebooks of the exam in quick mode.")
@click.option(
    "--scale", default="10,50,200", show_default=True, callback=read_sizes, help="Sizes of classes."
)
@click.option(
    "--scale-epochs", default=2, show_default=True, help="Epochs of the notebooks in these classes."
)
@click.option(
    "--environments",
    type=click.Path(path_type=Path, file_okay=False),
    default=find_default_folder,
    help="Folder for the peers' environments, 1.5 GB each. Default: in the user's cache.",
)
@click.option("--out", type=click.Path(path_type=Path), default=RESULTS, help="JSON file for the figures.")
@click.option("--render", is_flag=True, help="Measure nothing; write table and chart from the figures.")
def main(parts: tuple[str, ...], environments: Path, out: Path, *, render: bool, **sizes: Any) -> None:
    """Measure, print, write the figures, and render those that belong to the documentation."""
    if not render:
        measure(parts, Sizes(**sizes), environments, out)
    if render or out == RESULTS:
        render_page(json.loads(out.read_text(encoding="utf-8")), ROOT / "docs")


def measure(parts: tuple[str, ...], sizes: Sizes, environments: Path, out: Path) -> None:
    """Measure parts, one after another, and put each in the place of what was found of it before."""
    click.echo(COLUMNS.format(*"part tool what n w threads s/each CPU/each own_MB all_MB".split()))
    found = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {"schema": 1, "parts": {}}
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        session = Session(Path(name), environments, sizes, print_record)
        for part in parts:
            session.part, started = part, time.monotonic()
            PARTS[part](session)
            records = [record for record in session.records if record["part"] == part]
            if records:
                found["parts"][part] = {
                    "date": time.strftime("%Y-%m-%d"),
                    "seconds": round(time.monotonic() - started),
                    "machine": describe_machine(),
                    "versions": session.list_versions(),
                    "sizes": asdict(sizes),
                    "ratios": list_ratios(part, records),
                    "records": records,
                }
                # After each part, so that an interruption costs one.
                out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
                for name, value in found["parts"][part]["ratios"].items():
                    click.echo(f"  {name}: {value}")


if __name__ == "__main__":
    main()
