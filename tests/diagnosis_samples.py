"""Small trainings with a fault if asked for, and what the judge names of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from training_samples import LINEAR, ORDER, RNN, gather

from grader.assignment.spec import Assignment
from grader.evidence import Dossier, Evidence, Fingerprint
from grader.judge.score import judge_submission
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


def train_right() -> Dossier:
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


def change(evidence: Evidence, **changes: Any) -> Evidence:
    """The same evidence with other fields in its only task's record; `arrays` are added."""
    arrays = {**evidence.arrays, **changes.pop("arrays", {})}
    return gather(evidence.run.tasks[0].model_copy(update=changes), arrays=arrays)


OWN = ModuleTrace(
    name="__main__.Cell", bases=("__main__.Cell", "torch.nn.modules.module.Module"), trained=True
)
