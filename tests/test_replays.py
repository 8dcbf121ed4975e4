"""What replays tell of real small trainings: that values were computed, copied, or start elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from training_samples import gather, join, train

from grader.assignment.spec import Assignment
from grader.assignment.tolerance import Tolerance
from grader.evidence import Dossier, Evidence
from grader.judge.case import Case
from grader.judge.fit import find_foreign_values, is_reordered, judge_fit
from grader.judge.likeness import judge_likeness, starts_apart
from grader.judge.replays import (
    compare_replays,
    explains_values,
    find_own_difference,
    list_parted_at_start,
    list_unlike_seeds,
)
from grader.records import name_fitted, name_losses, name_yhat

SEED, SECRET = 43052, 99
TOLERANCE = Tolerance(early=3e-5, late=1e-3)
TASK = "1.1"


def learn(
    task: str = TASK, *, seed: int = SEED, steps: int = 3, shown: Evidence | None = None, **faults: Any
) -> Evidence:
    """Evidence with the gradients' norms and the tensors' first norms, read by torch's own hooks.

    `reduction="sum"` sums the loss; `output_first` builds the output layer first; `by_layer` gives each
    layer a seed of its own, as the order-free replay does; `fixed` starts all layers at that seed. With
    `shown` another network trains beside the values of that evidence.
    """
    reduction, output_first = faults.pop("reduction", "mean"), faults.pop("output_first", False)
    by_layer, fixed = faults.pop("by_layer", False), faults.pop("fixed", None)
    evidence = train(task, steps=1, **faults)
    x = torch.nn.functional.one_hot(torch.from_numpy(evidence.arrays[f"{task}/targets"]), 7).float()
    y = x
    x = torch.cat([x[9:10], x[:-1]])  # The text repeats every ten symbols: its first is that of row 10.
    builders = [lambda: torch.nn.RNN(7, faults.get("hidden", 8)), lambda: torch.nn.Linear(8, 7)]
    torch.manual_seed(seed if fixed is None else fixed)
    layers: dict[int, torch.nn.Module] = {}
    for number in (1, 0) if output_first else (0, 1):
        if by_layer:
            torch.manual_seed(seed * 10 + number)
        layers[number] = builders[number]()
    net, lin = layers[0], layers[1]
    parameters = [*net.parameters(), *lin.parameters()]
    norms = [float(parameter.detach().norm()) for parameter in parameters]
    optimizer = torch.optim.Adam(parameters, lr=faults.get("lr", 0.1))
    arrays, gradients, losses = dict(evidence.arrays), {}, []
    for step in range(steps):
        logits = lin(net(x)[0])
        loss = torch.nn.functional.cross_entropy(logits, y, reduction=reduction)
        optimizer.zero_grad()
        loss.backward()
        gradients[step] = float(torch.stack([p.grad.norm() for p in parameters if p.grad is not None]).norm())
        optimizer.step()
        losses.append(loss.item())
        arrays[name_fitted(task, step)] = torch.softmax(logits, 1).detach().numpy()
    arrays[name_losses(task)] = np.array(losses)
    run = evidence.run.tasks[0]
    tensors = tuple(
        each.model_copy(update={"initial_norm": norm}) for each, norm in zip(run.tensors, norms, strict=True)
    )
    seen = {"steps": steps, "fitted_steps": tuple(range(steps)), "gradients": gradients, "tensors": tensors}
    run = run.model_copy(update={**seen, "yhat": None})
    del arrays[f"{task}/yhat"]
    if shown is not None:
        arrays |= shown.arrays
    return gather(run, arrays=arrays)


@pytest.fixture(scope="module")
def reference() -> Dossier:
    """What all runs of the right network left."""
    return Dossier(
        full=learn(steps=6),
        hidden=learn(seed=SECRET),
        submitted=learn(),
        order_free=learn(seed=SECRET, by_layer=True),
    )


@pytest.fixture(scope="module")
def reordered() -> Dossier:
    """The right network with its output layer built first."""
    return Dossier(
        full=learn(steps=6, output_first=True),
        hidden=learn(seed=SECRET, output_first=True),
        order_free=learn(seed=SECRET, by_layer=True, output_first=True),
    )


def make_case(exam: Assignment, own: Dossier, reference: Dossier | None, task: str = TASK) -> Case:
    """One task of a submission."""
    return Case(assignment=exam, task=exam.find_task(task), dossier=own, reference_dossier=reference)


def compare(expected: Evidence | None, actual: Evidence | None) -> Any:
    """How two replays of the first task compare."""
    return compare_replays(expected, actual, TASK, TOLERANCE)


def test_sample_is_what_the_shared_one_trains() -> None:
    """Both trainers of these tests make the same values, so that what is measured here is theirs."""
    expected, actual = train(steps=3), learn()
    for name in (name_fitted(TASK, step) for step in range(3)):
        np.testing.assert_allclose(expected.arrays[name], actual.arrays[name], rtol=0, atol=1e-5)


# A replay against the same replay of the reference


def test_same_network_agrees_under_every_seed(reference: Dossier) -> None:
    """A loss that is summed is the same network; the largest difference is told."""
    found = compare(reference.hidden, learn(seed=SECRET, reduction="sum"))
    assert found.parted_at is None
    assert 0 <= found.difference <= TOLERANCE.early


@pytest.mark.parametrize(("fault", "step"), [({"seed": SEED}, 0), ({"seed": SECRET, "lr": 0.01}, 1)])
def test_replays_part_where_they_differ(reference: Dossier, fault: dict[str, Any], step: int) -> None:
    """Values of the full run's seed part at once, a wrong rate behind the first update."""
    assert reference.hidden is not None
    actual = learn(**fault)
    found = compare(reference.hidden, actual)
    name = name_fitted(TASK, step)
    expected = np.abs(reference.hidden.arrays[name].astype(float) - actual.arrays[name].astype(float)).max()
    assert step == found.parted_at
    assert expected == found.difference


def test_replays_of_other_lengths_part_at_once(reference: Dossier) -> None:
    """What cannot be compared row by row does not agree."""
    arrays = {name: array[:500] for name, array in learn(seed=SECRET).arrays.items()}
    assert 0 == compare(reference.hidden, replace(learn(seed=SECRET), arrays=arrays)).parted_at


def test_replay_that_is_not_there_tells_nothing(reference: Dossier) -> None:
    """Without one of the two, or without values in it, there is no comparison."""
    assert compare(reference.hidden, None) is compare(None, reference.hidden) is None
    assert compare(reference.hidden, gather()) is None


# Gradients


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}])
def test_gradients_of_the_same_network_explain_its_values(options: dict[str, Any]) -> None:
    """The loss's scale is no part of it: a sum over 999 rows is as good as a mean."""
    assert explains_values(learn(), learn(**options), TASK)


def test_sum_is_known_without_its_losses() -> None:
    """Where the losses were not seen, a sum over the rows is tried."""
    actual = learn(reduction="sum")
    arrays = {name: array for name, array in actual.arrays.items() if not name.endswith("/losses")}
    assert explains_values(learn(), replace(actual, arrays=arrays), TASK)


@pytest.mark.parametrize("options", [{"seed": 3}, {"seed": 3, "reduction": "sum"}, {"lr": 0.5}])
def test_another_networks_gradients_explain_nothing(options: dict[str, Any]) -> None:
    """Shown beside a network of other values, the reference's values are foreign to it."""
    assert not explains_values(learn(), learn(**options, shown=learn()), TASK)


def test_gradients_that_were_not_seen_accuse_nobody() -> None:
    """Without gradients, or without the task, there is nothing to say."""
    assert explains_values(learn(), train(steps=3), TASK)
    assert explains_values(learn(), gather(), TASK)


# The check on fitted values


def test_computed_values_pass(exam: Assignment, reference: Dossier) -> None:
    """A full run and a hidden replay that agree need no person."""
    finding = judge_fit(make_case(exam, reference, reference))
    assert ("passed", False) == (finding.outcome, finding.needs_review)


def test_summed_loss_passes(exam: Assignment, reference: Dossier) -> None:
    """A summed loss is told from foreign values in the full run and in the replay."""
    own = Dossier(learn(steps=6, reduction="sum"), learn(seed=SECRET, reduction="sum"))
    assert "passed" == judge_fit(make_case(exam, own, reference)).outcome


def test_values_written_down_do_not_survive_another_seed(exam: Assignment, reference: Dossier) -> None:
    """Values that are the same under a secret seed were not computed."""
    own = Dossier(reference.full, learn(seed=SEED))
    finding = judge_fit(make_case(exam, own, reference))
    assert ("failed", False) == (finding.outcome, finding.needs_review)
    assert finding.actual.startswith("with another seed they part at step 0:")


def test_values_beside_another_network_fail(exam: Assignment, reference: Dossier) -> None:
    """Right values under every seed, with gradients of another network, are foreign."""
    assert reference.hidden is not None
    own = Dossier(learn(steps=6, seed=3, shown=reference.full), learn(seed=5, shown=reference.hidden))
    case = make_case(exam, own, reference)
    assert "gradients" in (find_foreign_values(case) or "")
    assert "failed" == judge_fit(case).outcome


@pytest.mark.parametrize("hidden", [None, gather()])
def test_missing_replay_asks_for_a_person(
    exam: Assignment, reference: Dossier, hidden: Evidence | None
) -> None:
    """Values that agree pass, and are looked at where the replay that should be there is not."""
    finding = judge_fit(make_case(exam, Dossier(reference.full, hidden), reference))
    assert ("passed", True) == (finding.outcome, finding.needs_review)


def test_no_replay_is_missed_where_the_reference_has_none(exam: Assignment, reference: Dossier) -> None:
    """Where no replays were made, nobody is asked for."""
    bare = Dossier(reference.full)
    assert not judge_fit(make_case(exam, bare, bare)).needs_review
    assert find_foreign_values(make_case(exam, bare, None)) is None


# Layers in another order


def test_other_order_of_creation_passes(exam: Assignment, reference: Dossier, reordered: Dossier) -> None:
    """It starts elsewhere in every run but the order-free one, where it agrees."""
    case = make_case(exam, reordered, reference)
    finding = judge_fit(case)
    assert is_reordered(case)
    assert ("passed", False) == (finding.outcome, finding.needs_review)
    assert {TASK} == list_parted_at_start(exam, reordered.full, reference.full)


def list_impostors() -> Iterator[Any]:
    """What differs from the reference at step 0 and is not the same network in another order."""
    fixed = {"output_first": True, "fixed": 1}
    yield pytest.param({"order_free": None}, id="no replay")
    yield pytest.param({"order_free": lambda: learn(seed=3, by_layer=True)}, id="other values there")
    yield pytest.param({"order_free": lambda: learn(seed=SECRET, by_layer=True, lr=0.01)}, id="other rate")
    yield pytest.param({"hidden": lambda: learn(seed=SECRET)}, id="agrees in the usual order")
    yield pytest.param(
        {"full": lambda: learn(steps=6, **fixed), "hidden": lambda: learn(seed=SECRET, **fixed)}, id="fixed"
    )


@pytest.mark.parametrize("changes", list(list_impostors()))
def test_what_only_looks_reordered_is_refused(
    exam: Assignment, reference: Dossier, reordered: Dossier, changes: dict[str, Any]
) -> None:
    """It has to agree without an order, differ with one, and start elsewhere under another seed."""
    runs = {name: make() if make else None for name, make in changes.items()}
    case = make_case(exam, replace(reordered, **runs), reference)
    assert not is_reordered(case)
    finding = judge_fit(case)
    assert "failed" == finding.outcome
    assert finding.actual.startswith("they part at step 0 by")


def test_foreign_values_do_not_pass_as_reordered(
    exam: Assignment, reference: Dossier, reordered: Dossier
) -> None:
    """In the order-free replay, too, the gradients have to be those of the values."""
    assert reordered.order_free is not None
    own = replace(reordered, order_free=learn(seed=4, shown=reordered.order_free))
    assert "failed" == judge_fit(make_case(exam, own, reference)).outcome


def test_reordered_network_shows_its_own_values(
    exam: Assignment, reference: Dossier, reordered: Dossier
) -> None:
    """The reference starts elsewhere, so it cannot excuse a table that this training did not make."""
    longer = replace(reference, full=learn(steps=7))
    arrays = dict(reordered.full.arrays)
    last = arrays[name_fitted(TASK, max(reordered.full.run.tasks[0].fitted_steps))]
    # A tenth off: more than one update makes, less than the two networks differ.
    arrays[name_yhat(TASK)] = 0.9 * last + 0.1 * np.eye(last.shape[1], dtype=np.float32)[last.argmin(1)]
    full = replace(
        reordered.full,
        run=reordered.full.run.model_copy(
            update={
                "tasks": tuple(run.model_copy(update={"yhat": "yhat"}) for run in reordered.full.run.tasks)
            }
        ),
        arrays=arrays,
    )
    assert "passed" == judge_fit(make_case(exam, reordered, longer)).outcome
    finding = judge_fit(make_case(exam, replace(reordered, full=full), longer))
    assert "failed" == finding.outcome
    assert "yhat" in finding.expected


def test_only_what_differs_before_the_first_update_is_replayed(exam: Assignment, reference: Dossier) -> None:
    """A wrong rate parts at step 1 and is not listed; another seed parts at step 0 and is."""
    assert set() == list_parted_at_start(exam, learn(lr=0.01), reference.full)
    assert {TASK} == list_parted_at_start(exam, learn(seed=SEED + 1), reference.full)


# Two tasks of one notebook


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
