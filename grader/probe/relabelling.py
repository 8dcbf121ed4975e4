"""Exchanges the classes in a set-up's labels, so that only what learns from them can say the new ones."""

from collections.abc import Iterable, MutableMapping
from typing import Any

import numpy as np
import torch

from grader.probe.collector import ELEMENTS, Array
from grader.probe.plain import FLAGS, FLOATS, INTEGERS

MOST_CLASSES = 1_000
ONE_IN = 16
"""Of how many entries one is made wrong: so few that an accuracy hardly falls."""
PURPOSE = 0x1ABE15
"""Keeps these draws apart from whatever else the seed decides."""


def exchange_classes(
    namespace: MutableMapping[str, Any], labels: Iterable[str], mistaken: Iterable[str], seed: int
) -> None:
    """Give every class another one's label, the same in all variables that `labels` names.

    Each entry of those that `mistaken` names too stands with one chance in sixteen for a class that is not
    its own: who predicts that has not looked at the data. A variable that holds anything but one label an
    entry stays as it is. New objects take the places of the old ones; nothing is changed in place, and no
    random numbers of the notebook's are used.
    """
    held = {name: _read_labels(namespace[name]) for name in labels if name in namespace}
    known = {name: values for name, values in held.items() if values is not None}
    if not known:
        return
    classes = np.unique(np.concatenate([values.reshape(-1) for values in known.values()]))
    if not 2 <= len(classes) <= MOST_CLASSES:
        return
    dice = np.random.default_rng((seed, PURPOSE))
    shift = int(dice.integers(1, len(classes)))
    wrong = set(mistaken)
    for name, values in known.items():
        codes = np.searchsorted(classes, values) + shift
        if name in wrong:
            is_wrong = dice.random(values.shape) < 1 / ONE_IN
            codes = codes + is_wrong * dice.integers(1, len(classes), values.shape)
        namespace[name] = _write_labels(classes[codes % len(classes)], namespace[name])


def _read_labels(value: Any) -> Array | None:
    """Labels as an array of any shape with one of them an entry; None if that is something else."""
    if type(value) is torch.Tensor and value.layout is torch.strided and not value.is_complex():
        array = value.detach().cpu().numpy() if value.dtype is not torch.bfloat16 else None
    elif type(value) is np.ndarray:
        array = value
    elif type(value) is list and all(type(each) in (*INTEGERS, *FLOATS, *FLAGS) for each in value):
        array = np.array(value)
    else:
        array = None
    if array is None or array.dtype.kind not in "iufb" or not 0 < array.size <= ELEMENTS or not array.ndim:
        return None
    # Several columns are one-hot codes or scores.
    return array if array.size == len(array) and np.all(np.isfinite(array)) else None


def _write_labels(values: Array, old: Any) -> Any:
    if type(old) is torch.Tensor:
        return torch.from_numpy(values).to(old.dtype).to(old.device)
    return values.astype(old.dtype) if type(old) is np.ndarray else values.tolist()
