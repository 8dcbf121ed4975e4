"""Grades a class with `otter run`, its local runner without Docker: a process for each notebook."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from metering import Command, Usage, run_commands
from nbformat import NotebookNode

from peers.classes import Class, find_answer
from peers.environments import Peer


class Autograder:
    """What `otter generate` makes of an assignment's tests."""

    def __init__(self, peer: Peer, assigned: Class, folder: Path, threads: Mapping[str, str]) -> None:
        self._peer = peer
        self._assigned = assigned
        self._folder = folder
        self._runs = 0
        tests = folder / "tests"
        tests.mkdir(parents=True)
        for task in assigned.tests:
            (tests / f"{_name_test(task)}.py").write_text(write_test(assigned, task), encoding="utf-8")
        program = peer.find_program("otter")
        arguments = (program, "generate", "--tests-dir", "tests", "--output-path", "autograder.zip")
        arguments += ("--no-environment", "--no-requirements")
        self.release = run_commands([Command(arguments, folder, peer.list_variables(threads))])
        """What `otter generate` took, once for the assignment."""

    def run(self, chosen: Class, threads: Mapping[str, str], workers: int = 1) -> Usage:
        """Run a class, so many at a time. Ends the program if a right answer got no points."""
        self._runs += 1
        folder = self._folder / f"run-{self._runs}"
        commands, results = [], []
        for student, notebook in chosen.notebooks.items():
            out = folder / student
            out.mkdir(parents=True)
            nbformat.write(name_tests(notebook), out / f"{student}.ipynb")
            arguments = (self._peer.find_program("otter"), "run", f"{student}.ipynb", "--no-logo")
            arguments += ("--autograder", str(self._folder / "autograder.zip"), "--output-dir", str(out))
            commands.append(Command(arguments, out, self._peer.list_variables(threads)))
            results.append(out / "results.json")
        usage = run_commands(commands, workers)
        for path in results:
            _require_points(path, len(chosen.tests))
        return usage


def write_test(assigned: Class, task: str) -> str:
    """A file of tests in otter's own format."""
    lines = [f">>> bool({line})\nTrue" for line in assigned.tests[task]]
    cases = [{"code": line, "hidden": False, "locked": False} for line in lines]
    suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    points = assigned.assignment.find_task(task).points
    return (
        f"OK_FORMAT = True\n\ntest = { ({'name': _name_test(task), 'points': points, 'suites': [suite]})!r}\n"
    )


def name_tests(notebook: NotebookNode) -> NotebookNode:
    """The notebook with each answer naming its test, as `otter assign` leaves it: run right there."""
    named = copy.deepcopy(notebook)
    for cell in named.cells:
        if (task := find_answer(cell)) is not None:
            cell.metadata["otter"] = {"tests": [_name_test(task)]}
    return named


def _name_test(task: str) -> str:
    return "q" + task.replace(".", "_")


def _require_points(path: Path, count: int) -> None:
    tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
    scored = [test for test in tests if test.get("max_score")]
    if len(scored) != count or any(test["score"] != test["max_score"] for test in scored):
        raise SystemExit(f"otter did not give all points: see {path}.")
