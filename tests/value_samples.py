"""Evidence of variables, figures and trainings, read by the probe's own reader without a kernel."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from training_samples import gather

from grader.assignment.faults import Fault
from grader.assignment.rubric import find_rule_faults
from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.score import judge_submission
from grader.judge.vocabulary import VOCABULARY
from grader.probe.collector import Collector
from grader.probe.figures import read_figure
from grader.probe.values import Reader
from grader.records import CellMap, CellRun, Submission, TaskRun, name_losses
from grader.results import Verdict
from grader.values import Left, TrainingSummary

SUBMISSION = Submission(student="Ada", file="ada.ipynb", sha256="0" * 64)


def leave(
    variables: Mapping[str, Any] | None = None,
    *,
    figures: Sequence[Any] = (),
    losses: Sequence[float] = (),
    trainings: Sequence[TrainingSummary] = (),
    printed: Sequence[tuple[Any, int]] = (),
    seconds: float = 1.0,
    status: str = "ok",
    device: str = "cpu",
    slept: float = 0.0,
    backward: float = 0.0,
    fall: float | None = None,
) -> Evidence:
    """Evidence of one task whose cell left these, took that long by the grader's clock, and slept in it."""
    collector = Collector("1")
    reader = Reader(collector, printed)
    left = Left(
        values={name: reader.read(value) for name, value in (variables or {}).items()},
        figures=tuple(read_figure(figure, collector) for figure in figures),
        trainings=tuple(trainings),
        slept_seconds=slept,
        backward_seconds=backward,
    )
    arrays = {**collector.arrays, **({name_losses("1"): np.array(losses)} if len(losses) else {})}
    run = TaskRun(task="1", steps=len(losses), left=left, fall=fall)
    error = None if status == "ok" else "NameError: name 'net' is not defined"
    cell = CellRun.model_validate(
        {"index": 0, "task": "1", "status": status, "seconds": seconds, "error": error}
    )
    evidence = gather(run, arrays=arrays, cells=(cell,))
    return replace(evidence, run=evidence.run.model_copy(update={"device": device}))


def describe_assignment(
    check: str, options: Mapping[str, Any], *, public: bool = False, others: Sequence[str] = (), **task: Any
) -> dict[str, Any]:
    """What an assignment.toml says of one `values` task with one check of one point, and of bare others."""
    described = {
        "kind": "values",
        "id": "1",
        "title": {"ko": "문항", "en": "Task"},
        "variables": ["a", "b", "net"],
        "checks": [{"name": check, "points": 1, "public": public, "options": dict(options)}],
        **task,
    }
    return {
        "schema": 1,
        "id": "small",
        "title": {"ko": "과제", "en": "Exercise"},
        "notebook": "small.ipynb",
        "seed": 7,
        "task": [described, *(_describe_bare(name) for name in others)],
    }


def _describe_bare(name: str) -> dict[str, Any]:
    check = {"name": "value_equals", "points": 1, "options": {"variable": "a"}}
    title = {"ko": "문항", "en": "Task"}
    return {"kind": "values", "id": name, "title": title, "variables": ["a"], "checks": [check]}


def make_assignment(check: str, options: Mapping[str, Any], **task: Any) -> Assignment:
    """That assignment."""
    return Assignment.model_validate(describe_assignment(check, options, **task))


def list_option_faults(check: str, options: Mapping[str, Any], **described: Any) -> list[Fault]:
    """What the author of such an assignment is told."""
    return list(find_rule_faults(describe_assignment(check, options, **described), VOCABULARY))


def judge(
    check: str,
    options: Mapping[str, Any],
    evidence: Evidence,
    reference: Evidence | None = None,
    *,
    hidden: Evidence | None = None,
    reference_hidden: Evidence | None = None,
    **task: Any,
) -> Verdict:
    """The verdict of one check; without another reference, one that left nothing."""
    assignment = make_assignment(check, options, **task)
    cells = CellMap(tasks=("1",), changed=(True,), method="metadata")
    right = Dossier(reference or leave(), hidden=reference_hidden)
    result = judge_submission(assignment, SUBMISSION, cells, Dossier(evidence, hidden=hidden), {(): (right,)})
    return result.tasks[0].checks[0]


def summarise(number: int, layer: str, loss: float | None, steps: int = 50) -> TrainingSummary:
    """One training of a network that has such a layer of torch's."""
    return TrainingSummary(
        number=number,
        steps=steps,
        layers=(f"torch.nn.modules.rnn.{layer}", "torch.nn.modules.linear.Linear"),
        parameters=40,
        first_loss=1.4,
        last_loss=loss,
    )
