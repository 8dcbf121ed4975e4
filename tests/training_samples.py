"""Evidence made by training small networks with torch itself, without a kernel."""

from collections.abc import Sequence

import numpy as np
import torch

from grader.evidence import Evidence
from grader.records import (
    CellRun,
    ModuleTrace,
    RunRecord,
    TaskRun,
    TensorTrace,
    name_fitted,
    name_losses,
    name_targets,
    name_yhat,
)

TEXT = "hi?hello!!" * 100
ORDER = tuple("!?hielo")
RNN = "torch.nn.modules.rnn.RNN"
LINEAR = "torch.nn.modules.linear.Linear"


def train(
    task: str = "1.1",
    *,
    seed: int = 43052,
    hidden: int = 8,
    lr: float = 0.1,
    optimizer: type[torch.optim.Optimizer] = torch.optim.Adam,
    zero_grad: bool = True,
    softmax_before_loss: bool = False,
    freeze_rnn: bool = False,
    order: Sequence[str] = ORDER,
    shift: int = 1,
    steps: int = 6,
    yhat: str | None = "before",
    asked: tuple[int, ...] = (43052,),
) -> Evidence:
    """Evidence of an RNN trained for a few steps on the exam's 999 rows, with a fault if asked for.

    `yhat` is what the student leaves: the values `before` or `after` the last update, `copied` from the
    targets, or None.
    """
    numbers = torch.tensor([order.index(symbol) for symbol in TEXT])
    onehot = torch.nn.functional.one_hot(numbers, len(order)).float()
    x, y = onehot[:-1], torch.roll(onehot, -shift, 0)[:-1]
    torch.manual_seed(seed)
    net, lin = torch.nn.RNN(len(order), hidden), torch.nn.Linear(hidden, len(order))
    stepped = [*([] if freeze_rnn else net.parameters()), *lin.parameters()]
    stepper = optimizer(stepped, lr=lr)  # type: ignore[call-arg]
    arrays, losses = {}, []
    for step in range(steps):
        logits = lin(net(x)[0])
        inputs = torch.softmax(logits, 1) if softmax_before_loss else logits
        loss = torch.nn.functional.cross_entropy(inputs, y)
        loss.backward()
        stepper.step()
        if zero_grad:
            stepper.zero_grad()
        losses.append(loss.item())
        arrays[name_fitted(task, step)] = torch.softmax(inputs, 1).detach().numpy()
    arrays[name_losses(task)] = np.array(losses)
    arrays[name_targets(task)] = y.argmax(1).numpy()
    if yhat == "before":
        arrays[name_yhat(task)] = arrays[name_fitted(task, steps - 1)]
    elif yhat == "after":
        arrays[name_yhat(task)] = torch.softmax(lin(net(x)[0]), 1).detach().numpy()
    elif yhat == "copied":
        arrays[name_yhat(task)] = y.numpy()
    owners = [(RNN, name, value) for name, value in net.named_parameters()]
    owners += [(LINEAR, name, value) for name, value in lin.named_parameters()]
    run = TaskRun(
        task=task,
        steps=steps,
        tensors=tuple(
            TensorTrace(shape=tuple(value.shape), elements=value.numel(), name=name, owner=owner)
            for owner, name, value in owners
            if any(value is other for other in stepped)
        ),
        modules=tuple(
            ModuleTrace(name=name, bases=(name, "torch.nn.modules.module.Module"), trained=True)
            for name in ((LINEAR,) if freeze_rnn else (RNN, LINEAR))
        ),
        functions=("_VF.rnn_tanh",),
        fitted_steps=tuple(range(steps)),
        yhat="yhat" if yhat else None,
        seeds=asked,
    )
    return gather(run, arrays=arrays)


def gather(*tasks: TaskRun, arrays: dict | None = None, cells: tuple[CellRun, ...] = ()) -> Evidence:
    """Evidence of a run with these tasks."""
    record = RunRecord(
        assignment="hi-hello",
        notebook_sha256="0" * 64,
        seed=43052,
        device="cpu",
        sandbox="fake",
        versions={"torch": torch.__version__},
        seconds=1.0,
        cpu_seconds=1.0,
        peak_memory_bytes=1,
        cells=cells,
        tasks=tasks,
    )
    return Evidence(record, arrays or {})


def join(*parts: Evidence) -> Evidence:
    """One run's evidence out of several tasks'."""
    arrays = {name: array for part in parts for name, array in part.arrays.items()}
    return gather(*(task for part in parts for task in part.run.tasks), arrays=arrays)
