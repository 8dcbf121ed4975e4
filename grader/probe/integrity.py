"""Notices when a notebook changes what it is watched by. That is evidence for a person, and no proof."""

import functools
import sys
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import optimizer as torch_optimizer

from grader.probe.losses import LOSSES
from grader.probe.places import Places
from grader.probe.watcher import RECURRENT_FUNCTIONS

WATCHED = frozenset(
    {"gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.settrace", "sys.setprofile"}
)
"""Audit events by which a notebook searches the process it runs in, or follows its frames."""

OPTIMIZERS = ("Adam", "AdamW", "SGD", "RMSprop", "Adagrad", "Adamax", "NAdam", "RAdam", "Adadelta", "LBFGS")


class Guard:
    """Remembers what stands where after the probe was installed, and what was searched since."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._before: dict[str, tuple[Callable[[], Any], Any]] = {}
        self._events: dict[str, None] = {}

    def install(self, others: Iterable[tuple[Any, str]] = ()) -> None:
        """To be called once everything else is installed; `others` are watched, too."""
        watched: list[tuple[Any, str]] = [(torch.nn.functional, name) for name in LOSSES]
        watched += [(owner, name) for owner in (torch, torch.Tensor) for name in ("softmax", "log_softmax")]
        watched += [(owner, name) for owner in (torch, torch._VF) for name in RECURRENT_FUNCTIONS]
        watched += [(torch, "manual_seed"), (torch, "_VF"), (torch.autograd, "backward")]
        watched += [(torch.Tensor, "backward"), (torch.optim.Optimizer, "__init__")]
        for name in OPTIMIZERS:
            optimizer = getattr(torch.optim, name)
            # torch wraps a class's `step` when the first object of it is built. To build one would import its
            # compiler, a second that a notebook without training does not need.
            optimizer._patch_step_function(optimizer.__new__(optimizer))
            watched += [(optimizer, method) for method in ("__init__", "step", "zero_grad")]
        watched += [(torch.nn.Module, name) for name in ("__call__", "__setattr__", "register_parameter")]
        watched += others
        for owner, name in watched:
            label = f"{getattr(owner, '__name__', owner)}.{name}"
            self._remember(label, functools.partial(getattr, owner, name, None))
        self._remember("torch's optimizer hooks", self._list_hooks)
        sys.addaudithook(self._hear)

    def describe(self) -> list[str]:
        """What was changed or searched so far, as notes; asking empties the list of searches."""
        changed = [label for label, (read, before) in self._before.items() if read() != before]
        notes = [f"changed while it ran: {label}" for label in changed]
        notes += [f"reached for {event}" for event in self._events]
        self._events.clear()
        return notes

    def note_reach(self, what: str) -> None:
        """Note that the notebook reached for something of the grader's, if it is the notebook that asks."""
        if self._is_asked_by_notebook(3):
            self._events[what] = None

    def _remember(self, label: str, read: Callable[[], Any]) -> None:
        self._before[label] = (read, read())

    def _list_hooks(self) -> tuple[int, ...]:
        hooks = torch_optimizer._global_optimizer_post_hooks
        return tuple(
            id(hook) for hook in hooks.values() if getattr(hook, "__module__", "").startswith("grader.")
        )

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event in WATCHED and self._is_asked_by_notebook(2):
            self._events[event] = None

    def _is_asked_by_notebook(self, depth: int) -> bool:
        return sys._getframe(depth).f_globals is self._places.namespace
