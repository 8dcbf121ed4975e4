"""Grades a class with this grader, by its own command."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bare import clear_threads
from metering import Command, Usage, run_commands

from grader.execute.sandbox.allocator import SWITCH
from grader.store.entries import ENTRY_FILE
from grader.store.prune import list_entries
from peers.classes import ROOT, Class, copy_assignment, write_notebooks

POINTS = re.compile(r"\bpoints = (\d+)")


@cache
def has_mode() -> bool:
    """Whether `grade run` knows `--mode`."""
    command = [sys.executable, "-m", "grader", "run", "--help"]
    done = subprocess.run(
        command, cwd=ROOT, env=_list_variables(), capture_output=True, text=True, check=True
    )
    return "--mode" in done.stdout


class Grading:
    """An assignment with a store of its own, which holds what the reference left once a class was graded."""

    def __init__(self, assigned: Class, folder: Path) -> None:
        self.folder = copy_assignment(assigned.assignment, folder)
        self.assignment = assigned.assignment
        self.store = folder / "store"
        self._runs = 0

    def grade(
        self,
        chosen: Class,
        workers: int,
        *,
        mode: str | None = None,
        expect_all: bool = True,
        preloads: bool = True,
    ) -> Usage:
        """Grade a class, with jemalloc if `preloads`. Ends the program if a right answer lacks points."""
        self._runs += 1
        write_notebooks(chosen.notebooks.items(), self.folder / f"submitted-{self._runs}")
        usage = self._run(self._runs, workers, mode, {} if preloads else {SWITCH: ""})
        if expect_all:
            _require_points(self.folder / f"reports-{self._runs}" / "results.json")
        return usage

    def list_kept(self) -> dict[str, float]:
        """When each run that is kept was executed, as seconds of the file system's clock.

        Its folder tells when it was used last.
        """
        return {entry.key: (entry.path / ENTRY_FILE).stat().st_mtime for entry in list_entries(self.store)}

    def change_rubric(self) -> None:
        """Give every check twice its points."""
        path = self.folder / "assignments" / self.assignment.id / "assignment.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(POINTS.sub(lambda found: f"points = {2 * int(found[1])}", text), encoding="utf-8")

    def regrade(self) -> Usage:
        """Grade the class that was graded last once more, into the same reports."""
        return self._run(self._runs, workers=1, mode=None)

    def _run(
        self, number: int, workers: int, mode: str | None, variables: Mapping[str, str] | None = None
    ) -> Usage:
        command = [sys.executable, "-m", "grader", "run", f"submitted-{number}", "--out", f"reports-{number}"]
        command += ["--assignment", self.assignment.id, "--store", "store", "--jobs", str(workers)]
        if mode is not None:
            command += ["--mode", mode]
        return run_commands([Command(tuple(command), self.folder, _list_variables() | (variables or {}))])


def _require_points(results: Path) -> None:
    for entry in json.loads(results.read_text(encoding="utf-8"))["submissions"]:
        if entry["status"] != "graded" or entry["score"] != entry["max_score"]:
            raise SystemExit(
                f"{entry['student']} got {entry['score']} of {entry['max_score']}: see {results}."
            )


def _list_variables() -> dict[str, str]:
    variables = clear_threads()
    known = variables.get("PYTHONPATH")
    variables["PYTHONPATH"] = f"{ROOT}{os.pathsep}{known}" if known else str(ROOT)
    return variables
