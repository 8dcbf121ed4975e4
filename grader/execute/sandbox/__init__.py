"""Where a stranger's notebook runs: one file a backend, all behind `Sandbox`."""

from grader.execute.sandbox.base import Room, Sandbox
from grader.execute.sandbox.choose import BackendReport, ChosenSandbox, choose_sandbox, examine_backends

__all__ = ["BackendReport", "ChosenSandbox", "Room", "Sandbox", "choose_sandbox", "examine_backends"]
