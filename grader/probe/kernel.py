"""The kernel that a notebook runs in: ipykernel's own, with one more request for the grader.

The request travels on the shell channel, between two cells, so that neither the notebook's history nor
its display channel knows of it. Its answer carries arrays as binary buffers, never as a pickle.
"""

import contextlib
import re
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Type

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
    read_answers,
)
from grader.probe.stopping import LoopMarker, Stopper
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
        self.find_number: Callable[[str], int] = lambda file: 0
        """Tells a cell's number in this kernel by the name of the file it was compiled as."""
        self._mode = mode
        self._traces: dict[str, Trace] = {}
        self._asked: dict[str, tuple[int, ...]] = {}
        self._before: dict[str, Any] = {}
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
                "suspicions": tuple(self.guard.describe()),
                "left": left.model_copy(update={"slept_seconds": slept}),
            }
        )
        self._before = {}
        return run, arrays

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


def describe_usage() -> dict[str, float]:
    """CPU seconds and the largest resident memory of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_memory_bytes": usage.ru_maxrss * 1024}


class WatchedShell(ZMQInteractiveShell):
    """IPython's shell, which notes when a notebook asks it for its kernel."""

    guard: Guard
    """Set on the class by the kernel, because ipykernel builds the instance itself."""

    def __getattribute__(self, name: str) -> Any:
        if name == "kernel":
            guard = type(self).guard
            guard.note_reach("the notebook's kernel")
        return super().__getattribute__(name)


class ProbeKernel(IPythonKernel):
    """An IPython kernel that also answers `probe_request`."""

    shell_class = Type(WatchedShell)

    # ipykernel reads the requests that a kernel answers from this name on the class.
    msg_types = [*IPythonKernel.msg_types, "probe_request"]  # noqa: RUF012
    probe: Probe
    """Set on the class by the launcher, because ipykernel builds the instance itself."""

    def __init__(self, **kwargs: Any) -> None:
        WatchedShell.guard = self.probe.guard
        super().__init__(**kwargs)
        assert self.shell is not None
        # `exit()` in a cell would end the kernel behind the next one; here it ends nothing.
        self.shell.ask_exit = lambda: None
        self.shell.ast_transformers.append(self.probe.absent)
        if self.probe.stopper is not None:
            self.shell.ast_transformers.append(LoopMarker())
        self.probe.places.namespace = self.shell.user_ns
        self.probe.find_number = self._find_number

    async def probe_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Carry out a request of the grader's, such as `begin`; a fault is reported, never raised."""
        content = parent["content"]
        buffers: list[bytes | memoryview[bytes]] = []
        assert self.shell is not None and self.session is not None
        try:
            reply: dict[str, Any] = {"status": "ok"}
            if content["action"] == "begin":
                reply |= self.probe.begin_task(content, self.shell.user_ns, self._report_progress)
            elif content["action"] == "end":
                run, arrays = self.probe.end_task(content, self.shell.user_ns)
                reply["run"] = run.model_dump(mode="json")
                # Written as they lie in memory: a transposed table would come out as another.
                arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
                if content.get("apart"):
                    reply["apart"] = self.probe.leave_apart(self.shell.user_ns)
                buffers = [safetensors.numpy.save(arrays)] if arrays else []
            elif content["action"] == "look":
                reply["looks"] = self.probe.asserter.look(content, self.shell.user_ns)
            elif content["action"] == "assert":
                reply["run"] = self.probe.asserter.run(content, self.shell.user_ns)
            elif content["action"] == "answers":
                reply["answers"] = read_answers(self.shell.user_ns, content["variables"])
            else:
                reply |= describe_usage()
                reply["versions"] = self.probe.describe_versions()
                reply["device"] = "cpu" if self.probe.devices else "cuda"
        except KeyboardInterrupt:
            reply = {"status": "timeout"}
        except Exception as error:
            reply = {"status": "error", "error": f"{type(error).__name__}: {error}"[:500]}
        self.session.send(stream, "probe_reply", reply, parent, ident=ident, buffers=buffers)

    def _find_number(self, file: str) -> int:
        assert self.shell is not None
        known = self.shell.compile.format_code_name(file)
        digits = re.search(r"\d+", known[1]) if known else None
        return int(digits.group()) if digits else 0

    def _report_progress(self, task: str, step: int, loss: float) -> None:
        assert self.session is not None
        parent = self.get_parent()
        content = {"task": task, "step": step, "loss": loss}
        self.session.send(self.iopub_socket, "probe_progress", content, parent=parent)
