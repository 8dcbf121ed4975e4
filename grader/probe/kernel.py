"""The kernel that a notebook runs in: ipykernel's own, with one more request for the grader.

The request travels on the shell channel, between two cells, so that neither the notebook's history nor
its display channel knows of it. Its answer carries arrays as binary buffers, never as a pickle.
"""

import resource
import sys
import time
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from ipykernel.ipkernel import IPythonKernel

from grader.probe.absent import AbsentModules
from grader.probe.devices import DeviceMap
from grader.probe.seeding import Seeds
from grader.probe.snapshot import attach_yhat, describe_training, find_yhat, read_answer, read_answers
from grader.probe.trace import Trace, Watcher
from grader.records import TaskRun


class Probe:
    """The state between a task's beginning and its end."""

    def __init__(self, *, seed: int, map_devices: bool) -> None:
        self.seeds = Seeds(seed)
        self.watcher = Watcher(self.seeds.asked)
        self.devices = DeviceMap() if map_devices else None
        self.absent = AbsentModules()
        self._traces: dict[str, Trace] = {}
        self._asked: dict[str, tuple[int, ...]] = {}
        self._before: dict[str, Any] = {}
        self._started = 0.0

    def install(self) -> None:
        """Seed, map devices and set the hooks. To be called once, before the notebook's first cell."""
        self.seeds.install()
        if self.devices is not None:
            self.devices.install()
        self.watcher.install()
        self.absent.install()
        self.seeds.restart()

    def begin_task(self, content: dict[str, Any], namespace: dict[str, Any], report: Any) -> dict[str, Any]:
        """Start, or take up again, the trace of a task. Seeds once per task, not per cell."""
        task = content["task"]
        if task not in self._traces:
            self.seeds.restart()
            self._traces[task] = Trace(
                self.watcher.ownership,
                keep=content["keep"],
                keep_every=content["keep_every"],
                report=lambda step, loss: report(task, step, loss),
            )
        self._before = dict(namespace)
        self._started = time.monotonic()
        self.watcher.trace = self._traces[task]
        self.seeds.asked[:] = self._asked.get(task, ())
        if self.devices is not None:
            self.devices.asked.clear()
        self.absent.asked.clear()
        return {}

    def end_task(self, content: dict[str, Any], namespace: dict[str, Any]) -> tuple[TaskRun, dict[str, Any]]:
        """What the task left behind, as a record and arrays."""
        task = content["task"]
        self.watcher.trace = None
        self._asked[task] = tuple(self.seeds.asked)
        trace = self._traces[task]
        self.watcher.ownership.adopt_copies(namespace)
        run, arrays = describe_training(task, trace, self.watcher.ownership)
        if content.get("fitted"):
            run = attach_yhat(run, arrays, find_yhat(namespace, content["fitted"], self._before))
        notes = (self.devices.describe() if self.devices else None, self.absent.describe(), *trace.faults)
        run = run.model_copy(
            update={
                "seconds": time.monotonic() - self._started,
                "answer": read_answer(namespace.get(content.get("variable") or "")),
                "notes": tuple(note for note in notes if note),
            }
        )
        self._before = {}
        return run, arrays

    def describe_versions(self) -> dict[str, str]:
        """Versions that the numbers depend on."""
        versions = {
            "python": ".".join(map(str, sys.version_info[:3])),
            "torch": torch.__version__,
            "numpy": np.__version__,
        }
        if self.devices is None and torch.cuda.is_available():
            versions["cuda"] = str(torch.version.cuda)
            versions["gpu"] = torch.cuda.get_device_name(0)
        return versions


def describe_usage() -> dict[str, float]:
    """CPU seconds and the largest resident memory of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_memory_bytes": usage.ru_maxrss * 1024}


class ProbeKernel(IPythonKernel):
    """An IPython kernel that also answers `probe_request`."""

    # ipykernel reads the requests that a kernel answers from this name on the class.
    msg_types = [*IPythonKernel.msg_types, "probe_request"]  # noqa: RUF012
    probe: Probe
    """Set on the class by the launcher, because ipykernel builds the instance itself."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        assert self.shell is not None
        # `exit()` in a cell would end the kernel behind the next one; here it ends nothing.
        self.shell.ask_exit = lambda: None
        self.shell.ast_transformers.append(self.probe.absent)

    async def probe_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Carry out one of `usage`, `answers`, `begin` and `end`; a fault is reported, never raised."""
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
                buffers = [safetensors.numpy.save(arrays)] if arrays else []
            elif content["action"] == "answers":
                reply["answers"] = read_answers(self.shell.user_ns, content["variables"])
            else:
                reply |= describe_usage()
                reply["versions"] = self.probe.describe_versions()
                reply["device"] = "cpu" if self.probe.devices else "cuda"
        except Exception as error:
            reply = {"status": "error", "error": f"{type(error).__name__}: {error}"[:500]}
        self.session.send(stream, "probe_reply", reply, parent, ident=ident, buffers=buffers)

    def _report_progress(self, task: str, step: int, loss: float) -> None:
        assert self.session is not None
        parent = self.get_parent()  # type: ignore[no-untyped-call]
        content = {"task": task, "step": step, "loss": loss}
        self.session.send(self.iopub_socket, "probe_progress", content, parent=parent)
