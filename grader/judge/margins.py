"""From runs that should agree and runs that should not: how much noise there is, and how near faults come."""

import math
from collections.abc import Iterable, Mapping

from grader.assignment.tolerance import EARLY_STEPS, FLOOR, Gap, Tolerance
from grader.evidence import Evidence
from grader.judge.compare import compare_yhat, find_difference
from grader.records import TaskRun

VISIBLE = 2.0
"""How many times larger than noise a mutant's difference is where it can be seen at all."""


def measure_distance(evidence: Evidence, plain: str, other: str, steps: Iterable[int]) -> dict[int, float]:
    """Largest difference in fitted values of two trials of one run, at each step that both kept."""
    distances = {}
    for step in steps:
        first, second = evidence.read_fitted(plain, step), evidence.read_fitted(other, step)
        if first is not None and second is not None:
            distances[step] = find_difference(first, second)
    return distances


def list_later_steps(run: TaskRun | None) -> list[int]:
    """The steps of a training in which noise has grown."""
    return [step for step in run.fitted_steps if step >= EARLY_STEPS] if run else []


def measure_gaps(noise: Mapping[int, float], mutants: Mapping[str, Mapping[int, float]]) -> tuple[Gap, ...]:
    """The gap at each of the first steps: between noise and the nearest mutant that first shows there.

    What can be told at an earlier step need not be told again. A mutant that shows nowhere counts at the
    last of these steps, where it makes the gap none. One that is infinitely far, or differs nowhere at all,
    sets no bound.
    """
    first_seen: dict[int, list[tuple[float, str]]] = {step: [] for step in range(EARLY_STEPS)}
    for name, distances in mutants.items():
        if not any(distances.values()):
            continue
        seen = (
            step
            for step in range(EARLY_STEPS)
            if distances.get(step, 0.0) > VISIBLE * max(noise.get(step, 0.0), FLOOR)
        )
        step = next(seen, EARLY_STEPS - 1)
        first_seen[step].append((distances.get(step, 0.0), name))
    gaps = []
    for step in range(EARLY_STEPS):
        nearest, name = find_nearest(first_seen[step])
        gaps.append(Gap(noise=noise.get(step, 0.0), nearest=nearest, mutant=name))
    return tuple(gaps)


def find_nearest(distances: Iterable[tuple[float, str]]) -> tuple[float | None, str]:
    """The smallest finite distance and whose it is; None and no name if there is none."""
    return min((each for each in distances if math.isfinite(each[0])), default=(None, ""))


def is_idle(distances: Mapping[int, float], parameters: tuple[int, int] = (0, 0)) -> bool:
    """Whether a mutant trains as many parameters as the reference, and to the bit as the reference does."""
    return parameters[0] == parameters[1] and bool(distances) and not any(distances.values())


def is_caught(
    distances: Mapping[int, float], parameters: tuple[int, int], tolerance: Tolerance, *, late: bool = False
) -> bool:
    """Whether the judge tells a mutant from the reference, by its values or by what it trains."""
    steps = [step for step in distances if late or step < EARLY_STEPS]
    return parameters[0] != parameters[1] or any(distances[step] > tolerance.allow(step) for step in steps)


def is_shown_wrong(evidence: Evidence, trial: str, tolerance: Tolerance) -> bool:
    """Whether the judge refuses what a trial shows as its fitted values."""
    shown = compare_yhat(evidence, None, trial, tolerance)
    return shown is not None and not shown.accepted
