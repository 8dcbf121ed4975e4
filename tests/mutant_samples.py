"""Runs the code of a training, and tells where two of them part."""

from typing import Any

import numpy as np
import torch

SEEN = 1e-5
"""Less than what AdamW in the place of Adam changes at step 1, the nearest fault that docs/judging.md has."""


def fit(source: str, **names: Any) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Softmax of what the loss is given at each step, and the names that are left."""
    fitted = []
    true_loss = torch.nn.functional.cross_entropy

    def watch(values: torch.Tensor, *others: Any, **options: Any) -> torch.Tensor:
        fitted.append(torch.softmax(values.detach(), -1).numpy())
        return true_loss(values, *others, **options)

    torch.nn.functional.cross_entropy = watch
    try:
        exec(compile(source, "answer", "exec"), names)
    finally:
        torch.nn.functional.cross_entropy = true_loss
    return fitted, names


def part(first: list[np.ndarray], second: list[np.ndarray], seen: float = SEEN) -> int | None:
    """The first step at which two trainings differ."""
    steps = enumerate(zip(first, second, strict=True))
    return next((step for step, (a, b) in steps if not np.allclose(a, b, rtol=0, atol=seen)), None)
