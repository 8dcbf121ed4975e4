"""The figures of benchmarks/measure_peers.py, and the page and chart that are made of them."""

import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "benchmarks" / "results" / "peers-cpu.json"
VERSIONS = {
    "grade": {"grader": "0.1.0", "python": "3.11.7", "torch": "2.13.0"},
    "nbgrader": {"nbgrader": "0.9.6"},
    "otter": {"otter-grader": "7.0.0"},
}


def record(
    tool: str, wall: float, *, what: str = "run", workers: int = 1, threads: str = "one"
) -> dict[str, Any]:
    """A measurement of ten notebooks."""
    memory = {"own_peak_mb": 100.0, "all_peak_mb": 1000.0}
    taken = {"notebooks": 10, "wall_seconds": wall, "cpu_seconds": wall * workers, **memory}
    return {"part": "small", "tool": tool, "what": what, "workers": workers, "threads": threads, **taken}


RECORDS = [
    record("grade", 2.0, what="reference"),
    record("grade", 20.0),
    record("grade", 10.0, workers=2),
    record("bare", 8.0, workers=2),
    record("nbgrader", 60.0, threads="default"),
    record("otter", 40.0),
    record("otter", 24.0, workers=2),
]


@pytest.fixture(autouse=True)
def see_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmarks are scripts: their modules stand beside them."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def test_ratios_are_those_of_seconds_a_submission() -> None:
    """Ours on all cores against each peer as it ran, and against one core."""
    from peers.ratios import list_ratios

    expected = {
        "wall, graded to bare": 10 / 8,
        "CPU, graded to bare": 20 / 16,
        "throughput to nbgrader, default threads": 6.0,
        "throughput to nbgrader, default threads, reference included": 5.0,
        "throughput to otter, one thread": 4.0,
        "throughput to otter, one thread, reference included": round(4 / 1.2, 3),
        "throughput to otter, 2 at a time, one thread": 2.4,
        "throughput, 2 workers to 1": 2.0,
    }
    assert expected == list_ratios("small", RECORDS)


def test_page_and_chart_show_every_measurement(tmp_path: Path) -> None:
    """A row a measurement, a bar a run, and nothing of the page's own words lost."""
    from peers.ratios import list_ratios
    from peers.render import render_page

    shutil.copy(ROOT / "docs" / "performance.md", tmp_path)
    machine = {"cpu": "a <processor>", "cores": 2, "system": "Linux"}
    part = {"date": "2026-01-02", "machine": machine, "versions": VERSIONS, "records": RECORDS}
    figures = {"parts": {"small": {**part, "ratios": list_ratios("small", RECORDS)}}}
    render_page(figures, tmp_path)
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "| throughput to nbgrader, default threads | 6.00 | at least 5 |" in page
    assert "| `otter run` | 10 | 2 | 1 | 2.40 | 4.80 | 100 | 1000 |" in page
    assert page.endswith((ROOT / "docs" / "performance.md").read_text(encoding="utf-8")[-500:])
    chart = ElementTree.parse(tmp_path / "performance.svg").getroot()
    bars = chart.findall("{*}g/{*}rect")
    assert len(RECORDS) - 1 == len(bars)
    # The longest, nbgrader's 6 s a submission, is 440 wide.
    widths = [round(440 * seconds / 6, 1) for seconds in (2, 1, 0.8, 6, 4, 2.4)]
    assert widths == [float(bar.attrib["width"]) for bar in bars]


def test_documented_figures_are_those_measured(tmp_path: Path) -> None:
    """Whoever measures again renders again; nothing of the page is typed."""
    from peers.render import render_page

    for name in ("performance.md", "performance.svg"):
        shutil.copy(ROOT / "docs" / name, tmp_path)
    render_page(json.loads(FIGURES.read_text(encoding="utf-8")), tmp_path)
    for name in ("performance.md", "performance.svg"):
        assert (ROOT / "docs" / name).read_text("utf-8") == (tmp_path / name).read_text("utf-8")
