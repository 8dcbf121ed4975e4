"""From noise and the nearest fault to a tolerance, as it is kept on file."""

import math
from pathlib import Path

import numpy as np
import pytest
from calibration_samples import ALONE, CLEAR, OVERLAPPING, collect, measure
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.tolerance import (
    EARLY_STEPS,
    FLOOR,
    LATE,
    MARGIN,
    Calibration,
    Gap,
    Tolerance,
    locate_calibration,
    read_calibration,
)
from grader.errors import AssignmentError

SIZES = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize(
    ("gap", "tolerance", "margin", "overlaps"),
    [
        (CLEAR, 1e-5, 100.0, False),
        (Gap(noise=1e-6, nearest=1.5e-6), math.sqrt(1.5) * 1e-6, 1.5, False),
        (OVERLAPPING, 8e-7, 1.2, True),
        (Gap(noise=1e-3, nearest=1e-6), 1e-6 / 1.5, 1e-3, True),
        (ALONE, 1e-5, None, False),
        (Gap(noise=0.0, nearest=None), 1e-6, None, False),
        (Gap(noise=0.0, nearest=1e-5), 1e-6, 100.0, False),
    ],
)
def test_tolerance_lies_half_way_in_orders_of_magnitude(
    gap: Gap, tolerance: float, margin: float | None, overlaps: bool
) -> None:
    """Between noise of at least 1e-7 and the nearest fault; ten times the noise where there is none."""
    assert math.isclose(tolerance, gap.tolerance)
    assert overlaps == gap.overlaps
    assert margin is None if gap.margin is None else math.isclose(margin or 0, gap.margin)


@given(SIZES, st.floats(min_value=1e-12, max_value=1))
def test_tolerance_never_lets_the_nearest_fault_pass(noise: float, nearest: float) -> None:
    """Whatever was measured, the fault lies beyond the tolerance; noise only where the two overlap."""
    gap = Gap(noise=noise, nearest=nearest)
    assert gap.tolerance < nearest
    assert gap.overlaps or noise < gap.tolerance
    assert gap.overlaps == (max(noise, FLOOR) * MARGIN > nearest)


@pytest.mark.parametrize("noise", [1e-6, 0.0])
def test_overlap_leaves_the_nearest_fault_to_a_person(noise: float) -> None:
    """Where noise reaches the nearest fault, both are beyond the tolerance but in doubt; more is not."""
    gap = Gap(noise=noise, nearest=max(noise, FLOOR) * 0.8)
    tolerance = measure(CLEAR, gap).to_tolerance(Tolerance())
    assert (0.0, gap.tolerance) == (tolerance.doubt[0], tolerance.allow(1))
    assert tolerance.is_doubtful(1, gap.nearest or 0)
    assert tolerance.is_doubtful(1, max(noise, FLOOR))
    assert not tolerance.is_doubtful(1, gap.tolerance)
    assert not tolerance.is_doubtful(1, 2 * max(noise, FLOOR))


@pytest.mark.parametrize(
    ("noise", "nearest", "tolerance"),
    [(1e-4, 1.0, 4e-4), (1e-6, 1.0, 1e-4), (1e-6, 1e-4, 1e-5), (1e-5, None, 1e-4)],
)
def test_later_tolerance_keeps_near_the_noise(noise: float, nearest: float | None, tolerance: float) -> None:
    """Four times the noise, but no less than 1e-4 where the nearest fault leaves room."""
    assert math.isclose(tolerance, Gap(noise=noise, nearest=nearest, most=LATE).tolerance)


def test_measured_tolerance_takes_the_place_of_the_stated_one() -> None:
    """Step by step first, then the late one; `early` stays for steps that were not measured."""
    late = Gap(noise=1e-4, nearest=1e-2)
    tolerance = measure(CLEAR, OVERLAPPING, late=late).to_tolerance(Tolerance(early=3e-5, late=7.0))
    allowed = [tolerance.allow(step) for step in (0, 1, 2, 3, 99)]
    assert np.allclose([1e-5, 8e-7, 3e-5, 1e-3, 1e-3], allowed)


def test_stated_tolerance_is_for_three_steps_and_the_rest() -> None:
    """Without figures nothing is in doubt."""
    tolerance = Tolerance(early=1e-5, late=1e-3)
    assert [1e-5] * EARLY_STEPS + [1e-3] * 2 == [tolerance.allow(step) for step in range(EARLY_STEPS + 2)]
    assert [] == [step for step in range(5) if tolerance.is_doubtful(step, 2e-5)]


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    """What was written is what is read, by device and task; nothing where nothing was measured."""
    assert Calibration() == read_calibration(tmp_path)
    found = measure(CLEAR, OVERLAPPING, ALONE, missed=("no_zero_grad",))
    calibration = collect(**{"1.1": found})
    locate_calibration(tmp_path).write_text(calibration.model_dump_json())
    assert calibration == read_calibration(tmp_path)
    assert found == read_calibration(tmp_path).find("cpu", "1.1")
    assert [None, None] == [calibration.find("cuda", "1.1"), calibration.find("cpu", "1.2")]


GAPS = '{"devices": {"cpu": {"torch": "2", "seeds": 1, "solution_sha256": "0", "tasks": {"1.1": %s}}}}'
TASK = '{"steps": [%s], "late": {"noise": 1, "nearest": 1}, "mutants": 1, "caught": 1}'
STEP = GAPS % TASK % '{"noise": %s, "nearest": 1}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\udcff",
        '{"device": {}}',
        '{"devices": {"cpu": 1}}',
        GAPS % "{}",
        STEP % '"much"',
        STEP % "null",
        STEP % "NaN",
        STEP % "Infinity",
        STEP % "-1",
    ],
)
def test_damaged_figures_are_refused_with_a_remedy(tmp_path: Path, text: str) -> None:
    """The error names the file and the command that measures again."""
    path = locate_calibration(tmp_path)
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(AssignmentError, match=r"calibration\.json does not hold .* grade calibrate"):
        read_calibration(tmp_path)


def test_folder_in_the_place_of_figures_is_refused(tmp_path: Path) -> None:
    """What cannot be read is an error too, not an assignment that was never measured."""
    locate_calibration(tmp_path).mkdir()
    with pytest.raises(AssignmentError):
        read_calibration(tmp_path)
