"""Names the fault of a wrong network. It explains, and never costs points.

First what the trace says outright: what was trained, by which optimizer, towards what. Then the mutants: a
run whose first steps are those of the reference with one fault built in has that fault. Then what the
values themselves show.
"""

from collections.abc import Iterator

import numpy as np

from grader.assignment.spec import Text, TrainingTask
from grader.judge import facts
from grader.judge.case import Case, Finding
from grader.judge.fit import find_foreign_values, is_reordered
from grader.judge.likeness import starts_apart
from grader.judge.replays import compare_replays, find_own_difference
from grader.judge.rules import LAYERS, find_called_layers, name_layer
from grader.judge.sentences import name_fault
from grader.judge.shown import look_at_untrained, look_at_yhat, predicts_from_the_start
from grader.records import TaskRun
from grader.results import Diagnosis

MOST_NAMED = 3
TINY_GRADIENT, HUGE_GRADIENT = 1e-6, 1e4
MOSTLY = 0.8

Findings = dict[str, Finding]


def diagnose(case: Case, findings: Findings) -> tuple[Diagnosis, ...]:
    """The faults that the evidence of a task names, the surest first."""
    if not isinstance(case.task, TrainingTask) or not case.has_own_cells:
        return ()
    failed = {name for name, finding in findings.items() if finding.outcome == "failed"}
    named: dict[str, Diagnosis] = {}
    if not case.run.parameters:
        _add(named, look_at_untrained(case))
        return tuple(named.values())
    for look in (_look_at_order, _look_at_seeds, _look_at_layers, look_at_yhat, _look_at_length):
        _add(named, look(case, failed))
    if failed & {"fitted_values", "predicts_next", "parameter_count", "trains_layer"}:
        for look in (_look_at_origin, _look_at_shapes, _look_at_optimizer, _look_at_targets, _look_at_values):
            _add(named, look(case, failed))
        if not any(fault.confidence == "exact" for fault in named.values()):
            _add(named, _look_at_mutants(case, failed))
        if not named:
            _add(named, _look_at_start(case, failed))
        if not named:
            _add(named, _look_at_health(case, failed))
    return tuple(named.values())[:MOST_NAMED]


def _add(named: dict[str, Diagnosis], faults: Iterator[Diagnosis]) -> None:
    for fault in faults:
        named.setdefault(fault.code, fault)


def _look_at_order(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    if "fitted_values" not in failed and case.reference is not None and is_reordered(case):
        yield name_fault("creation_order", case.run, exact=True)


def _look_at_seeds(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    if "same_fit_as" not in failed:
        return
    other = next(str(check.options["task"]) for check in case.task.checks if check.name == "same_fit_as")
    own_difference = find_own_difference(case.evidence, case.task.id, other)
    # Where the two differ under one seed as well, seeds are not what parts them.
    if own_difference is not None and own_difference > case.tolerance.allow(0):
        return
    if starts_apart(case, other):
        own = case.evidence.run.task(other)
        numbers = [", ".join(map(str, dict.fromkeys(run.seeds))) if run else "" for run in (case.run, own)]
        detail = Text(
            ko="시드를 지정하기 전에 만든 층이 있습니다.", en="A layer was built before the seed was set."
        )
        if numbers[0] != numbers[1]:
            detail = Text(
                ko=f"이 문항: {numbers[0] or '없음'}, {other}: {numbers[1] or '없음'}.",
                en=f"Here: {numbers[0] or 'none'}; in {other}: {numbers[1] or 'none'}.",
            )
        yield name_fault("seeds_differ", case.run, exact=case.dossier.submitted is not None, detail=detail)


def _look_at_layers(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    if "avoids_layers" in failed:
        yield name_fault("wrong_layer", case.run, exact=True)
    if "trains_layer" not in failed:
        return
    wanted = next(check.options["layers"] for check in case.task.checks if check.name == "trains_layer")
    ran = find_called_layers(case.run, wanted)
    # What the output layer alone has: nothing recurrent was trained in the place of what was asked for.
    others = [tensor for tensor in case.run.tensors if tensor.moved and not _is_output(case, tensor.shape)]
    code = "layer_not_trained" if ran or not others else "wrong_layer"
    yield name_fault(code, case.run, exact=True)


def _is_output(case: Case, shape: tuple[int, ...]) -> bool:
    return shape[0] == _count_symbols(case) if shape else False


def _count_symbols(case: Case) -> int:
    return len(case.assignment.sequence.symbols) if case.assignment.sequence else 0


def _look_at_length(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    reference = case.reference_run
    if reference is None or "predicts_next" not in failed or "fitted_values" in failed:
        return
    if case.run.steps < reference.steps:
        detail = Text(
            ko=f"학습한 에폭: {case.run.steps}.",
            en=f"Epochs trained: {case.run.steps}.",
        )
        yield name_fault("epochs", case.run, exact=True, detail=detail)


def _look_at_origin(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    copied = _list_origins(case)
    if copied and "fitted_values" in failed:
        detail = Text(
            ko=f"출처: {', '.join(copied)}.",
            en=f"They were trained in {', '.join(copied)}.",
        )
        yield name_fault("copied_values", case.run, exact=True, detail=detail)


def _list_origins(case: Case) -> list[str]:
    """Earlier tasks whose trained values this one starts from."""
    return sorted({tensor.copied_from for tensor in case.run.tensors if tensor.copied_from})


def _look_at_shapes(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    reference = case.reference_run
    if reference is None or "avoids_layers" in failed:
        return
    own, expected = facts.count_shapes(case.run), facts.count_shapes(reference)
    if own == expected:
        return
    symbols = _count_symbols(case)
    sizes = [facts.find_hidden_size(run, symbols) for run in (case.run, reference)]
    if None not in sizes and sizes[0] != sizes[1]:
        detail = Text(
            ko=f"은닉 노드가 {sizes[0]}개입니다(기준 답안은 {sizes[1]}개).",
            en=f"It has {sizes[0]}, not {sizes[1]}.",
        )
        yield name_fault("hidden_size", case.run, exact=True, detail=detail)
        return
    missing, extra = expected - own, own - expected
    if missing and not extra:
        only_biases = all(len(shape) == 1 for shape in missing)
        yield name_fault("bias_missing" if only_biases else "layer_not_trained", case.run, exact=True)
    elif "trains_layer" not in failed and _find_other_layers(case, reference):
        yield name_fault("wrong_layer", case.run, exact=True)


def _find_other_layers(case: Case, reference: TaskRun) -> set[str]:
    """Recurrent layers of torch's that are trained here and not in the reference."""
    recurrent = {name_layer(layer) for layer, functions in LAYERS.items() if functions}
    own, expected = ({tensor.owner for tensor in run.tensors} & recurrent for run in (case.run, reference))
    return own - expected


def _look_at_optimizer(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    reference = case.reference_run
    if reference is None or not reference.optimizers or not failed & {"fitted_values", "predicts_next"}:
        return
    expected = reference.optimizers[0]
    for optimizer in case.run.optimizers:
        names = [each.name.rpartition(".")[2] for each in (optimizer, expected)]
        if names[0] != names[1]:
            detail = Text(
                ko=f"사용한 옵티마이저: {names[0]} (기준: {names[1]}).",
                en=f"It is {names[0]}, not {names[1]}.",
            )
            yield name_fault("optimizer", case.run, exact=True, detail=detail)
            continue
        rates = [each.settings.get("initial_lr", each.settings.get("lr")) for each in (optimizer, expected)]
        if rates[0] != rates[1]:
            detail = Text(
                ko=f"사용한 학습률: {rates[0]} (기준: {rates[1]}).",
                en=f"It is {rates[0]}, not {rates[1]}.",
            )
            yield name_fault("learning_rate", case.run, exact=True, detail=detail)
        elif optimizer.settings.get("lr") != rates[1]:
            yield name_fault("learning_rate", case.run, exact=True)
        elif unlike := facts.list_unlike_settings(optimizer, expected):
            detail = Text(
                ko=f"기준과 다른 설정: {', '.join(unlike)}.",
                en=f"Other settings: {', '.join(unlike)}.",
            )
            yield name_fault("optimizer", case.run, exact=True, detail=detail)


def _look_at_targets(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    sequence = case.assignment.sequence
    if sequence is None or "predicts_next" not in failed:
        return
    if facts.find_shift(case.evidence.read_targets(case.task.id), sequence) is not None:
        yield name_fault("labels_shifted", case.run, exact=True)


def _look_at_values(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    """What the fitted values show by themselves, and under another seed."""
    if case.reference is None or case.reference_dossier is None or "fitted_values" not in failed:
        return
    parted, task_id = _find_parting(case), case.task.id
    if parted == 0:
        own, expected = (each.read_fitted(task_id, 0) for each in (case.evidence, case.reference))
        if own is not None and expected is not None:
            if facts.is_softmax_taken_twice(own, expected, case.tolerance):
                yield name_fault("softmax_before_loss", case.run, exact=True)
            elif predicts_from_the_start(case, own) and not _list_origins(case):
                yield name_fault("hard_coded", case.run, exact=False)
    elif parted is None and find_foreign_values(case) is not None:
        hidden = compare_replays(case.reference_dossier.hidden, case.dossier.hidden, task_id, case.tolerance)
        # Written down, they keep their place under another seed; copied, they follow it and part later.
        written = hidden is not None and hidden.parted_at == 0
        yield name_fault("hard_coded" if written else "copied_values", case.run, exact=False)


def _find_parting(case: Case) -> int | None:
    """First step at which the full run leaves the reference; None if it does not."""
    assert case.reference is not None
    return case.fit.parted_at


def _look_at_mutants(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    """The mutants whose first steps these are."""
    if "fitted_values" not in failed:
        return
    for fingerprint in case.fingerprints:
        fit = case.compare(fingerprint.evidence, fingerprint.task)
        compared = [step for step in fit.differences if step < 3]
        # Both have to train: what agrees at the first step alone has agreed on nothing but the network.
        if fit.rows is None and fit.parted_at is None and len(compared) > 1:
            yield name_fault(fingerprint.code, case.run, exact=True)
            return


def _look_at_start(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    """Whether a network of the right shape starts from other values."""
    if "fitted_values" not in failed or case.reference_run is None or _find_parting(case) != 0:
        return
    if facts.has_equal_start(case.run, case.reference_run) is False:
        yield name_fault("initial_values", case.run, exact=False)


def _look_at_health(case: Case, failed: set[str]) -> Iterator[Diagnosis]:
    losses = case.evidence.read_losses(case.task.id)
    if losses is not None and not np.all(np.isfinite(losses)):
        yield name_fault("not_finite", case.run, exact=True)
        return
    norms = list(case.run.gradients.values())
    if norms and max(norms) < TINY_GRADIENT:
        yield name_fault("vanishing_gradients", case.run, exact=False)
    elif norms and max(norms) > HUGE_GRADIENT:
        yield name_fault("exploding_gradients", case.run, exact=False)
    elif case.run.saturated is not None and case.run.saturated > MOSTLY and "predicts_next" in failed:
        yield name_fault("saturated", case.run, exact=False)
