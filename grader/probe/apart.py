"""Watches whether tasks that run apart from others depend on these after all.

A notebook's parts may run side by side, each in a kernel of its own, where its code says that they share
nothing. Code does not say everything. So names that a task should bind for itself are taken away before it
starts, which makes a NameError of a wrong guess, and what others will read is compared before and after.
"""

import builtins
import math
import os
import random
import sys
import tempfile
import threading
import types
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.modules import module as hooks

from grader.probe.marks import mark
from grader.probe.training import Training

MOST_FILES = 2000
OWN_THREADS = ("TMonitor",)
"""Threads of libraries that no network depends on."""
OWN_MODULES = frozenset({"matplotlib", "seaborn", "IPython"})
"""Packages that change their own modules when they first draw or show something."""
MOST_NAMED = 20

State = dict[str, Any]


class Apart:
    """What is hidden from the task at hand, and what stood there before it."""

    def __init__(self) -> None:
        self._hidden: dict[str, Any] = {}
        self._watched: tuple[str, ...] = ()
        self._marks: dict[str, str | None] = {}
        self._owners: list[Any] = []
        self._state: State = {}

    def begin(self, asked: Mapping[str, Any], namespace: dict[str, Any], *, is_first: bool) -> dict[str, Any]:
        """Hide names, once a task, and mark what must stay. Which of it cannot be marked, by name."""
        if is_first:
            self._hidden = {name: namespace.pop(name) for name in asked["hide"] if name in namespace}
        self._watched = tuple(asked["watch"])
        self._marks = mark_names(namespace, self._watched)
        self._owners = list_owners(namespace)
        self._state = look_around(self._owners) if asked["look"] else {}
        blind = [name for name, found in self._marks.items() if found is None]
        own = mark_names(namespace, asked["reads"] if blind else ())
        # What cannot be looked into matters where the task may reach it by any name.
        is_reached = any(found is None for found in own.values())
        return {"changed": blind[:MOST_NAMED] if is_reached else []}

    def end(self, namespace: dict[str, Any], trainings: Iterable[Training]) -> dict[str, Any]:
        """Give back what is still missing. What has changed, and what stands in the tensors trained."""
        marks = mark_names(namespace, self._watched)
        names = {*marks, *self._marks}
        changed = sorted(name for name in names if marks.get(name, "") != self._marks.get(name, ""))
        if self._state:
            changed += compare_states(self._state, look_around(self._owners))
        for name, value in self._hidden.items():
            namespace.setdefault(name, value)
        self._hidden, self._state = {}, {}
        tensors = {id(tensor): tensor for training in trainings for tensor in training.tensors.values()}
        return {
            "changed": changed[:MOST_NAMED],
            "trained": [
                [list(each.shape), norm]
                for each in tensors.values()
                # What is no number equals nothing, and JSON has none of it.
                if math.isfinite(norm := float(each.detach().norm()))
            ],
        }


def mark_names(namespace: Mapping[str, Any], names: Iterable[str]) -> dict[str, str | None]:
    """The marks of those names that stand for anything."""
    return {name: mark(namespace[name]) for name in names if name in namespace}


def list_owners(namespace: Mapping[str, Any]) -> list[Any]:
    """The modules and classes whose attributes a later task may meet: torch's, and what has a name here."""
    modules = [torch, torch.nn, torch.nn.functional, torch.nn.init, torch.optim, np, math, random, builtins]
    named = [value for value in namespace.values() if isinstance(value, types.ModuleType)]
    modules += [value for value in named if value.__name__.partition(".")[0] not in OWN_MODULES]
    classes = [torch.Tensor, *vars(torch.nn).values(), *vars(torch.optim).values()]
    owners = [*modules, *(value for value in classes if isinstance(value, type))]
    return list({id(owner): owner for owner in owners}.values())


def look_around(owners: Iterable[Any]) -> State:
    """What a task can leave to later ones without a name: settings, changed modules, files, threads."""
    state: State = {f"attributes of {_name(owner)}": _list_public(owner) for owner in owners}
    state["settings of torch"] = (
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_anomaly_enabled(),
        torch.get_float32_matmul_precision(),
        torch.tensor(0).device,
        torch.backends.mkldnn.enabled,
    )
    state["hooks of torch"] = [
        len(found)
        for name, found in sorted(vars(hooks).items())
        if name.startswith("_global_") and _has_len(found)
    ]
    state["settings of numpy"] = np.geterr()
    state["settings of Python"] = (
        sys.getrecursionlimit(),
        list(sys.path),
        list(warnings.filters),
        dict(os.environ),
        Path.cwd(),
    )
    state["threads"] = {
        thread.ident for thread in threading.enumerate() if type(thread).__name__ not in OWN_THREADS
    }
    state["files"] = _list_files()
    return state


def compare_states(before: State, after: State) -> list[str]:
    """What differs between two looks at the same, in words."""
    return [what for what, found in before.items() if not _is_same(found, after[what])]


def _is_same(first: Any, second: Any) -> bool:
    if isinstance(first, _Attributes):
        return first.keys() == second.keys() and all(first[name] is second[name] for name in first)
    return bool(first == second)


class _Attributes(dict[str, Any]):
    """Compared by identity: what stands there may have an equality of its own."""


def _list_public(owner: Any) -> _Attributes:
    # Modules within modules appear when they are first used.
    return _Attributes(
        (name, value)
        for name, value in list(vars(owner).items())
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    )


def _name(owner: Any) -> str:
    prefix = f"{owner.__module__}." if isinstance(owner, type) else ""
    return f"{prefix}{owner.__name__}"


def _has_len(value: Any) -> bool:
    return hasattr(type(value), "__len__")


def _list_files() -> dict[str, tuple[int, int]]:
    """Size and time of what lies in the notebook's folder and in the temporary one, caches aside."""
    found: dict[str, tuple[int, int]] = {}
    for top in {str(Path.cwd()), tempfile.gettempdir()}:
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
            for name in files:
                if len(found) >= MOST_FILES:
                    return found
                path = os.path.join(folder, name)  # noqa: PTH118 - a Path each is ten times as slow
                try:
                    status = os.lstat(path)
                except OSError:
                    continue
                found[path] = (status.st_size, status.st_mtime_ns)
    return found
