"""The check on fitted values: that they were computed, and by layers in whatever order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from replay_samples import SECRET, SEED, TASK, learn, learn_reference, make_case
from training_samples import gather

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence
from grader.judge.fit import find_foreign_values, is_reordered, judge_fit
from grader.judge.replays import list_parted_at_start
from grader.records import name_fitted, name_yhat


@pytest.fixture(scope="module")
def reference() -> Dossier:
    """What all runs of the right network left."""
    return learn_reference()


@pytest.fixture(scope="module")
def reordered() -> Dossier:
    """The right network with its output layer built first."""
    return Dossier(
        full=learn(steps=6, output_first=True),
        hidden=learn(seed=SECRET, output_first=True),
        order_free=learn(seed=SECRET, by_layer=True, output_first=True),
    )


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
        {"full": lambda: learn(steps=6, shown=learn(steps=6, output_first=True))},
        id="starts as the reference",
    )
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
