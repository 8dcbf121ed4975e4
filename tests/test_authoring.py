"""docs/authoring.md, done step by step as it stands there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

DOCUMENT = ROOT / "docs" / "authoring.md"
BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<language>\w+)\n(?P<text>.*?)\n```", re.DOTALL)
SEED_CELLS = 3
"""Cells of a new notebook that the walk-through keeps."""


@dataclass(frozen=True)
class Block:
    """A fenced block, and the line of text above it."""

    before: str
    language: str
    text: str


def read_walk_through() -> list[Block]:
    """The blocks of the walk-through, in their order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    walk = text[text.index("## A walk-through") : text.index("## What students get")]
    # A block follows another one directly where a task's text and its solution do.
    walk = walk.replace("```\n\n```", "```\n\n-\n\n```")
    return [Block(**match.groupdict()) for match in BLOCK.finditer(walk)]


def list_steps(blocks: list[Block]) -> Iterator[Block | list[Block]]:
    """The blocks, with those that are cells of the notebook together as one step."""
    cells = [block for block in blocks if block.language in ("python", "markdown")]
    for block in blocks:
        if block in cells:
            if block is cells[0]:
                yield cells
        else:
            yield block


def run_commands(commands: str, folder: Path) -> None:
    """Run lines of shell in a folder, with `grade` as it is installed here."""
    tool = folder / ".bin" / "grade"
    if not tool.exists():
        tool.parent.mkdir()
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader "$@"\n')
        tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-eu", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert 0 == done.returncode, f"{commands}\n{done.stdout}\n{done.stderr}"


def write_cells(path: Path, cells: list[Block]) -> None:
    """Keep the first cells of a notebook, and put these in the place of the others."""
    notebook = nbformat.read(path, as_version=4)
    make = {"python": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    notebook.cells = notebook.cells[:SEED_CELLS] + [make[cell.language](cell.text) for cell in cells]
    nbformat.write(notebook, path)


@pytest.mark.kernel
def test_walk_through_ends_in_a_graded_class(tmp_path: Path, rooms: Path) -> None:
    """Its commands and files make an assignment whose solution, blank and faulty copies get what it says."""
    for step in list_steps(read_walk_through()):
        if isinstance(step, list):
            write_cells(tmp_path / "solutions" / "small-cnn.ipynb", step)
        elif step.language == "sh":
            run_commands(step.text, tmp_path)
        elif step.language == "toml":
            named = re.search(r"`([^`]+)`", step.before)
            assert named is not None, "the document does not say which file this is"
            (tmp_path / named[1]).write_text(step.text + "\n", encoding="utf-8")
    submissions = json.loads((tmp_path / "reports" / "results.json").read_text(encoding="utf-8"))[
        "submissions"
    ]
    points = {
        submission["student"]: [task["points"] for task in submission["tasks"]] + [submission["score"]]
        for submission in submissions
    }
    assert read_table() == points
    lost = {
        (task["id"], check["name"])
        for submission in submissions
        for task in submission["tasks"]
        for check in task["checks"]
        if submission["student"] == "no-relu" and check["outcome"] != "passed"
    }
    assert {("1.2", "fitted_values"), ("1.2", "same_fit_as")} == lost


def read_table() -> dict[str, list[float]]:
    """What the document says that each student gets: the tasks' points and their sum."""
    rows = re.findall(r"^\| `([\w-]+)` \|([\d |]+)\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    return {student: [float(cell) for cell in cells.split("|")] for student, cells in rows}


def test_document_is_read_as_it_is_meant() -> None:
    """The walk-through has commands, one rubric and cells of both kinds; a table says what comes of it."""
    languages = [block.language for block in read_walk_through()]
    assert 3 == languages.count("sh")
    assert 1 == languages.count("toml")
    assert (4, 3) == (languages.count("python"), languages.count("markdown"))
    assert {"right", "blank", "no-relu"} == set(read_table())


@pytest.mark.kernel
def test_new_assignment_can_be_measured(tmp_path: Path, rooms: Path) -> None:
    """Its hidden checks, which a training of three steps does not meet, do not spoil the calibration."""
    run_commands("grade new tiny\ngrade calibrate tiny --seeds 1", tmp_path)
    measured = json.loads((tmp_path / "assignments/tiny/calibration.json").read_text(encoding="utf-8"))
    (device,) = measured["devices"].values()
    # In float32 the values of one small layer agree to some 1e-7, and the nearest fault is far away.
    assert [True] * 3 == [step["noise"] < 1e-5 < step["nearest"] for step in device["tasks"]["1.1"]["steps"]]
