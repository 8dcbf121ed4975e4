"""How many items a loop will run over, told without running any code of the notebook's own.

Only objects whose class is exactly one that is known here are looked at: a class of the notebook's own could
count how often its length is asked for, or name one that is not true.
"""

import inspect
import operator
import sys
from typing import Any

import numpy as np
import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler, TensorDataset

BUILTIN: tuple[type, ...] = (
    range, list, tuple, str, bytes, dict, set, frozenset, np.ndarray,
    type(iter([])), type(iter(())), type(iter(range(1))), type(iter(range(2**70))),
)  # fmt: skip
"""Their lengths are told by C, which asks nobody."""
MOST_LAYERS = 5
"""Of `enumerate(zip(tqdm(...)))`."""

_find_size = torch.Tensor.size
_iterate_loader = DataLoader.__iter__


def find_length(iterable: Any, layers: int = MOST_LAYERS) -> int | None:
    """How many items a loop will run over; None where that cannot be told."""
    kind = type(iterable)
    if any(kind is known for known in BUILTIN):
        return operator.length_hint(iterable)
    if kind is torch.Tensor:
        size = _find_size(iterable)
        return size[0] if size else None
    if layers <= 0:
        return None
    if kind is enumerate or kind is zip:
        # What it was made of, as pickle would be told; an iterator of a known class knows what is left of it.
        parts = iterable.__reduce__()[1]
        lengths = [find_length(part, layers - 1) for part in (parts if kind is zip else parts[:1])]
        known = [length for length in lengths if length is not None]
        return min(known) if known and len(known) == len(lengths) else None
    if kind is DataLoader:
        return _count_batches(iterable)
    if _is_progress_bar(kind):
        return find_length(_read(iterable, "iterable"), layers - 1)
    return None


def _read(thing: Any, name: str) -> Any:
    """An attribute as it stands in an object, or None; runs no property."""
    return inspect.getattr_static(thing, name, None)


def _is_progress_bar(kind: type) -> bool:
    modules = [sys.modules.get(name) for name in ("tqdm.std", "tqdm.asyncio", "tqdm.notebook")]
    classes = [
        _read(module, name) for module in modules for name in ("tqdm", "tqdm_asyncio", "tqdm_notebook")
    ]
    return any(kind is known for known in classes) and _read(kind, "__module__") != "__main__"


def _count_batches(loader: Any) -> int | None:
    """Batches of a loader over tensors, which draws each row once."""
    dataset, sampler, batches = (_read(loader, name) for name in ("dataset", "sampler", "batch_sampler"))
    if type(dataset) is not TensorDataset or DataLoader.__iter__ is not _iterate_loader:
        return None
    if type(batches) is not BatchSampler or _read(batches, "sampler") is not sampler:
        return None
    is_random = type(sampler) is RandomSampler and _read(sampler, "_num_samples") is None
    if not is_random and type(sampler) is not SequentialSampler:
        return None
    tensors = _read(dataset, "tensors")
    rows = find_length(tensors[0]) if type(tensors) is tuple and tensors else None
    size, drops = _read(batches, "batch_size"), _read(batches, "drop_last")
    if rows is None or type(size) is not int or size < 1 or type(drops) is not bool:
        return None
    return rows // size if drops else -(-rows // size)
