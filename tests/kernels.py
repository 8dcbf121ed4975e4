"""Kernels for tests of what happens in a kernel: forked in one sandbox, as those of one submission are.

A sandbox takes three seconds of processor time to start, because it imports torch; a kernel that it forks
takes 0.15. Tests of the sandbox itself, and of what is left when it is gone, start their own.
"""

import asyncio

from nbformat import NotebookNode

from grader.execute.execution import Execution
from grader.execute.launcher import Launcher
from grader.execute.plan import Limits, RunPlan
from grader.execute.runner import run_launched
from grader.execute.sandbox import Sandbox


async def run_notebook(notebook: NotebookNode, plan: RunPlan, sandbox: Sandbox) -> Execution:
    """Execute a notebook by a plan, in a sandbox of its own."""
    async with Launcher(sandbox) as launcher:
        return await run_launched(notebook, plan, launcher)


class Kernels:
    """Runs notebooks one after another, each in a kernel of its own, in one sandbox while it is clean."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._loop = asyncio.Runner()
        self._launcher = Launcher(sandbox)

    @property
    def process_id(self) -> int | None:
        """The sandbox's process: another number means that another sandbox has been started."""
        return self._launcher._process.pid if self._launcher._process else None

    def run(self, notebook: NotebookNode, plan: RunPlan) -> Execution:
        """Run a notebook. A plan with another limit of memory, which bounds the sandbox, gets its own."""
        if plan.limits.memory_bytes != Limits().memory_bytes:
            return self._loop.run(run_notebook(notebook, plan, self.sandbox))
        return self._loop.run(run_launched(notebook, plan, self._launcher))

    def close(self) -> None:
        """End the sandbox."""
        self._loop.run(self._launcher.close())
        self._loop.close()
