"""Runs one notebook in a sandboxed kernel and brings out its evidence."""

import asyncio
import time
from typing import Any, cast

import numpy as np
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from grader.errors import EngineError, EvidenceError
from grader.evidence import Evidence, parse_task
from grader.execute.apart import Apart
from grader.execute.asserting import Asserting, BlockDied
from grader.execute.budget import Budget
from grader.execute.client import (
    CappedClient,
    Progress,
    describe_error,
    find_cells,
    read_number,
)
from grader.execute.execution import Execution, TaskEnded
from grader.execute.kernel import ASK_SECONDS, KernelDied, SandboxedKernel
from grader.execute.launcher import Launcher
from grader.execute.plan import RunPlan
from grader.execute.usage import describe_run
from grader.records import CellRun, RunRecord, TaskRun

GRACE_SECONDS = 10.0
"""For the last answers of a notebook whose time is up."""
PING_SECONDS = 5.0
"""How long a kernel may take to show that it survived an interrupt."""


async def run_launched(
    notebook: NotebookNode,
    plan: RunPlan,
    launcher: Launcher,
    on_progress: Progress | None = None,
    on_task: TaskEnded | None = None,
    apart: Apart | None = None,
) -> Execution:
    """Execute a notebook by a plan, after others of the same submission; `apart` if it is only a part.

    A cell that fails does not stop the notebook. A cell that kills its kernel or does not let go of it
    is left out, and the others run again in a fresh kernel, so that later tasks keep their marks. Raises
    EngineError if no kernel can be started at all.
    """
    run = _Run(notebook, plan, launcher, on_progress, on_task, apart)
    for attempt in range(plan.limits.restarts + 1):
        try:
            if await run.execute_once():
                break
        except EngineError as error:
            if attempt == 0:
                raise
            # What the first kernels left is worth more than the fault of a later one.
            run.notes.append(str(error)[:300])
            run.is_doubtful = True
            break
    return run.finish()


class _Run:
    """The state of one notebook's run over its attempts."""

    def __init__(
        self,
        notebook: NotebookNode,
        plan: RunPlan,
        launcher: Launcher,
        on_progress: Progress | None,
        on_task: TaskEnded | None,
        apart: Apart | None,
    ) -> None:
        self.notebook = notebook
        self.plan = plan
        self.launcher = launcher
        self.on_progress = on_progress
        self.on_task = on_task
        self.apart = apart
        self.started = time.monotonic()
        self.budget = Budget(plan.limits)
        self.asserting = Asserting(plan, self.budget)
        self.cells: dict[int, CellRun] = {}
        self.tasks: dict[str, TaskRun] = {}
        self.arrays: dict[str, np.ndarray[Any, Any]] = {}
        self.left_out: set[int] = set(plan.left_out)
        """Cells that ended a kernel, and those that the plan leaves out."""
        self.usage: dict[str, Any] = {}
        self.cpu_seconds = 0.0
        self.notes: list[str] = []
        self.is_doubtful = False
        self.current: str | None = None
        self.last_run: int | None = None
        """The cell that ran last in the present kernel."""

    async def execute_once(self) -> bool:
        """Run every cell that is not left out; whether the kernel lived to the end."""
        kernel = SandboxedKernel(self.launcher)
        try:
            sources = [cell.source for cell in self.notebook.cells]
            await kernel.connect(await self.launcher.start_kernel(self.plan, sources))
            self.budget.start_kernel()
            self.current = self.last_run = None
            client = CappedClient(
                self.notebook,
                tasks=frozenset(task.id for task in self.plan.tasks),
                output_bytes=self.plan.limits.output_bytes,
                on_progress=self.on_progress,
            )
            client.km, client.kc = cast(Any, kernel), kernel.client
            client.reset_execution_trackers()
            for index in self.plan.list_cells(self.notebook, self.left_out):
                if self.budget.find_left() <= 0:
                    break
                await self._enter_task(kernel, self.plan.cell_tasks[index])
                if not await self._run_cell(kernel, client, index):
                    self.left_out.add(index)
                    return False
            await self._enter_task(kernel, None)
            await self._collect_answers(kernel)
            self.usage, _ = await self._ask(kernel, "usage")
            self.cpu_seconds += read_number(self.usage, "cpu_seconds")
            return True
        except EngineError:
            raise
        except BlockDied:
            return self.budget.find_left() <= 0
        except Exception as error:
            # Told between two cells: the one that ran last has ended the kernel, not the one to come.
            # Whatever else it left that nothing can be done with is its work, too, for a person to see.
            if self.last_run is not None:
                self.left_out.add(self.last_run)
                why = f"this cell left a kernel that gave {error}"[:300]
                self._note_cell(self.last_run, "died", 0.0, why)
            if not isinstance(error, KernelDied):
                if self.last_run is None:
                    raise
                self.notes.append(f"cell {self.last_run + 1}: {type(error).__name__}: {why}")
            return self.budget.find_left() <= 0
        finally:
            await kernel.stop()

    async def _ask(
        self, kernel: SandboxedKernel, action: str, **content: Any
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Ask the probe within the notebook's own time, so that no notebook can stretch it."""
        seconds = min(ASK_SECONDS, max(self.budget.find_left(), GRACE_SECONDS))
        return await kernel.ask(action, seconds=seconds, **content)

    async def _collect_answers(self, kernel: SandboxedKernel) -> None:
        """Read every true/false variable once more: one cell may answer what others ask."""
        variables = {task.id: task.variable for task in self.plan.tasks if task.variable}
        reply, _ = await self._ask(kernel, "answers", variables=variables)
        answers = reply.get("answers")
        for task in variables:
            answer = answers.get(task) if isinstance(answers, dict) else None
            run = self.tasks.get(task) or TaskRun(task=task)
            if isinstance(answer, bool) and run.answer is None:
                self.tasks[task] = run.model_copy(update={"answer": answer})

    async def _enter_task(self, kernel: SandboxedKernel, task: str | None) -> None:
        if task == self.current:
            return
        if self.current is not None:
            await self._leave_task(kernel, self.current)
        self.current = task
        if task is not None:
            apart = self.apart.ask(task) if self.apart else None
            asked = self.plan.ask_first(task)
            reply, _ = await self._ask(kernel, "begin", task=task, apart=apart, **asked)
            self._note_fault(task, reply)
            if self.apart:
                self.apart.hear(task, reply)

    async def _leave_task(self, kernel: SandboxedKernel, task: str) -> None:
        wanted = self.plan.ask_for(task)
        reply, buffers = await self._ask(kernel, "end", task=task, apart=self.apart is not None, **wanted)
        if self.apart:
            self.apart.hear(task, reply)
        if self._note_fault(task, reply):
            return
        try:
            run, arrays = parse_task(reply.get("run"), buffers)
            if run.task != task:
                raise EvidenceError(f"Evidence of task {run.task!r} came in the place of {task!r}.")
        except EvidenceError as error:
            self.notes.append(f"{task}: {error}")
            return
        run = await self.asserting.attach(kernel, run)
        self.tasks[task] = find_cells(run, self.notebook)
        self.arrays = {name: array for name, array in self.arrays.items() if not name.startswith(f"{task}/")}
        self.arrays.update(arrays)
        if self.on_task is not None:
            self.on_task(task, self._gather())

    def _note_fault(self, task: str, reply: dict[str, Any]) -> bool:
        if reply.get("status") == "ok":
            return False
        self.notes.append(f"{task}: the probe could not read this task: {str(reply.get('error'))[:300]}")
        return True

    async def _run_cell(self, kernel: SandboxedKernel, client: CappedClient, index: int) -> bool:
        """Run one cell; whether the kernel can still be used."""
        seconds = self.budget.find_left_for(self.plan.cell_tasks[index])
        if seconds <= 0:
            self._note_cell(index, "skipped", 0.0, "no time was left for this cell")
            return True
        started = time.monotonic()
        self.last_run = index
        try:
            error = await client.run_cell(index, seconds)
        except DeadKernelError:
            # nbclient takes being cancelled for a death, too.
            task_at_hand = asyncio.current_task()
            if task_at_hand is not None and task_at_hand.cancelling():
                raise asyncio.CancelledError from None
            self._note_cell(index, "died", time.monotonic() - started, self.launcher.explain_death())
            if self.launcher.was_killed:
                self.is_doubtful = True
                self.notes.append(f"cell {index + 1}: {self.launcher.explain_death()}")
            return False
        except Exception as fault:
            # Messages that are malformed or repeated come out as whatever they broke.
            why = f"its messages cannot be understood: {type(fault).__name__}: {fault}"
            self._note_cell(index, "died", time.monotonic() - started, why[:300])
            return False
        took = time.monotonic() - started
        self.budget.spend(self.plan.cell_tasks[index], took)
        if error is None:
            self._note_cell(index, "ok", took, None)
        elif client.timed_out:
            self._note_cell(index, "timeout", took, f"this cell was stopped after {seconds:.0f} s")
            try:
                await kernel.ask("usage", seconds=PING_SECONDS)
            except KernelDied:
                return False
        else:
            self._note_cell(index, "error", took, describe_error(error))
        return True

    def _note_cell(self, index: int, status: Any, seconds: float, error: str | None) -> None:
        self.cells[index] = CellRun(
            index=index, task=self.plan.cell_tasks[index], status=status, seconds=seconds, error=error
        )

    def finish(self) -> Execution:
        """The run's evidence and notebook; cells that were never reached are on record, with a note."""
        wanted = self.plan.list_cells(self.notebook, self.left_out)
        unreached = [index for index in wanted if index not in self.cells]
        for index in unreached:
            self._note_cell(index, "skipped", 0.0, "this cell was not reached")
        if unreached:
            ended = ", ".join(str(index + 1) for index in sorted(self.left_out)) or "none"
            self.notes.append(
                f"{len(unreached)} cells were not reached: no time was left, or too many kernels died "
                f"(cells that ended one: {ended})."
            )
        return Execution(self._gather(), self.notebook, self.is_doubtful)

    def _gather(self) -> Evidence:
        order = [task.id for task in self.plan.tasks if task.id in self.tasks]
        return Evidence(
            RunRecord(
                **describe_run(self.plan, self.usage),
                sandbox=self.launcher.sandbox.name,
                seconds=time.monotonic() - self.started,
                cpu_seconds=self.cpu_seconds,
                cells=tuple(self.cells[index] for index in sorted(self.cells)),
                tasks=tuple(self.tasks[task] for task in order),
                notes=tuple(self.notes),
            ),
            dict(self.arrays),
        )
