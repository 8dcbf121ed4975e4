"""Cores, memory, control groups, folders, and the assignments that are found from here."""

import os
import shutil
import socket
import tempfile
from pathlib import Path

from grader.doctor.findings import Finding, State

GIB = 2**30
SCARCE_MEMORY_BYTES = 2 * GIB
"""A kernel with torch takes 0.3 GB; what a notebook may take is the assignment's to say."""
SCARCE_DISK_BYTES = GIB
FULL_DISK_BYTES = 100 * 2**20
LONGEST_PORT = 65535
PREFIX = "check-"
"""As long as the one of rooms' folders, and not swept away with those that were left behind."""


def examine_cores() -> list[Finding]:
    """How many notebooks run at once, and what memory they have."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    findings = [Finding("machine", "cores", "good", f"{cores}, so as many notebooks run at once.")]
    page = os.sysconf("SC_PAGE_SIZE")
    total, free = page * os.sysconf("SC_PHYS_PAGES"), find_free_memory()
    fact = f"{free / GIB:.1f} of {total / GIB:.1f} GiB are free, {free / cores / GIB:.1f} for each core."
    if free / cores >= SCARCE_MEMORY_BYTES:
        return [*findings, Finding("machine", "memory", "good", fact)]
    remedy = f"Run fewer notebooks at once: grade --jobs {max(1, free // SCARCE_MEMORY_BYTES)} …"
    return [*findings, Finding("machine", "memory", "note", fact, remedy)]


def examine_allocator() -> list[Finding]:
    """Whether kernels have an allocator that is quick at many small tensors."""
    from grader.execute.sandbox.allocator import SWITCH, find_allocator

    if found := find_allocator():
        return [Finding("machine", "allocator", "good", f"{found}.")]
    if SWITCH in os.environ:
        return [Finding("machine", "allocator", "note", "The C library's own.", f"Run: unset {SWITCH}")]
    fact = "The C library's own; with jemalloc the exam trains in three quarters of the time."
    return [Finding("machine", "allocator", "note", fact, "Run: sudo apt install libjemalloc2")]


def find_free_memory(processes: Path = Path("/proc")) -> int:
    """Bytes that programs can still take without swapping."""
    for line in (processes / "meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def examine_cgroups(
    own: Path = Path("/proc/self/cgroup"), mounted: Path = Path("/sys/fs/cgroup")
) -> list[Finding]:
    """Whether a group of processes can be bounded as a whole here, as containers are."""
    if not own.exists():
        return [Finding("machine", "cgroups", "note", "This system has none.")]
    groups = [line.split(":", 2) for line in own.read_text().splitlines()]
    path = next((group[2] for group in groups if group[0] == "0"), None)
    if path is None or not (mounted / "cgroup.controllers").exists():
        fact = "Not of the second version alone: only containers of docker's can be bounded as a whole."
        remedy = "Boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line."
        return [Finding("machine", "cgroups", "note", fact, remedy)]
    folder = mounted / path.lstrip("/")
    controllers = (folder / "cgroup.controllers").read_text().split()
    if "memory" in controllers and os.access(folder / "cgroup.procs", os.W_OK):
        return [Finding("machine", "cgroups", "good", "Version 2, with memory delegated to this user.")]
    fact = "Version 2, but memory is not delegated to this user's session."
    remedy = "Only containers use it. Run: systemd-run --user --scope -p Delegate=yes grade …"
    return [Finding("machine", "cgroups", "note", fact, remedy)]


def examine_folder() -> list[Finding]:
    """Whether rooms can be made where they are made, and whether the disks have room."""
    from grader.execute.scratch import choose_folder

    place = choose_folder()
    remedy = "Name another folder. Run: export TMPDIR=/var/tmp"
    try:
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place) as folder:
            name = f"{folder}/s/k-{LONGEST_PORT}"
            (Path(folder) / "s").mkdir()
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(name)
    except OSError as error:
        what = f"No socket can be made below {place}: {error}."
        return [Finding("files", "temporary folder", "fault", what, remedy)]
    fact = f"{place}; the names of sockets in it have {len(os.fsencode(name))} of at most 107 bytes."
    findings = [Finding("files", "temporary folder", "good", fact)]
    for title, where in (("disk", place), ("disk for reports", Path.cwd())):
        free = shutil.disk_usage(where).free
        state: State = "good" if free >= SCARCE_DISK_BYTES else "note" if free >= FULL_DISK_BYTES else "fault"
        fact = f"{free / GIB:.1f} GiB are free at {where}."
        mend = "" if state == "good" else f"See what fills it. Run: du -xh {where} | sort -h | tail"
        findings.append(Finding("files", title, state, fact, mend))
    return findings


def examine_assignments() -> list[Finding]:
    """The assignments that are found from the working folder, and whether they can be graded."""
    from grader.assignment.load import list_assignments, load_assignment
    from grader.errors import AssignmentError
    from grader.judge.vocabulary import VOCABULARY
    from grader.workflow.soundness import require_packages

    known = list_assignments()
    if not known:
        remedy = "Change to the folder that holds assignments/, or to one below it."
        return [Finding("files", "assignments", "fault", f"None is found from {Path.cwd()}.", remedy)]
    findings, gradable = [], 0
    for name, path in known.items():
        try:
            assignment = load_assignment(path, VOCABULARY)
            require_packages(assignment)
        except AssignmentError as error:
            findings.append(Finding("files", name, "note", str(error)))
            continue
        if assignment.solution_path.is_file():
            gradable += 1
            findings.append(Finding("files", name, "good", f"{path.parent}, with its reference."))
        else:
            fact = f"{path.parent}, without the reference {assignment.solution_path}."
            remedy = "Put it there to grade. Without it you can check a notebook. Run: grade check NOTEBOOK"
            findings.append(Finding("files", name, "note", fact, remedy))
    if not gradable:
        fact = "None of them can be graded."
        remedy = "Put a reference where it is looked for."
        findings.append(Finding("files", "assignments", "fault", fact, remedy))
    return findings
