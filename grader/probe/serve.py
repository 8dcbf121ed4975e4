"""Becomes the kernel of one run."""

import os
from typing import Any

import torch
from ipykernel.kernelapp import IPKernelApp

from grader.probe.initialising import initialise_on_cpu
from grader.probe.kernel import ProbeKernel
from grader.probe.seeding import make_deterministic
from grader.probe.tasks import Probe


def serve_kernel(connection_file: str, settings: dict[str, Any]) -> None:
    """Serve a kernel until it is shut down.

    `settings` are `{"seed": 43052, "device": "cpu", "mode": "full", "steps": null}`, where `steps` are those
    after which a replay leaves each training.
    """
    make_deterministic()
    # A build of torch without CUDA cannot use a card that is there.
    on_cuda = settings["device"] == "cuda" and torch.cuda.is_available()
    if on_cuda:
        initialise_on_cpu()
    probe = Probe(
        seed=settings["seed"], map_devices=not on_cuda, mode=settings["mode"], steps=settings["steps"]
    )
    probe.install()
    ProbeKernel.probe = probe
    _let_go_of_output()
    IPKernelApp.launch_instance(
        argv=[
            "-f",
            connection_file,
            "--HistoryManager.enabled=False",
            "--IPKernelApp.log_level=50",
            # The launcher ends the kernel; the grader ends the launcher, with the sandbox around it.
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
