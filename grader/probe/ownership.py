"""Knows which module owns a tensor, and which classes of the notebook's own took part."""

import functools
import types
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.modules.module import (
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from torch.utils.weak import WeakIdKeyDictionary

from grader.probe.keras_layers import is_keras, list_layers, list_variables
from grader.probe.places import Place, Places

LAYER_NAMES = {
    cls: f"{cls.__module__}.{cls.__qualname__}"
    for cls in vars(torch.nn).values()
    if isinstance(cls, type) and issubclass(cls, torch.nn.Module)
}
"""Names of torch's own layers, from before a notebook could rename them."""

KERAS_VARIABLES = "_torch_params"
"""Where a layer of Keras' shows torch its parameters, and those of all layers in it."""
NOTEBOOK_MODULE = "__main__"
"""Where classes that a notebook defines live."""

CONTENTS_SEEN = 100
"""Elements of a list or dictionary that are looked at for modules."""


@dataclass(frozen=True)
class Owner:
    """Who owns a tensor."""

    module: torch.nn.Module
    name: str
    """The tensor's name there."""
    ancestors: tuple[torch.nn.Module, ...]
    """The module and those that hold it, at any depth."""


class Ownership:
    """Follows torch's registration hooks from the birth of every module.

    Names of variables say nothing: students call a Linear `cook` and an RNN `net`. Who registered a
    parameter, and inside whom, cannot be renamed.
    """

    def __init__(self, places: Places, seeds: Sequence[int]) -> None:
        """`seeds` are those that the present task has asked for, as far as it has."""
        self.ran: set[int] = set()
        """Ids of modules of the notebook's own classes whose methods ran since this was last emptied."""
        self._owners: Any = WeakIdKeyDictionary()
        self._of_keras: Any = WeakIdKeyDictionary()
        """Owners among the layers of Keras', all of whose parameters torch sees in the outermost, too."""
        self._parents: Any = weakref.WeakKeyDictionary()
        self._watched: weakref.WeakSet[type] = weakref.WeakSet()
        self._places = places
        self._built: Any = weakref.WeakKeyDictionary()
        self._seeds = seeds
        self.built_unseeded = False
        """Whether the present task has built a layer before it asked for any seed."""

    def install(self) -> None:
        """Register torch's global hooks."""
        register_module_parameter_registration_hook(self._add_parameter)
        register_module_module_registration_hook(self._add_module)

    def find_owner(self, tensor: torch.Tensor) -> Owner | None:
        """The module that registered this parameter last; None if none did, or it is gone."""
        reference, name = self._of_keras.get(tensor) or self._owners.get(tensor, (None, ""))
        module = reference() if reference else None
        return None if module is None else Owner(module, name, tuple(self.list_ancestors(module)))

    def find_place(self, module: torch.nn.Module) -> Place | None:
        """The line of the notebook that built a module; None if none is known."""
        place: Place | None = self._built.get(module)
        return place

    def adopt_copies(self, namespace: Mapping[str, Any]) -> None:
        """Learn the modules that stand in the notebook's variables, or in lists and dictionaries there.

        A module that was copied with `copy.deepcopy`, or unpickled, was never registered by anybody.
        """
        values = list(namespace.values())
        for value in values[:]:
            if type(value) in (list, tuple):
                values.extend(value[:CONTENTS_SEEN])
            elif type(value) is dict:
                values.extend(list(value.values())[:CONTENTS_SEEN])
        for value in values:
            # Asking a model of Keras' would change it, and its layers have shown their parameters when built.
            if isinstance(value, torch.nn.Module) and not is_keras(value):
                for module in value.modules():
                    for name, parameter in module.named_parameters(recurse=False):
                        if parameter not in self._owners:
                            self._add_parameter(module, name, parameter)
                    for name, child in module.named_children():
                        self._add_module(module, name, child)

    def list_ancestors(self, module: torch.nn.Module) -> list[torch.nn.Module]:
        """The modules that hold this one, at any depth, itself first."""
        found = [module]
        for known in found:
            for parent in self._parents.get(known, ()):
                if all(parent is not other for other in found):
                    found.append(parent)
        return found

    def _add_parameter(self, module: torch.nn.Module, name: str, parameter: Any) -> None:
        self._watch_class(type(module))
        if isinstance(parameter, torch.Tensor):
            self._owners[parameter] = (weakref.ref(module), name)
            self.built_unseeded |= not self._seeds
            if module not in self._built and (place := self._places.find()) is not None:
                self._built[module] = place

    def _add_module(self, module: torch.nn.Module, name: str, child: Any) -> None:
        self._watch_class(type(module))
        if isinstance(child, torch.nn.Module):
            self._parents.setdefault(child, weakref.WeakSet()).add(module)
        if name == KERAS_VARIABLES and is_keras(module):
            self._adopt_layers(module)

    def _adopt_layers(self, layer: torch.nn.Module) -> None:
        """Learn whose the parameters are that a layer of Keras' shows to torch, all those in it included.

        Keras keeps its layers in lists, which torch does not hear of.
        """
        waiting = [layer]
        for known in waiting:
            if known not in self._built and (place := self._places.find()) is not None:
                self._built[known] = place
            for name, tensor in list_variables(known):
                if isinstance(tensor, torch.Tensor):
                    self._of_keras[tensor] = weakref.ref(known), name
            for inner in list_layers(known):
                self._parents.setdefault(inner, weakref.WeakSet()).add(known)
                if all(inner is not other for other in waiting):
                    waiting.append(inner)

    def _watch_class(self, cls: type) -> None:
        for base in cls.__mro__:
            if base.__module__ == NOTEBOOK_MODULE and base not in self._watched:
                self._watched.add(base)
                for name, value in list(vars(base).items()):
                    # Not `__call__` alone: many notebooks call `net.forward(x)` or a method of their own.
                    if isinstance(value, types.FunctionType) and (
                        name == "__call__" or not name.startswith("__")
                    ):
                        setattr(base, name, self._mark(value))

    def _mark(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self_: Any, *args: Any, **kwargs: Any) -> Any:
            self.ran.add(id(self_))
            return method(self_, *args, **kwargs)

        return call


def name_class(cls: type) -> str:
    """Qualified name, such as `torch.nn.modules.rnn.RNNCell`."""
    return LAYER_NAMES.get(cls) or f"{cls.__module__}.{cls.__qualname__}"[:200]
