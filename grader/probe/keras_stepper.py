"""An optimizer of Keras', as those who follow a training take one of torch's."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch

SETTINGS = (
    "rho", "momentum", "nesterov", "beta_1", "beta_2", "epsilon", "centered", "amsgrad", "weight_decay",
    "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "gradient_accumulation_steps",
)  # fmt: skip
"""What Keras' optimizers can be told besides the learning rate."""


class KerasStepper:
    """What an optimizer of Keras' steps, and how it is set up. Keras knows nothing of torch's optimizers."""

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.tensors: list[torch.Tensor] = []
        """Of the step at hand: those that a gradient was handed over for."""

    @property
    def kind(self) -> type:
        """The optimizer's own class."""
        return type(self.optimizer)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """As torch's optimizers have them: one group."""
        return [{"params": self.tensors, **self._read_settings()}]

    def hold(self, gradients: Iterable[Any], variables: Sequence[Any] | None) -> None:
        """Note what is about to be stepped; without variables those that the optimizer was built with."""
        known = self.optimizer._trainable_variables if variables is None else variables
        pairs = zip(gradients, known, strict=False)
        values = [
            getattr(variable, "value", variable) for gradient, variable in pairs if gradient is not None
        ]
        self.tensors = [value for value in values if isinstance(value, torch.Tensor)]

    def _read_settings(self) -> dict[str, Any]:
        inside = vars(self.optimizer)
        rate = inside.get("_learning_rate")
        value = getattr(rate, "_value", None)
        settings = {name: inside[name] for name in SETTINGS if name in inside}
        return {"lr": value.item() if isinstance(value, torch.Tensor) else type(rate).__name__, **settings}
