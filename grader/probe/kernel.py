"""The kernel that a notebook runs in: ipykernel's own, with one more request for the grader.

The request travels on the shell channel, between two cells, so that neither the notebook's history nor
its display channel knows of it. Its answer carries arrays as binary buffers, never as a pickle.
"""

import re
import resource
from typing import Any

import numpy as np
import safetensors.numpy
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Type

from grader.probe.integrity import Guard
from grader.probe.snapshot import read_answers
from grader.probe.stopping import LoopMarker
from grader.probe.tasks import Probe


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
