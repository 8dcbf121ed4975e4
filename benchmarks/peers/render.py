"""Writes a measurement's tables into docs/performance.md, and its chart beside it: none is typed by hand."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from peers.ratios import TARGETS, measure_each

TITLES = {
    "exam": "The exam, all its epochs",
    "small": "A small notebook that trains nothing",
    "quick": "Quick mode",
    "scale": "Classes of many sizes",
    "regrade": "After a change of the rubric",
}
TOOLS = {
    "grade": "`grade run`",
    "nbgrader": "`nbgrader autograde`",
    "otter": "`otter run`",
    "bare": "bare script",
}
WHATS = {
    "run": "",
    "plain": ", the C library's allocator",
    "allocator": ", jemalloc",
    "prepare": ", preparing the assignment",
    "reference": ", reference and a first notebook",
    "quick": " --mode quick",
    "quick reference": " --mode quick, a first notebook",
    "regrade": ", rubric changed, nothing executed",
}
THREADS = {"one": "1", "default": "default"}
BEGIN, END = "<!-- figures: written by benchmarks/measure_peers.py --render -->", "<!-- end of figures -->"
LEFT, WIDTH, TOP, ROW = 260.0, 440.0, 46.0, 22.0


@dataclass(frozen=True)
class Bar:
    """One bar of the chart."""

    label: str
    tone: str
    y: float
    width: float
    value: str


@dataclass(frozen=True)
class Group:
    """Bars of one part, on a scale of their own."""

    title: str
    y: float
    bars: tuple[Bar, ...]


def render_page(figures: Mapping[str, Any], docs: Path) -> None:
    """Replace the part of docs/performance.md between the marks, and write docs/performance.svg."""
    page = docs / "performance.md"
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} has no place for the figures: {BEGIN} … {END}.")
    page.write_text(f"{before}{BEGIN}\n{render_tables(figures)}\n{END}{after}", encoding="utf-8")
    (docs / "performance.svg").write_text(draw_chart(figures), encoding="utf-8")


def render_tables(figures: Mapping[str, Any]) -> str:
    """Every part's ratios and figures, as Markdown."""
    parts = [(name, figures["parts"][name]) for name in TITLES if name in figures["parts"]]
    return "\n".join(line for name, part in parts for line in _render_part(name, part)).rstrip() + "\n"


def _render_part(name: str, part: Mapping[str, Any]) -> list[str]:
    machine, versions = part["machine"], part["versions"]
    own = versions["grade"]
    tools = [f"grader {own['grader']}", f"Python {own['python']}", f"torch {own['torch']}"]
    tools += [f"{name} {versions['nbgrader']['nbgrader']}" for name in ("nbgrader",) if name in versions]
    tools += [f"otter-grader {versions['otter']['otter-grader']}" for _ in ("otter",) if "otter" in versions]
    lines = ["", f"### {TITLES[name]}", ""]
    lines += [f"{part['date']}, {machine['cores']} cores ({machine['cpu']}), {', '.join(tools)}.", ""]
    if part["ratios"]:
        lines += ["| ratio | measured | wanted |", "|---|---|---|"]
        for ratio, value in part["ratios"].items():
            bound = TARGETS.get(name, {}).get(ratio)
            lines.append(f"| {ratio} | {value:.2f} | {f'{bound[0]} {bound[1]:g}' if bound else ''} |")
        lines.append("")
    lines += [
        "| tool | notebooks | at a time | threads | s each | CPU s each | MB, own process | MB, everything |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for record in part["records"]:
        lines.append(
            f"| {TOOLS[record['tool']]}{WHATS[record['what']]} | {record['notebooks'] or '–'} "
            f"| {record['workers']} | {THREADS[record['threads']]} | {measure_each(record):.2f} "
            f"| {measure_each(record, 'cpu_seconds'):.2f} "
            f"| {record['own_peak_mb']:.0f} | {record['all_peak_mb']:.0f} |"
        )
    return lines


def draw_chart(figures: Mapping[str, Any]) -> str:
    """Seconds a submission in each part that compares something, as an SVG picture in light and dark."""
    groups, y = [], TOP
    for name in ("exam", "small", "quick", "scale"):
        if name not in figures["parts"]:
            continue
        records = [r for r in figures["parts"][name]["records"] if r["what"] in ("run", "quick")]
        if name != "scale":
            # One notebook alone tells what a start costs, and stands in the table.
            records = [r for r in records if r["notebooks"] > 1]
        longest = max(map(measure_each, records))
        bars = tuple(
            Bar(
                label=_label(record, name),
                tone="own" if record["tool"] == "grade" else "bare" if record["tool"] == "bare" else "peer",
                y=y + ROW * (place + 1),
                width=WIDTH * measure_each(record) / longest,
                value=_format(measure_each(record)),
            )
            for place, record in enumerate(records)
        )
        groups.append(Group(f"{TITLES[name]}: seconds a submission", y, bars))
        y += ROW * (len(bars) + 2)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("performance.svg.jinja").render(
        groups=groups, left=LEFT, width=LEFT + WIDTH + 70, height=y
    )


def _label(record: Mapping[str, Any], part: str) -> str:
    tool = TOOLS[record["tool"]].strip("`") + WHATS[record["what"]]
    if part == "scale":
        return f"{tool}, {record['notebooks']} submissions"
    threads = "" if record["tool"] == "grade" else f", {THREADS[record['threads']]} thread"
    return f"{tool}, {record['workers']} at a time{threads}" + ("s" if record["threads"] == "default" else "")


def _format(seconds: float) -> str:
    return f"{seconds:.{max(0, 1 - math.floor(math.log10(max(seconds, 0.01))))}f} s"
