"""One training: optimizers that step in turn, what they stepped, and what their losses were given."""

from collections.abc import Mapping, Sequence

import torch

from grader.probe.keras_stepper import KerasStepper
from grader.probe.losses import LossCall, find_hidden, read_fitted, read_targets
from grader.probe.networks import digest_tensors
from grader.probe.ownership import Owner, Ownership
from grader.probe.places import Place
from grader.values import Configured, Epoch

FIRST_STEPS = 3
"""Steps after which a tensor that has not moved counts as one that does not."""
SATURATED = 0.99
"""A hidden value of tanh beyond this passes a fiftieth of the gradient that it gets."""
EPOCHS = 500
"""Ends of epochs that are kept of one training."""

Optimizer = torch.optim.Optimizer | KerasStepper


class Training:
    """What was seen of one training so far."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        """Among the task's trainings, in the order of their first steps."""
        self.nudged: set[int] = set()
        """Addresses of the tensors that were nudged."""
        self.optimizers: dict[int, Optimizer] = {}
        self.optimizer_steps: dict[int, int] = {}
        self.tensors: dict[int, torch.Tensor] = {}
        """By id, in the order of their first step."""
        self.owners: dict[int, Owner | None] = {}
        """Owner of each of these."""
        self.initial_norms: dict[int, float] = {}
        self.origins: dict[int, str | None] = {}
        """The earlier task whose trained values each of these started from."""
        self.leaves: set[int] = set()
        """Ids of the tensors that the first backward passes reached; empty where none was seen."""
        self.moved: set[int] = set()
        """Those that a step has changed."""
        self.steps = 0
        self.losses: list[torch.Tensor] = []
        """What backward passes started from, step by step."""
        self.called: list[torch.Tensor | None] = []
        """What the loss functions below them gave; None where none was seen."""
        self.fitted: dict[int, torch.Tensor] = {}
        """Step to fitted values: float32, (rows, symbols), CPU."""
        self.targets: torch.Tensor | None = None
        self.last_calls: list[LossCall] = []
        self.last_hidden: list[torch.Tensor] = []
        """What the last layer was given at the last step, where that was seen: (rows, hidden) each."""
        self.functions: set[str] = set()
        self.ran: set[int] = set()
        self.gradients: dict[int, torch.Tensor] = {}
        self.saturated: torch.Tensor | None = None
        self.seeds: tuple[int, ...] = ()
        """Seeds asked for before the first step."""
        self.places: dict[str, Place] = {}
        self.epochs: list[Epoch] = []
        self.callbacks: tuple[Configured, ...] = ()

    def add_tensors(
        self,
        optimizer: Optimizer,
        ownership: Ownership,
        before: Mapping[int, torch.Tensor],
        earlier: Mapping[str, Sequence[torch.Tensor]],
    ) -> None:
        """Note what an optimizer steps: the tensors that have a gradient.

        `before` has their values before the step, by id; `earlier` what other tasks have trained.
        """
        for tensor in list_stepped(optimizer):
            if id(tensor) not in self.tensors:
                self.tensors[id(tensor)] = tensor
                # Held from now on: a network built in a function is gone when the function ends.
                self.owners[id(tensor)] = ownership.find_owner(tensor)
                values = before.get(id(tensor))
                if values is not None:
                    self.initial_norms[id(tensor)] = float(values.norm())
                    self.origins[id(tensor)] = _find_origin(tensor, values, earlier)

    def compare_values(self, optimizer: Optimizer, before: Mapping[int, torch.Tensor]) -> None:
        """Note which tensors a step has changed; `before` has what they were, by id."""
        for tensor in list_stepped(optimizer):
            held = before.get(id(tensor))
            if held is not None and not torch.equal(held, tensor.detach()):
                self.moved.add(id(tensor))

    def keep_values(self, step: int, calls: Sequence[LossCall]) -> None:
        """Keep the fitted values of a step."""
        self.fitted[step] = read_fitted(list(calls))

    def keep_targets(self, calls: Sequence[LossCall]) -> None:
        """Keep what the losses were given to aim at, once."""
        if self.targets is None:
            self.targets = read_targets(list(calls))

    def measure_gradients(self, step: int, optimizer: Optimizer) -> None:
        """Keep the norm of all gradients together."""
        gradients = [tensor.grad for tensor in list_stepped(optimizer) if tensor.grad is not None]
        norms = [gradient.detach().norm().double().cpu() for gradient in gradients]
        if norms:
            before = self.gradients.get(step)
            here = torch.stack(norms).norm()
            self.gradients[step] = here if before is None else torch.hypot(before, here)

    def measure_saturation(self, calls: Sequence[LossCall]) -> None:
        """Keep the share of hidden values that lie near -1 or 1. Before the backward pass frees them."""
        hidden = [values for call in calls if (values := find_hidden(call)) is not None]
        if hidden:
            beyond = torch.cat([(values.detach().abs() > SATURATED).reshape(-1) for values in hidden])
            self.saturated = beyond.double().mean().cpu()

    def add_epoch(self, logs: Mapping[str, float | None], callbacks: tuple[Configured, ...]) -> None:
        """Note what a loop logged at the end of an epoch, and which values were trained by then."""
        self.callbacks = callbacks
        if len(self.epochs) < EPOCHS:
            self.epochs.append(Epoch(logs=dict(logs), digest=digest_tensors(self.tensors.values())))


def _find_origin(
    tensor: torch.Tensor, values: torch.Tensor, earlier: Mapping[str, Sequence[torch.Tensor]]
) -> str | None:
    for task, tensors in earlier.items():
        for other in tensors:
            is_same = (
                other is tensor or other.untyped_storage().data_ptr() == tensor.untyped_storage().data_ptr()
            )
            # A single number may be equal by chance.
            if is_same or (other.numel() > 1 and torch.equal(other.detach(), values)):
                return task
    return None


def list_stepped(optimizer: Optimizer) -> list[torch.Tensor]:
    """The tensors of an optimizer that have a gradient."""
    if isinstance(optimizer, KerasStepper):
        return list(optimizer.tensors)
    return [
        tensor
        for group in optimizer.param_groups
        for tensor in group["params"]
        if isinstance(tensor, torch.Tensor) and tensor.grad is not None
    ]


def choose_nudge(seed: int) -> float:
    """A factor between 1.02 and 1.05 that a secret seed decides: far more than noise, far less than harm."""
    return 1.02 + (seed % 997) / 997 * 0.03
