"""The parts of a measurement: each grades its own classes with every tool that it compares."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bare import ONE_THREAD, clear_threads, make_command
from machine import list_versions
from metering import Usage, run_commands

from grader import __version__
from grader.execute.sandbox.allocator import PRELOADED, find_allocator
from peers.classes import Class, make_class
from peers.environments import Peer, open_environment
from peers.with_grade import Grading, has_mode
from peers.with_nbgrader import Course
from peers.with_otter import Autograder

THREADS: Mapping[str, Mapping[str, str]] = {"default": {}, "one": ONE_THREAD}
"""As each tool comes, and one thread for everybody. This grader's kernels always have one."""

ENOUGH_EPOCHS = 100
"""Fewer, for trying this out, leave the solution without all of its points."""

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    workers: int
    exam: int
    exam_peers: int
    epochs: int
    small: int
    small_peers: int
    quick: int
    scale: tuple[int, ...]
    scale_epochs: int


@dataclass
class Session:
    """One run of the benchmark: what is measured goes into `records`, and is told as it comes."""

    folder: Path
    environments: Path
    sizes: Sizes
    say: Say
    part: str = ""
    """The part that is being measured."""
    records: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def nbgrader(self) -> Peer:
        """nbgrader's environment."""
        return open_environment("nbgrader", self.environments)

    @cached_property
    def otter(self) -> Peer:
        """otter-grader's environment."""
        return open_environment("otter", self.environments)

    @cached_property
    def exam(self) -> Grading:
        """The exam, its reference kept from a short notebook that is graded first."""
        grading = Grading(make_class("hi-hello", 1), self.folder / "exam")
        first = make_class("hi-hello", 1, epochs=1, prefix="first")
        self.note("grade", "reference", grading.grade(first, 1, expect_all=False), 1)
        return grading

    @cached_property
    def scaled(self) -> Grading:
        """The exam in notebooks of few epochs, for large classes."""
        grading = Grading(make_class("hi-hello", 1), self.folder / "scale")
        first = make_class("hi-hello", 1, epochs=self.sizes.scale_epochs, prefix="first")
        self.note("grade", "reference", grading.grade(first, 1, expect_all=False), 1)
        return grading

    def list_versions(self) -> dict[str, dict[str, str]]:
        """Versions of what has been used so far."""
        opened = {name: vars(self)[name].versions for name in ("nbgrader", "otter") if name in vars(self)}
        return {"grade": {"grader": __version__, **list_versions()}, **opened}

    def note(
        self, tool: str, what: str, usage: Usage, notebooks: int, workers: int = 1, threads: str = "one"
    ) -> None:
        """Put a measurement on record."""
        record = {
            "part": self.part,
            "tool": tool,
            "what": what,
            "notebooks": notebooks,
            "workers": workers,
            "threads": threads,
            **asdict(usage),
        }
        self.records.append(record)
        self.say(record)

    def run_bare(self, chosen: Class, workers: int, threads: str, *, preloads: bool = False) -> None:
        """The cells alone, in plain processes; with the allocator of this grader's kernels if asked for."""
        folder = self.folder / f"bare-{len(self.records)}"
        folder.mkdir()
        variables = {**clear_threads(), **THREADS[threads]}
        if preloads:
            variables[PRELOADED] = str(find_allocator())
        commands = [
            make_command(cells, folder, student, variables)
            for student, cells in chosen.list_sources().items()
        ]
        what = "allocator" if preloads else "run"
        self.note("bare", what, run_commands(commands, workers), len(commands), workers, threads)

    def run_grade(
        self,
        grading: Grading,
        chosen: Class,
        workers: int,
        *,
        mode: str | None = None,
        expect_all: bool = True,
        preloads: bool = True,
    ) -> None:
        """This grader, reference kept from before; `expect_all`: right answers must get all points."""
        usage = grading.grade(chosen, workers, mode=mode, expect_all=expect_all, preloads=preloads)
        what = mode or ("run" if preloads else "plain")
        self.note("grade", what, usage, len(chosen.notebooks), workers)

    def run_peers(self, assigned: Class, chosen: Class) -> None:
        """Both peers with both settings of threads; otter also as many at a time as there are workers."""
        count, workers = len(chosen.notebooks), self.sizes.workers
        course = Course(self.nbgrader, assigned, self.folder / f"{self.part}-nbgrader", ONE_THREAD)
        self.note("nbgrader", "prepare", course.release, 0)
        autograder = Autograder(self.otter, assigned, self.folder / f"{self.part}-otter", ONE_THREAD)
        self.note("otter", "prepare", autograder.release, 0)
        for threads, variables in THREADS.items():
            self.note("nbgrader", "run", course.autograde(chosen, variables), count, 1, threads)
            self.note("otter", "run", autograder.run(chosen, variables), count, 1, threads)
            if workers > 1:
                usage = autograder.run(chosen, variables, workers)
                self.note("otter", "run", usage, count, workers, threads)
        if self.part == "small" and count > 1:
            one = chosen.take(1)
            self.note("nbgrader", "run", course.autograde(one, ONE_THREAD), 1)
            self.note("otter", "run", autograder.run(one, ONE_THREAD), 1)


def measure_exam(session: Session) -> None:
    """The exam with all its epochs: bare, with peers, and with this grader on one core and on all."""
    sizes, grading = session.sizes, session.exam
    chosen = make_class("hi-hello", sizes.exam, epochs=sizes.epochs)
    few = chosen.take(sizes.exam_peers)
    for workers in sorted({1, sizes.workers}, reverse=True):
        # Other notebooks each time, because a kept run is not executed again; the bare script beside it.
        session.run_bare(chosen, workers, "one")
        again = make_class("hi-hello", sizes.exam, epochs=sizes.epochs, prefix=f"on{workers}-")
        session.run_grade(grading, again, workers, expect_all=sizes.epochs >= ENOUGH_EPOCHS)
    if find_allocator():
        # What of this the allocator brings, here and to anybody who loads it.
        session.run_bare(chosen, sizes.workers, "one", preloads=True)
        again = make_class("hi-hello", sizes.exam, epochs=sizes.epochs, prefix="plain-")
        session.run_grade(grading, again, sizes.workers, expect_all=False, preloads=False)
    session.run_bare(few, 1, "default")
    session.run_peers(chosen, few)


def measure_small(session: Session) -> None:
    """A notebook that trains nothing: what is measured is the tools' own cost."""
    sizes = session.sizes
    chosen = make_class("counts", sizes.small)
    few = chosen.take(sizes.small_peers)
    grading = Grading(chosen, session.folder / "small")
    first = make_class("counts", 1, prefix="first")
    session.note("grade", "reference", grading.grade(first, 1), 1)
    session.run_grade(grading, make_class("counts", 1, prefix="alone"), 1)
    for workers in sorted({1, sizes.workers}, reverse=True):
        session.run_bare(few, workers, "one")
        again = make_class("counts", sizes.small, prefix=f"on{workers}-")
        session.run_grade(grading, again, workers)
    session.run_bare(few, 1, "default")
    session.run_peers(chosen, few)


def measure_quick(session: Session) -> None:
    """Quick mode on the exam, beside full mode."""
    sizes = session.sizes
    if not has_mode():
        print("grade run has no --mode here, so quick mode is left out.", flush=True)
        return
    grading = session.exam
    full = [
        record
        for record in session.records
        if (record["part"], record["tool"], record["what"]) == ("exam", "grade", "run")
    ]
    if full:
        session.records += [{**record, "part": "quick"} for record in full]
    else:
        chosen = make_class("hi-hello", sizes.exam, epochs=sizes.epochs, prefix="full")
        session.run_grade(grading, chosen, sizes.workers, expect_all=sizes.epochs >= ENOUGH_EPOCHS)
    first = make_class("hi-hello", 1, epochs=sizes.epochs, prefix="first-quick")
    session.note("grade", "quick reference", grading.grade(first, 1, mode="quick", expect_all=False), 1)
    chosen = make_class("hi-hello", sizes.quick, epochs=sizes.epochs, prefix="quick")
    session.run_grade(grading, chosen, sizes.workers, mode="quick", expect_all=False)


def measure_scale(session: Session) -> None:
    """Classes of many sizes: seconds a submission and memory."""
    sizes = session.sizes
    for count in sizes.scale:
        chosen = make_class("hi-hello", count, epochs=sizes.scale_epochs, prefix=f"of{count}-")
        session.run_grade(session.scaled, chosen, sizes.workers, expect_all=False)


def measure_regrade(session: Session) -> None:
    """The largest class once more, after the rubric has changed."""
    sizes = session.sizes
    count = max(sizes.scale)
    if not any(record["part"] == "scale" for record in session.records):
        chosen = make_class("hi-hello", count, epochs=sizes.scale_epochs, prefix=f"of{count}-")
        session.run_grade(session.scaled, chosen, sizes.workers, expect_all=False)
    before = session.scaled.list_kept()
    session.scaled.change_rubric()
    session.note("grade", "regrade", session.scaled.regrade(), count)
    if session.scaled.list_kept() != before:
        raise SystemExit("Grading again after a change of the rubric has executed notebooks.")


PARTS: dict[str, Callable[[Session], None]] = {
    "exam": measure_exam,
    "small": measure_small,
    "quick": measure_quick,
    "scale": measure_scale,
    "regrade": measure_regrade,
}
"""In the order in which they are measured: regrading finds the largest class of the part before."""
