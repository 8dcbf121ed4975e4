"""The verb that grades a class. The self-check stands in `selfchecks.py`."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.load import find_assignment, list_assignments, load_assignment
from grader.assignment.locate import match_assignment
from grader.assignment.reference import hash_content, load_solution, read_released
from grader.assignment.spec import Assignment
from grader.assignment.tolerance import Calibration
from grader.collect import collect_submissions
from grader.errors import ClusterError, NotebookError, UnknownAssignment
from grader.execute.sandbox import ChosenSandbox, choose_sandbox
from grader.exhibits import ShownPage, SubmissionExhibit
from grader.judge.vocabulary import VOCABULARY
from grader.notebook import read_notebook
from grader.records import Submission
from grader.results import ClassResult, RunInfo
from grader.workflow.exhibited import Exhibits
from grader.workflow.jobs import prepare_jobs
from grader.workflow.kept import open_kept
from grader.workflow.pages import Pages
from grader.workflow.runs import run_class
from grader.workflow.settings import Listener, Settings
from grader.workflow.soundness import require_packages


@dataclass(frozen=True)
class Graded:
    """A graded class: what is to be reported."""

    assignment: Assignment
    result: ClassResult
    exhibits: Mapping[str, SubmissionExhibit]
    """By file, each made when it is asked for: those of a whole class fill a machine's memory."""
    pages: Mapping[str, SubmissionExhibit | ShownPage]
    """The same, rendered as far as marks do not decide."""


def grade_class(source: Path, assignment_name: str | None, settings: Settings, listener: Listener) -> Graded:
    """Grade everything that `source` holds.

    Raises CollectError, AssignmentError or SandboxError where nothing can be graded at all. What is
    wrong with one submission stands in its result and stops nobody else.
    """
    started = time.monotonic()
    submissions = collect_submissions(source)
    assignment = choose_assignment(assignment_name, submissions)
    if settings.cluster is None:
        require_packages(assignment)
    sandbox, settings = _choose_place(settings, listener)
    solution = load_solution(assignment)
    assignment = _drop_stale_figures(assignment, solution, listener)
    released = read_notebook(read_released(assignment))
    kept = open_kept(settings.store, sandbox.name, settings.fresh, listener.say)
    jobs, results = prepare_jobs(assignment, submissions, released, kept.derived)
    files = [submission.file for submission in submissions]
    del submissions
    runs = run_class(assignment, jobs, solution, released, settings, sandbox, listener, kept)
    results |= runs.results
    run = RunInfo(
        seed=settings.choose_seed(assignment),
        device=runs.device or settings.choose_device(),
        mode=settings.mode,
        torch=runs.torch,
        sandbox=sandbox.name,
        weaker=sandbox.weaker,
        seconds=round(time.monotonic() - started, 3),
    )
    ordered = tuple(results[file] for file in files)
    result = ClassResult(assignment=assignment.id, run=run, submissions=ordered)
    exhibits = Exhibits(assignment, jobs, runs)
    return Graded(assignment, result, exhibits, Pages(exhibits))


def _drop_stale_figures(assignment: Assignment, solution: bytes, listener: Listener) -> Assignment:
    """The assignment without what was measured of another reference than this one."""
    known, measured = hash_content(solution), assignment.calibration.devices
    current = {device: found for device, found in measured.items() if found.solution_sha256 == known}
    if len(current) == len(measured):
        return assignment
    listener.say(
        f"The reference has changed since its tolerances were measured, so those of assignment.toml hold. "
        f"Measure again: grade calibrate {assignment.id}"
    )
    return assignment.model_copy(update={"calibration": Calibration(devices=current)})


def choose_assignment(name: str | None, submissions: Iterable[Submission]) -> Assignment:
    """The assignment of that name; without one, the one that most of the notebooks match."""
    if name is not None:
        return find_assignment(name, vocabulary=VOCABULARY)
    known = {name: load_assignment(path, VOCABULARY) for name, path in list_assignments().items()}
    if not known:
        raise UnknownAssignment(
            "There is no assignment: run the command in the folder that holds assignments/, or above it."
        )
    pairs = {name: (found, read_notebook(read_released(found))) for name, found in known.items()}
    votes: dict[str, int] = {}
    are_read = False
    for submission in submissions:
        if submission.problem is None:
            try:
                notebook = read_notebook(submission.content)
                are_read = True
                match = match_assignment(notebook, pairs)
            except (NotebookError, UnknownAssignment):
                continue
            votes[match] = votes.get(match, 0) + 1
    if not votes and not are_read and len(known) == 1:
        # Whatever stands in those files, they get a page of this one that says so.
        return next(iter(known.values()))
    if not votes:
        raise UnknownAssignment(
            f"No notebook matches an assignment. Name one with --assignment: {', '.join(known)}."
        )
    return known[max(votes, key=lambda match: votes[match])]


def _choose_place(settings: Settings, listener: Listener) -> tuple[ChosenSandbox, Settings]:
    """The sandbox to be used, here or on a cluster, and the settings with whatever that decides."""
    if settings.cluster is None:
        return open_sandbox(settings, listener), settings
    try:
        from grader.workflow.cluster.survey import survey_cluster
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"--cluster needs Dask, and there is no {error.name}. Where this program's source lies, run: "
            "pip install -e '.[cluster]'"
        ) from error
    found = survey_cluster(settings, listener)
    if found.sandbox.weaker:
        listener.say(found.sandbox.weaker)
    return found.sandbox, found.settings


def open_sandbox(settings: Settings, listener: Listener) -> ChosenSandbox:
    """The sandbox to run in; what it does not keep out is said."""
    sandbox = choose_sandbox(settings.sandbox)
    if sandbox.weaker:
        listener.say(sandbox.weaker)
    return sandbox
