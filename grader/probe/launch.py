"""Becomes the kernel of one run: `python -m grader.probe.launch CONNECTION_FILE SETTINGS`.

SETTINGS is JSON: `{"seed": 43052, "device": "cpu", "mode": "full", "steps": null}`, where `steps` are those
after which a replay leaves each training. torch is imported before the kernel's sockets exist,
so that the runner's first question is answered by a kernel that is ready to train.
"""

import json
import os
import sys

import torch
from ipykernel.kernelapp import IPKernelApp

from grader.probe.initialising import initialise_on_cpu
from grader.probe.kernel import Probe, ProbeKernel
from grader.probe.seeding import make_deterministic


def launch_kernel(connection_file: str, settings: str) -> None:
    """Serve the kernel until it is shut down."""
    chosen = json.loads(settings)
    make_deterministic()
    # A build of torch without CUDA cannot use a card that is there.
    on_cuda = chosen["device"] == "cuda" and torch.cuda.is_available()
    if on_cuda:
        initialise_on_cpu()
    probe = Probe(seed=chosen["seed"], map_devices=not on_cuda, mode=chosen["mode"], steps=chosen["steps"])
    probe.install()
    ProbeKernel.probe = probe
    _let_go_of_output()
    IPKernelApp.launch_instance(
        argv=[
            "-f",
            connection_file,
            "--HistoryManager.enabled=False",
            "--IPKernelApp.log_level=50",
            # The parent's number means nothing in another pid namespace; the sandbox ends with the grader.
            "--IPKernelApp.parent_handle=0",
        ],
        kernel_class=ProbeKernel,
    )


def _let_go_of_output() -> None:
    # Until here an error was of use to the grader. From here on the notebook could fill its file.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    launch_kernel(sys.argv[1], sys.argv[2])
