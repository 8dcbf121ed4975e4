"""What is read off a part's figures: ratios within one run."""

from typing import Any

Records = list[dict[str, Any]]

TARGETS = {
    "exam": {
        "wall, graded to bare": ("at most", 1.15),
        "throughput to nbgrader, default threads": ("at least", 2.2),
        "throughput to nbgrader, one thread": ("at least", 2.2),
        "throughput to otter, default threads": ("at least", 2.2),
        "throughput to otter, one thread": ("at least", 2.2),
    },
    "small": {
        "throughput to nbgrader, default threads": ("at least", 5.0),
        "throughput to nbgrader, one thread": ("at least", 5.0),
    },
    "quick": {"throughput, quick to full": ("at least", 10.0)},
    "regrade": {"seconds": ("at most", 5.0)},
}
"""What the project has promised, on two cores."""


def list_ratios(part: str, records: Records) -> dict[str, float]:
    """The part's ratios by name; those that were not measured are left out."""
    found = {
        "exam": _compare_tools,
        "small": _compare_tools,
        "quick": _compare_modes,
        "scale": _compare_sizes,
        "regrade": lambda records: {"seconds": records[-1]["wall_seconds"]},
    }[part](records)
    return {name: round(value, 3) for name, value in found.items()}


def _find(records: Records, **wanted: Any) -> dict[str, Any] | None:
    """The largest measurement of that kind."""
    matching = [record for record in records if all(record[key] == value for key, value in wanted.items())]
    return max(matching, key=lambda record: record["notebooks"], default=None)


def measure_each(record: dict[str, Any], key: str = "wall_seconds") -> float:
    """Seconds for each notebook."""
    return float(record[key] / max(record["notebooks"], 1))


def _compare_tools(records: Records) -> dict[str, float]:
    ratios: dict[str, float] = {}
    workers = max(record["workers"] for record in records)
    graded = _find(records, tool="grade", what="run", workers=workers)
    bare = _find(records, tool="bare", what="run", workers=workers, threads="one")
    assert graded is not None and bare is not None
    ratios["wall, graded to bare"] = measure_each(graded) / measure_each(bare)
    ratios["CPU, graded to bare"] = measure_each(graded, "cpu_seconds") / measure_each(bare, "cpu_seconds")
    if same := _find(records, tool="bare", what="allocator", workers=workers):
        ratios["wall, graded to bare with the same allocator"] = measure_each(graded) / measure_each(same)
    if plain := _find(records, tool="grade", what="plain", workers=workers):
        without = measure_each(plain)
        ratios["wall, graded to bare, neither with jemalloc"] = without / measure_each(bare)
        ratios["throughput with jemalloc to without"] = without / measure_each(graded)
    reference = _find(records, tool="grade", what="reference")
    assert reference is not None
    whole = (graded["wall_seconds"] + reference["wall_seconds"]) / graded["notebooks"]
    for tool in ("nbgrader", "otter"):
        for threads, words in (("default", "default threads"), ("one", "one thread")):
            for many in sorted({1, workers}):
                if peer := _find(records, tool=tool, what="run", workers=many, threads=threads):
                    beside = f", {many} at a time" if many > 1 else ""
                    name = f"throughput to {tool}{beside}, {words}"
                    ratios[name] = measure_each(peer) / measure_each(graded)
                    if many == 1:
                        ratios[f"{name}, reference included"] = measure_each(peer) / whole
    if workers > 1 and (alone := _find(records, tool="grade", what="run", workers=1)) is not None:
        ratios[f"throughput, {workers} workers to 1"] = measure_each(alone) / measure_each(graded)
    if (
        workers > 1
        and (alone := _find(records, tool="bare", what="run", workers=1, threads="one")) is not None
    ):
        ratios[f"throughput of the bare script, {workers} to 1"] = measure_each(alone) / measure_each(bare)
    return ratios


def _compare_modes(records: Records) -> dict[str, float]:
    workers = max(record["workers"] for record in records)
    full = _find(records, what="run", workers=workers)
    quick = _find(records, what="quick")
    if full is None or quick is None:
        return {}
    return {"throughput, quick to full": measure_each(full) / measure_each(quick)}


def _compare_sizes(records: Records) -> dict[str, float]:
    """The largest class against the smallest: 1 is flat."""
    classes = sorted((r for r in records if r["what"] == "run"), key=lambda record: int(record["notebooks"]))
    if len(classes) < 2:
        return {}
    first, last = classes[0], classes[-1]
    return {
        "seconds a submission, largest to smallest class": measure_each(last) / measure_each(first),
        "memory of the grader's process, largest to smallest class": last["own_peak_mb"]
        / first["own_peak_mb"],
        "memory of everything, largest to smallest class": last["all_peak_mb"] / first["all_peak_mb"],
    }
