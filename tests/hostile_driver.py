"""Runs hostile cells in one sandbox after another: `python hostile_driver.py ORDER`.

ORDER is JSON: uid (to become first, or null), backend, place (an empty folder of that user, its path short),
and names of attacks, or null for all. Prints one line of JSON for each attack, and a last one on what is left
when the sandbox is closed. Every attack's notebook begins with an honest cell, which has to find the sandbox
as the first run found it, whatever the attack before has done.
"""

import asyncio
import ctypes
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from hostile_reader import Attack, read_attacks, read_prelude
from hostile_watch import RoomWatch, forget_peak, list_below, read_peak, wait_for_end
from hostile_world import World

from grader.evidence import Evidence
from grader.execute.execution import Execution
from grader.execute.forkserver import ForkServer
from grader.execute.launcher import Launcher
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.execute.runner import run_launched
from grader.execute.sandbox.choose import BACKENDS
from grader.execute.sandbox.none import NoSandbox

HONEST = """
import os, torch
home, found = os.environ["HOME"], []
for folder in (home, home + "/tmp", "/tmp", "/dev/shm"):
    try:
        # The launcher itself may have looked for fonts before this kernel was forked.
        found.append(sorted(set(os.listdir(folder)) - {".matplotlib", ".cache"}))
    except OSError as error:
        found.append(error.errno)
answer = bool(torch.eye(4).sum() == 4)
print(sum([1, 2]), torch.randn(2).tolist(), found, sorted(os.environ), os.path.relpath(os.getcwd(), home))
"""

GRADER_BYTES = 400 * 2**20
"""What the grader may take at any time, itself included, whatever is printed."""
ROOM_BYTES = 1_792 * 2**20
LIMITS = Limits(
    cell_seconds=2, task_seconds=2, notebook_seconds=15, memory_bytes=768 * 2**20, output_bytes=100_000,
    restarts=1,
)  # fmt: skip
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
RUN_SECONDS = 90.0
"""No run within these limits may take longer: 25 s, and the waits for kernels that do not answer."""
KEPT_BYTES = 16 * LIMITS.output_bytes + 300_000
"""Outputs of a whole notebook, and what may stand in them besides."""
PLAN = RunPlan(
    "hostile",
    "",
    ("honest", None, "attack"),
    (TaskPlan("honest", variable="answer"), TaskPlan("attack", variable="answer", fitted="yhat")),
    seed=1,
    limits=LIMITS,
)


@dataclass
class Outcome:
    """How an attack went."""

    name: str
    status: str
    error: str | None
    seconds: float
    grader_bytes: int
    """The most that the grader's own process held."""
    room_bytes: int
    """The most that all processes below it held together; 0 where the attack is not after memory."""
    sandboxes: int
    """Sandboxes used until then: a new one where the last could not be swept."""
    harm: list[str] = field(default_factory=list)
    """What did not hold."""


class Siege:
    """Attacks in turn, in one launcher."""

    def __init__(self, world: World, launcher: Launcher) -> None:
        self.world = world
        self.launcher = launcher
        self.folders: set[str] = set()
        self.first = ""
        """What the honest cell shows in a sandbox that no attack has seen."""
        self.processes = 0
        self.files: set[str] = set()

    async def begin(self) -> None:
        """Run the honest cell once, to know how things are."""
        execution = await run_launched(make_notebook(None, {}), PLAN, self.launcher)
        self.first = read_text(execution, 0)
        assert self.first.startswith("3 ["), execution
        self.processes = len(list_below(self.world.victim))
        self.files = self.list_files()

    async def run(self, attack: Attack) -> tuple[Outcome, set[str]]:
        """An attack's outcome, and what it found amiss that the attack before has left."""
        early: list[Evidence] = []
        execution, harm = None, set()
        notebook = make_notebook(attack, self.world.describe())
        forget_peak()
        started = time.monotonic()
        with RoomWatch(self.world.victim if attack.bounds_memory else None) as watch:
            try:
                async with asyncio.timeout(RUN_SECONDS):
                    execution = await run_launched(
                        notebook, PLAN, self.launcher, on_task=lambda _, evidence: early.append(evidence)
                    )
            except TimeoutError:
                harm.add("hang")
                await self.launcher.close()
            except Exception as error:
                harm.add(f"raised {type(error).__name__}: {error}"[:200])
                await self.launcher.close()
        seconds = time.monotonic() - started
        before = set() if early and early[0].run.task("honest").answer is True else {"next run"}
        cell = None
        if execution is not None:
            cell = next((cell for cell in execution.evidence.run.cells if cell.index == 2), None)
            harm |= self._examine(execution, attack)
        peak = read_peak()
        if peak > GRADER_BYTES:
            harm.add(f"grader's memory: {peak / 2**20:.0f} MB")
        if attack.bounds_memory and watch.most > ROOM_BYTES:
            harm.add(f"room's memory: {watch.most / 2**20:.0f} MB")
        harm |= self._find_left()
        self.folders.add(str(self.launcher._scratch and self.launcher._scratch.path))
        status, error = (cell.status, cell.error) if cell else ("none", None)
        outcome = Outcome(
            attack.name, status, error, seconds, peak, watch.most, len(self.folders), sorted(harm)
        )
        return outcome, before

    def _examine(self, execution: Execution, attack: Attack) -> set[str]:
        """What the run left: the honest task as it was, nothing that is secret, and not too much."""
        run = execution.evidence.run
        harm = set()
        honest = next((task for task in run.tasks if task.task == "honest"), None)
        cells = {cell.index: cell.status for cell in run.cells}
        if honest is None or honest.answer is not True or cells.get(0) != "ok":
            harm.add("an earlier task's evidence")
        if read_text(execution, 0) != self.first:
            harm.add("an earlier task's output")
        if cells.get(2) not in attack.ends:
            harm.add(f"ended: {cells.get(2)}")
        if attack.saved and attack.saved in json.dumps(execution.notebook.cells[2].outputs):
            harm.add("saved output")
        outputs = json.dumps([cell.get("outputs") for cell in execution.notebook.cells])
        if len(outputs) > KEPT_BYTES:
            harm.add(f"outputs: {len(outputs)} bytes")
        arrays = b"".join(array.tobytes() for array in execution.evidence.arrays.values())
        left = outputs + json.dumps(run.model_dump(mode="json")) + arrays.decode("latin-1")
        return harm | self.world.find_harm(left.replace("\\n", "\n"))

    def _find_left(self) -> set[str]:
        # Where the sweep was not clean, the next run closes this sandbox; the end shows whether it did.
        if not self.launcher._is_clean:
            return set()
        harm = set()
        processes = list_below(self.world.victim)
        if len(processes) != self.processes:
            harm.add(f"processes left: {len(processes) - self.processes}")
        if strangers := self.list_files() ^ self.files:
            harm.add(f"files left: {sorted(strangers)[:5]}")
        return harm

    def list_files(self) -> set[str]:
        """Everything in the room's folder, as far as the sandbox keeps its files there."""
        assert self.launcher._scratch is not None
        folder = self.launcher._scratch.path
        found = {str(Path(p, name).relative_to(folder)) for p, d, f in os.walk(folder) for name in (*d, *f)}
        return {name for name in found if not name.startswith("w/lib")}


def make_notebook(attack: Attack | None, facts: dict[str, object]) -> nbformat.NotebookNode:
    """A notebook of the honest cell, what prepares the attack, and the attack."""
    sources = [HONEST.strip()]
    if attack is not None:
        sources += [f"facts = {facts!r}\n{read_prelude()}", attack.source]
    else:
        sources += ["pass", "pass"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    if attack is not None:
        notebook.metadata.update(attack.notebook)
        notebook.cells[2].metadata.update(attack.metadata)
        if attack.saved:
            notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text=attack.saved)]
    return notebook


def read_text(execution: Execution, index: int) -> str:
    """What a cell has printed."""
    outputs = execution.notebook.cells[index].outputs
    return "".join(str(output.get("text", output)) for output in outputs)


async def besiege(order: dict[str, object], world: World) -> None:
    """Run the attacks that were ordered, and print their outcomes."""
    sandbox = {**BACKENDS, "none": NoSandbox}[str(order["backend"])]()
    names = order["names"]
    attacks = [attack for attack in read_attacks() if names is None or attack.name in names]  # type: ignore[operator]
    last: Outcome | None = None
    server = ForkServer()
    try:
        async with Launcher(sandbox, server) as launcher:
            siege = Siege(world, launcher)
            await siege.begin()
            # A last honest run, to see what the last attack has left.
            for attack in [*attacks, Attack("nothing", "end", "does nothing", "pass")]:
                outcome, before = await siege.run(attack)
                if last is not None:
                    last.harm += before
                    print(json.dumps(last.__dict__), flush=True)
                last = outcome
    finally:
        await server.close()
    print(json.dumps({"unforked": server.fault}), flush=True)


def main() -> None:
    """Become the user, build the world, run the attacks, look at what is left."""
    order = json.loads(sys.argv[1])
    if order["uid"] is not None:
        os.setgroups([])
        os.setresgid(order["uid"], order["uid"], order["uid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
    # Whatever loses its parent comes here, so that nothing that is left can hide. And this process is as open
    # as any other of its user, which it is not after a change of user.
    for option in (PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE):
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(1), 0, 0, 0)
    place = Path(order["place"])
    rooms = place / "r"
    rooms.mkdir(mode=0o711)
    os.environ["TMPDIR"] = str(rooms)
    with World(place) as world:
        files = psutil.Process().num_fds()
        asyncio.run(besiege(order, world))
        left = {
            "processes": wait_for_end(world.victim),
            "files": psutil.Process().num_fds() - files,
            "folders": sorted(path.name for path in rooms.iterdir()),
        }
    print(json.dumps({"left": left}), flush=True)


if __name__ == "__main__":
    main()
