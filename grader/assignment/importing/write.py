"""Writes what an import has read: rubric, assertions, and the author's notebook."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.v4 import new_notebook

from grader.assignment.assertions import PUBLIC_FILE, locate_secret, quote, write_book
from grader.assignment.claims import explain_inside, read_code
from grader.assignment.imported_names import list_bound
from grader.assignment.importing.draft import Draft, DraftTask, read_raw
from grader.assignment.importing.nbgrader import is_nbgrader, read_nbgrader
from grader.assignment.importing.otter import is_otter, read_otter
from grader.assignment.start import ASSIGNMENT_ID, MAX_TITLE, SEEDS
from grader.errors import AssignmentError
from grader.notebook import METADATA

PACKED = (".zip", ".pkl", ".pickle")


def read_draft(source: Path, tests: Path | None) -> Draft:
    """The assignment in a notebook of nbgrader's or otter's. Raises AssignmentError with every fault."""
    if source.suffix.lower() in PACKED:
        raise AssignmentError(
            f"{source} is not imported: it may hold pickled tests, and to unpickle them would run what "
            "they hold. Import the notebook that `otter assign` has made, with its tests: "
            "dist/autograder/NAME.ipynb."
        )
    if source.is_dir():
        raise AssignmentError(f"{source} is a folder. Name the notebook in it that is to be imported.")
    cells, metadata, own = read_raw(source)
    if is_nbgrader(metadata):
        return read_nbgrader(source)
    if is_otter(cells, own) or tests is not None:
        return read_otter(source, tests)
    raise AssignmentError(
        f"{source} is not imported: no cell bears nbgrader's metadata, and none calls otter's "
        "`grader.check`. To write an assignment anew, run: grade new NAME"
    )


def choose_folder(source: Path, out: Path | None, course: Path) -> Path:
    """The folder of the new assignment. Raises AssignmentError if it is taken or its name is none."""
    plain = re.sub(r"[^a-z0-9]+", "-", source.stem.lower()).strip("-")[:60].strip("-")
    folder = out.absolute() if out is not None else course / "assignments" / plain
    if folder.parent.name != "assignments" or not ASSIGNMENT_ID.fullmatch(folder.name):
        raise AssignmentError(
            f"{folder} is no place for an assignment. Give one in `assignments`, of small letters, digits "
            "and hyphens: --out assignments/NAME"
        )
    for path in list_files(folder):
        if path.exists() or path.is_symlink():
            raise AssignmentError(f"{path} is there already. Choose another --out, or remove it first.")
    return folder


def list_files(folder: Path) -> tuple[Path, Path, Path]:
    """What is made: the folder for students, the author's notebook, and the file with all assertions."""
    solutions = folder.parent.parent / "solutions"
    return folder, solutions / f"{folder.name}.ipynb", locate_secret(folder, folder.name)


def write_draft(draft: Draft, folder: Path, title: str) -> list[Path]:
    """Write an assignment's files but for the students' notebook; their paths. Raises AssignmentError."""
    title = " ".join(title.split())
    if not title or len(title) > MAX_TITLE or not title.isprintable():
        raise AssignmentError(
            f"The title has to be a line of 1 to {MAX_TITLE} characters. Give another --title."
        )
    _, notebook, secret = list_files(folder)
    whole, public = draft.build_books()
    rubric = folder / "assignment.toml"
    texts = {
        rubric: _write_rubric(draft, folder.name, title),
        secret: write_book(whole, is_public=False),
        notebook: f"{nbformat.writes(new_notebook(cells=draft.cells, metadata=METADATA))}\n",
    }
    if public.block:
        texts[folder / PUBLIC_FILE] = write_book(public, is_public=True)
    contents = {path: _encode(path, text) for path, text in texts.items()}
    try:
        folder.mkdir(parents=True)
        notebook.parent.mkdir(exist_ok=True)
        for path, content in contents.items():
            path.write_bytes(content)
    except OSError as error:
        raise AssignmentError(f"{error.filename} cannot be written: {error.strerror}.") from error
    return list(texts)


def _encode(path: Path, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        near = text[max(0, error.start - 30) : error.start + 10].splitlines()
        raise AssignmentError(
            f"{path} cannot be written: a sign in it is half of one (a lone surrogate), in or after "
            f"{near[-1] if near else ''!a}. Mend the name, or the text, that it comes from."
        ) from error


def list_inside(draft: Draft) -> dict[str, str]:
    """Blocks of assertions that only the student's process can decide, and why."""
    whole, _ = draft.build_books()
    around = draft.list_around()
    found = {}
    for block in whole.block:
        if shared := list_bound(read_code(block)) & around:
            found[block.id] = (
                f"it sets {min(shared)!r}, which a function of the notebook takes from around it"
            )
        elif (reason := explain_inside(block, whole)) is not None:
            found[block.id] = reason
    return found


def _write_rubric(draft: Draft, name: str, title: str) -> str:
    seed = int(hashlib.sha256(name.encode()).hexdigest(), 16) % SEEDS
    lines = [
        f"# Imported from {draft.origin}. docs/importing.md says more.",
        "schema = 1",
        f"id = {quote(name)}",
        f"notebook = {quote(f'{name}.ipynb')}",
        "# Everybody's random numbers start from this seed, whatever a notebook asks for.",
        f"seed = {seed}",
        f"title = {{ ko = {quote(title)}, en = {quote(title)} }}",
        "",
        "[budget]",
        "cell_seconds = 120",
        "task_seconds = 300",
        "notebook_seconds = 900",
        "memory_mb = 4096",
        "",
    ]
    before: DraftTask | None = None
    for task in draft.tasks:
        lines += _write_task(task, before)
        before = task
    return "\n".join(lines)


def _write_task(task: DraftTask, before: DraftTask | None) -> Iterator[str]:
    yield "[[task]]"
    yield 'kind = "values"'
    yield f"id = {quote(task.id)}"
    yield f"title = {{ ko = {quote(task.title)}, en = {quote(task.title)} }}"
    if before is not None:
        yield f"needs = [{quote(before.id)}]"
    yield "checks = ["
    for block, points, is_public in task.blocks:
        public = ", public = true" if is_public else ""
        options = f"options = {{ assertions = {quote(block)} }}"
        yield f'    {{ name = "assertions_hold", points = {points:.12g}{public}, {options} }},'
    if task.by_hand is not None:
        yield f'    {{ name = "marked_by_hand", points = {task.by_hand:.12g} }},'
    yield "]"
    yield ""
