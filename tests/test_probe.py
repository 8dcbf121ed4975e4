"""What the probe sees of small trainings, each a task of one notebook in a real kernel."""

import asyncio
from collections.abc import Iterator

import nbformat
import numpy as np
import pytest
from kernels import run_notebook
from probe_samples import SETUP, TASKS

from grader.evidence import Evidence
from grader.execute.execution import Execution
from grader.execute.plan import RunPlan, TaskPlan
from grader.execute.sandbox import choose_sandbox
from grader.records import TaskRun

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def execution() -> Iterator[Execution]:
    """All tasks above, run in one kernel in their order."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, *TASKS.values())]
    plan = RunPlan(
        assignment="probe",
        notebook_sha256="",
        cell_tasks=(None, *TASKS),
        tasks=tuple(
            TaskPlan(name, fitted="yhat", variable="answer" if "answer" in source else None)
            for name, source in TASKS.items()
        ),
        seed=7,
    )
    notebook = nbformat.v4.new_notebook(cells=cells)
    execution = asyncio.run(run_notebook(notebook, plan, choose_sandbox()))
    failed = [cell for cell in execution.evidence.run.cells if cell.status != "ok"]
    assert [] == failed
    yield execution


@pytest.fixture(scope="module")
def evidence(execution: Execution) -> Evidence:
    """What the probe saw."""
    return execution.evidence


def see(evidence: Evidence, name: str) -> TaskRun:
    """What was seen of a task."""
    run = evidence.run.task(name)
    assert run is not None
    return run


def fit(evidence: Evidence, name: str, step: int) -> np.ndarray:
    """Fitted values of a task at a step."""
    values = evidence.read_fitted(name, step)
    assert values is not None
    return values


def test_seed_asked_for_is_remembered_and_overruled(evidence: Evidence) -> None:
    """Two notebooks that differ in nothing but the seed train alike, and the seeds are on record."""
    assert (1,) == see(evidence, "seed-1").seeds
    assert (2,) == see(evidence, "seed-2").seeds
    for other in ("seed-2", "no-seed"):
        np.testing.assert_array_equal(fit(evidence, "seed-1", 2), fit(evidence, other, 2))


def test_trained_parameters_are_those_that_were_stepped(evidence: Evidence) -> None:
    """A layer that no optimizer steps does not count, nor does storage that is shared."""
    assert 136 + 63 == see(evidence, "seed-1").parameters
    assert 63 == see(evidence, "frozen").parameters
    assert 49 == see(evidence, "tied").parameters


def test_modules_are_known_by_class_not_by_name(evidence: Evidence) -> None:
    """Owners of what was stepped are listed with their classes."""
    names = {module.name for module in see(evidence, "seed-1").modules}
    assert {"torch.nn.modules.rnn.RNN", "torch.nn.modules.linear.Linear"} == names


def test_own_class_counts_only_where_it_runs(evidence: Evidence) -> None:
    """A class of the notebook's own is listed if its methods ran in training, called by whatever name."""
    names = {module.name for module in see(evidence, "own").modules}
    assert "__main__.Cell" in names
    assert "__main__.Idle" not in names


@pytest.mark.parametrize("name", ["row-loss", "batched", "by-hand", "monitored", "penalised"])
def test_fitted_values_do_not_depend_on_how_the_loss_is_written(evidence: Evidence, name: str) -> None:
    """Loss per row, in a batch, by hand, printed besides or with a penalty: the fit is the same."""
    np.testing.assert_allclose(fit(evidence, name, 1), fit(evidence, "seed-1", 1), rtol=0, atol=2e-6)


def test_two_optimizers_in_turn_make_one_training(evidence: Evidence) -> None:
    """Optimizers that step in the same turn share a step."""
    run = see(evidence, "two-optimizers")
    assert (4, 199, 2) == (run.steps, run.parameters, len(run.optimizers))
    np.testing.assert_allclose(fit(evidence, "two-optimizers", 3), fit(evidence, "seed-1", 3), atol=1e-6)


def test_last_training_counts(evidence: Evidence) -> None:
    """Of two trainings in a task the later one is the answer."""
    run = see(evidence, "trained-twice")
    assert (4, 0.1) == (run.steps, run.optimizers[0].settings["lr"])


@pytest.mark.parametrize("name", ["trial-step", "in-a-function", "deep-copied"])
def test_network_is_the_one_that_was_trained_last(evidence: Evidence, name: str) -> None:
    """A trial step, a network that is gone when the task ends, and a copied one are no hindrance."""
    run = see(evidence, name)
    assert (4, 199) == (run.steps, run.parameters)
    assert {"torch.nn.modules.rnn.RNN", "torch.nn.modules.linear.Linear"} == {m.name for m in run.modules}
    np.testing.assert_array_equal(fit(evidence, "seed-1", 3), fit(evidence, name, 3))


def test_layer_tried_before_training_is_no_part_of_it(evidence: Evidence) -> None:
    """Functions that ran before the first step are left out once training goes on."""
    # One pass, drawn at random, is looked at by another way that has another name for the same function.
    seen = see(evidence, "cell-compared").functions
    assert {"rnn_tanh"} == {name.removeprefix("_VF.").removeprefix("aten::") for name in seen}
    assert () == see(evidence, "copies-from-cell").functions


def test_closure_is_followed(evidence: Evidence) -> None:
    """An optimizer that calls the loss itself leaves steps, losses and fitted values too."""
    run = see(evidence, "closure")
    assert 3 == run.steps
    assert (29, 7) == fit(evidence, "closure", 0).shape


def test_cuda_is_answered_with_the_cpu(evidence: Evidence) -> None:
    """Code written for a GPU trains alike without one, and a note says so."""
    run = see(evidence, "cuda-habits")
    np.testing.assert_array_equal(fit(evidence, "cuda-habits", 2), fit(evidence, "seed-1", 2))
    assert any("cuda:0" in note for note in run.notes)


def test_module_that_is_not_installed_fails_where_it_is_used(evidence: Evidence) -> None:
    """Importing it costs the cell nothing, using it says so, and what others lack is not covered up."""
    for name in ("absent", "absent-tried", "absent-used", "part-missing"):
        assert see(evidence, name).answer is True
    assert any("nosuchpackage" in note for note in see(evidence, "absent").notes)
    assert () == see(evidence, "no-seed").notes


def test_yhat_is_found_by_name_and_only_if_new(evidence: Evidence) -> None:
    """Variations of the name are found; a value of an earlier task is not taken."""
    assert "yhat" == see(evidence, "seed-1").yhat
    assert "yhat2" == see(evidence, "seed-2").yhat
    assert see(evidence, "no-seed").yhat is None
    assert "yhat_own" == see(evidence, "yhat-difference").yhat


def test_values_without_training_leave_no_fit(evidence: Evidence) -> None:
    """Fitted values that no training made have no steps beside them."""
    run = see(evidence, "no-training")
    assert (0, (), "yhat") == (run.steps, run.fitted_steps, run.yhat)


def test_answers_are_read_as_values(evidence: Evidence) -> None:
    """A computed truth value and a Korean word are both answers; a task without one has none."""
    assert see(evidence, "truth").answer is True
    assert see(evidence, "truth-in-words").answer is False
    assert see(evidence, "seed-1").answer is None


def test_losses_and_targets_are_kept(evidence: Evidence) -> None:
    """The loss of every step and the class indices it was given stand in the arrays."""
    losses, targets = evidence.read_losses("seed-1"), evidence.read_targets("seed-1")
    assert losses is not None and targets is not None
    assert (4,) == losses.shape
    assert losses[0] > losses[-1]
    assert list("i?hello!!h") == ["!?hielo"[number] for number in targets[:10]]
    np.testing.assert_array_equal(targets, evidence.read_targets("batched"))
