"""Follows training through torch's public hooks: what was stepped, by what, towards which loss."""

import functools
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from grader.probe.losses import LossCall, choose_calls, find_reached, read_fitted, read_targets, watch_losses
from grader.probe.ownership import Owner, Ownership

RECURRENT_FUNCTIONS = "rnn_tanh rnn_relu lstm gru rnn_tanh_cell rnn_relu_cell lstm_cell gru_cell".split()
PROGRESS_SECONDS = 0.5
"""Between two reports of progress: often enough to be watched, too seldom to be felt."""

FAULTS_KEPT = 5
CALLS_KEPT = 100_000
"""Calls of a loss between two steps: a hundred times what a loss per row of the exam makes."""


class Training:
    """One training: optimizers that step in turn, and what they stepped."""

    def __init__(self) -> None:
        self.optimizers: dict[int, torch.optim.Optimizer] = {}
        self.optimizer_steps: dict[int, int] = {}
        self.tensors: dict[int, torch.Tensor] = {}
        """By id, in the order of their first step."""
        self.owners: dict[int, Owner | None] = {}
        """Owner of each of these."""
        self.steps = 0
        self.losses: list[torch.Tensor] = []
        self.fitted: dict[int, torch.Tensor] = {}
        """Step to fitted values: float32, (rows, symbols), CPU."""
        self.targets: torch.Tensor | None = None
        self.last_calls: list[LossCall] = []
        self.functions: set[str] = set()
        self.ran: set[int] = set()
        self.seeds: tuple[int, ...] = ()
        """Seeds asked for before the first step."""


class Trace:
    """Everything seen since the task began. Only trainings that stepped something are kept."""

    def __init__(
        self,
        ownership: Ownership,
        *,
        keep: Iterable[int],
        keep_every: bool,
        report: Callable[[int, float], None],
    ) -> None:
        self._ownership = ownership
        self.trainings: list[Training] = []
        self._keep = frozenset(keep)
        self._keep_every = keep_every
        self._report = report
        self._reported = 0.0
        self._calls: list[LossCall] = []
        self._learnt: list[LossCall] = []
        """Calls that a backward pass since the last step went through."""
        self._backward: list[torch.Tensor] = []
        self._functions: set[str] = set()
        self.faults: list[str] = []
        """What the probe itself failed at: noted, and never raised into the notebook."""

    def add_call(self, call: LossCall) -> None:
        """Note a loss or softmax that may lead to the next step."""
        if len(self._calls) < CALLS_KEPT:
            self._calls.append(call)

    def add_backward(self, tensors: Iterable[Any]) -> None:
        """Note what a backward pass starts from."""
        starts = [tensor for tensor in tensors if isinstance(tensor, torch.Tensor)]
        self._backward.extend(starts)
        self._learnt.extend(find_reached(self._calls, starts))

    def add_function(self, name: str) -> None:
        """Note a recurrent function that ran with gradients on."""
        self._functions.add(name)

    def add_step(self, optimizer: torch.optim.Optimizer, seeds: Sequence[int]) -> None:
        """Note that an optimizer stepped, and close the account of this step."""
        training = self._find_training(optimizer)
        if not training.steps:
            training.seeds = tuple(seeds)
        key = id(optimizer)
        training.optimizers[key] = optimizer
        training.optimizer_steps[key] = training.optimizer_steps.get(key, 0) + 1
        for group in optimizer.param_groups:
            for tensor in group["params"]:
                if tensor.grad is not None and id(tensor) not in training.tensors:
                    training.tensors[id(tensor)] = tensor
                    # Held from now on: a network built in a function is gone when the function ends.
                    training.owners[id(tensor)] = self._ownership.find_owner(tensor)
        # A second optimizer that steps in the same turn belongs to the same step.
        if training.optimizer_steps[key] > training.steps:
            self._close_step(training)

    def _find_training(self, optimizer: torch.optim.Optimizer) -> Training:
        """The training that a step belongs to, which is now the last."""
        known = next((each for each in self.trainings if id(optimizer) in each.optimizers), None)
        # Optimizers that step in the same turn share a training: nothing went backward between them.
        same_turn = bool(self.trainings) and not self._backward and not self._calls
        training = known or (self.trainings[-1] if same_turn else Training())
        if known is not None:
            self.trainings.remove(known)
        elif same_turn:
            self.trainings.pop()
        self.trainings.append(training)
        return training

    def _close_step(self, training: Training) -> None:
        step = training.steps
        training.steps += 1
        # What ran before the first step may be a trial of the layers; what runs between steps trains.
        if step == 1:
            training.functions.clear()
            training.ran.clear()
        training.functions |= self._functions
        training.ran |= self._ownership.ran
        self._functions.clear()
        self._ownership.ran.clear()
        calls = choose_calls(self._learnt or self._calls)
        self._calls, self._learnt = [], []
        if self._backward:
            # Summed, because a loop may go backward once per row before it steps.
            training.losses.append(torch.stack([loss.detach().sum() for loss in self._backward]).sum())
        self._backward = []
        if calls:
            training.last_calls = calls
            if self._keep_every or step in self._keep:
                training.fitted[step] = read_fitted(calls)
            if training.targets is None:
                training.targets = read_targets(calls)
        now = time.monotonic()
        if now - self._reported > PROGRESS_SECONDS and training.losses:
            self._reported = now
            self._report(training.steps, float(training.losses[-1]))


class Watcher:
    """Installs the hooks once and hands what they see to the trace of the task at hand."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self.ownership = Ownership()
        self.trace: Trace | None = None
        self._seeds = seeds

    def install(self) -> None:
        """Register the hooks and wrap the functions that have none."""
        self.ownership.install()
        register_optimizer_step_post_hook(self._see_step)
        watch_losses(self._see_call)
        torch.autograd.backward = self._watch_backward(torch.autograd.backward)
        for owner in (torch, torch._VF):
            for name in RECURRENT_FUNCTIONS:
                setattr(owner, name, self._watch_function(getattr(owner, name), f"_VF.{name}"))

    def _tell(self, note: Callable[[Trace], None]) -> None:
        if self.trace is None:
            return
        try:
            note(self.trace)
        except Exception as error:
            if len(self.trace.faults) < FAULTS_KEPT:
                self.trace.faults.append(f"the probe failed: {type(error).__name__}: {error}"[:300])

    def _see_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        self._tell(lambda trace: trace.add_step(optimizer, self._seeds))

    def _see_call(self, call: LossCall) -> None:
        self._tell(lambda trace: trace.add_call(call))

    def _watch_backward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            starts = tensors if isinstance(tensors, (list, tuple)) else [tensors]
            self._tell(lambda trace: trace.add_backward(starts))
            return function(tensors, *args, **kwargs)

        return call

    def _watch_function(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.trace is not None and torch.is_grad_enabled():
                self.trace.add_function(name)
            return function(*args, **kwargs)

        return call
