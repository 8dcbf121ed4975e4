"""Follows training through torch's public hooks: what was stepped, by what, towards which loss."""

import functools
import time
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from grader.probe.losses import LossCall, choose_calls, read_fitted, read_targets, watch_losses
from grader.probe.ownership import Ownership

RECURRENT_FUNCTIONS = "rnn_tanh rnn_relu lstm gru rnn_tanh_cell rnn_relu_cell lstm_cell gru_cell".split()
PROGRESS_SECONDS = 0.5
"""Between two reports of progress: often enough to be watched, too seldom to be felt."""

CALLS_KEPT = 100_000
"""Calls of a loss between two steps: a hundred times what a loss per row of the exam makes."""


class Training:
    """One training: optimizers that step in turn, and what they stepped."""

    def __init__(self) -> None:
        self.optimizers: dict[int, torch.optim.Optimizer] = {}
        self.optimizer_steps: dict[int, int] = {}
        self.tensors: dict[int, torch.Tensor] = {}
        """By id, in the order of their first step."""
        self.steps = 0
        self.losses: list[torch.Tensor] = []
        self.fitted: dict[int, torch.Tensor] = {}
        """Step to fitted values: float32, (rows, symbols), CPU."""
        self.targets: torch.Tensor | None = None
        self.last_calls: list[LossCall] = []
        self.functions: set[str] = set()
        self.ran: set[int] = set()

    def continues_with(self, optimizer: torch.optim.Optimizer) -> bool:
        """Whether this optimizer's step belongs here: known, or joining before anyone stepped twice."""
        return id(optimizer) in self.optimizers or self.steps < 2


class Trace:
    """Everything seen since the task began. Only trainings that stepped something are kept."""

    def __init__(
        self, *, keep: Iterable[int], keep_every: bool, report: Callable[[int, float], None]
    ) -> None:
        self.trainings: list[Training] = []
        self._keep = frozenset(keep)
        self._keep_every = keep_every
        self._report = report
        self._reported = 0.0
        self._calls: list[LossCall] = []
        self._backward: list[torch.Tensor] = []
        self._functions: set[str] = set()

    def add_call(self, call: LossCall) -> None:
        """Note a loss or softmax that may lead to the next step."""
        if len(self._calls) < CALLS_KEPT:
            self._calls.append(call)

    def add_backward(self, tensors: Iterable[Any]) -> None:
        """Note what a backward pass starts from."""
        self._backward.extend(tensor for tensor in tensors if isinstance(tensor, torch.Tensor))

    def add_function(self, name: str) -> None:
        """Note a recurrent function that ran with gradients on."""
        self._functions.add(name)

    def add_step(self, optimizer: torch.optim.Optimizer, ran: set[int]) -> None:
        """Note that an optimizer stepped, and close the account of this step."""
        if not self.trainings or not self.trainings[-1].continues_with(optimizer):
            self.trainings.append(Training())
        training = self.trainings[-1]
        key = id(optimizer)
        training.optimizers[key] = optimizer
        training.optimizer_steps[key] = training.optimizer_steps.get(key, 0) + 1
        for group in optimizer.param_groups:
            for tensor in group["params"]:
                if tensor.grad is not None and id(tensor) not in training.tensors:
                    training.tensors[id(tensor)] = tensor
        # A second optimizer that steps in the same turn belongs to the same step.
        if training.optimizer_steps[key] > training.steps:
            self._close_step(training, ran)

    def _close_step(self, training: Training, ran: set[int]) -> None:
        step = training.steps
        training.steps += 1
        # What ran before the first step may be a trial of the layers; what runs between steps trains.
        if step == 1:
            training.functions.clear()
            training.ran.clear()
        training.functions |= self._functions
        training.ran |= ran
        self._functions.clear()
        ran.clear()
        calls = choose_calls(self._calls, self._backward)
        self._calls = []
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

    def __init__(self) -> None:
        self.ownership = Ownership()
        self.trace: Trace | None = None

    def install(self) -> None:
        """Register the hooks and wrap the functions that have none."""
        self.ownership.install()
        register_optimizer_step_post_hook(self._see_step)
        watch_losses(self._see_call)
        torch.autograd.backward = self._watch_backward(torch.autograd.backward)
        for owner in (torch, torch._VF):
            for name in RECURRENT_FUNCTIONS:
                setattr(owner, name, self._watch_function(getattr(owner, name), f"_VF.{name}"))

    def _see_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if self.trace is not None:
            self.trace.add_step(optimizer, self.ownership.ran)

    def _see_call(self, call: LossCall) -> None:
        if self.trace is not None:
            self.trace.add_call(call)

    def _watch_backward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            if self.trace is not None:
                self.trace.add_backward(tensors if isinstance(tensors, (list, tuple)) else [tensors])
            return function(tensors, *args, **kwargs)

        return call

    def _watch_function(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.trace is not None and torch.is_grad_enabled():
                self.trace.add_function(name)
            return function(*args, **kwargs)

        return call
