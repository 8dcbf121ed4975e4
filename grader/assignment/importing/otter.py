"""Reads what `otter assign` has made: its notebook with solutions, and the tests in it or beside it."""

import ast
import re
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.assignment.importing.draft import (
    MAGIC,
    Draft,
    DraftTask,
    find_title,
    mark_cell,
    read_raw,
    refuse,
)
from grader.assignment.importing.ok_format import BadTest, read_ok_file, read_ok_test
from grader.assignment.importing.otter_marks import has_marks, mark_solutions
from grader.assignment.parsing import UNREADABLE, parse_code

CHECK = re.compile(r"""^\s*\w+\.check\(\s*["'](?P<name>[^"']+)["']\s*\)\s*;?\s*$""", re.MULTILINE)
INIT = re.compile(r"\botter\.Notebook\(|^\s*(?:import|from)\s+otter\b", re.MULTILINE)
RAW_BLOCK = re.compile(
    r"^\s*#\s*(?:BEGIN|END)\s+(?:QUESTION|TESTS?|SOLUTION|PROMPT)\b|^\s*#\s*ASSIGNMENT CONFIG"
)
OPENED, CLOSED = "<!-- BEGIN QUESTION -->", "<!-- END QUESTION -->"
POINTS = re.compile(r"_Points:_\s*(?P<points>\d+(?:\.\d+)?)")
SOLUTION_TAG, ANSWER_TAG = "otter_assign_solution_cell", "otter_answer_cell"
UNSURE_POINTS = 1.0


def is_otter(cells: list[NotebookNode], own: dict[str, Any]) -> bool:
    """Whether a notebook is otter's: by its metadata, a check, or the cells that its author writes."""
    return (
        isinstance(own.get("otter"), dict)
        or any(
            cell.cell_type == "code" and (CHECK.search(cell.source) or INIT.search(cell.source))
            for cell in cells
        )
        or any(_is_raw_block(cell) for cell in cells)
    )


def read_otter(path: Path, tests: Path | None) -> Draft:
    """The assignment in a notebook of otter's and its tests. Raises AssignmentError with every fault."""
    cells, metadata, own = read_raw(path)
    if any(_is_raw_block(cell) for cell in cells):
        stem = path.name
        refuse(
            path,
            [
                "it is the notebook that `otter assign` starts from. Run `otter assign "
                f"{stem} dist` and import dist/autograder/{stem}, with its tests."
            ],
        )
    tags = [_list_tags(each) for each in metadata]
    is_tagged = any(SOLUTION_TAG in each or ANSWER_TAG in each for each in tags)
    if is_tagged and not any(SOLUTION_TAG in each for each in tags):
        refuse(
            path,
            ["it is the version that students get. Import the one in otter's folder `autograder`."],
        )
    found, faults = _find_tests(path, own, tests)
    reader = _Reader(cells, metadata, tags, found)
    reader.read()
    unused = [name for name in found if name not in reader.used]
    if unused and not faults:
        reader.draft.notes.append(
            f"No cell checks {', '.join(map(repr, unused))}, so nobody can tell what answers it: left out."
        )
    refuse(path, [*faults, *reader.faults])
    return reader.draft


def _is_raw_block(cell: NotebookNode) -> bool:
    text = cell.source.lstrip()
    if cell.cell_type == "markdown" and text.startswith("```otter"):
        return True
    return cell.cell_type == "raw" and RAW_BLOCK.match(text) is not None


def _list_tags(metadata: dict[str, Any]) -> list[Any]:
    tags = metadata.get("tags")
    return tags if isinstance(tags, list) else []


def _find_tests(path: Path, own: dict[str, Any], folder: Path | None) -> tuple[dict[str, Any], list[str]]:
    """Tests by name, out of the notebook's metadata and out of files, and what is wrong with them."""
    kept = own.get("otter")
    inside = kept.get("tests") if isinstance(kept, dict) else None
    found: dict[str, Any] = dict(inside) if isinstance(inside, dict) else {}
    faults: list[str] = []
    place = folder or path.parent / "tests"
    if folder is not None and not folder.is_dir():
        return found, [f"{folder} is no folder. Name the one that holds the tests: --tests FOLDER."]
    for file in sorted(place.glob("*")) if place.is_dir() else ():
        if file.suffix in (".pkl", ".pickle", ".zip"):
            faults.append(
                f"{file.name} holds pickled tests or is packed, and nothing is unpickled here: that would "
                "run what it holds. Import the tests as files of the OK format."
            )
        elif file.suffix == ".py" and file.name != "__init__.py":
            try:
                found[file.stem] = read_ok_file(file)
            except BadTest as error:
                faults.append(f"{error}.")
    if not found and not faults:
        faults.append(
            f"it holds no tests, and there are none in {place}. Import dist/autograder/{path.name}, or name "
            "the folder of the tests: --tests FOLDER."
        )
    return found, faults


class _Reader:
    def __init__(
        self,
        cells: list[NotebookNode],
        metadata: list[dict[str, Any]],
        tags: list[list[Any]],
        tests: dict[str, Any],
    ) -> None:
        self.draft = Draft("otter", cells)
        self.faults: list[str] = []
        self.used: set[str] = set()
        self._metadata = metadata
        self._tags = tags
        self._tests = tests
        self._span: list[int] = []
        """Cells since the last question's end."""

    def read(self) -> None:
        is_open = False
        for index, cell in enumerate(self.draft.cells):
            if cell.cell_type == "code" and INIT.search(cell.source):
                mark_cell(cell, role="setup", name="otter-init", locked=True)
                continue
            if is_open and cell.cell_type == "markdown" and CLOSED in cell.source:
                self._close_by_hand()
                is_open = False
            if cell.cell_type == "markdown" and OPENED in cell.source:
                is_open = True
            self._span.append(index)
            names = self._list_checked(index)
            for name in names:
                self._close(name)
                is_open = False
        if is_open:
            self._close_by_hand()
        if not self.draft.tasks and not self.faults:
            self.faults.append("no cell checks a question: there is no `grader.check(...)`.")

    def _list_checked(self, index: int) -> list[str]:
        cell = self.draft.cells[index]
        named = CHECK.findall(cell.source) if cell.cell_type == "code" else []
        own = self._metadata[index].get("otter")
        tests = own.get("tests") if isinstance(own, dict) else None
        return [*named, *(str(each) for each in (tests if isinstance(tests, list) else ()))]

    def _close(self, name: str) -> None:
        """Make a task of the cells up to a check."""
        span, self._span = self._span, []
        if name not in self._tests:
            self.faults.append(f"cell {span[-1] + 1}: it checks {name!r}, and there is no test of that name.")
            return
        if name in self.used:
            # A check that is repeated further down asks for nothing new.
            return
        self.used.add(name)
        try:
            test = read_ok_test(self._tests[name], name, f"the test {name!r}")
        except BadTest as error:
            self.faults.append(f"{error}.")
            return
        task = DraftTask(name, self._find_title(span) or name)
        self.draft.tasks.append(task)
        self.draft.blocks += test.blocks
        self.draft.public += test.public
        public = {block.id for block in test.public}
        task.blocks += [
            (block.id, points, block.id in public)
            for block, points in zip(test.blocks, test.points, strict=True)
        ]
        self._mark(span, task)

    def _close_by_hand(self) -> None:
        span, self._span = self._span, []
        name = f"by-hand-{sum(task.by_hand is not None for task in self.draft.tasks) + 1}"
        texts = [self.draft.cells[index].source for index in span]
        stated = next((match for text in texts if (match := POINTS.search(text))), None)
        task = DraftTask(name, self._find_title(span) or name)
        task.by_hand = float(stated["points"]) if stated else UNSURE_POINTS
        if stated is None:
            self.draft.notes.append(
                f"{name} (cell {span[0] + 1}) is marked by hand, and otter's output does not say for how "
                f"many points: it has {UNSURE_POINTS:g} now. Change it in assignment.toml."
            )
        self.draft.tasks.append(task)
        self._mark(span, task)

    def _find_title(self, span: list[int]) -> str | None:
        cells = self.draft.cells
        titles = [find_title(cells[index], cells) for index in span]
        return next((title for title in reversed(titles) if title), None)

    def _mark(self, span: list[int], task: DraftTask) -> None:
        """Write the marks of a task's cells."""
        answers = [index for index in span if self._is_answer(index)]
        checks = [index for index in span if self._list_checked(index)]
        if not answers and task.by_hand is None:
            answers = self._guess_answer(span, task)
        elif not answers:
            self.draft.notes.append(
                f"{task.id}: no cell is marked as its answer, so students get {_name_cells(span)} as they "
                "are. Take out what they should not see."
            )
        for number, index in enumerate(span, 1):
            cell = self.draft.cells[index]
            name = f"{task.id[:56]}-{number}"
            if index in answers:
                if cell.cell_type == "code":
                    cell.source = "\n".join(mark_solutions(cell.source))
                mark_cell(cell, role="answer", task=task.id, name=name)
            elif index in checks:
                mark_cell(cell, role="given", task=task.id, name=name, locked=True)
            elif cell.cell_type == "markdown":
                mark_cell(cell, role="text", task=task.id, name=name)
            elif cell.cell_type == "code":
                # What stands above an answer may serve later questions, too.
                mark_cell(cell, role="setup", name=name)

    def _guess_answer(self, span: list[int], task: DraftTask) -> list[int]:
        """The one cell that may answer a question of which no cell is marked."""
        cells = self.draft.cells
        code = [
            index
            for index in span
            if cells[index].cell_type == "code"
            and not self._list_checked(index)
            and not _only_imports(cells[index].source)
        ]
        if not code:
            self.faults.append(f"{task.id!r}: no cell above its check answers it.")
        elif len(code) > 1:
            # Whichever was taken, a solution in the others would be handed out.
            self.faults.append(
                f"{task.id!r}: {_name_cells(code)} stand above its check, and none is marked as a solution. "
                f"Tag those that are with {SOLUTION_TAG}, or write `# SOLUTION` behind their lines."
            )
        else:
            self.draft.notes.append(
                f"{task.id}: no cell is marked as its answer; {_name_cells(code)} is taken, as a whole."
            )
        return code[:1]

    def _is_answer(self, index: int) -> bool:
        cell = self.draft.cells[index]
        if SOLUTION_TAG in self._tags[index]:
            return True
        return cell.cell_type == "code" and has_marks(cell.source)


def _name_cells(indices: list[int]) -> str:
    numbers = ", ".join(str(index + 1) for index in indices)
    return f"cell{'s' if len(indices) > 1 else ''} {numbers}"


def _only_imports(source: str) -> bool:
    """Whether a cell does nothing but import, so that it answers nothing."""
    try:
        body = parse_code(MAGIC.sub("", source)).body
    except UNREADABLE:
        return False
    return all(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in body)
