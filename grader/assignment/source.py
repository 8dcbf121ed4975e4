"""Reads the notebook that an author writes: solution and text together, with what of it students get."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.assignment.likeness import normalise_code, read_mark
from grader.assignment.marks import Region, find_misplaced, find_regions
from grader.assignment.outline import outline_cells
from grader.assignment.reference import PARAMETERS_TAG, find_parameter_faults
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError, NotebookError
from grader.notebook import read_notebook

ROLES = {"setup", "text", "answer", "given", "hidden", ""}
"""What a cell is: run by all, a task's text, its answer, code that the task gives, the author's alone."""
BY_HAND = "marked_by_hand"
"""Check of a task that may be answered in cells which students add themselves."""
TAGS = ("solution", "hidden", PARAMETERS_TAG)
LIKE_A_TAG = 0.8
"""Of difflib's ratio, which is 0.8 for `hide` and 0.7 for papermill's `injected-parameters`."""
FLAGS = ("deletable", "editable")
"""What Jupyter lets students do with a cell; the only metadata besides marks that goes to them."""


@dataclass(frozen=True)
class SourceCell:
    """One cell of the author's notebook."""

    number: int
    """From 1."""
    kind: str
    text: str
    id: str
    role: str
    task: str | None
    regions: tuple[Region, ...] = ()
    flags: Mapping[str, bool] = field(default_factory=dict)
    attachments: Mapping[str, Any] = field(default_factory=dict)
    takes_parameters: bool = False
    """Whether the grader sets values in it."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Of an imported cell: the name that it is found again by, and whether it is locked."""

    @property
    def has_solution(self) -> bool:
        """Whether parts of the cell are marked as solution."""
        return any(region.kind == "SOLUTION" for region in self.regions)

    @property
    def is_whole_solution(self) -> bool:
        """Whether students get nothing of the cell's text."""
        return self.role == "answer" and not self.has_solution


@dataclass(frozen=True)
class SourceFault:
    """One thing that is wrong with the author's notebook."""

    cell: int
    """From 1; 0 for the notebook as a whole."""
    line: int
    """From 1; 0 for the cell as a whole."""
    message: str

    def __str__(self) -> str:
        places = [f"{what} {at}" for what, at in (("cell", self.cell), ("line", self.line)) if at]
        return f"{', '.join(places) or 'notebook'}: {self.message}"


def read_source(content: bytes, assignment: Assignment) -> tuple[list[SourceCell], list[SourceFault]]:
    """The cells of an author's notebook, and all that is wrong with their marks.

    A cell's task is what `metadata.grader.task` says; where no cell says anything, the headings tell.
    Raises AssignmentError if it is no notebook of nbformat 4.
    """
    try:
        notebook = read_notebook(content)
        raw = json.loads(content)
    except (NotebookError, ValueError) as error:
        raise AssignmentError(f"{assignment.solution_path} cannot be read: {error}") from error
    if raw.get("nbformat") != 4:
        raise AssignmentError(f"{assignment.solution_path} is not of nbformat 4. Save it again in Jupyter.")
    known = {task.id for task in assignment.task}
    marks = [read_mark(cell, "task") for cell in notebook.cells]
    places = outline_cells(notebook.cells, assignment)
    tasks = marks if any(marks) else [place.task for place in places]
    cells: list[SourceCell] = []
    faults: list[SourceFault] = []
    unclear: set[str | None] = set()
    for number, (cell, own, task, place) in enumerate(
        zip(notebook.cells, raw["cells"], tasks, places, strict=True), start=1
    ):
        metadata = _read_table(own, "metadata")
        regions, wrong = find_regions(cell.source)
        faults += [SourceFault(number, line + 1, message) for line, message in wrong]
        unclear |= {task} if wrong else set()
        faults += [SourceFault(number, 0, message) for message in _find_misspelt_tags(metadata)]
        stated = _read_roles(metadata)
        if len(stated) > 1 or stated - ROLES:
            message = f"its metadata and tags say that it is {' and '.join(sorted(stated))}; one can be: "
            faults.append(SourceFault(number, 0, message + ", ".join(sorted(ROLES - {""}))))
        has_solution = any(region.kind == "SOLUTION" for region in regions)
        role = next(iter(sorted(stated)), "answer" if has_solution else "")
        if task is not None and task not in known:
            faults.append(
                SourceFault(number, 0, f"it is marked for task {task!r}, which is not in assignment.toml")
            )
        if not role and cell.cell_type == "code":
            role = "setup" if task is None or PARAMETERS_TAG in _list_tags(metadata) else "given"
        elif not role and place.is_heading and task is not None:
            role = "text"
        made = SourceCell(
            number=number,
            kind=cell.cell_type,
            text=cell.source,
            id=cell.id,
            role=role,
            task=task if role in ("text", "answer", "given") else None,
            regions=tuple(regions),
            flags={flag: metadata[flag] for flag in FLAGS if isinstance(metadata.get(flag), bool)},
            attachments=_read_table(own, "attachments"),
            takes_parameters=cell.cell_type == "code" and PARAMETERS_TAG in _list_tags(metadata),
            marks=_read_marks(metadata),
        )
        cells.append(made)
        faults += _look_at_cell(made)
    taking = next((cell for cell in cells if cell.takes_parameters), None)
    wrong_names = find_parameter_faults(assignment, taking.text if taking else None)
    faults += [SourceFault(taking.number if taking else 0, 0, message) for message in wrong_names]
    return cells, faults + _look_at_tasks(cells, assignment, unclear)


def _read_table(cell: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A cell's entry, empty where the file has something else in its place."""
    value = cell.get(key)
    return value if isinstance(value, dict) else {}


def _read_roles(metadata: Mapping[str, Any]) -> set[str]:
    """What a cell is said to be: by the grader's own mark, by a tag, or by nbgrader's metadata."""
    own, other = metadata.get("grader"), metadata.get("nbgrader")
    tags = _list_tags(metadata)
    stated = {str(own["role"])} if isinstance(own, dict) and "role" in own else set()
    stated |= {"answer"} if "solution" in tags else set()
    stated |= {"hidden"} if "hidden" in tags else set()
    stated |= {"answer"} if isinstance(other, dict) and other.get("solution") is True else set()
    return stated


def _read_marks(metadata: Mapping[str, Any]) -> dict[str, str]:
    own = metadata.get("grader")
    marks = own if isinstance(own, dict) else {}
    return {key: marks[key] for key in ("name", "locked") if isinstance(marks.get(key), str)}


def _list_tags(metadata: Mapping[str, Any]) -> list[Any]:
    tags = metadata.get("tags")
    return tags if isinstance(tags, list) else []


def _find_misspelt_tags(metadata: Mapping[str, Any]) -> Iterator[str]:
    """What is said of tags that do nothing and were probably meant to: they would show a solution."""
    for tag in _list_tags(metadata):
        if tag in TAGS:
            continue
        if near := difflib.get_close_matches(str(tag).strip().casefold(), TAGS, n=1, cutoff=LIKE_A_TAG):
            yield f"its tag {tag!r} does nothing. Did you mean {near[0]!r}?"


def _look_at_cell(cell: SourceCell) -> list[SourceFault]:
    faults: list[SourceFault] = []
    if not cell.is_whole_solution and cell.role != "hidden":
        misplaced = find_misplaced(cell.text, cell.regions, is_code=cell.kind == "code")
        faults += [SourceFault(cell.number, line + 1, message) for line, message in misplaced]
    for region in cell.regions:
        if (
            cell.kind == "raw"
            or cell.role == "hidden"
            or (region.kind == "SOLUTION" and cell.role != "answer")
        ):
            what = "a raw cell" if cell.kind == "raw" else f"a cell that is marked as {cell.role!r}"
            message = f"{region.kind} stands in {what}. Take one of the two marks away"
            faults.append(SourceFault(cell.number, region.first + 1, message))
    if cell.role == "answer" and cell.task is None:
        message = "the solution stands under no task. Put a heading such as `### 1.1` above it"
        faults.append(SourceFault(cell.number, 0, message))
    if cell.role == "answer" and not _has_content(cell):
        faults.append(SourceFault(cell.number, 0, "the solution is empty"))
    return faults


def _has_content(cell: SourceCell) -> bool:
    """Whether a solution does or says anything."""
    return bool((normalise_code(cell.text) if cell.kind == "code" else cell.text).strip())


def _look_at_tasks(
    cells: list[SourceCell], assignment: Assignment, unclear: set[str | None]
) -> list[SourceFault]:
    """Tasks that nothing answers, but for those whose marks could not be read."""
    answered = {cell.task for cell in cells if cell.role == "answer"} | unclear
    return [
        SourceFault(
            0,
            0,
            f"task {task.id} has no solution. Put it below a heading such as `### {task.id}`, between "
            "### BEGIN SOLUTION and ### END SOLUTION",
        )
        for task in assignment.task
        if task.id not in answered and any(check.name != BY_HAND for check in task.checks)
    ]
