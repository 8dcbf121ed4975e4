"""The replay with other labels: how classes are exchanged, and what predictions say to it."""

from typing import Any

import numpy as np
import pytest
import torch
from value_samples import SUBMISSION, describe_assignment, leave, make_assignment

from grader.assignment.rubric import find_rule_faults
from grader.evidence import Dossier, Evidence
from grader.judge.relabelled import list_mistaken, list_relabelled, list_unlearnt
from grader.judge.score import judge_submission
from grader.judge.vocabulary import VOCABULARY
from grader.probe.relabelling import exchange_classes
from grader.records import CellMap
from grader.results import SubmissionResult

TRUE = np.arange(160) % 10
"""160 labels, 16 of each class."""
OPTIONS = {"variable": "a", "least": 0.9, "predictions": "b", "targets": "net"}


def exchange(labels: dict[str, Any], *, mistaken: tuple[str, ...] = (), seed: int = 7) -> dict[str, Any]:
    """A namespace after its classes were exchanged."""
    namespace = dict(labels)
    exchange_classes(namespace, labels, mistaken, seed)
    return namespace


@pytest.mark.parametrize(
    "labels",
    [
        TRUE,
        TRUE.astype("float32").reshape(-1, 1),
        TRUE % 2 == 0,
        torch.tensor(TRUE),
        torch.tensor(TRUE % 2, dtype=torch.float32),
        TRUE.tolist(),
    ],
)
def test_every_class_becomes_one_other(labels: Any) -> None:
    """Whatever holds them, none keeps its label and no two become one; kind and shape stay."""
    new = exchange({"y": labels})["y"]
    assert type(labels) is type(new)
    old_array, new_array = np.asarray(labels), np.asarray(new)
    assert (old_array.dtype, old_array.shape) == (new_array.dtype, new_array.shape)
    pairs = set(zip(old_array.reshape(-1).tolist(), new_array.reshape(-1).tolist(), strict=True))
    assert len(np.unique(old_array)) == len(pairs) == len({new for _, new in pairs})
    assert not any(old == new for old, new in pairs)


def test_variables_agree_on_the_new_classes_and_some_entries_are_wrong_on_purpose() -> None:
    """Only in those that predictions are held against, and only few."""
    long = np.tile(TRUE, 10)
    new = exchange({"train": TRUE, "test": long}, mistaken=("test",))
    renamed = dict(zip(TRUE.tolist(), new["train"].tolist(), strict=True))
    meant = np.array([renamed[label] for label in long])
    assert [new["train"].tolist()] == [meant[: len(TRUE)].tolist()]
    wrong = np.mean(new["test"] != meant)
    assert 1 / 32 < wrong < 1 / 8


def test_seed_alone_decides() -> None:
    """The reference and every student meet the same labels, and the notebook's own numbers stay."""
    torch.manual_seed(1)
    np.random.seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    first, again, other = (exchange({"y": TRUE}, mistaken=("y",), seed=seed)["y"] for seed in (7, 7, 8))
    assert first.tolist() == again.tolist() != other.tolist()
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == np.random.get_state()[1].tolist()


@pytest.mark.parametrize("value", ["labels", np.eye(10), np.zeros(5), torch.tensor(3), None, [1, "a"], []])
def test_what_is_no_list_of_labels_stays(value: Any) -> None:
    """One-hot codes, one class alone, text and nothing are left as they are."""
    assert exchange({"y": value})["y"] is value


def leave_predictions(predicted: Any, labels: Any, *, accuracy: float = 1.0) -> Evidence:
    """Evidence of a trained classifier."""
    return leave({"a": accuracy, "b": predicted, "net": labels}, losses=[2.0, 1.0])


GIVEN = exchange({"y": TRUE, "test": TRUE}, mistaken=("test",))
NEW, WRONG = GIVEN["y"], GIVEN["test"]
IS_WRONG = NEW != WRONG


def judge(relabelled: Evidence | None, reference: Any = NEW) -> SubmissionResult:
    """What a student with an accuracy of 1 gets, whose replay with other labels left that."""
    assignment = make_assignment("metric_at_least", OPTIONS, trains=True)
    assignment = assignment.model_copy(update={"labels": ("net",)})
    untrained = leave_predictions(np.zeros(160), TRUE, accuracy=0.1)
    full = leave_predictions(TRUE, TRUE)
    right = Dossier(full, hidden=untrained, relabelled=leave_predictions(reference, WRONG))
    own = Dossier(full, hidden=untrained, relabelled=relabelled)
    cells = CellMap(tasks=("1",), changed=(True,), method="metadata")
    return judge_submission(assignment, SUBMISSION, cells, own, {(): (right,)})


def test_some_labels_are_wrong() -> None:
    """Else the tests below would say nothing."""
    assert 4 <= IS_WRONG.sum() <= 20


@pytest.mark.parametrize(
    ("predicted", "outcome", "needs_review"),
    [
        (NEW, "passed", False),
        (np.where(np.arange(160) < 50, 0, NEW), "passed", False),
        (WRONG, "failed", False),
        (np.where(np.arange(160) % 8 == 0, 0, WRONG), "failed", False),
        (np.where(np.arange(160) % 2 == 0, NEW, WRONG), "failed", False),
        (TRUE, "passed", True),
        (np.zeros(160), "passed", True),
        ("none", "passed", True),
    ],
)
def test_predictions_follow_what_was_to_be_learnt(predicted: Any, outcome: str, needs_review: bool) -> None:
    """Copies of the test labels fail; what keeps the old classes, or is lost, costs nothing but a look."""
    result = judge(leave_predictions(predicted, WRONG))
    assert (outcome, needs_review) == (result.tasks[0].checks[0].outcome, result.needs_review)


@pytest.mark.parametrize("others", [(TRUE, np.zeros(160)), (WRONG, np.where(np.arange(160) < 5, 0, WRONG))])
def test_what_a_replay_held_is_not_told(others: tuple[Any, Any]) -> None:
    """Whoever reads a verdict could learn the secret seed by a number that the notebook has chosen."""
    first, second = (judge(leave_predictions(each, WRONG)).tasks[0].checks[0] for each in others)
    assert first == second


@pytest.mark.parametrize("seed", range(20))
def test_mistakes_are_no_copies(seed: int) -> None:
    """A network that is wrong in a fifth of the entries repeats a wrong label now and then."""
    dice = np.random.default_rng(seed)
    mistaken = (NEW + dice.integers(1, 10, 160) * (dice.random(160) < 0.2)) % 10
    result = judge(leave_predictions(mistaken, WRONG))
    assert ("passed", False) == (result.tasks[0].checks[0].outcome, result.needs_review)


def test_replay_that_is_missing_asks_for_a_person() -> None:
    """It may have been avoided."""
    result = judge(None)
    assert ("passed", True) == (result.tasks[0].checks[0].outcome, result.needs_review)
    assert "could not be made" in result.tasks[0].checks[0].message


def test_reference_that_does_not_follow_decides_nothing() -> None:
    """A set-up that hands its labels on by a way that is not named would fail everybody."""
    result = judge(leave_predictions(WRONG, WRONG), reference=TRUE)
    assert ("passed", False) == (result.tasks[0].checks[0].outcome, result.needs_review)


def test_only_what_is_good_enough_is_replayed() -> None:
    """A replay costs a whole training, and what fails without it needs none."""
    assignment = make_assignment("metric_at_least", OPTIONS, trains=True)
    named = assignment.model_copy(update={"labels": ("train", "net")})
    assert ("net",) == list_mistaken(named)
    good, bad = leave_predictions(TRUE, TRUE), leave_predictions(np.zeros(160), TRUE)
    assert [{"1"}, set(), set()] == [
        list_relabelled(named, good),
        list_relabelled(named, bad),
        list_relabelled(assignment, good),
    ]
    assert set() == list_relabelled(named, leave({"a": 1.0, "b": TRUE, "net": TRUE}))
    # In another form they are the judge's matter, who has the reference's.
    assert {"1"} == list_relabelled(named, leave_predictions(TRUE, np.eye(10)[TRUE]))


@pytest.mark.parametrize(("predicted", "expected"), [(NEW, []), (TRUE, ["1"]), (WRONG[:5], ["1"])])
def test_author_is_told_where_the_reference_does_not_learn(predicted: Any, expected: list[str]) -> None:
    """A name that is missing or misspelt would leave everybody unjudged in silence."""
    assignment = make_assignment("metric_at_least", OPTIONS, trains=True)
    named = assignment.model_copy(update={"labels": ("net",)})
    replayed = leave_predictions(predicted, WRONG)
    right = Dossier(leave_predictions(TRUE, TRUE), relabelled=replayed)
    assert expected == list_unlearnt(named, right)


@pytest.mark.parametrize(
    ("labels", "place", "fault"),
    [
        (["y train", "net"], ("labels", 0), "no name that Python allows"),
        (["train"], ("labels",), "no check has its `targets` among them"),
    ],
)
def test_labels_that_no_check_is_judged_by_are_refused(
    labels: list[str], place: tuple[str | int, ...], fault: str
) -> None:
    """Before anything runs."""
    described = describe_assignment("metric_at_least", OPTIONS, trains=True)
    (found,) = find_rule_faults({**described, "labels": labels}, VOCABULARY)
    assert place == found.path
    assert fault in found.message


@pytest.mark.parametrize(("fall", "needs_review"), [(None, False), (0.3, False), (0.99, True)])
def test_accuracy_without_a_falling_loss_needs_a_look(fall: float | None, needs_review: bool) -> None:
    """It may be that of another model; or of a network that was trained before, so no mark is lost."""
    full = leave({"a": 1.0, "b": TRUE, "net": TRUE}, losses=[2.0, 1.0], fall=fall)
    assignment = make_assignment("metric_at_least", OPTIONS, trains=True)
    cells = CellMap(tasks=("1",), changed=(True,), method="metadata")
    untrained = leave_predictions(np.zeros(160), TRUE, accuracy=0.1)
    right = Dossier(leave_predictions(TRUE, TRUE), hidden=untrained)
    result = judge_submission(assignment, SUBMISSION, cells, Dossier(full, hidden=untrained), {(): (right,)})
    assert ("passed", needs_review) == (result.tasks[0].checks[0].outcome, result.needs_review)
