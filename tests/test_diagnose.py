"""Faults that real small trainings have, and the names that are found for them."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_samples import LINEAR, ORDER, RNN, gather, join

from grader.assignment.mutants import EDITS, LATE_EDITS, SHOWN_EDITS
from grader.assignment.spec import Assignment
from grader.assignment.tolerance import Tolerance
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.judge import diagnose as diagnose_module
from grader.judge import facts
from grader.judge.score import judge_submission
from grader.judge.sentences import PLACES, SENTENCES, name_fault
from grader.records import (
    CellMap,
    CodePlace,
    ModuleTrace,
    OptimizerTrace,
    Submission,
    TaskRun,
    TensorTrace,
    name_fitted,
    name_losses,
    name_targets,
    name_yhat,
)

SUBMISSION = Submission(student="Ada", file="ada.ipynb", sha256="0" * 64)
TEXT = "hi?hello!!" * 10
NUMBERS = torch.tensor([ORDER.index(symbol) for symbol in TEXT])
SECRET = 99
KINDS = {"rnn_tanh": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
PLACE = {"cell": 2, "line": 3, "text": "here()"}


def study(
    task: str = "1.1",
    *,
    seed: int = 43052,
    kind: str = "rnn_tanh",
    hidden: int = 8,
    steps: int = 4,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
    settings: dict[str, Any] | None = None,
    decay: float = 1.0,
    zero_grad: bool = True,
    softmax: bool = False,
    frozen: bool = False,
    reset: bool = False,
    detach: bool = False,
    relu: bool = False,
    bias: bool = True,
    permute: bool = False,
    output_first: bool = False,
    by_layer: bool = False,
    shift: int = 1,
    spread: float = 1.0,
    shown: Callable[[torch.Tensor], torch.Tensor] | None = None,
    **changes: Any,
) -> Evidence:
    """Evidence of 99 rows with a fault if asked for; `changes` are fields of the record that it leaves."""
    onehot = torch.nn.functional.one_hot(NUMBERS, 7).float()
    x, y = onehot[:-1], torch.roll(NUMBERS, -shift)[:-1]
    options = {"nonlinearity": "relu"} if relu else {}
    layers: dict[int, Any] = {}
    torch.manual_seed(seed)
    for number in (1, 0) if output_first else (0, 1):
        if by_layer:
            torch.manual_seed(seed * 10 + number)
        layers[number] = (
            torch.nn.Linear(hidden, 7) if number else KINDS[kind](7, hidden, bias=bias, **options)
        )
    net, lin = layers[0], layers[1]
    with torch.no_grad():
        for values in [*net.parameters(), *lin.parameters()]:
            values *= spread
        if permute:
            for values in net.parameters():
                values.copy_(torch.cat([values[2 * hidden :], values[: 2 * hidden]]))
    named = [(lin, name, values) for name, values in lin.named_parameters()]
    named = named if frozen else [(net, name, values) for name, values in net.named_parameters()] + named
    stepped = [values for _, _, values in named]
    norms = [float(values.detach().norm()) for values in stepped]
    stepper = optimizer(stepped, **{"lr": 0.1, **(settings or {})})
    schedule = torch.optim.lr_scheduler.ExponentialLR(stepper, decay) if decay != 1 else None
    arrays: dict[str, Any] = {}
    losses, gradients = [], {}
    for step in range(steps):
        # Without a state to hand on, each row is a sequence of its own.
        states = net(x[None])[0][0] if reset else net(x)[0]
        if detach:
            state, rows = None, []
            for row in x:
                out, state = net(row[None], state)
                state = state.detach()
                rows.append(out)
            states = torch.cat(rows)
        logits = lin(states)
        inputs = torch.softmax(logits, 1) if softmax else logits
        loss = torch.nn.functional.cross_entropy(inputs, y)
        loss.backward()
        gradients[step] = float(torch.stack([each.grad.norm() for each in stepped]).norm().nan_to_num(1e300))
        stepper.step()
        if schedule is not None:
            schedule.step()
        if zero_grad:
            stepper.zero_grad()
        losses.append(loss.item())
        arrays[name_fitted(task, step)] = torch.softmax(inputs, 1).detach().numpy()
    arrays[name_losses(task)] = np.array(losses)
    arrays[name_targets(task)] = y.numpy()
    if shown is not None:
        arrays[name_yhat(task)] = shown(logits.detach()).numpy()
    group = {name: value for name, value in stepper.param_groups[0].items() if name != "params"}
    group["betas"] = str(group.get("betas"))
    names = {id(net): RNN[:-3] + KINDS[kind].__name__, id(lin): LINEAR}
    owners = {names[id(owner)] for owner, _, _ in named}
    run = TaskRun(
        task=task,
        steps=steps,
        optimizers=(
            OptimizerTrace(
                name=f"{type(stepper).__module__}.{type(stepper).__name__}", settings=group, steps=steps
            ),
        ),
        tensors=tuple(
            TensorTrace(
                shape=tuple(values.shape),
                elements=values.numel(),
                name=name,
                owner=names[id(owner)],
                initial_norm=norm,
            )
            for (owner, name, values), norm in zip(named, norms, strict=True)
        ),
        modules=tuple(
            ModuleTrace(name=name, bases=(name, "torch.nn.modules.module.Module"), trained=True)
            for name in sorted(owners)
        ),
        functions=(f"_VF.{kind}",),
        fitted_steps=tuple(range(steps)),
        gradients=gradients,
        saturated=float((states.detach().abs() > 0.99).double().mean()),
        yhat="yhat" if shown else None,
        places=tuple(
            CodePlace(what=what, **PLACE) for what in ("optimizer", "step", "loss", "seed", "layer")
        ),
    )
    return gather(run.model_copy(update=changes), arrays=arrays)


@pytest.fixture(scope="module")
def small(exam: Assignment) -> Assignment:
    """The exam with a text of 100 symbols."""
    assert exam.sequence is not None
    return exam.model_copy(update={"sequence": exam.sequence.model_copy(update={"repeat": 10})})


@pytest.fixture(scope="module")
def right() -> Dossier:
    """The right network's runs of task 1.1."""
    return Dossier(study(steps=40), hidden=study(seed=SECRET), order_free=study(seed=SECRET, by_layer=True))


def diagnose(
    assignment: Assignment,
    own: Evidence | Dossier,
    reference: Evidence | Dossier,
    task: str = "1.1",
    fingerprints: tuple[Fingerprint, ...] = (),
) -> dict[str, Any]:
    """The faults that are named of one task, by code, the first one first."""
    cells = CellMap(tasks=(task,), changed=(True,), method="metadata")
    dossiers = [each if isinstance(each, Dossier) else Dossier(each) for each in (own, reference)]
    result = judge_submission(
        assignment,
        SUBMISSION,
        cells,
        dossiers[0],
        {ORDER: (dossiers[1],)},
        {(ORDER, task): fingerprints},
        only_tasks=[task],
    )
    return {fault.code: fault for fault in result.tasks[0].diagnosis}


def sharpen(logits: torch.Tensor) -> torch.Tensor:
    """A table that is right everywhere and that no training of these steps has made."""
    return torch.softmax(20 * torch.nn.functional.one_hot(NUMBERS[1:], 7).float(), 1)


def copy_targets(logits: torch.Tensor) -> torch.Tensor:
    """A table of ones and zeros."""
    return torch.nn.functional.one_hot(NUMBERS[1:], 7).float()


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "hidden size": ("hidden_size", {"hidden": 9}),
    "no bias": ("bias_missing", {"bias": False}),
    "frozen": ("layer_not_trained", {"frozen": True}),
    "other layer": ("wrong_layer", {"kind": "gru", "functions": ("_VF.gru",)}),
    "SGD": ("optimizer", {"optimizer": torch.optim.SGD}),
    "AdamW": ("optimizer", {"optimizer": torch.optim.AdamW}),
    "betas": ("optimizer", {"settings": {"betas": (0.5, 0.9)}}),
    "weight decay": ("optimizer", {"settings": {"weight_decay": 0.1}}),
    "rate": ("learning_rate", {"settings": {"lr": 0.01}}),
    "schedule": ("learning_rate", {"decay": 0.5}),
    "shift": ("labels_shifted", {"shift": 2}),
    "no shift": ("labels_shifted", {"shift": 0}),
    "softmax": ("softmax_before_loss", {"softmax": True}),
    "seed": ("initial_values", {"seed": 5}),
    "scaled": ("initial_values", {"spread": 2.0}),
    "overflow": ("not_finite", {"spread": float("nan"), "initial_norm": None}),
    "axis": ("softmax_axis", {"shown": lambda logits: torch.softmax(logits, 0)}),
    "one-hot": ("hard_coded", {"shown": copy_targets}),
    "sharp": ("hard_coded", {"shown": sharpen}),
    "too short": ("epochs", {"steps": 3}),
}
"""A fault each that the trace or the values tell without any mutant."""


def learn_fault(options: dict[str, Any]) -> Evidence:
    """The evidence of a fault; what overflowed has no norms to compare."""
    evidence = study(**{name: value for name, value in options.items() if name != "initial_norm"})
    if "initial_norm" not in options:
        return evidence
    run = evidence.run.tasks[0]
    tensors = tuple(each.model_copy(update={"initial_norm": None}) for each in run.tensors)
    return gather(run.model_copy(update={"tensors": tensors}), arrays=dict(evidence.arrays))


@pytest.mark.parametrize("name", list(FAULTS))
def test_fault_is_named(small: Assignment, right: Dossier, name: str) -> None:
    """The first fault named is the one built in, in both languages, with the line where it stands."""
    code, options = FAULTS[name]
    found = diagnose(small, learn_fault(options), right)
    assert code == next(iter(found), None)
    assert found[code].message.startswith(SENTENCES[code].en)
    assert found[code].message_ko.startswith(SENTENCES[code].ko)
    assert (code in PLACES) == found[code].message.endswith("Cell 3, line 3: here()")
    assert (code in PLACES) == found[code].message_ko.endswith(
        "위에서 3번째 셀(설명 셀 포함)의 3번째 줄: here()"
    )


def test_right_network_has_no_fault(small: Assignment, right: Dossier) -> None:
    """Trained as long as the reference, it is told nothing."""
    assert {} == diagnose(small, study(steps=40), right)


FINGERPRINTS = {
    "no_zero_grad": {"zero_grad": False},
    "state_reset": {"reset": True},
    "state_detached": {"detach": True},
    "activation": {"relu": True},
    "initial_values": {"spread": 0.5},
}


@pytest.mark.parametrize("code", list(FINGERPRINTS))
def test_fingerprint_that_agrees_names_its_code(small: Assignment, right: Dossier, code: str) -> None:
    """Of several mutants the one whose first steps the network has is named, as sure as can be."""
    prints = tuple(
        Fingerprint(each, each, "mutant", study("mutant", **options))
        for each, options in FINGERPRINTS.items()
    )
    found = diagnose(small, study(**FINGERPRINTS[code]), right, fingerprints=prints)
    assert [(code, "exact")] == [(fault.code, fault.confidence) for fault in found.values()]


def test_fingerprint_of_gates_names_them(small: Assignment) -> None:
    """In an LSTM whose gates are exchanged the mutant is known by its first steps."""
    mutant = Fingerprint("gate_order", "gates", "mutant", study("mutant", kind="lstm", permute=True))
    found = diagnose(
        small,
        study("1.4", kind="lstm", permute=True),
        study("1.4", kind="lstm"),
        "1.4",
        (mutant,),
    )
    assert ["gate_order"] == list(found)


def test_fingerprint_that_does_not_agree_is_not_named(small: Assignment, right: Dossier) -> None:
    """A mutant that agrees at the first step alone, or not at all, names nothing."""
    once = Fingerprint("activation", "once", "mutant", study("mutant", steps=1))
    other = Fingerprint("state_reset", "reset", "mutant", study("mutant", reset=True))
    found = diagnose(small, study(zero_grad=False), right, fingerprints=(once, other))
    assert not {"activation", "state_reset"} & set(found)


# Where values come from


def change(evidence: Evidence, **changes: Any) -> Evidence:
    """The same evidence with other fields in its only task's record; `arrays` are added."""
    arrays = {**evidence.arrays, **changes.pop("arrays", {})}
    return gather(evidence.run.tasks[0].model_copy(update=changes), arrays=arrays)


def show(values: Any) -> Evidence:
    """A task that trained nothing, and these values in `yhat`."""
    return gather(TaskRun(task="1.2", yhat="yhat"), arrays={name_yhat("1.2"): np.asarray(values)})


def test_nothing_trained_is_named(small: Assignment, right: Dossier) -> None:
    """Without a step there is nothing else to be told."""
    found = diagnose(small, gather(TaskRun(task="1.1")), right)
    assert [("not_trained", "exact")] == [(fault.code, fault.confidence) for fault in found.values()]


@pytest.mark.parametrize("code", ["copied_values", "hard_coded"])
def test_values_without_training_are_told_apart(small: Assignment, right: Dossier, code: str) -> None:
    """Another task's last values are copied; a table that spells the text is written down."""
    first = study()
    values = first.arrays[name_fitted("1.1", 3)] if code == "copied_values" else sharpen(torch.empty(0))
    found = diagnose(small, join(first, show(values)), study("1.2"), "1.2")
    assert [code, "not_trained"] == list(found)


def test_values_of_another_task_beside_a_training_are_copied(small: Assignment) -> None:
    """A variable that holds what another task has made is named, though this task has trained."""
    first = study("1.2", seed=5)
    values = torch.from_numpy(first.arrays[name_fitted("1.2", 3)])
    own = join(first, study(shown=lambda logits: values))
    assert "copied_values" == next(iter(diagnose(small, own, study())))


def test_start_from_a_trained_network_is_copied(small: Assignment, right: Dossier) -> None:
    """Tensors that start from what another task has trained are named with that task."""
    own = study(seed=5)
    tensors = tuple(each.model_copy(update={"copied_from": "1.2"}) for each in own.run.tasks[0].tensors)
    found = diagnose(small, change(own, tensors=tensors), right)
    assert "1.2" in found["copied_values"].message
    assert "1.2" in found["copied_values"].message_ko


@pytest.mark.parametrize(
    ("code", "hidden"),
    [("hard_coded", {}), ("copied_values", {"seed": SECRET, "settings": {"lr": 0.2}})],
)
def test_hidden_replay_tells_written_from_copied_values(
    small: Assignment, right: Dossier, code: str, hidden: dict[str, Any]
) -> None:
    """Under another seed written values stay where they were; copied ones follow it, and part later."""
    found = diagnose(small, Dossier(right.full, study(**hidden)), right)
    assert [(code, "likely")] == [(fault.code, fault.confidence) for fault in found.values()]


def test_right_before_the_first_update_is_hard_coded(small: Assignment, right: Dossier) -> None:
    """What predicts everything before it has learnt anything was given the answers."""
    values = sharpen(torch.empty(0)).numpy()
    arrays = {name_fitted("1.1", step): values for step in range(4)}
    found = diagnose(small, change(study(), arrays=arrays), right)
    assert ("hard_coded", "likely") == (found["hard_coded"].code, found["hard_coded"].confidence)


# Order, seeds, layers


def test_other_order_of_creation_is_named_and_costs_nothing(small: Assignment, right: Dossier) -> None:
    """The same network with its output layer built first gets a note."""
    own = Dossier(
        study(steps=40, output_first=True),
        hidden=study(seed=SECRET, output_first=True),
        order_free=study(seed=SECRET, output_first=True, by_layer=True),
    )
    assert ["creation_order"] == list(diagnose(small, own, right))


OWN = ModuleTrace(
    name="__main__.Cell", bases=("__main__.Cell", "torch.nn.modules.module.Module"), trained=True
)


@pytest.mark.parametrize(("replayed", "confidence"), [(True, "exact"), (False, "likely")])
def test_seeds_that_differ_are_named_with_their_numbers(
    small: Assignment, replayed: bool, confidence: str
) -> None:
    """It is sure where the replay as submitted has shown it, and likely by the seeds alone."""
    cell = study("1.2", steps=40, seeds=(12,))
    own = study("1.3", steps=40, seeds=(34,), modules=(OWN,), functions=())
    submitted = join(study("1.2", seed=12), study("1.3", seed=34)) if replayed else None
    found = diagnose(small, Dossier(join(cell, own), submitted=submitted), own, "1.3")
    assert [("seeds_differ", confidence)] == [(fault.code, fault.confidence) for fault in found.values()]
    for message in (found["seeds_differ"].message, found["seeds_differ"].message_ko):
        assert "12" in message and "34" in message


def test_tasks_that_differ_under_one_seed_differ_in_more_than_seeds(small: Assignment) -> None:
    """Where the networks themselves are unlike, seeds are not what parts them."""
    cell = study("1.2", spread=2.0, seeds=(12,))
    own = study("1.3", seeds=(34,), modules=(OWN,), functions=())
    assert "seeds_differ" not in diagnose(small, join(cell, own), own, "1.3")


def test_forbidden_layer_is_named(small: Assignment) -> None:
    """A class of one's own around torch's RNN is trained with another layer than the task asks for."""
    right = study("1.3", modules=(OWN,), functions=())
    wrapped = study("1.3", modules=(*study().run.tasks[0].modules, OWN))
    assert "wrong_layer" == next(iter(diagnose(small, join(study("1.2"), wrapped), right, "1.3")))


# What the training itself shows


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("vanishing_gradients", {"gradients": {0: 1e-9, 1: 1e-8}}),
        ("exploding_gradients", {"gradients": {0: 1.0, 1: 1e6}}),
        ("saturated", {"saturated": 0.95}),
        ("saturated", {"saturated": 0.95, "gradients": {0: 1.0}}),
    ],
)
def test_health_is_told_where_nothing_else_is(
    small: Assignment, right: Dossier, code: str, changes: dict[str, Any]
) -> None:
    """A network of no known fault is told what its gradients and its hidden values show."""
    found = diagnose(small, change(study(zero_grad=False), **changes), right)
    assert [(code, "likely")] == [(fault.code, fault.confidence) for fault in found.values()]


def test_large_inputs_saturate_and_large_losses_do_not_count_as_faults(small: Assignment) -> None:
    """The share of hidden values at the ends is what torch's own training has; small ones are no fault."""
    wide = study(spread=30.0)
    assert wide.run.tasks[0].saturated is not None and wide.run.tasks[0].saturated > 0.8
    plain = study(zero_grad=False)
    assert not {"saturated", "vanishing_gradients", "exploding_gradients"} & set(
        diagnose(small, plain, study(steps=40))
    )


# Sentences


def list_codes() -> set[str]:
    """Every code that a mutant has or that `diagnose` names."""
    found = {code for edits in (EDITS, SHOWN_EDITS, LATE_EDITS) for code, _ in edits}
    source = Path(diagnose_module.__file__).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "name_fault":
            found |= {
                each.value
                for each in ast.walk(node.args[0])
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            }
    return found


@pytest.mark.parametrize("code", sorted(SENTENCES.keys() | list_codes()))
def test_every_code_has_a_sentence_in_both_languages(code: str) -> None:
    """Each is a whole sentence, and the Korean one is in Korean."""
    fault = name_fault(code, TaskRun(task="1.1"), exact=False)
    assert (code, "likely") == (fault.code, fault.confidence)
    assert fault.message == SENTENCES[code].en and fault.message.endswith(".")
    assert fault.message_ko == SENTENCES[code].ko and fault.message_ko.endswith(".")
    assert any("가" <= letter <= "힣" for letter in fault.message_ko)
    assert not any("가" <= letter <= "힣" for letter in fault.message)


def test_places_belong_to_codes_there_are() -> None:
    """No place is kept for a code that is not named."""
    assert set(PLACES) <= set(SENTENCES)


@pytest.mark.parametrize(
    ("cell", "text", "said"),
    [(0, "f()", "Cell 1, line 3: f()"), (None, "f()", "Line 3: f()"), (0, "", "")],
)
def test_place_is_said_as_far_as_it_is_known(cell: int | None, text: str, said: str) -> None:
    """Cells count from 1 for people; without a cell the line stands alone, without a text nothing does."""
    places = tuple(
        CodePlace(what=what, cell=cell, line=3, text=text if what == "seed" else "other()")
        for what in ("loss", "seed", "layer")
    )
    fault = name_fault("seeds_differ", TaskRun(task="1.1", places=places), exact=True)
    assert f"{SENTENCES['seeds_differ'].en} {said}".strip() == fault.message


# Facts


@pytest.mark.parametrize("shift", [-2, -1, 0, 1, 2, 4])
def test_shift_of_targets_is_found(small: Assignment, shift: int) -> None:
    """Targets some places behind or ahead of the next symbol are told by how many; right ones are not."""
    assert small.sequence is not None
    # Row t aims at symbol t + 1 + shift, in numbers of the student's own.
    targets = np.array([6, 5, 4, 3, 2, 1, 0])[np.roll(NUMBERS.numpy(), -1 - shift)[:-1]]
    assert (shift if abs(shift) in (1, 2) else None) == facts.find_shift(targets, small.sequence)


@pytest.mark.parametrize(
    "targets",
    [
        None,
        np.zeros(99, dtype=np.int64),
        NUMBERS.numpy()[:5],
        NUMBERS.numpy().reshape(10, 10),
        np.tile(NUMBERS.numpy(), 2),
        NUMBERS.numpy() // 2,
        np.random.default_rng(1).permutation(NUMBERS.numpy()),
    ],
    ids=["none", "one symbol", "few", "table", "many", "merged", "shuffled"],
)
def test_targets_of_no_such_text_have_no_shift(small: Assignment, targets: Any) -> None:
    """What does not spell the text, wherever it begins, is not off it by some places."""
    assert small.sequence is not None
    assert facts.find_shift(targets, small.sequence) is None


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_softmax_taken_twice_is_undone(scale: float) -> None:
    """The softmax of probabilities gives them back; the softmax of other numbers does not."""
    once = torch.softmax(scale * torch.randn(50, 7, generator=torch.Generator().manual_seed(1)), 1)
    twice, tolerance = torch.softmax(once, 1).numpy(), Tolerance(early=3e-5)
    assert facts.is_softmax_taken_twice(twice, once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(once.numpy(), once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(torch.softmax(2 * once, 1).numpy(), once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(twice[:9], once.numpy(), tolerance)
    assert not facts.is_softmax_taken_twice(np.zeros_like(twice), once.numpy(), tolerance)


@pytest.mark.parametrize(("axis", "over_rows"), [(0, True), (1, False), (None, False)])
def test_softmax_over_rows_is_told_by_its_sums(axis: int | None, over_rows: bool) -> None:
    """Columns that sum to 1 are a softmax over time; rows that do, or neither, are not."""
    logits = torch.randn(50, 7, generator=torch.Generator().manual_seed(1))
    values = logits.exp() if axis is None else torch.softmax(logits, axis)
    assert over_rows == facts.is_softmax_over_rows(values.numpy())
    assert not facts.is_softmax_over_rows(values[:1].numpy())
    assert not facts.is_softmax_over_rows(values.reshape(-1).numpy())


def test_softmax_over_rows_that_come_one_by_one_gives_ones() -> None:
    """A softmax over time of a single step is 1 for every symbol."""
    rows = torch.randn(50, 1, 7, generator=torch.Generator().manual_seed(1))
    assert facts.is_softmax_over_rows(torch.softmax(rows, 1)[:, 0].numpy())


@pytest.mark.parametrize(
    ("other", "equal"),
    [({}, True), ({"kind": "rnn_tanh", "steps": 2}, True), ({"seed": 5}, False), ({"hidden": 9}, None)],
)
def test_equal_start_is_told_by_norms(other: dict[str, Any], equal: bool | None) -> None:
    """Initial norms are compared whatever was trained after; tensors of other shapes cannot be."""
    first, second = study(steps=1).run.tasks[0], study(**other).run.tasks[0]
    assert equal is facts.has_equal_start(first, second)
    bare = tuple(each.model_copy(update={"initial_norm": None}) for each in first.tensors)
    assert facts.has_equal_start(first.model_copy(update={"tensors": bare}), second) is None
    backwards = first.model_copy(update={"tensors": first.tensors[::-1]})
    assert equal is facts.has_equal_start(backwards, second)
