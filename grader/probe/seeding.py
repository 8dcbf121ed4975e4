"""One seed for everybody: the grader's, whatever the notebook asks for."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch


class Seeds:
    """Answers every request for a seed with the grader's own, and remembers what was asked.

    A request keeps its meaning, that the random stream restarts there; only the number is ours. So
    picking a lucky seed changes nothing, and notebooks that differ in nothing but the seed agree.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: list[int] = []
        """Seeds of torch's alone: those of numpy and random start no layer."""
        self._cuda_seed = torch.cuda.manual_seed_all
        self._numpy_seed = np.random.seed
        self._random_seed = random.seed

    def install(self) -> None:
        """Put the grader's seed in the place of the public ways to set one."""

        def seed_torch(seed: Any = None) -> torch.Generator:
            self._remember(seed)
            return self._restart_torch()

        def seed_silently(seed: Any = None) -> None:
            seed_torch(seed)

        def draw_seed() -> int:
            self._restart_torch()
            return self.seed

        torch.manual_seed = seed_torch
        torch.random.manual_seed = seed_torch
        torch.seed = draw_seed
        torch.random.seed = draw_seed
        torch.cuda.manual_seed = seed_silently
        torch.cuda.manual_seed_all = seed_silently
        np.random.seed = self._answer(self._numpy_seed)
        random.seed = self._answer(self._random_seed)

    def restart(self) -> None:
        """Restart every random stream at the grader's seed and forget what was asked so far."""
        self.asked.clear()
        self._restart_torch()
        self._numpy_seed(self.seed % 2**32)
        self._random_seed(self.seed)

    def _restart_torch(self) -> torch.Generator:
        # Not through torch.manual_seed: that imports the compiler first, a second that nobody needs.
        if torch.cuda.is_available():
            self._cuda_seed(self.seed)
        return torch.default_generator.manual_seed(self.seed)

    def _answer(self, original: Callable[[int], Any]) -> Callable[..., Any]:
        def seed_other(seed: Any = None, *_: Any, **__: Any) -> None:
            original(self.seed % 2**32)

        return seed_other

    def _remember(self, seed: Any) -> None:
        # Asked 10,000 times in a loop, the list must not become the evidence.
        if isinstance(seed, int) and len(self.asked) < 64:
            self.asked.append(seed)


def make_deterministic() -> None:
    """Choose the settings under which the same numbers come out twice, on the CPU and on CUDA."""
    torch.set_num_threads(1)
    # The same as use_deterministic_algorithms(True, warn_only=True), which imports the compiler first.
    torch.set_deterministic_debug_mode("warn")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    # TF32 is on by default for cuDNN and makes nn.LSTM differ from the same network written by hand.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


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
