"""Whether two tasks of one notebook train alike."""

from typing import Any

import numpy as np
import pytest
from replay_samples import SEED, learn, make_case
from training_samples import gather, join, train

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.likeness import judge_likeness, starts_apart
from grader.judge.replays import find_own_difference, list_unlike_seeds
from grader.records import name_fitted


def make_pair(first: dict[str, Any], second: dict[str, Any], seed: int = SEED) -> Evidence:
    """Tasks 1.2 and 1.3 of one notebook, trained under one seed, with what each asked for."""
    evidence = join(train("1.2", seed=seed), train("1.3", seed=seed))
    asked = zip(evidence.run.tasks, (first, second), strict=True)
    return gather(*(run.model_copy(update=changes) for run, changes in asked), arrays=dict(evidence.arrays))


@pytest.mark.parametrize(
    ("first", "second", "unlike"),
    [
        ({"seeds": (1,)}, {"seeds": (1,)}, False),
        ({"seeds": ()}, {"seeds": ()}, False),
        ({"seeds": (1, 1)}, {"seeds": (1,)}, False),
        ({"seeds": (1,)}, {"seeds": (2,)}, True),
        ({"seeds": (1,)}, {"seeds": ()}, True),
        ({"seeds": (1, 2)}, {"seeds": (1, 2)}, True),
        ({"seeds": (1,)}, {"seeds": (1,), "seeded_late": True}, True),
        ({"seeds": (1,), "steps": 0}, {"seeds": (2,)}, False),
    ],
)
def test_replay_as_submitted_is_asked_for_where_seeds_leave_it_open(
    exam: Assignment, first: dict[str, Any], second: dict[str, Any], unlike: bool
) -> None:
    """Other, several or late seeds need it; one for both, or none for both, has been tried already."""
    expected = {"1.2", "1.3"} if unlike else set()
    assert expected == list_unlike_seeds(exam, make_pair(first, second))


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [((1,), (2,), True), ((2, 1), (1,), False), ((1,), (), False), ((), (), False)],
)
def test_seeds_decide_where_no_replay_does(
    exam: Assignment, first: tuple[int, ...], second: tuple[int, ...], apart: bool
) -> None:
    """In a self-check the last seed of each task tells, where both ask for one."""
    own = Dossier(make_pair({"seeds": first}, {"seeds": second}))
    assert apart == starts_apart(make_case(exam, own, None, "1.3"), "1.2")


@pytest.mark.parametrize("seeds", [((1,), (2,)), ((1,), (1,))])
@pytest.mark.parametrize("start", [SEED, 7])
def test_replay_as_submitted_outranks_the_seeds(
    exam: Assignment, seeds: tuple[tuple[int, ...], tuple[int, ...]], start: int
) -> None:
    """Two tasks are apart if the replay shows it, whatever they ask for, and the finding says by how much."""
    full = make_pair({"seeds": seeds[0]}, {"seeds": seeds[1]})
    submitted = join(train("1.2", seed=SEED), train("1.3", seed=start))
    case = make_case(exam, Dossier(full, submitted=submitted), None, "1.3")
    finding = judge_likeness(case, "1.2")
    difference = find_own_difference(submitted, "1.3", "1.2")
    names = [name_fitted(task, 0) for task in ("1.2", "1.3")]
    assert np.abs(np.subtract(*(submitted.arrays[name].astype(float) for name in names))).max() == difference
    assert (start != SEED) == starts_apart(case, "1.2")
    assert ("passed" if start == SEED else "failed") == finding.outcome
    assert (start != SEED) == (f"differ by {difference:.1e}" in finding.actual)


@pytest.mark.parametrize(
    ("fault", "outcome", "said"),
    [
        ({}, "passed", "equal at step 5"),
        ({"seed": 7}, "failed", "part at step 0"),
        ({"zero_grad": False}, "failed", "part at step 2"),
        ({"steps": 4}, "failed", "4 steps here, 6 in 1.2"),
    ],
)
def test_likeness_is_told_by_the_fitted_values(
    exam: Assignment, fault: dict[str, Any], outcome: str, said: str
) -> None:
    """Two tasks are alike if they make the same values for as many steps."""
    own = Dossier(join(train("1.2"), train("1.3", **fault)))
    finding = judge_likeness(make_case(exam, own, None, "1.3"), "1.2")
    assert outcome == finding.outcome
    assert said in finding.actual


def test_likeness_waits_for_the_other_task(exam: Assignment) -> None:
    """Where the other task left no training, this one is not to blame."""
    finding = judge_likeness(make_case(exam, Dossier(train("1.3")), None, "1.3"), "1.2")
    assert "not_reached" == finding.outcome


def test_values_of_another_task_are_no_likeness(exam: Assignment) -> None:
    """Values shown again beside a network that has no part in them are foreign."""
    right = Dossier(learn("1.3", steps=6))
    own = Dossier(join(learn("1.2", steps=6), learn("1.3", steps=6, seed=3, shown=right.full)))
    finding = judge_likeness(make_case(exam, own, right, "1.3"), "1.2")
    assert "failed" == finding.outcome
    assert "gradients" in finding.actual
    assert find_own_difference(own.full, "1.3", "1.4") is None


@pytest.mark.parametrize("planned", [(30, None), (None, 30), (None, None)])
def test_unknown_lengths_are_not_compared(exam: Assignment, planned: tuple[int | None, int | None]) -> None:
    """A `while` beside a `for`, or beside another `while`: three steps of each tell neither's length."""
    both = join(train("1.2", steps=3), train("1.3", steps=3))
    runs = [
        run.model_copy(update={"planned_steps": length})
        for run, length in zip(both.run.tasks, planned, strict=True)
    ]
    quick = Evidence(both.run.model_copy(update={"mode": "quick", "tasks": tuple(runs)}), both.arrays)
    assert "undecided" == judge_likeness(make_case(exam, Dossier(quick), None, "1.3"), "1.2").outcome
