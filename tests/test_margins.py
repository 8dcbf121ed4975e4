"""How far two trials lie apart, and where among noise and faults that is."""

import math
from pathlib import Path

import numpy as np
import pytest
from calibration_samples import ALONE, collect, measure
from hypothesis import given
from hypothesis import strategies as st
from training_samples import join, train

from grader.assignment.tolerance import (
    EARLY_STEPS,
    FLOOR,
    Gap,
    TaskCalibration,
    Tolerance,
    locate_calibration,
    read_calibration,
)
from grader.judge.margins import (
    VISIBLE,
    find_nearest,
    is_caught,
    is_idle,
    is_shown_wrong,
    list_later_steps,
    measure_distance,
    measure_gaps,
)
from grader.records import name_fitted

DISTANCES = st.dictionaries(st.integers(0, 2), st.floats(min_value=0, max_value=1))


def test_figures_of_a_mutant_that_diverged_are_read_as_they_were_written(tmp_path: Path) -> None:
    """`find_difference` gives infinity where values are no numbers, and a calibration survives that."""
    gaps = measure_gaps({}, {"learning_rate_ten_times": {0: math.inf}})
    calibration = collect(**{"1.1": measure(*gaps)})
    locate_calibration(tmp_path).write_text(calibration.model_dump_json())
    assert calibration == read_calibration(tmp_path)


def test_distance_is_the_largest_difference_at_each_step() -> None:
    """Two trials of one run are compared at the steps that both kept."""
    plain, other = train("1.1", steps=6), train("1.2", steps=4, lr=0.01)
    evidence = join(plain, other)
    distances = measure_distance(evidence, "1.1", "1.2", range(6))
    expected = {
        step: float(
            np.abs(
                plain.arrays[name_fitted("1.1", step)].astype(float) - other.arrays[name_fitted("1.2", step)]
            ).max()
        )
        for step in range(4)
    }
    assert expected == distances
    assert 0 == distances[0] < 1e-3 < distances[1]
    assert {} == measure_distance(evidence, "1.1", "2.2", range(6))


def test_networks_of_other_shapes_are_infinitely_far() -> None:
    """Tables that cannot be laid upon each other share nothing."""
    evidence = join(train("1.1", steps=1), train("1.2", steps=1, order="!?hieloz"))
    assert {0: math.inf} == measure_distance(evidence, "1.1", "1.2", range(3))


def test_later_steps_are_those_beyond_the_first() -> None:
    """The first three are measured apart."""
    assert [3, 4, 5] == list_later_steps(train(steps=6).run.tasks[0])
    assert [] == list_later_steps(None)


def test_mutant_counts_at_the_step_where_it_shows_first() -> None:
    """There it is compared with the others that show there, however large it grows later."""
    noise = {0: 0.0, 1: 1e-6, 2: 1e-5}
    mutants = {
        "seed": {0: 1e-2, 1: 1e-9, 2: 1e-9},
        "bias": {0: 3e-2, 1: 1.0, 2: 1.0},
        "adamw": {0: 1e-8, 1: 1e-4, 2: 1e-8},
        "sgd": {0: 0.0, 1: 1e-2, 2: 1e-2},
        "kept": {0: 0.0, 1: 1.9e-6, 2: 1e-3},
    }
    gaps = measure_gaps(noise, mutants)
    assert [("seed", 1e-2), ("adamw", 1e-4), ("kept", 1e-3)] == [(gap.mutant, gap.nearest) for gap in gaps]
    assert [0.0, 1e-6, 1e-5] == [gap.noise for gap in gaps]
    assert not any(gap.overlaps for gap in gaps)


def test_mutant_that_shows_nowhere_makes_the_last_gap_none() -> None:
    """It is counted where it is still to be seen, and the tolerance there says so."""
    mutants = {"far": {0: 1.0}, "near": {0: 0.0, 1: 0.0, 2: 5e-6}}
    *early, last = measure_gaps({0: 0.0, 1: 0.0, 2: 1e-5}, mutants)
    assert [("far", False), ("", False)] == [(gap.mutant, gap.overlaps) for gap in early]
    assert ("near", 5e-6, True) == (last.mutant, last.nearest, last.overlaps)


def test_without_mutants_there_is_noise_only() -> None:
    """Each of the first steps has a gap, also where nothing was measured."""
    assert (Gap(noise=0.0, nearest=None),) * EARLY_STEPS == measure_gaps({}, {})


@given(DISTANCES, st.dictionaries(st.text(), DISTANCES))
def test_what_is_seen_at_a_step_is_beyond_its_noise(
    noise: dict[int, float], mutants: dict[str, dict[int, float]]
) -> None:
    """But for the last step, no gap overlaps, and every mutant that shows at step 0 is caught there."""
    gaps = measure_gaps(noise, mutants)
    assert EARLY_STEPS == len(gaps)
    assert [] == [gap for gap in gaps[:-1] if gap.overlaps]
    tolerance = TaskCalibration(steps=gaps, late=ALONE, mutants=0, caught=0).to_tolerance(Tolerance())
    for distances in mutants.values():
        if distances.get(0, 0) > VISIBLE * max(noise.get(0, 0), FLOOR):
            assert is_caught(distances, (1, 1), tolerance)


def test_mutant_is_caught_by_values_or_by_what_it_trains() -> None:
    """Later steps count only for a mutant that begins late."""
    tolerance = Tolerance(early=1e-5, late=1e-3)
    assert not is_caught({0: 0.0, 1: 1e-5}, (127, 127), tolerance)
    assert is_caught({0: 0.0, 1: 2e-5}, (127, 127), tolerance)
    assert is_caught({}, (127, 63), tolerance)
    assert not is_caught({3: 1.0}, (127, 127), tolerance)
    assert is_caught({3: 1.0}, (127, 127), tolerance, late=True)
    assert not is_caught({3: 1e-3}, (127, 127), tolerance, late=True)


@pytest.mark.parametrize(("yhat", "wrong"), [("before", False), ("copied", True), (None, False)])
def test_shown_values_are_refused_by_the_judge(yhat: str | None, wrong: bool) -> None:
    """Those of the training are right; the targets are not; what is not there cannot be wrong."""
    assert wrong == is_shown_wrong(train(yhat=yhat), "1.1", Tolerance())


def test_what_is_infinitely_far_or_alike_sets_no_bound() -> None:
    """Beside them the nearest is the one that has a distance; alone they leave a gap without a fault."""
    mutants = {"diverged": {0: math.inf}, "near": {0: 1e-3}, "other": {0: 0.0, 1: math.inf}, "same": {0: 0.0}}
    gaps = measure_gaps({}, mutants)
    assert [(1e-3, "near"), (None, ""), (None, "")] == [(gap.nearest, gap.mutant) for gap in gaps]
    assert (None, "") == find_nearest([(math.inf, "diverged")])


def test_mutant_without_effect_is_idle() -> None:
    """One that differs nowhere in values or in the number of parameters is no mutant of this task."""
    assert is_idle({0: 0.0, 1: 0.0}, (127, 127))
    assert is_idle({3: 0.0})
    assert not is_idle({0: 0.0, 1: 0.0}, (127, 63))
    assert not is_idle({0: 0.0, 1: 1e-9}, (127, 127))
    assert not is_idle({}, (127, 127))
