"""Puts an assignment's assertions to a task that has ended, one block after another.

A block is asked about first; what it claims of the answers is decided elsewhere. Where an answer is no plain
value, or the block cannot be asked about, the block itself goes into the kernel.
"""

import asyncio
import contextlib
import json
import time
from typing import Any

from pydantic import ValidationError

from grader.execute.budget import Budget
from grader.execute.kernel import KernelDied, SandboxedKernel
from grader.execute.plan import AssertionPlan, RunPlan
from grader.records import TaskRun
from grader.values import AssertionsRun

MOST_CHARACTERS = 1_000_000
"""Of the answers to one block, as JSON."""
LET_GO_SECONDS = 5.0
"""How long a kernel may take to answer once it has been interrupted."""
RUN_IN = ("full", "quick", "short")


class BlockDied(Exception):
    """A block of assertions has ended its kernel, or does not let go of it."""


class Asserting:
    """The assertions of one run, over all kernels that it takes."""

    def __init__(self, plan: RunPlan, budget: Budget) -> None:
        self._plan = plan
        self._budget = budget
        self._ended: dict[str, AssertionsRun] = {}
        """Blocks that have ended a kernel, and are not tried in another."""

    async def attach(self, kernel: SandboxedKernel, run: TaskRun) -> TaskRun:
        """The record of a task that has ended, with how its assertions went.

        Raises BlockDied if the kernel cannot be used any more.
        """
        blocks = self._plan.find_task(run.task).assertions if self._plan.mode in RUN_IN else ()
        if not blocks:
            return run
        asserted = []
        for block in blocks:
            seconds = self._budget.find_left_for(run.task)
            if block.id in self._ended:
                asserted.append(self._ended[block.id])
            elif seconds > 0:
                started = time.monotonic()
                asserted.append(await self._settle(kernel, block, seconds))
                self._budget.spend(run.task, time.monotonic() - started)
        return run.model_copy(update={"left": run.left.model_copy(update={"asserted": tuple(asserted)})})

    async def _settle(self, kernel: SandboxedKernel, block: AssertionPlan, seconds: float) -> AssertionsRun:
        looks: Any = []
        common = {"own": list(block.own), "imports": list(block.imports)}
        try:
            if block.looks is not None:
                reply = await _ask(kernel, seconds, "look", expressions=list(block.looks), **common)
                if reply.get("status") == "timeout":
                    return AssertionsRun(id=block.id, inside="timeout")
                looks = reply.get("looks")
                answered = _read(block, {"looks": looks})
                if reply.get("status") == "ok" and not any(look.opaque for look in answered.looks):
                    return answered
            reply = await _ask(kernel, seconds, "assert", code=block.code, form=block.form, **common)
            if reply.get("status") == "timeout":
                return AssertionsRun(id=block.id, inside="timeout")
            if reply.get("status") != "ok" or not isinstance(reply.get("run"), dict):
                error = str(reply.get("error"))[:300]
                return AssertionsRun(id=block.id, inside="failed", error=error)
            return _read(block, {**reply["run"], "looks": looks})
        except KernelDied as error:
            self._ended[block.id] = AssertionsRun(id=block.id, inside="died", error=str(error)[:300])
            raise BlockDied(block.id) from None


def _read(block: AssertionPlan, record: dict[str, Any]) -> AssertionsRun:
    """A kernel's answer as a record; one of another form is a block that failed."""
    try:
        if len(json.dumps(record)) > MOST_CHARACTERS:
            raise ValueError("too large")
        return AssertionsRun.model_validate({**record, "id": block.id})
    except (ValidationError, TypeError, ValueError, RecursionError):
        return AssertionsRun(
            id=block.id, inside="failed", error="its answers are too large, or cannot be understood"
        )


async def _ask(kernel: SandboxedKernel, seconds: float, action: str, **content: Any) -> dict[str, Any]:
    """The probe's reply; it is interrupted when its time is up."""
    asking = asyncio.create_task(kernel.ask(action, seconds=seconds + LET_GO_SECONDS, **content))
    try:
        done, _ = await asyncio.wait({asking}, timeout=seconds)
        if not done:
            await kernel.interrupt_kernel()
        reply, _ = await asking
        return reply
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError, KernelDied):
            await asking
