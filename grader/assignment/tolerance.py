"""How far equal networks may differ: what an assignment says, and what `grade calibrate` has measured."""

import math
from pathlib import Path

from pydantic import Field, ValidationError

from grader.errors import AssignmentError
from grader.records import Record

EARLY_STEPS = 3
"""Steps in which float noise has not grown yet: what differs here differs for a reason."""


class Tolerance(Record):
    """Largest difference in fitted values that still counts as equal."""

    early: float = 5e-5
    """During the first steps, where float noise has not grown; docs/judging.md has what was measured."""
    late: float = 5e-3
    """Later, where it has."""
    steps: tuple[float, ...] = ()
    """At each of the first steps, where `grade calibrate` has measured them; in the place of `early`."""
    doubt: tuple[float, ...] = ()
    """At each of these, up to where a difference may be noise although a fault lies as near."""

    def allow(self, step: int) -> float:
        """The tolerance at a step, counted from 0."""
        if step < len(self.steps):
            return self.steps[step]
        return self.early if step < EARLY_STEPS else self.late

    def is_doubtful(self, step: int, difference: float) -> bool:
        """Whether a difference beyond the tolerance is for a person to decide on."""
        return step < len(self.doubt) and self.allow(step) < difference <= self.doubt[step]


FLOOR = 1e-7
"""Noise is taken to be at least this: values near 1 in float32 lie 6e-8 apart."""
MARGIN = 1.5
"""Least factor between noise and the nearest fault for a tolerance to stand between the two."""


LATE = 4.0
"""Multiple of the noise that the tolerance of later steps keeps to: what begins late may be small."""
LATE_FLOOR = 1e-4
"""The tolerance of later steps is at least this, where faults are far enough away: at the end of a training
that has converged there is hardly any noise, and more of it where somebody else stops."""


class Gap(Record):
    """What was measured at one step, in units of fitted values."""

    noise: float = Field(ge=0, allow_inf_nan=False)
    """Largest difference among honest runs."""
    nearest: float | None = Field(ge=0, allow_inf_nan=False)
    """Smallest finite difference of a mutant that first shows at this step; None if there is none."""
    mutant: str = ""
    """That one's name."""
    most: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Most that the tolerance may be, in multiples of the noise; None for no such bound."""

    @property
    def overlaps(self) -> bool:
        """Whether noise reaches as far as the nearest fault."""
        return self.nearest is not None and max(self.noise, FLOOR) * MARGIN > self.nearest

    @property
    def tolerance(self) -> float:
        """Half way, in orders of magnitude, between noise and the nearest fault."""
        noise = max(self.noise, FLOOR)
        if self.nearest is None:
            return 10 * noise
        half_way = self.nearest / MARGIN if self.overlaps else math.sqrt(noise * self.nearest)
        return half_way if self.most is None else min(half_way, max(self.most * noise, LATE_FLOOR))

    @property
    def margin(self) -> float | None:
        """How many times the nearest fault is larger than the noise."""
        return None if self.nearest is None else self.nearest / max(self.noise, FLOOR)


class TaskCalibration(Record):
    """What was measured of one task."""

    steps: tuple[Gap, ...]
    """At each of the first steps."""
    late: Gap
    """Over all later steps."""
    mutants: int
    """Mutants that could be built."""
    caught: int
    """Those that the judge tells from the reference."""
    missed: tuple[str, ...] = ()
    """Names of the others."""
    idle: tuple[str, ...] = ()
    """Names of mutants that change nothing in this task, and are not counted."""

    def to_tolerance(self, stated: Tolerance) -> Tolerance:
        """The tolerance that these figures give."""
        return Tolerance(
            early=stated.early,
            late=self.late.tolerance,
            steps=tuple(gap.tolerance for gap in self.steps),
            doubt=tuple(max(gap.noise, FLOOR) * MARGIN if gap.overlaps else 0.0 for gap in self.steps),
        )


class DeviceCalibration(Record):
    """What was measured on one kind of device."""

    torch: str
    seeds: int
    """Seeds whose first steps were measured."""
    solution_sha256: str
    """The reference that was measured: figures of another one do not hold."""
    tasks: dict[str, TaskCalibration]


class Calibration(Record):
    """All of `calibration.json`: what was measured, by kind of device."""

    devices: dict[str, DeviceCalibration] = Field(default_factory=dict)

    def find(self, device: str, task_id: str) -> TaskCalibration | None:
        """A task's figures; None where this kind of device has not been measured."""
        measured = self.devices.get(device)
        return measured.tasks.get(task_id) if measured else None


def locate_calibration(folder: Path) -> Path:
    """Where an assignment's figures lie."""
    return folder / "calibration.json"


def read_calibration(folder: Path) -> Calibration:
    """An assignment's figures; empty where none were measured. Raises AssignmentError if they are damaged."""
    path = locate_calibration(folder)
    if not path.exists():
        return Calibration()
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise AssignmentError(
            f"{path} does not hold a calibration. Delete it, or measure again: grade calibrate. {error}"
        ) from error
