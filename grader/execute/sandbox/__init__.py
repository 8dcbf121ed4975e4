"""Where a stranger's notebook runs: one file a backend, all behind `Sandbox`."""

from grader.execute.sandbox.base import Room, Sandbox

__all__ = ["Room", "Sandbox"]
