"""Writes a class's reports: pages, `grades.csv` and `results.json`."""

import csv
import io
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from grader.assignment.source import BY_HAND
from grader.assignment.spec import Assignment
from grader.errors import GraderError
from grader.exhibits import ShownPage, SubmissionExhibit
from grader.records import Language
from grader.report.html import render_index, render_page
from grader.report.names import name_pages
from grader.report.sanitise import clean_line
from grader.report.words import list_by_hand, list_task_ids
from grader.results import ClassResult, SubmissionResult

AT_ONCE = 8
"""Files that are sent to the disk side by side: each waits for it, and together they wait hardly longer."""
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
"""What makes a spreadsheet take a cell for a formula; the wide forms do so in East Asian editions."""


def write_reports(
    out: Path,
    assignment: Assignment,
    result: ClassResult,
    exhibits: Mapping[str, SubmissionExhibit | ShownPage],
    language: Language = "en",
    announce: Callable[[Path, bytes], None] = lambda path, content: None,
) -> tuple[Path, ...]:
    """The files written to `out`: index.html, a page a submission, grades.csv, results.json.

    `exhibits` are keyed by `SubmissionResult.file`; a submission without one gets a page of verdicts.
    Each file is whole at any moment: an interrupted run leaves the former one. Of each, `announce` hears
    before it is written. Raises GraderError if `out` cannot be written.
    """

    def announced(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[Path, bytes]]:
        for name, content in files:
            announce(out / name, content)
            yield out / name, content

    def build_pages() -> Iterator[tuple[str, bytes]]:
        for page, submission in zip(pages, result.submissions, strict=True):
            exhibit, mode = exhibits.get(submission.file), result.run.mode
            yield page, _render_safely(assignment, submission, exhibit, language, mode).encode()

    pages = name_pages(submission.student for submission in result.submissions)
    require_folder(out)
    try:
        # The marks first: no fault of a page may cost what a class's training has cost.
        written = replace_files(announced([("results.json", build_results(result).encode())]))
        # Excel takes a CSV file for the system's own code page, and breaks Hangul, unless it has a mark.
        table = build_grades(assignment, result).encode("utf-8-sig")
        written += replace_files(announced([("grades.csv", table)]))
        written += replace_files(announced(build_pages()))
        index = render_index(assignment, result, pages, language=language).encode()
        written += replace_files(announced([("index.html", index)]))
    except OSError as error:
        raise GraderError(explain_unwritable(out, error)) from error
    return written


def require_folder(out: Path) -> None:
    """Make the folder, and prove that it can be written. Raises GraderError if it cannot."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / ".writable", b"").unlink(missing_ok=True)
    except OSError as error:
        raise GraderError(explain_unwritable(out, error)) from error


def explain_unwritable(out: Path, error: OSError) -> str:
    """What to tell the user where nothing can be written to the folder."""
    return (
        f"The reports cannot be written to {out}: {error.strerror or error}. "
        "Make room there or name another folder with --out."
    )


def _render_safely(
    assignment: Assignment,
    submission: SubmissionResult,
    exhibit: SubmissionExhibit | ShownPage | None,
    language: Language,
    mode: str,
) -> str:
    try:
        return render_page(assignment, submission, exhibit, language=language, mode=mode)
    except Exception as error:
        # What a notebook shows can break its page, never the class's reports: the verdicts stand alone.
        note = f"What the notebook shows could not be rendered ({type(error).__name__}: {error})."
        bare = SubmissionExhibit(notebook="", notes=(note[:300],))
        return render_page(assignment, submission, bare, language=language, mode=mode)


def replace_file(path: Path, content: bytes) -> Path:
    """The path, at which the content now stands; whatever stood there is replaced in one step."""
    return replace_files([(path, content)])[0]


def replace_files(files: Iterable[tuple[Path, bytes]]) -> tuple[Path, ...]:
    """The paths, at which the contents now stand; what stood at each is replaced in one step.

    None is replaced before all have reached the disk, where they are sent side by side while the next are
    still being made. Raises OSError; whatever was not replaced by then is as it was.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            arriving = []
            for path, content in files:
                # Not tempfile: its files are for their owner alone, a report follows the user's own umask.
                temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
                waiting.append((temporary, path))
                with temporary.open("xb") as file:
                    file.write(content)
                arriving.append(pool.submit(_sync_file, temporary))
            for arrival in arriving:
                arrival.result()
            # Freeing what stood there waits for the disk as well.
            list(pool.map(os.replace, *zip(*waiting, strict=True)))
    finally:
        for temporary, _path in waiting:
            temporary.unlink(missing_ok=True)
    return tuple(path for _, path in waiting)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def build_grades(assignment: Assignment, result: ClassResult) -> str:
    """`grades.csv`: one row a submission, one column a task; tasks that were not judged stay empty.

    Of an assignment with something to be marked by hand, a last column names the tasks that wait for it.
    """
    waits = any(check.name == BY_HAND for task in assignment.task for check in task.checks)
    known = (task.id for task in assignment.task)
    task_ids = list_task_ids((submission.tasks for submission in result.submissions), known)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    columns = ["student", "file", "status", "score", "max_score", "needs_review", *task_ids]
    columns += ["by_hand"] if waits else []
    writer.writerow([guard_formula(column) for column in columns])
    for submission in result.submissions:
        points = {task.id: task.points for task in submission.tasks}
        writer.writerow(
            [
                guard_formula(clean_line(submission.student)),
                guard_formula(clean_line(submission.file)),
                name_status(submission, result.run.mode),
                "" if submission.score is None else submission.score,
                submission.max_score,
                "yes" if submission.needs_review else "no",
                *(points.get(task_id, "") for task_id in task_ids),
                *([guard_formula(", ".join(list_by_hand(submission)))] if waits else []),
            ]
        )
    return table.getvalue()


def name_status(submission: SubmissionResult, mode: str) -> str:
    """The status in `grades.csv`: no mark of a quick run may be taken for a final one."""
    return "provisional" if mode == "quick" and submission.status == "graded" else submission.status


def guard_formula(text: str) -> str:
    """The text, after an apostrophe if a spreadsheet would calculate it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def build_results(result: ClassResult) -> str:
    """`results.json`, its keys in the order in which the design lists them."""
    document = {
        "schema": result.schema_version,
        "assignment": result.assignment,
        "run": result.run.model_dump(),
        "submissions": [describe_submission(submission) for submission in result.submissions],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def describe_submission(submission: SubmissionResult) -> dict[str, Any]:
    """One entry of `results.json`; it names a problem only where there is no grade."""
    described = submission.model_dump(mode="json")
    problem = described.pop("problem")
    return described if submission.status == "graded" else {**described, "problem": problem}
