"""The functions of torch that the probe stands in for, and what stood there before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

Function = Callable[..., Any]


class Patches:
    """Puts wrappers in the place of functions, and takes them out where torch needs its own.

    torch's script compiler knows its functions by identity and reads their source: it finds neither in a
    wrapper.
    """

    def __init__(self) -> None:
        self._placed: list[tuple[Any, str, Function, Function]] = []

    def place(self, owner: Any, name: str, wrap: Callable[[Function], Function]) -> None:
        """Put `wrap(function)` in the place of a function."""
        original = getattr(owner, name)
        wrapper = wrap(original)
        self._placed.append((owner, name, original, wrapper))
        setattr(owner, name, wrapper)

    def free_scripting(self) -> None:
        """Let `torch.jit.script` see torch as it was."""
        script = torch.jit.script

        def compile_script(*args: Any, **kwargs: Any) -> Any:
            with self._lifted():
                return script(*args, **kwargs)

        torch.jit.script = compile_script

    @contextmanager
    def _lifted(self) -> Iterator[None]:
        # What the notebook itself has put there stays; so does what is lifted already, since the compiler
        # calls itself.
        lifted = [placed for placed in self._placed if getattr(placed[0], placed[1]) is placed[3]]
        for owner, name, original, _ in lifted:
            setattr(owner, name, original)
        try:
            yield
        finally:
            for owner, name, _, wrapper in lifted:
                setattr(owner, name, wrapper)
