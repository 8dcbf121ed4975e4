"""Follows training in Keras, whose optimizers and loops torch's hooks do not see.

Losses and backward passes are torch's own and seen as such. Beyond them this looks at four places that every
training of Keras' passes: an optimizer's `apply`, `fit`, the end of an epoch, and `summary`. Nothing of it is
imported before a notebook imports Keras.
"""

import functools
import importlib
import math
import sys
from collections.abc import Callable
from typing import Any

import torch

from grader.probe.collector import CELL_CHARACTERS
from grader.probe.keras_stepper import KerasStepper
from grader.probe.networks import read_settings
from grader.probe.plain import name_type
from grader.probe.seeding import Seeds
from grader.probe.stopping import Stopper, call_after
from grader.probe.watcher import Watcher
from grader.values import Configured

LOGS, CALLBACKS = 40, 20
NO_DOWNLOAD = (
    "{} cannot be downloaded: nothing can where this is graded. Use the data that the notebook's set-up "
    "cells prepare, or data that come inside a package. "
    "(채점 환경에서는 내려받기가 되지 않습니다. 노트북의 준비 셀에서 만든 데이터를 사용하세요.)"
)


class KerasWatch:
    """Stands in Keras' way once a notebook has it, and hands what it sees to the watcher."""

    def __init__(self, watcher: Watcher, seeds: Seeds, stopper: Stopper | None, *, on_cuda: bool) -> None:
        self._watcher = watcher
        self._seeds = seeds
        self._stopper = stopper
        self._device = "cuda" if on_cuda else "cpu"
        self._steppers: dict[int, KerasStepper] = {}
        """By the id of their optimizers, which they hold."""
        self._fitting: list[Any] = []
        """Models whose `fit` is under way, the innermost last."""
        self.is_installed = False

    def install(self) -> None:
        """Take the places, if Keras has been imported by now with torch below it."""
        if self.is_installed or "keras.src.backend.torch.trainer" not in sys.modules:
            return
        self.is_installed = True
        # Chosen by the launcher, which must not ask for CUDA.
        _find("backend.torch.core").DEFAULT_DEVICE = self._device
        optimizer = _find("optimizers.base_optimizer").BaseOptimizer
        optimizer.__init__ = call_after(optimizer.__init__, self._see_birth)
        optimizer.apply = self._watch_apply(optimizer.apply)
        trainer = _find("backend.torch.trainer").TorchTrainer
        trainer.fit = self._watch_fit(trainer.fit)
        callbacks = _find("callbacks.callback_list").CallbackList
        callbacks.on_epoch_end = self._watch_epoch(callbacks.on_epoch_end)
        model = _find("models.model").Model
        model.summary = self._watch_summary(model.summary)
        _find("backend.torch.random").torch_seed_generator = self._make_generator
        _find("utils.file_utils").urlretrieve = _refuse_download
        self.restart()

    def restart(self) -> None:
        """Let Keras' own random streams start anew, as each task begins."""
        if self.is_installed:
            # The next one is drawn from Python's stream, which starts at the grader's seed.
            name = _find("random.seed_generator").GLOBAL_SEED_GENERATOR
            _find("backend.common.global_state").set_global_attribute(name, None)

    def list_watched(self) -> list[tuple[Any, str]]:
        """What a notebook should leave alone: owners and names."""
        if not self.is_installed:
            return []
        return [
            (_find("optimizers.base_optimizer").BaseOptimizer, "apply"),
            (_find("backend.torch.trainer").TorchTrainer, "fit"),
            (_find("backend.torch.trainer").TorchTrainer, "train_step"),
            (_find("callbacks.callback_list").CallbackList, "on_epoch_end"),
            (_find("models.model").Model, "summary"),
        ]

    def _see_birth(self, optimizer: Any) -> None:
        stepper = self._steppers[id(optimizer)] = KerasStepper(optimizer)
        self._watcher.see_birth(stepper)

    def _find_stepper(self, optimizer: Any) -> KerasStepper:
        known = self._steppers.get(id(optimizer))
        if known is None:
            # Built before anybody looked, or without its class's own constructor.
            known = self._steppers[id(optimizer)] = KerasStepper(optimizer)
        return known

    def _watch_apply(self, apply: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(apply)
        def call(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
            gradients = list(grads)
            variables = None if trainable_variables is None else list(trainable_variables)
            stepper = self._find_stepper(optimizer)
            self._watcher.tell(lambda trace: stepper.hold(gradients, variables))
            self._watcher.see_coming_step(stepper)
            try:
                result = apply(optimizer, gradients, variables)
            except BaseException:
                self._watcher.drop_step(stepper)
                raise
            self._watcher.see_step(stepper)
            if self._fitting and self._stopper is not None and self._stopper.has_stopped(stepper):
                self._fitting[-1].stop_training = True
            return result

        return call

    def _watch_fit(self, fit: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fit)
        def call(model: Any, *args: Any, **kwargs: Any) -> Any:
            self._fitting.append(model)
            try:
                return fit(model, *args, **kwargs)
            finally:
                self._fitting.pop()

        return call

    def _watch_epoch(self, on_epoch_end: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(on_epoch_end)
        def call(callbacks: Any, epoch: int, logs: Any = None) -> Any:
            optimizer = getattr(self._fitting[-1], "optimizer", None) if self._fitting else None
            if optimizer is not None:
                stepper = self._find_stepper(optimizer)
                # Before the callbacks, one of which may change what was trained.
                self._watcher.tell(
                    lambda trace: trace.add_epoch(stepper, _read_logs(logs), _describe(callbacks))
                )
            return on_epoch_end(callbacks, epoch, logs)

        return call

    def _watch_summary(self, summary: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(summary)
        def call(model: Any, *args: Any, **kwargs: Any) -> Any:
            result = summary(model, *args, **kwargs)
            self._watcher.see_printed(model)
            return result

        return call

    def _make_generator(self, seed: Any) -> Any:
        """In the place of Keras' own: a stream for one draw, whose numbers are the grader's."""
        core, seeding = _find("backend.torch.core"), _find("random.seed_generator")
        device = core.get_device()
        if device == "meta":
            return None
        first, second = seeding.draw_seed(seed)
        is_stated = isinstance(seed, int) or getattr(seed, "_initial_seed", None) is not None
        number = self._seeds.answer_stated(int(first)) if is_stated else int(first)
        return self._seeds.make_generator(device).manual_seed((number + int(second)) & 0xFFFFFFFF)


def _find(name: str) -> Any:
    return importlib.import_module(f"keras.src.{name}")


def _refuse_download(url: Any, *args: Any, **kwargs: Any) -> Any:
    raise ConnectionError(NO_DOWNLOAD.format(url))


def _read_logs(logs: Any) -> dict[str, float | None]:
    """What an epoch logged, as plain numbers."""
    found: dict[str, float | None] = {}
    for name, value in list((logs or {}).items())[:LOGS]:
        if isinstance(value, torch.Tensor) and value.numel() != 1:
            continue
        number = float(value)
        found[str(name)[:CELL_CHARACTERS]] = number if math.isfinite(number) else None
    return found


def _describe(callbacks: Any) -> tuple[Configured, ...]:
    return tuple(
        Configured(name=name_type(type(each)), settings=read_settings(getattr(each, "__dict__", {})))
        for each in list(callbacks.callbacks)[:CALLBACKS]
    )
