"""Reads what `otter assign` has made: its notebook with solutions, and the tests in it or beside it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from grader.assignment.importing.draft import Draft, DraftTask, find_title, mark_cell, read_raw, refuse
from grader.assignment.importing.ok_format import BadTest, read_ok_file, read_ok_test

CHECK = re.compile(r"""^\s*\w+\.check\(\s*["'](?P<name>[^"']+)["']\s*\)\s*;?\s*$""", re.MULTILINE)
INIT = re.compile(r"\botter\.Notebook\(|^\s*(?:import|from)\s+otter\b", re.MULTILINE)
RAW_BLOCK = re.compile(
    r"^\s*#\s*(?:BEGIN|END)\s+(?:QUESTION|TESTS?|SOLUTION|PROMPT)\b|^\s*#\s*ASSIGNMENT CONFIG"
)
OPENED, CLOSED = "<!-- BEGIN QUESTION -->", "<!-- END QUESTION -->"
POINTS = re.compile(r"_Points:_\s*(?P<points>\d+(?:\.\d+)?)")
SOLUTION_TAG, ANSWER_TAG = "otter_assign_solution_cell", "otter_answer_cell"
LINE = re.compile(r"^(?P<code>(?P<indent>\s*).*?)\s*#\s*SOLUTION(?P<bare>\s+NO\s+PROMPT)?\s*$")
GIVEN = re.compile(r"^(?P<start>\s*(?:[\w.]+(?:\[[^\]]*\])*(?:,\s*)?)+\s*=)(?!=)")
BEGUN = re.compile(r"^(?P<indent>\s*)#\s*BEGIN SOLUTION(?P<bare>\s+NO\s+PROMPT)?\s*$")
ENDED = re.compile(r"#\s*END SOLUTION\s*$")
PROMPT_BEGUN, PROMPT_ENDED = re.compile(r"#\s*BEGIN PROMPT\s*$"), re.compile(r"#\s*END PROMPT\s*$")
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
            f"No cell checks {', '.join(unused)}, so nobody can tell what answers it: left out."
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
            # No cell says that it is an answer: the last one above the check is.
            code = [
                i
                for i in span
                if self.draft.cells[i].cell_type == "code" and not CHECK.search(self.draft.cells[i].source)
            ]
            answers = code[-1:]
        if not answers and task.by_hand is None:
            self.faults.append(f"{task.id!r}: no cell above its check answers it.")
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

    def _is_answer(self, index: int) -> bool:
        cell = self.draft.cells[index]
        if SOLUTION_TAG in self._tags[index]:
            return True
        lines = cell.source.splitlines() if cell.cell_type == "code" else []
        return any(LINE.match(line) or BEGUN.match(line) for line in lines)


def mark_solutions(source: str) -> Iterator[str]:
    """A cell's lines with otter's marks of solutions as they are read here; its prompts stand above them."""
    is_begun = is_prompt = False
    for line in source.splitlines():
        if PROMPT_BEGUN.search(line) or PROMPT_ENDED.search(line):
            is_prompt = PROMPT_BEGUN.search(line) is not None
            continue
        begun = BEGUN.match(line)
        if is_prompt:
            continue
        if begun:
            is_begun = True
            yield f"{begun['indent']}### BEGIN SOLUTION"
        elif ENDED.search(line):
            is_begun = False
            indent = line[: len(line) - len(line.lstrip())]
            yield f"{indent}### END SOLUTION"
        elif not is_begun and (match := LINE.match(line)) and match["code"].strip():
            given = GIVEN.match(match["code"])
            if given and not match["bare"]:
                yield f"{given['start']} ..."
            yield f"{match['indent']}### BEGIN SOLUTION"
            yield match["code"]
            yield f"{match['indent']}### END SOLUTION"
        else:
            yield line
