"""Lets a notebook written for a GPU run where there is none."""

import contextlib
import functools
import time
from collections.abc import Callable
from typing import Any

import torch

from grader.probe.patches import Patches

ELSEWHERE = ("cuda", "mps", "xpu")
"""Devices that are answered with the CPU."""

FACTORIES = (
    "arange as_tensor asarray empty empty_like empty_strided eye from_file full full_like linspace logspace "
    "normal ones ones_like rand rand_like randint randint_like randn randn_like randperm scalar_tensor "
    "sparse_coo_tensor tensor tril_indices triu_indices zeros zeros_like"
).split()
NEW_METHODS = ("new_empty", "new_full", "new_ones", "new_tensor", "new_zeros")


class ClockEvent:
    """Stands in for `torch.cuda.Event` where there is no CUDA: the CPU has done its work by then."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._at: float | None = None

    def record(self, *_: Any) -> None:
        """Mark this moment."""
        self._at = time.perf_counter()

    def elapsed_time(self, end: "ClockEvent") -> float:
        """Milliseconds from this moment to another. Raises RuntimeError, as torch does, if one is unset."""
        if self._at is None or end._at is None:
            raise RuntimeError("Both events must be recorded before calculating elapsed time.")
        return 1000 * (end._at - self._at)

    def synchronize(self) -> None:
        """Wait for nothing."""

    def wait(self, *_: Any) -> None:
        """Wait for nothing."""

    def query(self) -> bool:
        """Whether all is done."""
        return True


class DeviceMap:
    """Answers `"cuda:0"` with the CPU, and remembers which devices were asked for.

    Functions are replaced rather than watched by a TorchFunctionMode: a mode that is always on costs a
    fifth of the training time, a replaced `.to` nothing that can be measured.
    """

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def install(self, patches: Patches) -> None:
        """Replace what takes a device by what takes it to the CPU."""
        for name in FACTORIES:
            patches.place(torch, name, self._map_keyword)
        for name in NEW_METHODS:
            patches.place(torch.Tensor, name, self._map_keyword)
        owner: Any
        for owner in (torch.Tensor, torch.nn.Module):
            patches.place(owner, "to", self._map_all)
            owner.cuda = self._make_stay()
        set_default = torch.set_default_device
        torch.set_default_device = lambda device: set_default(self._map_number(device))
        torch.load = self._map_load(torch.load)
        self._install_cuda_functions()

    def _install_cuda_functions(self) -> None:
        cuda: Any = torch.cuda
        # Asked for by nearly every notebook that was written for a GPU; each would raise without one.
        cuda.synchronize = lambda device=None: None
        cuda.set_device = lambda device: None
        cuda.current_device = lambda: 0
        cuda.device = lambda device: contextlib.nullcontext()
        cuda.Event = ClockEvent
        cuda.reset_peak_memory_stats = lambda device=None: None
        cuda.memory_allocated = cuda.max_memory_allocated = lambda device=None: 0
        cuda.get_device_name = lambda device=None: "CPU (no CUDA device here)"

    def map(self, device: Any) -> Any:
        """The CPU for a device that is not here; anything else as it was."""
        if isinstance(device, bool):
            return device
        if isinstance(device, torch.device):
            kind = device.type
        elif isinstance(device, str):
            kind = device.partition(":")[0]
        else:
            return device
        if kind not in ELSEWHERE:
            return device
        self.asked.add(str(device))
        return torch.device("cpu")

    def _map_number(self, device: Any) -> Any:
        # A number as device means a CUDA card.
        return self.map(f"cuda:{device}" if type(device) is int else device)

    def _map_keyword(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("device") is not None:
                kwargs["device"] = self._map_number(kwargs["device"])
            return function(*args, **kwargs)

        return call

    def _map_all(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            args = tuple(
                self.map(value) if isinstance(value, (str, torch.device)) else value for value in args
            )
            # Methods that take a tensor first take the device second; there a number means a CUDA card.
            if len(args) > 1 and type(args[1]) is int:
                args = (args[0], self.map(f"cuda:{args[1]}"), *args[2:])
            if "device" in kwargs:
                kwargs["device"] = self._map_number(kwargs["device"])
            return function(*args, **kwargs)

        return call

    def _map_load(self, load: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(load)
        def call(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
            if not callable(map_location) and not isinstance(map_location, dict):
                map_location = self.map(map_location) if map_location is not None else "cpu"
            return load(f, map_location, *args, **kwargs)

        return call

    def _make_stay(self) -> Callable[..., Any]:
        def stay(target: Any, *_: Any, **__: Any) -> Any:
            self.asked.add("cuda")
            return target

        return stay

    def describe(self) -> str | None:
        """A note on what was asked for, or None."""
        if not self.asked:
            return None
        return f"{', '.join(sorted(self.asked))} was asked for; the run took place on the CPU."
