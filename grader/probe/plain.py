"""Plain values and names of classes, read without running a line of the notebook's own code."""

import math
from abc import ABCMeta
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import torch

from grader.probe.collector import CELL_CHARACTERS
from grader.probe.ownership import LAYER_NAMES
from grader.values import Scalar

DICTIONARIES = (dict, OrderedDict, defaultdict)
INTEGERS = (int, *(getattr(np, name) for name in "int8 int16 int32 int64 uint8 uint16 uint32".split()))
FLOATS = (float, np.float16, np.float32, np.float64)
FLAGS = (bool, np.bool_)
TENSORS = (torch.Tensor, torch.nn.Parameter)
LARGEST_INTEGER = 2**63 - 1


def read_scalar(value: Any) -> Scalar:
    """A plain number, string or truth value as Python's own; None for anything else, and for NaN."""
    cls = type(value)
    if cls in FLAGS:
        return bool(value)
    if cls in INTEGERS:
        number = int(value)
        return number if abs(number) <= LARGEST_INTEGER else None
    if cls in FLOATS:
        real = float(value)
        return real if math.isfinite(real) else None
    if cls in TENSORS and value.numel() == 1 and _has_number(value):
        return read_scalar(value.item())
    return value[:CELL_CHARACTERS] if cls is str else None


def _has_number(tensor: torch.Tensor) -> bool:
    return tensor.layout is torch.strided and not tensor.is_complex() and not tensor.is_meta


def name_type(cls: type) -> str:
    """Qualified name of a class, asked of Python and not of the class."""
    if type(cls) not in (type, ABCMeta) and not type(cls).__module__.startswith(("torch.", "keras.")):
        return "a class that a metaclass has made"
    if cls in LAYER_NAMES:
        return LAYER_NAMES[cls]
    module = type.__dict__["__module__"].__get__(cls)
    name = type.__dict__["__qualname__"].__get__(cls)
    return f"{module if type(module) is str else ''}.{name}"[:CELL_CHARACTERS]
