"""Follows training through torch's public hooks and hands what they see to the trace of the task at hand."""

import functools
import time
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from grader.probe.losses import LossCall, watch_losses
from grader.probe.ownership import Ownership
from grader.probe.patches import Patches
from grader.probe.places import Places
from grader.probe.sampling import RECURRENT
from grader.probe.seeding import Seeds, allow_no_tf32
from grader.probe.stopping import Stopper, call_after
from grader.probe.trace import Trace
from grader.probe.training import Optimizer

RECURRENT_FUNCTIONS = sorted(RECURRENT)
FAULTS_KEPT = 5


class Watcher:
    """Installs the hooks once and hands what they see to the trace of the task at hand."""

    def __init__(self, seeds: Seeds, places: Places, stopper: Stopper | None = None) -> None:
        self.ownership = Ownership(places, seeds.asked)
        self.trace: Trace | None = None
        self._seeds = seeds
        self._places = places
        self._stopper = stopper
        self._births: Any = weakref.WeakKeyDictionary()
        self._depths: dict[int, int] = {}
        """How often each optimizer's step is under way: a step that calls another runs the hooks twice."""
        self._is_printing = False

    def install(self, patches: Patches) -> None:
        """Register the hooks and wrap the functions that have none."""
        self.ownership.install()
        register_optimizer_step_pre_hook(lambda optimizer, args, kwargs: self.see_coming_step(optimizer))
        register_optimizer_step_post_hook(self._see_step)
        watch_losses(self._see_call, patches)
        optimizer: Any = torch.optim.Optimizer
        optimizer.__init__ = call_after(optimizer.__init__, self.see_birth)
        for holder in (torch.optim.Optimizer, torch.nn.Module):
            patches.place(holder, "zero_grad", functools.partial(call_after, note=self._see_zero))
        patches.place(torch.nn.Module, "__repr__", self._watch_printing)
        profiler: Any = torch.autograd.profiler.profile
        profiler.__init__ = call_after(profiler.__init__, self._see_profiler)
        torch.autograd.backward = self._watch_backward(torch.autograd.backward)
        for owner in (torch, torch._VF):
            for name in RECURRENT_FUNCTIONS:
                patches.place(owner, name, functools.partial(self._watch_function, name=f"_VF.{name}"))

    def tell(self, note: Callable[[Trace], Any]) -> Any:
        """Hand something to the trace of the present task, if any; a fault is noted, never raised."""
        if self.trace is None:
            return None
        try:
            return note(self.trace)
        except Exception as error:
            if len(self.trace.faults) < FAULTS_KEPT:
                self.trace.faults.append(f"the probe failed: {type(error).__name__}: {error}"[:300])
            return None

    def see_birth(self, optimizer: Optimizer) -> None:
        """Note that an optimizer was built."""
        place = self._places.find()
        if place is not None:
            self._births[optimizer] = place
        if self._stopper is not None:
            self._stopper.note_birth(optimizer)
        if self.trace is not None:
            allow_no_tf32()

    def _see_zero(self, owner: Any) -> None:
        self.tell(lambda trace: trace.forget_gradients())

    def _see_profiler(self, profiler: Any) -> None:
        self.tell(lambda trace: trace.give_way())

    def see_coming_step(self, optimizer: Optimizer) -> None:
        """Note that an optimizer is about to step."""
        depth = self._depths[id(optimizer)] = self._depths.get(id(optimizer), 0) + 1
        if depth == 1:
            self.tell(lambda trace: trace.open_step(optimizer))

    def _see_step(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        self.see_step(optimizer)

    def see_step(self, optimizer: Optimizer) -> None:
        """Note that an optimizer has stepped. Raises ReplayEnded where a replay has to end here."""
        depth = self._depths.pop(id(optimizer), 1) - 1
        if depth > 0:
            self._depths[id(optimizer)] = depth
            return
        birth = self._births.get(optimizer)
        made = self.tell(lambda trace: trace.add_step(optimizer, self._seeds, birth))
        if made is not None and self._stopper is not None:
            self._stopper.note_step(optimizer, made)

    def drop_step(self, optimizer: Optimizer) -> None:
        """Note that the step that was coming has failed."""
        self._depths.pop(id(optimizer), None)

    def see_printed(self, network: torch.nn.Module) -> None:
        """Note that a network is printed, or its summary."""
        self.tell(lambda trace: trace.add_printed(network))

    def _see_call(self, call: LossCall) -> None:
        self.tell(lambda trace: trace.add_call(call))

    def _watch_backward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            starts = tensors if isinstance(tensors, (list, tuple)) else [tensors]
            self.tell(lambda trace: trace.add_backward(starts))
            started = time.monotonic()
            try:
                return function(tensors, *args, **kwargs)
            finally:
                took = time.monotonic() - started
                self.tell(lambda trace: trace.note_backward(took))

        return call

    def _watch_printing(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self_: Any, *args: Any, **kwargs: Any) -> Any:
            # What is inside is printed with it.
            if self._is_printing:
                return method(self_, *args, **kwargs)
            self.see_printed(self_)
            self._is_printing = True
            try:
                return method(self_, *args, **kwargs)
            finally:
                self._is_printing = False

        return call

    def _watch_function(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.trace is not None and torch.is_grad_enabled():
                self.trace.add_function(name)
            return function(*args, **kwargs)

        return call
