"""Where layers get their initial values from: the same on every device, and in one replay in any order."""

import functools
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import torch


def initialise_on_cpu() -> None:
    """Let random fills of CUDA tensors be drawn by the CPU's generator and moved.

    The generators of CPU and CUDA differ by design. Drawn this way, a layer starts from the same values
    on every device.
    """
    for name in ("uniform_", "normal_"):
        setattr(torch.Tensor, name, _draw_on_cpu(getattr(torch.Tensor, name)))


def _draw_on_cpu(fill: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def fill_from_cpu(self: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if not self.is_cuda or kwargs.get("generator") is not None:
            return fill(self, *args, **kwargs)
        with torch.no_grad():
            return self.copy_(fill(torch.empty_like(self, device="cpu"), *args, **kwargs))

    return fill_from_cpu


def initialise_by_layer(seed: int) -> None:
    """Let a layer's initial values depend on the seed, its class and its shapes, and on nothing else.

    Built in another order, or after other layers, it starts from the same values. Two layers that are
    alike start alike, too: a notebook may build one to copy from and one to copy to in either order.
    Draws of the notebook's own keep their stream.
    """
    for cls in _list_layer_classes():
        method = vars(cls)["reset_parameters"]
        cls.reset_parameters = _reset_alone(method, seed)


def _list_layer_classes() -> Iterator[type[Any]]:
    waiting: list[type[torch.nn.Module]] = [torch.nn.Module]
    for cls in waiting:
        waiting += [found for found in cls.__subclasses__() if found not in waiting]
        if cls.__module__.startswith("torch.nn.modules.") and "reset_parameters" in vars(cls):
            yield cls


def _reset_alone(method: Callable[..., Any], seed: int) -> Callable[..., Any]:
    @functools.wraps(method)
    def reset_parameters(self: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        stream = torch.default_generator.get_state()
        torch.default_generator.manual_seed(_derive_seed(seed, self))
        try:
            return method(self, *args, **kwargs)
        finally:
            torch.default_generator.set_state(stream)

    return reset_parameters


def _derive_seed(seed: int, layer: torch.nn.Module) -> int:
    kind = next(cls.__name__ for cls in type(layer).__mro__ if cls.__module__.startswith("torch.nn."))
    shapes = [(name, tuple(values.shape)) for name, values in layer.named_parameters(recurse=False)]
    digest = hashlib.sha256(f"{seed} {kind} {shapes}".encode()).digest()
    return int.from_bytes(digest[:6], "big")
