"""Reads a network's parameters and layers without calling its methods.

A network is walked through the dictionaries that torch keeps in each module, and through the lists that Keras
keeps in each of its layers: a model of Keras' is a torch module whose parameters stand there a second time,
beside the states of its random generators.
"""

import hashlib
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from grader.probe.collector import Collector
from grader.probe.keras_layers import is_keras, list_layers, list_variables, name_layer, read_inside
from grader.probe.plain import DICTIONARIES, TENSORS, name_type, read_scalar
from grader.values import Configured, NetworkValue, Parameter, Scalar

PARAMETERS, MODULES = 500, 2_000
LAYERS, SETTINGS = 200, 40
DIGESTED = 4_000_000
"""Elements of a network whose values are told from others': hashing them takes hundredths of a second."""
OF_NO_LAYER = frozenset({"training", "name"})
"""Attributes of every layer that say nothing of how it is set up."""


@dataclass(frozen=True)
class Node:
    """A module within a network."""

    module: torch.nn.Module
    prefix: str
    """What the names of its parameters begin with."""


def read_network(
    module: torch.nn.Module, collector: Collector, printed: Iterable[tuple[Any, int]] = ()
) -> NetworkValue:
    """A network's own parameters and layers; `printed` are the networks that cells printed, with sizes."""
    found: list[Parameter] = []
    left_out = 0
    storages: set[tuple[int, int]] = set()
    trainable: list[torch.Tensor] = []
    nodes = list(walk_network(module))
    for name, tensor in list_parameters(nodes):
        if type(tensor) not in TENSORS or len(found) >= PARAMETERS or collector.nodes_left <= 0:
            left_out += 1
            continue
        collector.nodes_left -= 1
        place = (tensor.untyped_storage().data_ptr(), int(tensor.storage_offset()))
        is_shared = place in storages and tensor.numel() > 0
        storages.add(place)
        if tensor.requires_grad:
            trainable.append(tensor)
        found.append(
            Parameter(
                name=collector.cut(name),
                shape=tuple(tensor.shape),
                elements=0 if is_shared else tensor.numel(),
                trainable=tensor.requires_grad,
            )
        )
    bases = [base for base in type.mro(type(module)) if issubclass(base, torch.nn.Module)]
    return NetworkValue(
        name=name_type(type(module)),
        bases=tuple(collector.cut(name_type(base)) for base in bases),
        parameters=tuple(found),
        left_out=left_out,
        layers=tuple(_read_layers(nodes, collector)),
        digest="" if left_out else digest_tensors(trainable),
        printed=tuple(count for other, count in printed if other is module),
    )


def count_parameters(module: torch.nn.Module) -> int:
    """Elements of all parameters that a network has by now."""
    tensors = (tensor for _, tensor in list_parameters(walk_network(module)) if type(tensor) in TENSORS)
    return sum(tensor.numel() for tensor in tensors)


def digest_tensors(tensors: Iterable[torch.Tensor]) -> str:
    """What tells these values from others, in any order; empty for none and for too many."""
    tensors = list(tensors)
    if not tensors or sum(tensor.numel() for tensor in tensors) > DIGESTED:
        return ""
    digests = []
    for tensor in tensors:
        plain = tensor.detach().cpu().contiguous()
        digest = hashlib.blake2b(f"{tuple(plain.shape)} {plain.dtype}".encode(), digest_size=16)
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().data if plain.numel() else b"")
        digests.append(digest.hexdigest())
    return hashlib.blake2b(" ".join(sorted(digests)).encode(), digest_size=16).hexdigest()


def walk_network(module: torch.nn.Module) -> Iterator[Node]:
    """A network and all modules in it, each once, outer ones first."""
    seen: set[int] = set()
    waiting = [Node(module, "")]
    while waiting and len(seen) < MODULES:
        node = waiting.pop(0)
        if id(node.module) in seen or not issubclass(type(node.module), torch.nn.Module):
            continue
        seen.add(id(node.module))
        yield node
        if is_keras(node.module):
            layers = list_layers(node.module)
            inner = [Node(layer, f"{node.prefix}{name_layer(layer)}.") for layer in layers]
            # As Keras itself counts them: all of a layer before the next.
            waiting = [*inner, *waiting]
        else:
            children = _list_entries(read_inside(node.module).get("_modules"))
            waiting += [Node(child, f"{node.prefix}{name}.") for name, child in children]


def list_parameters(nodes: Iterable[Node]) -> Iterator[tuple[str, Any]]:
    """The parameters that these modules themselves have, each once, by dotted name."""
    seen: set[int] = set()
    for node in nodes:
        if is_keras(node.module):
            entries = list(list_variables(node.module))
        else:
            entries = _list_entries(read_inside(node.module).get("_parameters"))
        for name, tensor in entries:
            if tensor is not None and id(tensor) not in seen:
                seen.add(id(tensor))
                yield f"{node.prefix}{name}", tensor


def read_settings(inside: dict[str, Any]) -> dict[str, Scalar]:
    """The plain values among an object's public attributes, and the names of functions."""
    settings: dict[str, Scalar] = {}
    for name, value in list(inside.items()):
        if type(name) is not str or name.startswith("_") or name in OF_NO_LAYER:
            continue
        plain = value.__name__ if type(value) is types.FunctionType else read_scalar(value)
        if plain is not None and type(value) not in TENSORS and len(settings) < SETTINGS:
            settings[name] = plain
    return settings


def _read_layers(nodes: Iterable[Node], collector: Collector) -> Iterator[Configured]:
    for number, node in enumerate(nodes):
        if number >= LAYERS or collector.nodes_left <= 0:
            return
        collector.nodes_left -= 1
        name = name_type(type(node.module))
        settings = _set_up(node.module, name)
        yield Configured(
            name=collector.cut(name),
            settings={
                collector.cut(key, 40): collector.cut(each) if isinstance(each, str) else each
                for key, each in settings.items()
            },
        )


def _set_up(module: torch.nn.Module, name: str) -> dict[str, Scalar]:
    """How a layer is set up. What a recurrent layer of Keras' leaves to its cell is the layer's, too."""
    inside = read_inside(module)
    settings = read_settings(inside)
    cell = dict(_list_entries(inside.get("_modules"))).get("cell")
    if isinstance(cell, torch.nn.Module) and is_keras(module) and is_keras(cell):
        settings = {**read_settings(read_inside(cell)), **settings}
    if "Dropout" in name.rpartition(".")[2]:
        # torch calls it p and Keras rate; recurrent layers of both call it dropout.
        for key in ("p", "rate"):
            if key in settings:
                settings["dropout"] = settings[key]
    return settings


def _list_entries(entries: Any) -> list[tuple[str, Any]]:
    if type(entries) not in DICTIONARIES:
        return []
    return [(name, entry) for name, entry in dict.items(entries) if type(name) is str]
