"""Measures how far honest answers lie apart and how near wrong ones come, and writes it down."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from grader.assignment.mutants import Mutant, list_mutants
from grader.assignment.reference import hash_content, load_solution, read_released
from grader.assignment.spec import Assignment, TrainingTask
from grader.assignment.styles import list_styles
from grader.assignment.tolerance import (
    EARLY_STEPS,
    LATE,
    Calibration,
    DeviceCalibration,
    Gap,
    TaskCalibration,
    locate_calibration,
)
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.execute.sandbox import choose_sandbox
from grader.judge.margins import (
    find_nearest,
    is_caught,
    is_idle,
    is_shown_wrong,
    list_later_steps,
    measure_distance,
    measure_gaps,
)
from grader.notebook import read_notebook
from grader.workflow.bench import Bench, Parameters, Trial, unwrap_groups
from grader.workflow.settings import Listener, Settings
from grader.workflow.slots import Slots

PLAIN = "plain"


@dataclass
class _Measured:
    """What was found of one task."""

    noise: dict[int, float] = field(default_factory=dict)
    late_noise: float = 0.0
    distances: dict[str, dict[int, float]] = field(default_factory=dict)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    late: dict[str, dict[int, float]] = field(default_factory=dict)
    shown: list[tuple[Evidence, str, str]] = field(default_factory=list)


def calibrate(
    assignment: Assignment, settings: Settings, seeds: int, listener: Listener
) -> tuple[Assignment, str]:
    """Measure an assignment and write `calibration.json` beside it.

    Returns the assignment with what was measured, and the kind of device that it was measured on. What
    other kinds of device have shown stays. Raises AssignmentError if the reference fails, or if no task
    compares fitted values.
    """
    if not any(isinstance(task, TrainingTask) for task in assignment.task):
        raise AssignmentError(
            f"{assignment.id} has nothing to calibrate: tolerances belong to tasks of the kind `training`, "
            "and it has none. The bounds of its checks stand in assignment.toml."
        )
    solution = load_solution(assignment)
    released = read_notebook(read_released(assignment))
    sandbox = choose_sandbox(settings.sandbox)
    bench = Bench(assignment, solution, released, settings, sandbox, listener, Slots(settings.jobs))
    with unwrap_groups():
        measured, device, torch = asyncio.run(_Calibration(bench, seeds).run())
    found = DeviceCalibration(
        torch=torch,
        seeds=seeds,
        solution_sha256=hash_content(solution),
        tasks={task: _summarise(assignment, task, each) for task, each in measured.items()},
    )
    devices = {**assignment.calibration.devices, device: found}
    calibration = Calibration(devices=dict(sorted(devices.items())))
    path = locate_calibration(assignment.folder)
    path.write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return assignment.model_copy(update={"calibration": calibration}), device


class _Calibration:
    """The runs of one calibration and what they have shown so far."""

    def __init__(self, bench: Bench, seeds: int) -> None:
        self.bench = bench
        self.sources = {
            task: source
            for task, source in bench.read_sources().items()
            if isinstance(bench.assignment.find_task(task), TrainingTask)
        }
        first = bench.settings.choose_seed(bench.assignment)
        self.seeds = [first + number for number in range(seeds)]
        self.parameters: Parameters = dict(bench.assignment.reference.parameters)
        self.measured = {task: _Measured() for task in self.sources}
        self.device = self.torch = ""

    async def run(self) -> tuple[dict[str, _Measured], str, str]:
        """Everything; what was measured by task, the kind of device and torch's version."""
        runs: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        for task in self.sources:
            runs.append((f"{task}: whole trainings", partial(self._measure_late, task)))
        for task in self.sources:
            runs.append((f"{task}: mutants", partial(self._measure_mutants, task)))
        for seed in self.seeds:
            runs.append((f"noise of seed {seed}", partial(self._measure_noise, seed)))
        self.bench.listener.plan([name for name, _ in runs])
        async with asyncio.TaskGroup() as group:
            for name, start in runs:
                group.create_task(self._take_slot(name, start))
        return self.measured, self.device, self.torch

    async def _take_slot(self, name: str, start: Callable[[], Awaitable[None]]) -> None:
        async with self.bench.slots:
            with self.bench.announce(name):
                await start()

    async def _run(self, trials: Iterable[Trial], seed: int, steps: int | None) -> Evidence:
        _, evidence = await self.bench.run_trials(trials, self.parameters, seed, steps=steps)
        self.device, self.torch = evidence.run.device, evidence.run.versions.get("torch", "")
        return evidence

    async def _measure_noise(self, seed: int) -> None:
        trials = [
            Trial(task, style.name, style.source)
            for task, source in self.sources.items()
            for style in list_styles(source)
        ]
        evidence = await self._run(trials, seed, EARLY_STEPS)
        for trial in trials:
            if trial.name != PLAIN:
                plain = self._require_plain(evidence, trial.task)
                noise = self.measured[trial.task].noise
                for step, value in measure_distance(evidence, plain, trial.id, range(EARLY_STEPS)).items():
                    noise[step] = max(noise.get(step, 0.0), value)

    async def _measure_mutants(self, task: str) -> None:
        mutants = [mutant for mutant in self._list_mutants(task) if not mutant.late]
        trials = {mutant.name: Trial(task, mutant.name, mutant.source) for mutant in mutants}
        every = [Trial(task, PLAIN, self.sources[task]), *trials.values()]
        evidence = await self._run(every, self.seeds[0], EARLY_STEPS)
        plain = self._require_plain(evidence, task)
        reference = evidence.run.task(plain)
        for mutant in mutants:
            run = evidence.run.task(trials[mutant.name].id)
            # One that does not run is no answer at all, and nothing has to tell it apart.
            if run is None or not run.fitted_steps or reference is None:
                continue
            if mutant.shown:
                self.measured[task].shown.append((evidence, trials[mutant.name].id, mutant.name))
                continue
            distances = measure_distance(evidence, plain, trials[mutant.name].id, range(EARLY_STEPS))
            self.measured[task].distances[mutant.name] = distances
            self.measured[task].counts[mutant.name] = (reference.parameters, run.parameters)

    async def _measure_late(self, task: str) -> None:
        late = [mutant for mutant in self._list_mutants(task) if mutant.late]
        styles = list_styles(self.sources[task])
        trials = [Trial(task, style.name, style.source) for style in styles]
        trials += [Trial(task, mutant.name, mutant.source) for mutant in late]
        evidence = await self._run(trials, self.seeds[0], None)
        plain = self._require_plain(evidence, task)
        steps = list_later_steps(evidence.run.task(plain))
        measured = self.measured[task]
        for trial in trials:
            distances = measure_distance(evidence, plain, trial.id, steps)
            if trial.name in {mutant.name for mutant in late}:
                measured.late[trial.name] = distances
            elif trial.name != PLAIN:
                measured.late_noise = max([measured.late_noise, *distances.values()])

    def _list_mutants(self, task: str) -> list[Mutant]:
        needs = sorted(self.bench.assignment.list_needs(task))
        return list_mutants(self.sources[task], "\n".join(self.sources.get(need, "") for need in needs))

    def _require_plain(self, evidence: Evidence, task: str) -> str:
        plain = Trial(task, PLAIN, "").id
        run = evidence.run.task(plain)
        if run is None or not run.fitted_steps:
            failed = [cell.error for cell in evidence.run.cells if cell.status != "ok" and cell.task == plain]
            raise AssignmentError(
                f"The reference's task {task} does not train: {failed or 'nothing was seen'}."
            )
        return plain


def _summarise(assignment: Assignment, task_id: str, measured: _Measured) -> TaskCalibration:
    task = assignment.find_task(task_id)
    assert isinstance(task, TrainingTask)
    if not all(map(math.isfinite, [*measured.noise.values(), measured.late_noise])):
        raise AssignmentError(
            f"The reference's task {task_id}, written in other ways, comes to values of another shape or to "
            "none that are numbers, so that noise cannot be measured. Mend it until it trains alike."
        )
    counts = measured.counts
    idle = [name for name, each in measured.distances.items() if is_idle(each, counts[name])]
    idle += [name for name, each in measured.late.items() if is_idle(each)]
    distances = {name: each for name, each in measured.distances.items() if name not in idle}
    begun_late = {name: each for name, each in measured.late.items() if name not in idle}
    # A fault that begins late shows where it is largest: one step beyond the tolerance is enough.
    nearest, mutant = find_nearest((max(each.values()), name) for name, each in begun_late.items() if each)
    found = TaskCalibration(
        steps=measure_gaps(measured.noise, distances),
        late=Gap(noise=measured.late_noise, nearest=nearest, mutant=mutant, most=LATE),
        mutants=len(distances) + len(measured.shown) + len(begun_late),
        caught=0,
        idle=tuple(idle),
    )
    tolerance = found.to_tolerance(task.tolerance)
    missed = [name for name, each in distances.items() if not is_caught(each, counts[name], tolerance)]
    missed += [name for name, each in begun_late.items() if not is_caught(each, (0, 0), tolerance, late=True)]
    missed += [
        name for evidence, trial, name in measured.shown if not is_shown_wrong(evidence, trial, tolerance)
    ]
    return found.model_copy(update={"caught": found.mutants - len(missed), "missed": tuple(missed)})
