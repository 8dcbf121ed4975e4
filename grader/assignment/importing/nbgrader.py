"""Reads a notebook with nbgrader's cell metadata, in the version that its instructor keeps."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.assignment.assertions import Assertions
from grader.assignment.importing.draft import (
    MAX_NAME,
    Draft,
    DraftTask,
    clean_code,
    find_title,
    mark_cell,
    read_raw,
    refuse,
)
from grader.assignment.marks import find_regions
from grader.assignment.restore import TEST

SCHEMA = 3
MARK = re.compile(r"^(?P<indent>\s*).*\b(?P<end>BEGIN|END) (?P<kind>SOLUTION|HIDDEN TESTS|MARK SCHEME)\b.*$")
STUBS = ("YOUR CODE HERE", "YOUR ANSWER HERE")
AUTOTEST = re.compile(r"^\s*#+\s*(?:HASHED )?AUTOTEST\b", re.MULTILINE)


def read_nbgrader(path: Path) -> Draft:
    """The assignment in a source notebook of nbgrader's. Raises AssignmentError with every fault."""
    cells, metadata, _ = read_raw(path)
    own: list[Any] = [
        each.get("nbgrader") if isinstance(each.get("nbgrader"), dict) else {} for each in metadata
    ]
    refuse(path, _find_faults(cells, own))
    reader = _Reader(cells, own)
    reader.read()
    refuse(path, reader.faults)
    return reader.draft


def is_nbgrader(metadata: list[dict[str, Any]]) -> bool:
    """Whether any cell bears nbgrader's metadata."""
    return any(isinstance(each.get("nbgrader"), dict) for each in metadata)


def _find_faults(cells: list[NotebookNode], own: list[Any]) -> Iterator[str]:
    old = [(number, each.get("schema_version", 0)) for number, each in enumerate(own, 1) if each]
    if outdated := [(number, version) for number, version in old if version != SCHEMA]:
        numbers = ", ".join(str(number) for number, _ in outdated[:8])
        versions = ", ".join(sorted({str(version) for _, version in outdated}))
        yield (
            f"cells {numbers}: nbgrader's metadata are of version {versions}, and version {SCHEMA} is read. "
            "Run `nbgrader update` on the notebook and import it again."
        )
        return
    seen: dict[str, int] = {}
    for number, (cell, meta) in enumerate(zip(cells, own, strict=True), 1):
        if not any(meta.get(key) is True for key in ("grade", "solution", "locked", "task")):
            continue
        name = meta.get("grade_id")
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            yield f"cell {number}: it needs a grade_id, a line of at most {MAX_NAME} characters. Give it one."
            continue
        if name in seen:
            yield (
                f"cell {number}: the grade_id {name!r} is that of cell {seen[name]}, too, as after copying a "
                "cell. Give one of them another, or delete it."
            )
        seen.setdefault(name, number)
        points = meta.get("points")
        is_number = isinstance(points, int | float) and not isinstance(points, bool) and 0 <= points < 1e6
        if (meta.get("grade") or meta.get("task")) and not is_number:
            yield f"cell {number}: {name!r} is graded and has no points. Give it some, or 0."
        if meta.get("grade") and not meta.get("solution") and cell.cell_type != "code":
            yield f"cell {number}: {name!r} holds tests and is no code cell. Make it one."
        if AUTOTEST.search(cell.source):
            yield (
                f"cell {number}: {name!r} holds an AUTOTEST line, of which nbgrader makes tests by running "
                "the notebook. Write the tests out."
            )
    solutions = [cell for cell, meta in zip(cells, own, strict=True) if meta.get("solution") is True]
    if not solutions:
        yield "no cell is marked as a solution, so there is nothing that students are asked for."
    elif any(
        any(stub in cell.source for stub in STUBS) and "BEGIN SOLUTION" not in cell.source
        for cell in solutions
    ):
        yield (
            "it is the version that students get: its solutions are taken out. Import the one in nbgrader's "
            "folder `source`."
        )


class _Reader:
    def __init__(self, cells: list[NotebookNode], own: list[Any]) -> None:
        self.draft = Draft("nbgrader", cells)
        self.faults: list[str] = []
        self._own = own
        self._task: DraftTask | None = None
        self._early: list[tuple[NotebookNode, Any, int]] = []
        """Tests above the first solution."""
        self._texts: list[NotebookNode] = []
        """Text below the last task, which leads to the next."""
        self._given: list[NotebookNode] = []
        """Code without metadata that stands between a solution and its tests, or below them."""

    def read(self) -> None:
        for number, (cell, meta) in enumerate(zip(self.draft.cells, self._own, strict=True), 1):
            cell.source = "\n".join(_spell_marks(cell))
            is_solution, is_graded = meta.get("solution") is True, meta.get("grade") is True
            if meta.get("task") is True:
                self._begin(cell, meta)
                assert self._task is not None
                self._task.by_hand = float(meta["points"])
                mark_cell(cell, role="text", task=self._task.id, name=meta["grade_id"], locked=True)
            elif is_solution:
                task = self._task
                if task is None or task.blocks or task.by_hand is not None or is_graded:
                    self._begin(cell, meta)
                assert self._task is not None
                self._task.by_hand = float(meta["points"]) if is_graded else None
                mark_cell(cell, role="answer", task=self._task.id, name=meta["grade_id"])
                self._take_early()
            elif is_graded:
                if self._task is None:
                    self._early.append((cell, meta, number))
                else:
                    self._close_gap(self._task)
                    self._add_test(cell, meta, number)
            elif meta.get("locked") is True:
                role = "setup" if cell.cell_type == "code" else ""
                mark_cell(cell, role=role, name=meta["grade_id"], locked=True)
                self._texts += [cell] if cell.cell_type == "markdown" else []
            elif cell.cell_type == "markdown":
                self._texts.append(cell)
            elif cell.cell_type == "code" and self._task is not None:
                self._given.append(cell)
        self._settle()

    def _begin(self, cell: NotebookNode, meta: Any) -> None:
        cells = self.draft.cells
        titles = [title for text in self._texts if (title := find_title(text, cells))]
        own = find_title(cell, cells) if meta.get("task") is True else None
        self._task = DraftTask(meta["grade_id"], own or (titles[-1] if titles else meta["grade_id"]))
        self.draft.tasks.append(self._task)
        # Code above a task is everybody's.
        self._given = []
        self._close_gap(self._task)

    def _close_gap(self, task: DraftTask) -> None:
        """Let what stands between a task's solution and its tests be the task's."""
        for text in self._texts:
            marks = text.metadata.get("grader", {})
            mark_cell(text, role="text", task=task.id, name=marks.get("name", ""), locked="locked" in marks)
        for cell in self._given:
            mark_cell(cell, role="given", task=task.id)
        self._texts, self._given = [], []

    def _take_early(self) -> None:
        early, self._early = self._early, []
        for cell, meta, number in early:
            self._add_test(cell, meta, number)

    def _add_test(self, cell: NotebookNode, meta: Any, number: int) -> None:
        assert self._task is not None
        name = meta["grade_id"]
        mark_cell(cell, role="given", task=self._task.id, name=name, locked=TEST)
        whole, visible = _read_tests(cell.source)
        code, shown = clean_code(whole), clean_code(visible)
        if code is None or shown is None:
            self.faults.append(
                f"cell {number}: the tests {name!r} are no Python. Mend them, or take magics out."
            )
            return
        is_hidden = whole != visible
        self.draft.blocks.append(Assertions(id=name, task=self._task.id, code=code, hidden=is_hidden))
        is_public = bool(_list_lines(shown))
        if is_public:
            self.draft.public.append(Assertions(id=name, task=self._task.id, code=shown))
        self._task.blocks.append((name, float(meta["points"]), is_public))

    def _settle(self) -> None:
        """Let solutions without points go with the task before them; each other task has some."""
        kept: list[DraftTask] = []
        for task in self.draft.tasks:
            if task.blocks or task.by_hand is not None:
                kept.append(task)
            elif kept:
                for cell in self.draft.cells:
                    marks = cell.metadata.get("grader", {})
                    if marks.get("task") == task.id:
                        marks["task"] = kept[-1].id
        self.draft.tasks = kept
        if not kept:
            self.faults.append("no cell has points: mark cells as autograder tests or as manually graded.")
        for task in kept:
            if not task.points:
                self.faults.append(f"{task.id!r}: all of its points are 0. Give one of its cells some.")


def _spell_marks(cell: NotebookNode) -> Iterator[str]:
    """A cell's lines, with nbgrader's marks as they are read here."""
    for line in cell.source.splitlines():
        match = MARK.match(line)
        if match is None:
            yield line
            continue
        kind = "HIDDEN TESTS" if match["kind"] == "MARK SCHEME" else match["kind"]
        yield f"{match['indent']}### {match['end']} {kind}"


def _read_tests(text: str) -> tuple[str, str]:
    """A test cell's code without its marks, and what of it students see."""
    lines = text.splitlines()
    regions = [region for region in find_regions(text)[0] if region.kind == "HIDDEN TESTS"]
    marks = {line for region in regions for line in (region.first, region.last)}
    hidden = {line for region in regions for line in range(region.first, region.last + 1)}
    whole = "\n".join(line for index, line in enumerate(lines) if index not in marks)
    return whole, "\n".join(line for index, line in enumerate(lines) if index not in hidden)


def _list_lines(code: str) -> list[str]:
    return [line for line in code.splitlines() if line.strip() and not line.lstrip().startswith("#")]
