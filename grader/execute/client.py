"""nbclient with the caps that a stranger's notebook needs."""

import math
import re
from collections.abc import Callable
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode
from nbformat.v4 import new_output

from grader.execute.oversized import Oversized
from grader.records import TaskRun

OUTPUTS_KEPT = 500
CELLS_KEPT = 16
"""Outputs of a whole notebook, in the most that one cell may leave."""
DEPTH_KEPT = 20
TOO_MUCH = 2**40
"""Size of whatever is nested deeper than any real output."""
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TIMEOUT_NAME = "CellTimeoutError"
LARGEST_NUMBER = 2**60
ERROR_READ = 3000
"""Characters of an error that are looked at for the line that stands for it."""

Progress = Callable[[str, int, float], None]
"""Called with a task, the number of steps made and the loss."""


class CappedClient(NotebookClient):
    """Runs cells one at a time, keeps their outputs up to a size, and believes no message.

    Outputs are for display. What a kernel sends can be malformed or forged, so nothing here decides a
    mark, and a message that cannot be understood is left out rather than raised.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        *,
        tasks: frozenset[str],
        output_bytes: int,
        on_progress: Progress | None,
    ) -> None:
        super().__init__(
            notebook,
            allow_errors=True,
            # An interrupt that is swallowed must not hold the grader: nbclient then goes on with this reply.
            interrupt_on_timeout=True,
            error_on_timeout={"ename": TIMEOUT_NAME, "evalue": "the cell took too long", "traceback": []},
            coalesce_streams=True,
            store_widget_state=False,
            record_timing=False,
            skip_cells_with_tag="",
        )
        self.log.setLevel("CRITICAL")
        self._output_bytes = output_bytes
        self._tasks = tasks
        self._on_progress = on_progress
        self._bytes_seen = 0
        self._bytes_kept = 0
        """Of all cells together; never set back."""
        self._last_error: dict[str, Any] | None = None
        self.timed_out = False
        """Whether the last cell was stopped because its time was up."""
        self.on_cell_error = self._remember_error

    async def run_cell(self, index: int, seconds: float) -> dict[str, Any] | None:
        """Execute one cell; the error's content (`ename`, `evalue`) if it ended with one.

        Raises DeadKernelError if the kernel died.
        """
        cell = self.nb.cells[index]
        self._bytes_seen = 0
        self._last_error = None
        self.timed_out = False
        self.timeout_func = lambda _: math.ceil(seconds)
        await self.async_execute_cell(cell, index)
        return self._last_error

    async def _async_handle_timeout(
        self, timeout: int, cell: NotebookNode | None = None
    ) -> dict[str, Any] | None:
        # A reply can have any name of an error in it, that of a timeout, too.
        self.timed_out = True
        return await super()._async_handle_timeout(timeout, cell)

    def _remember_error(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        self._last_error = execute_reply["content"]

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Add what a message shows to the cell, unless it is too much or makes no sense."""
        try:
            if msg["msg_type"] == "probe_progress":
                self._report(msg["content"])
                return None
            if not _is_count(msg["content"].get("execution_count", 0)):
                return None
            if msg["msg_type"] not in ("status", "execute_input", "clear_output"):
                size = _estimate_bytes(msg["content"])
                before = self._bytes_seen
                self._bytes_seen += size
                is_full = self._bytes_kept + size > CELLS_KEPT * self._output_bytes
                if is_full or self._bytes_seen > self._output_bytes or len(cell.outputs) >= OUTPUTS_KEPT:
                    if before <= self._output_bytes and len(cell.outputs) <= OUTPUTS_KEPT:
                        self._bytes_seen = self._output_bytes + 1
                        cell.outputs.append(_note_cut())
                    return None
                self._bytes_kept += size
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception:
            return None

    def handle_comm_msg(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Leave widgets out: a report shows none."""

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        """Leave out updates: they would rewrite the outputs of earlier cells."""

    def _report(self, content: dict[str, Any]) -> None:
        # A notebook can send this, too: only what can be true is handed on.
        task, step, loss = content["task"], int(content["step"]), float(content["loss"])
        if self._on_progress is not None and task in self._tasks and math.isfinite(loss):
            self._on_progress(task, step, loss)


def _is_count(value: Any) -> bool:
    """Whether that can be the number of a cell: nbclient writes it into the notebook as it comes."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _note_cut() -> NotebookNode:
    text = "\n[The rest of this cell's output was left out: there is too much of it.]\n"
    note: NotebookNode = new_output("stream", name="stderr", text=text)
    return note


def _estimate_bytes(value: Any, depth: int = 0) -> int:
    """Size of a message's content, strings and containers counted, good enough for a cap."""
    if isinstance(value, Oversized):
        return value.size
    if isinstance(value, str):
        return len(value)
    if depth >= DEPTH_KEPT:
        return TOO_MUCH
    if isinstance(value, dict):
        return 8 + sum(len(str(key)) + _estimate_bytes(part, depth + 1) for key, part in value.items())
    if isinstance(value, list):
        return 8 + sum(_estimate_bytes(part, depth + 1) for part in value)
    return 8


def describe_error(content: dict[str, Any]) -> str:
    """A cell's error in one line, as in `NameError: name 'rnn' is not defined`."""
    line = f"{str(content.get('ename'))[:ERROR_READ]}: {str(content.get('evalue'))[:ERROR_READ]}"
    return " ".join(ANSI.sub("", line).split())[:300]


def read_number(content: dict[str, Any], name: str) -> float:
    """A number that a kernel sent; 0 where it is none, negative, or larger than anything is."""
    value = content.get(name)
    return float(value) if isinstance(value, (int, float)) and 0 <= value < LARGEST_NUMBER else 0.0


def find_cells(run: TaskRun, notebook: NotebookNode) -> TaskRun:
    """The record with the cells that its places lie in, told by the numbers that cells have in the kernel."""
    numbers = {cell.get("execution_count"): index for index, cell in enumerate(notebook.cells)}
    places = [place.model_copy(update={"cell": numbers.get(place.count)}) for place in run.places]
    return run.model_copy(update={"places": tuple(places)})
