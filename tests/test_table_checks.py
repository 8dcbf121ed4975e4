"""Verdicts on tables of seconds: measured, and made up."""

from typing import Any

import pytest
from value_samples import judge, leave

SETTINGS = [
    {"len": 2000, "hidden": 20, "backward": True},
    {"len": 2000, "hidden": 20, "backward": False},
    {"len": 2000, "hidden": 200, "backward": True},
    {"len": 2000, "hidden": 200, "backward": False},
]
OPTIONS = {
    "variable": "a",
    "columns": ["len", "hidden", "backward", "cpu", "gpu", "ratio"],
    "rows": SETTINGS,
    "seconds": ["cpu", "gpu"],
    "only_cuda": ["gpu", "ratio"],
    "ratios": [{"column": "ratio", "of": "cpu", "by": "gpu"}],
    "trends": [{"column": "cpu", "by": "backward"}, {"column": "cpu", "by": "hidden"}],
    "published": [6.53, 1.25, 58.99, 13.16, 0.75, 0.14, 4.75, 2.29],
}
CPU = [2.013742, 0.811274, 6.204511, 2.330127]
GPU = [0.503117, 0.200912, 0.911733, 0.402286]


def make_rows(cpu: list[Any] = CPU, gpu: list[Any] | None = GPU) -> list[dict[str, Any]]:
    """The table's rows, with the ratio that follows."""
    rows: list[dict[str, Any]] = [
        {**setting, "cpu": seconds} for setting, seconds in zip(SETTINGS, cpu, strict=True)
    ]
    for row, seconds in zip(rows, gpu or [], strict=False):
        row |= {"gpu": seconds, "ratio": row["cpu"] / seconds}
    return rows


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_measured_table_passes(device: str) -> None:
    """Its seconds are most of what the cells took, its ratios are quotients, its trends hold."""
    assert (
        "passed"
        == judge("measured_table", OPTIONS, leave({"a": make_rows()}, seconds=15, device=device)).outcome
    )


def test_rounded_and_renamed_table_passes() -> None:
    """Two decimals, other spellings of columns and of yes and no, a dictionary of lists."""
    rows = make_rows([round(each, 2) for each in CPU], [round(each, 2) for each in GPU])
    table: dict[str, list[Any]] = {name.upper(): [row[name] for row in rows] for name in rows[0]}
    table["BACKWARD"] = ["yes" if each else "no" for each in table["BACKWARD"]]
    table["RATIO"] = [round(each, 2) for each in table["RATIO"]]
    assert "passed" == judge("measured_table", OPTIONS, leave({"a": table}, seconds=15)).outcome


def test_gpu_is_asked_for_where_there_is_one() -> None:
    """Without CUDA its columns may be missing or empty; with it they may not."""
    lacking = {"a": make_rows(gpu=None)}
    assert "passed" == judge("measured_table", OPTIONS, leave(lacking, seconds=12)).outcome
    empty = {"a": [{**row, "gpu": None, "ratio": None} for row in make_rows(gpu=None)]}
    assert "passed" == judge("measured_table", OPTIONS, leave(empty, seconds=12)).outcome
    verdict = judge("measured_table", OPTIONS, leave(lacking, seconds=12, device="cuda"))
    assert ("failed", "no column gpu, ratio") == (verdict.outcome, verdict.actual)


@pytest.mark.parametrize(
    ("rows", "seconds", "why"),
    [
        (make_rows([6.53, 1.25, 58.99, 13.16], [0.75, 0.14, 4.75, 2.29]), 15.0, "cannot have been measured"),
        (make_rows([6.53, 1.25, 58.99, 13.16], [0.75, 0.14, 4.75, 2.29]), 90.0, "by measuring"),
        (make_rows(), 600.0, "Measure the whole"),
        (make_rows([-1.0, *CPU[1:]]), 15.0, "Measure every row"),
        (make_rows([*CPU[:3], None], None), 15.0, "Measure every row"),
        (make_rows()[:3], 15.0, "Measure each setting"),
        ([{**row, "ratio": 12.0} for row in make_rows()], 15.0, "Compute the ratio"),
        (make_rows([CPU[1], CPU[0], *CPU[2:]]), 15.0, "chance"),
        ([{"len": 1}], 15.0, "Name the columns"),
        (1.5, 15.0, "DataFrame"),
    ],
    ids="pasted pasted-and-slept too-little negative missing row-missing ratio trend columns number".split(),
)
def test_table_that_was_not_measured_fails(rows: Any, seconds: float, why: str) -> None:
    """Each way to make a table up is told, and what to do instead."""
    verdict = judge("measured_table", OPTIONS, leave({"a": rows}, seconds=seconds))
    assert "failed" == verdict.outcome
    assert why in verdict.message
