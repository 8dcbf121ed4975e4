"""Marks of what a name stands for: equal before and after as long as nothing has changed the object."""

import functools
import hashlib
import random
import re
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from grader.probe.ownership import NOTEBOOK_MODULE

MOST_PARTS = 50_000
"""Objects that are looked at for one mark."""

PLAIN = (bool, int, float, complex, str, bytes, range, type(None), type(Ellipsis))
LISTS = (list, tuple, deque, torch.Size)
DICTS = (dict, Counter, OrderedDict, defaultdict, types.MappingProxyType)
FIXED = (
    types.ModuleType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.CodeType,
    torch.dtype,
    torch.device,
    np.dtype,
    np.ufunc,
    re.Pattern,
)
"""What has no state of its own that a notebook depends on, or is looked at by itself, as modules are."""


class Unmarkable(Exception):
    """Something whose state cannot be seen from outside."""


def mark(value: Any) -> str | None:
    """The mark of an object and of all that it holds; None where that cannot be seen."""
    try:
        return _Marker().mark(value)
    except Unmarkable:
        return None


class _Marker:
    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self._seen: dict[int, int] = {}
        self._held: list[Any] = []
        """What was seen, so that no other object gets its id."""

    def mark(self, value: Any) -> str:
        self._add(value)
        return self._digest.hexdigest()

    def _say(self, *words: object) -> None:
        for word in words:
            text = repr(word).encode()
            self._digest.update(b"%d:" % len(text) + text)

    def _add(self, value: Any) -> None:
        kind = type(value)
        if kind in PLAIN:
            # Python writes out no number of more than some thousand digits; hexadecimal it does.
            self._say(kind.__name__, hex(value) if kind is int else value)
            return
        if id(value) in self._seen:
            self._say("seen", self._seen[id(value)])
            return
        self._seen[id(value)] = len(self._seen)
        self._held.append(value)
        if len(self._seen) > MOST_PARTS:
            raise Unmarkable
        try:
            self._add_object(value, kind)
        except RecursionError:
            raise Unmarkable from None

    def _add_all(self, name: str, values: Iterable[Any]) -> None:
        values = list(values)
        self._say(name, len(values))
        for value in values:
            self._add(value)

    def _add_object(self, value: Any, kind: type) -> None:
        if kind in LISTS:
            self._add_all(kind.__name__, value)
        elif kind in DICTS:
            self._add_all(kind.__name__, (part for pair in value.items() for part in pair))
        elif kind in (set, frozenset):
            self._say(kind.__name__, sorted(str(mark(part)) for part in value))
            if any(mark(part) is None for part in value):
                raise Unmarkable
        elif isinstance(value, torch.Tensor):
            self._add_tensor(value)
        elif kind is np.ndarray or isinstance(value, np.generic):
            self._add_array(np.asarray(value))
        elif isinstance(value, torch.Generator):
            self._add_tensor(value.get_state())
        elif kind is np.random.Generator:
            self._add(value.bit_generator.state)
        elif kind is np.random.RandomState:
            self._add(value.get_state(legacy=False))
        elif kind is random.Random:
            self._add(value.getstate())
        elif isinstance(value, FIXED):
            self._say("fixed", id(value))
        elif kind is types.FunctionType:
            self._add_function(value)
        elif isinstance(value, types.MethodType):
            # The module `random` and its functions share a stream that begins anew with every task.
            is_shared = isinstance(value.__self__, random.Random)
            self._add_all("method", [value.__func__, *([] if is_shared else [value.__self__])])
        elif kind in (staticmethod, classmethod):
            self._add_all(kind.__name__, [value.__func__])
        elif kind is property:
            self._add_all("property", [value.fget, value.fset, value.fdel])
        elif kind is functools.partial:
            self._add_all("partial", [value.func, value.args, value.keywords])
        elif isinstance(value, type):
            self._add_class(value)
        else:
            self._add_instance(value, kind)

    def _add_tensor(self, value: torch.Tensor) -> None:
        # A graph that one backward pass has used up is gone for the next.
        if value.grad_fn is not None or value.layout != torch.strided or value.is_quantized:
            raise Unmarkable
        self._say("tensor", tuple(value.shape), str(value.dtype), str(value.device), value.requires_grad)
        plain = value.detach().cpu().contiguous().reshape(-1)
        self._digest.update(plain.view(torch.uint8).numpy().data if plain.numel() else b"")
        self._add_all("grad", [value.grad, vars(value)])

    def _add_array(self, value: np.ndarray[Any, Any]) -> None:
        if value.dtype.hasobject:
            raise Unmarkable
        self._say("array", value.shape, str(value.dtype), value.flags.writeable)
        self._digest.update(np.ascontiguousarray(value).tobytes())

    def _add_function(self, value: types.FunctionType) -> None:
        self._say("function", id(value.__code__))
        # A library's functions are told from each other, and left alone.
        if value.__module__ == NOTEBOOK_MODULE:
            cells = []
            for cell in value.__closure__ or ():
                try:
                    cells.append(cell.cell_contents)
                except ValueError:
                    self._say("empty")
            self._add_all("inside", [value.__defaults__, value.__kwdefaults__, vars(value), *cells])

    def _add_class(self, value: type) -> None:
        self._say("class", id(value))
        if value.__module__ == NOTEBOOK_MODULE:
            own = {name: part for name, part in vars(value).items() if not name.startswith("_abc")}
            for name in ("__dict__", "__weakref__", "__annotations__"):
                own.pop(name, None)
            # The probe puts marks around methods, once a class is used.
            own = {name: getattr(part, "__wrapped__", part) for name, part in own.items()}
            self._add_all("body", [part for pair in own.items() for part in pair])
            self._add_all("bases", value.__bases__)

    def _add_instance(self, value: Any, kind: type) -> None:
        bases = [base for base in kind.__mro__ if base is not object]
        slots = [name for base in bases for name in _list_slots(base)]
        # What is written in C may hold anything: a position, a buffer, a file.
        if not all(map(_is_python, bases)) or not (slots or hasattr(value, "__dict__")):
            raise Unmarkable
        self._add(kind)
        self._add(getattr(value, "__dict__", None))
        self._add_all("slots", [getattr(value, name, None) for name in slots])


def _list_slots(base: type) -> list[str]:
    slots = vars(base).get("__slots__", ())
    return [name for name in ([slots] if isinstance(slots, str) else slots) if not name.startswith("__")]


def _is_python(base: type) -> bool:
    """Whether a class is written in Python, in a notebook or in a module."""
    module = sys.modules.get(base.__module__)
    file = getattr(module, "__file__", None) or ""
    is_here = base.__module__ == NOTEBOOK_MODULE or file.endswith(".py")
    return is_here and bool(base.__flags__ & HEAP_TYPE) and base not in STATEFUL


HEAP_TYPE = 1 << 9
"""CPython's flag of classes that are made while a program runs."""
STATEFUL = frozenset({type(functools.lru_cache(abs))})
"""Classes that pass for Python's own and hold what cannot be seen."""
