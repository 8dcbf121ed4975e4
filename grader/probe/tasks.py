"""What the probe does when a notebook's task begins, and what it brings out when the task has ended."""

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from grader.probe.absent import AbsentModules
from grader.probe.apart import Apart
from grader.probe.asserting import Asserter
from grader.probe.devices import DeviceMap
from grader.probe.figures import FigureWatch
from grader.probe.initialising import initialise_by_layer
from grader.probe.integrity import Guard
from grader.probe.keras_watch import KerasWatch
from grader.probe.left import read_left
from grader.probe.patches import Patches
from grader.probe.pauses import Pauses
from grader.probe.places import Places
from grader.probe.relabelling import exchange_classes
from grader.probe.sampling import PassSampler, choose_latest_pass
from grader.probe.seeding import Seeds, make_deterministic
from grader.probe.snapshot import (
    attach_yhat,
    choose_training,
    describe_training,
    find_yhat,
    read_answer,
)
from grader.probe.stopping import Stopper
from grader.probe.threads import ThreadWatch
from grader.probe.trace import Trace
from grader.probe.training import choose_nudge
from grader.probe.watcher import Watcher
from grader.records import TaskRun

NUDGED = ("hidden", "order_free", "quick")
"""Replays in which what is trained is moved after its first step."""


class Probe:
    """The state between a task's beginning and its end."""

    def __init__(self, *, seed: int, map_devices: bool, mode: str = "full", steps: int | None = None) -> None:
        """`steps` are those after which each training of a replay ends; None in a full run."""
        self.places = Places()
        self.patches = Patches()
        self.seeds = Seeds(seed, self.places, own=mode == "submitted")
        self.stopper = Stopper(steps, asks_lengths=mode == "quick") if steps else None
        self.watcher = Watcher(self.seeds, self.places, self.stopper)
        self.keras = KerasWatch(self.watcher, self.seeds, self.stopper, on_cuda=not map_devices)
        self.devices = DeviceMap() if map_devices else None
        self.absent = AbsentModules()
        self.guard = Guard(self.places)
        self.apart = Apart()
        self.asserter = Asserter(self.places)
        self.figures = FigureWatch()
        self.pauses = Pauses()
        self.threads = ThreadWatch(self.places)
        self.find_number: Callable[[str], int] = lambda file: 0
        """Tells a cell's number in this kernel by the name of the file it was compiled as."""
        self._mode = mode
        self._traces: dict[str, Trace] = {}
        self._asked: dict[str, tuple[int, ...]] = {}
        self._before: dict[str, Any] = {}
        self._forbidding: set[str] = set()
        """Tasks in which some layers are forbidden."""
        self._is_relabelled = False
        self._started = 0.0

    def install(self) -> None:
        """Seed, map devices and set the hooks. To be called once, before the notebook's first cell."""
        self.seeds.install()
        if self._mode == "order_free":
            initialise_by_layer(self.seeds.seed)
        if self.devices is not None:
            self.devices.install(self.patches)
        self.watcher.install(self.patches)
        self.patches.free_scripting()
        self.keras.install()
        self.absent.install()
        self.pauses.install()
        self.threads.install()
        self.asserter.install()
        if self.stopper is not None:
            self.stopper.install()
        self.guard.install(self.keras.list_watched())
        self.seeds.restart()

    def begin_task(self, content: dict[str, Any], namespace: dict[str, Any], report: Any) -> dict[str, Any]:
        """Start, or take up again, the trace of a task. Seeds once per task, not per cell."""
        task = content["task"]
        stopper = self.stopper if content.get("stop", True) else None
        steps = stopper.steps if stopper else None
        is_first = task not in self._traces
        if content.get("forbids"):
            self._forbidding.add(task)
        # Where the cells did not say that they use it, a set-up cell may have imported it.
        self.keras.install()
        if is_first:
            self.seeds.restart()
            self.keras.restart()
            self.watcher.ownership.built_unseeded = False
            self._traces[task] = Trace(
                self.watcher.ownership,
                self.places,
                keep=content["keep"],
                keep_every=content["keep_every"],
                stop_after=steps,
                sampler=PassSampler(
                    choose_latest_pass(self._mode, steps, forbids=bool(content.get("forbids")))
                ),
                nudge=choose_nudge(self.seeds.seed) if self._mode in NUDGED else None,
                earlier=self._list_trained(),
                report=lambda step, loss: report(task, step, loss),
            )
        if self.stopper is not None:
            self.stopper.restart(stops=stopper is not None)
        # A notebook may have asked for TF32 or for more threads.
        make_deterministic()
        if self._mode == "relabelled" and not self._is_relabelled:
            # The set-up has run, and no answer has yet.
            self._is_relabelled = True
            labels, mistaken = content["relabelled"]
            exchange_classes(namespace, labels, mistaken, self.seeds.seed)
        asked = content.get("apart")
        apart = self.apart.begin(asked, namespace, is_first=is_first) if asked else None
        self._before = dict(namespace)
        self._started = time.monotonic()
        self.watcher.trace = self._traces[task]
        self.pauses.task = task
        self.seeds.in_task = True
        self.seeds.mixes = bool(content.get("repeats"))
        if content.get("figures"):
            self.figures.begin(task)
        self.seeds.asked[:] = self._asked.get(task, ())
        if self.devices is not None:
            self.devices.asked.clear()
        self.absent.asked.clear()
        return {"apart": apart}

    def end_task(self, content: dict[str, Any], namespace: dict[str, Any]) -> tuple[TaskRun, dict[str, Any]]:
        """What the task left behind, as a record and arrays."""
        task = content["task"]
        self.watcher.trace = None
        self.pauses.task = None
        self.seeds.in_task = False
        self._asked[task] = tuple(self.seeds.asked)
        trace = self._traces[task]
        # In a thread of its own a training's profiler cannot be closed from here.
        with contextlib.suppress(RuntimeError):
            trace.close_sample()
        self.watcher.ownership.adopt_copies(namespace)
        yhat = find_yhat(namespace, content["fitted"], self._before) if content.get("fitted") else None
        shown = yhat[1] if yhat else None
        training = choose_training(trace.trainings, shown, content.get("training"))
        run, arrays = describe_training(task, training, self.watcher.ownership, self.find_number)
        run = attach_yhat(run, arrays, yhat)
        planned = self.stopper.find_planned(training.optimizers) if self.stopper and training else None
        left, kept = read_left(task, content, namespace, self.figures, trace, self.watcher.ownership)
        arrays |= kept
        # Where nothing is asked for, nothing may differ from run to run.
        slept = self.pauses.read(task) if content.get("variables") else 0.0
        notes = (self.devices.describe() if self.devices else None, self.absent.describe(), *trace.faults)
        run = run.model_copy(
            update={
                "seconds": time.monotonic() - self._started,
                "planned_steps": planned,
                "answer": read_answer(namespace.get(content.get("variable") or "")),
                "notes": tuple(note for note in notes if note),
                "suspicions": (*self.guard.describe(), *self._list_unseen(task)),
                "left": left.model_copy(update={"slept_seconds": slept}),
            }
        )
        self._before = {}
        return run, arrays

    def _list_unseen(self, task: str) -> list[str]:
        """What may have run unseen in a task, as notes; only where it matters which layers ran."""
        if task not in self._forbidding:
            return []
        notes = ["a thread was started, and what runs there is not looked at"] if self.threads.has_any else []
        if self._traces[task].sampler.is_kept_out:
            notes.append("torch's profiler was in use, so that no forward pass could be looked at")
        return notes

    def leave_apart(self, namespace: dict[str, Any]) -> dict[str, Any]:
        """What a task that runs apart from others may have left to them."""
        # Those of earlier tasks, too: this one may have changed them.
        return self.apart.end(
            namespace, (each for trace in self._traces.values() for each in trace.trainings)
        )

    def _list_trained(self) -> dict[str, list[torch.Tensor]]:
        """The tensors that each task so far has trained."""
        return {
            task: [tensor for training in trace.trainings for tensor in training.tensors.values()]
            for task, trace in self._traces.items()
        }

    def describe_versions(self) -> dict[str, str]:
        """Versions that the numbers depend on."""
        versions = {
            "python": ".".join(map(str, sys.version_info[:3])),
            "torch": torch.__version__,
            "numpy": np.__version__,
        }
        if self.keras.is_installed:
            versions["keras"] = sys.modules["keras"].__version__
        if self.devices is None and torch.cuda.is_available():
            versions["cuda"] = str(torch.version.cuda)
            versions["gpu"] = torch.cuda.get_device_name(0)
        return versions
