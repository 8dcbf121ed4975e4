"""A small assignment, and notebooks that an author may have written for it."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.load import load_assignment
from grader.assignment.release import build_release
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError

TOML = """schema = 1
id = "small"
notebook = "small.ipynb"
seed = 7
title = { ko = "작은 과제", en = "A small exercise" }

[[task]]
kind = "training"
id = "1.1"
title = { ko = "훈련", en = "Training" }
checks = [{ name = "parameter_count", points = 4 }]

[[task]]
kind = "true_false"
id = "2.1"
title = { ko = "참 거짓", en = "A statement" }
variable = "answer"
checks = [{ name = "same_answer", points = 2 }]
"""
MARKED = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
TRAINING = "net = torch.nn.Linear(3, 5)\nloss.backward()"
CODE_HERE = "# 여기에 작성하시오 · Your code here"
TEXT_HERE = "*여기에 작성하시오 · Your answer here*"

Cell = dict[str, Any]


def code(text: str, **metadata: Any) -> Cell:
    """A code cell that was run, with an output of its own."""
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    return {
        "cell_type": "code",
        "source": text,
        "metadata": metadata,
        "outputs": [output],
        "execution_count": 4,
    }


def words(text: str, **rest: Any) -> Cell:
    """A Markdown cell."""
    return {"cell_type": "markdown", "source": text, "metadata": rest.pop("metadata", {}), **rest}


def around(*answer: Cell, statement: Cell | None = None) -> list[Cell]:
    """A whole notebook with these cells as the answer to 1.1."""
    return [
        words("# An exercise"),
        code("import torch"),
        words("### 1.1 Training"),
        *answer,
        words("### 2.1 Three and five are eight."),
        statement or code("answer = None\n" + MARKED.format("answer = 3 + 5 == 8")),
    ]


def write(folder: Path, cells: list[Cell], extra: str = "") -> tuple[Assignment, bytes]:
    """The small assignment in a folder, and its author's notebook."""
    home = folder / "assignments" / "small"
    home.mkdir(parents=True, exist_ok=True)
    (home / "assignment.toml").write_text(TOML + extra, encoding="utf-8")
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, start=1)]
    notebook = {
        "cells": numbered,
        "metadata": {"kernelspec": {"name": "secret"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return load_assignment(home / "assignment.toml"), json.dumps(notebook).encode()


def release(folder: Path, cells: list[Cell], extra: str = "") -> list[Cell]:
    """The cells that students get."""
    found: list[Cell] = json.loads(build_release(*write(folder, cells, extra)).content)["cells"]
    return found


def list_texts(cells: list[Cell]) -> list[str]:
    """Their texts."""
    return ["".join(cell["source"]) for cell in cells]


def fail(folder: Path, cells: list[Cell], extra: str = "") -> list[str]:
    """What is said of a notebook of which none for students can be made, a line a fault."""
    with pytest.raises(AssignmentError) as caught:
        release(folder, cells, extra)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


GOOD = code(MARKED.format(TRAINING))
