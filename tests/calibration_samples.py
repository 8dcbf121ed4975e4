"""Figures such as a calibration measures."""

from grader.assignment.tolerance import Calibration, DeviceCalibration, Gap, TaskCalibration

CLEAR = Gap(noise=1e-6, nearest=1e-4, mutant="optimizer_adamw")
OVERLAPPING = Gap(noise=1e-6, nearest=1.2e-6, mutant="no_zero_grad")
ALONE = Gap(noise=1e-6, nearest=None)


def measure(
    *steps: Gap, late: Gap = ALONE, missed: tuple[str, ...] = (), idle: tuple[str, ...] = ()
) -> TaskCalibration:
    """What was measured of one task."""
    caught = 20 - len(missed)
    return TaskCalibration(steps=steps, late=late, mutants=20, caught=caught, missed=missed, idle=idle)


def collect(**tasks: TaskCalibration) -> Calibration:
    """Figures of a CPU."""
    device = DeviceCalibration(torch="2.13.0", seeds=3, solution_sha256="0" * 64, tasks=tasks)
    return Calibration(devices={"cpu": device})
