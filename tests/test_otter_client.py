"""Notebooks that call otter's client run here as if its checks had nothing to say."""

import builtins
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.assignment.suspicion import find_reaches
from grader.probe.absent import AbsentModules
from grader.records import CellMap

CELLS = """import otter
grader = otter.Notebook("lab.ipynb", tests_dir="tests")
found = [grader.check("q1"), grader.check_all(), grader.export(pdf=False)]
from otter import Notebook
import otter.check.notebook as module
found.append(module.save())"""


def run_as_cell(source: str, name: str = "__main__") -> dict[str, Any]:
    """The names that a cell, or a library of this name, leaves."""
    names = {"__name__": name, "__builtins__": {**vars(builtins), "__import__": AbsentModules()._answer}}
    exec(source, names)
    return names


def test_whatever_is_called_does_nothing() -> None:
    """By any import, and with any arguments."""
    names = run_as_cell(CELLS)
    assert [None, None, None, None] == names["found"]
    assert names["Notebook"] is type(names["grader"])


def test_libraries_are_not_helped() -> None:
    """Only cells find a client; a library that tries one is told that there is none."""
    with pytest.raises(ImportError):
        run_as_cell("import otter.nowhere", "a_library")


def test_the_clients_names_are_no_reach() -> None:
    """`grader` is what otter calls its client; what is ours alone is still reached for."""
    sources = ["grader.check_all()", 'grader.export("lab.ipynb")', "grader.probe"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    cells = CellMap(tasks=("1", "2", "3"), changed=(True, True, True), method="metadata")
    assert {"3": ("cell 3: grader.probe",)} == find_reaches(notebook, cells)
