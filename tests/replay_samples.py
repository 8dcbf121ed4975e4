"""Small trainings as replays leave them: with gradients, first norms, and layers in another order."""

from typing import Any

import numpy as np
import torch
from training_samples import gather, train

from grader.assignment.spec import Assignment
from grader.assignment.tolerance import Tolerance
from grader.evidence import Dossier, Evidence
from grader.judge.case import Case
from grader.records import name_fitted, name_losses

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


def learn_reference() -> Dossier:
    """What all runs of the right network left."""
    return Dossier(
        full=learn(steps=6),
        hidden=learn(seed=SECRET),
        submitted=learn(),
        order_free=learn(seed=SECRET, by_layer=True),
    )


def make_case(exam: Assignment, own: Dossier, reference: Dossier | None, task: str = TASK) -> Case:
    """One task of a submission."""
    return Case(assignment=exam, task=exam.find_task(task), dossier=own, reference_dossier=reference)
