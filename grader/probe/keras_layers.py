"""Looks into layers of Keras' through the lists that Keras keeps in them, without calling their methods."""

import sys
from collections.abc import Iterator
from typing import Any

import torch

VARIABLES = ("keras.src.backend", "keras.src.backend.torch.core")
"""Where Keras has its classes of variables."""


def is_keras(module: Any) -> bool:
    """Whether a module is a layer of Keras', which a model is, too."""
    cls = getattr(sys.modules.get("keras.src.layers.layer"), "Layer", None)
    return isinstance(cls, type) and issubclass(type(module), cls)


def read_inside(module: torch.nn.Module) -> dict[str, Any]:
    """What a module's dictionary holds; empty where it cannot be had."""
    # torch's own way to an object's dictionary: a class of the notebook's may hide it behind a property.
    inside = torch.nn.Module.__dict__["__dict__"].__get__(module)
    return inside if type(inside) is dict else {}


def list_layers(layer: torch.nn.Module) -> list[Any]:
    """The layers that a layer of Keras' holds itself, in Keras' order."""
    return [inner for inner in _list_items(read_inside(layer).get("_layers")) if is_keras(inner)]


def list_variables(layer: torch.nn.Module) -> Iterator[tuple[str, Any]]:
    """The weights that a layer of Keras' has itself, by name; states of random generators are none."""
    known = [getattr(sys.modules.get(home), "Variable", None) for home in VARIABLES]
    for store in ("_trainable_variables", "_non_trainable_variables"):
        for variable in _list_items(read_inside(layer).get(store)):
            if any(type(variable) is cls for cls in known):
                name = variable.__dict__.get("_name")
                yield name if type(name) is str else "", variable.__dict__.get("_value")


def name_layer(layer: torch.nn.Module) -> str:
    """What Keras calls a layer."""
    name = read_inside(layer).get("name")
    return name if type(name) is str else type(layer).__name__


def _list_items(items: Any) -> list[Any]:
    # Keras has a class of lists of its own.
    return list(list.__iter__(items)) if issubclass(type(items), list) else []
