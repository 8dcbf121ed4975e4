"""Who decides where the random streams start: the grader, or in one replay the notebook itself."""

import random
import sys
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch.utils.data import RandomSampler

from grader.probe.places import Place, Places

SEEDS_KEPT = 64
"""Asked 10,000 times in a loop, seeds must not become the evidence."""
DRAWN = frozenset({RandomSampler.__iter__.__code__})
"""Code of torch's that draws the seed of a stream of its own from ours, another one for each epoch."""
SPREAD = 0x9E3779B1
"""Between the seeds of streams, which count up from theirs: far apart, and no two alike."""


class Seeds:
    """Answers every request for a seed with the grader's own, and remembers what was asked.

    A request keeps its meaning, that the random stream restarts there; only the number is ours. So
    picking a lucky seed changes nothing, and notebooks that differ in nothing but the seed agree. With
    `own` a notebook gets the numbers it asks for. A task that asks for none starts at the one that was
    asked for last outside all tasks, or at the grader's: whoever left it open gets one seed for all tasks.
    """

    def __init__(self, seed: int, places: Places, *, own: bool = False) -> None:
        self.seed = seed
        self.asked: list[int] = []
        """Seeds of torch's alone: those of numpy and random start no layer."""
        self.place: Place | None = None
        """Where the last of them was asked for."""
        self.in_task = False
        self.mixes = False
        """Whether the task at hand repeats a training under several seeds, which must stay different ones."""
        self.on_restart: list[Callable[[], None]] = []
        """Called whenever torch's stream starts anew."""
        self._own = own
        self._ambient = seed
        self._places = places
        self._cuda_seed = torch.cuda.manual_seed_all
        self._numpy_seed = np.random.seed
        self._random_seed = random.seed
        self._generator = torch.Generator
        self._stated: dict[int, int] = {}
        """Seeds stated for single streams, in the order in which the present task has stated them."""

    def install(self) -> None:
        """Stand in the place of the public ways to set a seed."""

        def seed_torch(seed: Any = None) -> torch.Generator:
            self._remember(seed)
            return self._restart_torch(self._choose(seed))

        def seed_random(seed: Any = None) -> torch.Generator:
            # Another object: where both are one, torch's compiler wraps manual_seed when it is imported.
            return seed_torch(seed)

        def seed_silently(seed: Any = None) -> None:
            seed_torch(seed)

        def draw_seed() -> int:
            self._restart_torch(self.seed)
            return self.seed

        seeds = self

        generator: Any = torch.Generator
        metaclass: Any = type(generator)

        class AnyGenerator(metaclass):
            """Lets torch's own generators count as what they are."""

            def __instancecheck__(cls, instance: Any) -> bool:
                return isinstance(instance, generator)

        class Generator(generator, metaclass=AnyGenerator):
            """A generator of the notebook's own: another stream, and not another seed."""

            def manual_seed(self, seed: int) -> torch.Generator:
                """Restart this stream."""
                if sys._getframe(1).f_code in DRAWN:
                    super().manual_seed(seed)
                    return self
                seeds._remember(seed)
                super().manual_seed(seeds._choose(seed))
                return self

            def seed(self) -> int:
                """Restart this stream at the grader's seed, where torch would ask the machine for one."""
                super().manual_seed(seeds.seed)
                return seeds.seed

        torch.manual_seed = seed_torch
        torch.random.manual_seed = seed_random
        torch.seed = draw_seed
        torch.random.seed = draw_seed
        torch.cuda.manual_seed = seed_silently
        torch.cuda.manual_seed_all = seed_silently
        library: Any = torch
        library.Generator = Generator
        np.random.seed = self._answer(self._numpy_seed)
        random.seed = self._answer(self._random_seed)

    def make_generator(self, device: Any) -> torch.Generator:
        """One that takes the numbers it is given: for libraries, whose numbers are drawn from ours."""
        return self._generator(device=device)

    def answer_stated(self, seed: int) -> int:
        """What a seed stated for one stream becomes: ours, and another one for each that is stated.

        Keras gives each layer a seed of its own, which must not make all of them alike.
        """
        if self._own:
            return seed
        return (self.seed + self._stated.setdefault(seed, len(self._stated)) * SPREAD) % 2**32

    def restart(self) -> None:
        """Restart every random stream, as each task begins, and forget what was asked so far."""
        self._stated.clear()
        self.asked.clear()
        self.place = None
        self._restart_torch(self._ambient)
        self._numpy_seed(self.seed % 2**32)
        self._random_seed(self.seed)

    def _restart_torch(self, seed: int) -> torch.Generator:
        # Not through torch.manual_seed: that imports the compiler first, a second that nobody needs.
        if torch.cuda.is_available():
            self._cuda_seed(seed)
        for note in self.on_restart:
            note()
        return torch.default_generator.manual_seed(seed)

    def _choose(self, seed: Any) -> int:
        if not isinstance(seed, Integral):
            return self.seed
        if not self._own:
            return self._mix(int(seed))
        if not self.in_task:
            self._ambient = int(seed)
        return int(seed)

    def _mix(self, seed: int) -> int:
        """The grader's seed, or one that follows from it and from what was asked for."""
        return (self.seed + seed) % 2**31 if self.mixes and self.in_task else self.seed

    def _answer(self, original: Callable[[int], Any]) -> Callable[..., Any]:
        def seed_other(seed: Any = None, *_: Any, **__: Any) -> None:
            number = self.seed
            if isinstance(seed, Integral):
                number = int(seed) if self._own else self._mix(int(seed))
            original(number % 2**32)

        return seed_other

    def _remember(self, seed: Any) -> None:
        if isinstance(seed, Integral) and len(self.asked) < SEEDS_KEPT:
            self.asked.append(int(seed))
            self.place = self._places.find()


def make_deterministic() -> None:
    """Choose the settings under which the same numbers come out twice, on the CPU and on CUDA."""
    torch.set_num_threads(1)
    # The same as use_deterministic_algorithms(True, warn_only=True), which imports the compiler first.
    torch.set_deterministic_debug_mode("warn")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    allow_no_tf32()


def allow_no_tf32() -> None:
    """Compute in float32 where float32 is asked for."""
    # TF32 is on by default for cuDNN and makes nn.LSTM differ from the same network written by hand.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
