"""Looks at everything at once: what is slow to ask is asked side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from grader.doctor.findings import Finding, Section, State
from grader.doctor.host import (
    examine_allocator,
    examine_assignments,
    examine_cgroups,
    examine_cores,
    examine_folder,
)
from grader.doctor.libraries import examine_chromium, examine_fonts, examine_gpu, examine_packages
from grader.doctor.start import examine_start
from grader.execute.sandbox import examine_backends

Examine = Callable[[], list[Finding]]


def examine_machine() -> list[Finding]:
    """Everything that matters here for grading. Raises nothing: what cannot be looked at is a finding too."""
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(_examine_safely, *entry) for entry in EXAMINATIONS]
        return [finding for found in waiting for finding in found.result()]


def examine_sandboxes() -> list[Finding]:
    """Whether each sandbox works, strongest first."""
    reports = examine_backends()
    # One is enough: the others are of interest, and no fault.
    state: State = "note" if any(report.works for report in reports) else "fault"
    findings = []
    for report in reports:
        if report.works:
            fact = f"{report.reason} But {report.weaker}." if report.weaker else report.reason
            findings.append(Finding("sandbox", report.name, "note" if report.weaker else "good", fact))
        else:
            findings.append(Finding("sandbox", report.name, state, report.reason, report.remedy))
    return findings


EXAMINATIONS: tuple[tuple[Section, Examine, bool], ...] = (
    ("sandbox", examine_sandboxes, True),
    ("python", examine_packages, True),
    ("gpu", examine_gpu, False),
    ("machine", examine_cores, False),
    ("machine", examine_allocator, False),
    ("machine", examine_start, False),
    ("machine", examine_cgroups, False),
    ("files", examine_folder, True),
    ("files", examine_assignments, True),
    ("fonts", examine_fonts, False),
    ("tests", examine_chromium, False),
)
"""What is looked at, and whether nothing can be graded where it is not as it should be."""


def _examine_safely(section: Section, examine: Examine, needed: bool) -> list[Finding]:
    try:
        return examine()
    except Exception as error:
        # Whoever asks a doctor has something broken, and what that breaks here cannot be foreseen.
        fact = f"This could not be looked at: {type(error).__name__}: {error}."
        name = examine.__name__.removeprefix("examine_")
        return [Finding(section, name, "fault" if needed else "note", fact)]
