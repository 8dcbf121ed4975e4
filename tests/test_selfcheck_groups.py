"""The self-check's tasks side by side, in real kernels: the same as one after the other, or once more so."""

import asyncio
from dataclasses import dataclass, field

import nbformat
import pytest
from dependence_samples import Cells, make_assignment, make_notebook

from grader.assignment.dependence import find_dependence
from grader.evidence import Dossier, Evidence
from grader.execute.sandbox import choose_sandbox
from grader.records import Submission, TaskRun
from grader.workflow.bench import Bench
from grader.workflow.groups import share_out
from grader.workflow.jobs import Job
from grader.workflow.selfchecks import SideBySide, run_check
from grader.workflow.settings import Settings

pytestmark = [pytest.mark.kernel, pytest.mark.usefixtures("rooms")]

SETUP = "import torch\nimport numpy as np\nx, aims = torch.eye(4), torch.tensor([1, 2, 3, 0])\nrate = 0.1"
TRAIN = """torch.manual_seed({seed})
net = torch.nn.Linear(4, 4)
optimizer = torch.optim.Adam(net.parameters(), lr={rate})
for epoch in range(120):
    out = net(x)
    loss = torch.nn.functional.cross_entropy(out, aims)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
"""


def train(before: str = "", seed: int = 1, rate: str = "0.1") -> str:
    """A cell that trains a small network, behind some lines."""
    return f"{before}\n{TRAIN.format(seed=seed, rate=rate)}"


class Ears:
    """Hears nothing."""

    def __getattr__(self, name: str) -> object:
        return lambda *_: None


@dataclass
class Trial:
    """One notebook, and how it is checked."""

    cells: Cells
    cell_seconds: float = 60
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.assignment = make_assignment("AB", ["1"])
        notebook, map_ = make_notebook(self.cells)
        submission = Submission(student="kim", file="kim.ipynb", content=b"", sha256="0" * 64)
        self.job = Job(submission, notebook, map_)
        settings = Settings(device="cpu", cell_seconds=self.cell_seconds)
        released = nbformat.v4.new_notebook()
        self.bench = Bench(self.assignment, b"", released, settings, choose_sandbox(), Ears())  # type: ignore[arg-type]
        self.ids = [task.id for task in self.assignment.task]

    def hear(self, task: str, evidence: Evidence) -> None:
        """Keep which task ended."""
        assert evidence.run.task(task) is not None
        self.told.append(task)

    def check(self, slots: int) -> Dossier:
        """The self-check in at most so many sandboxes."""
        return asyncio.run(run_check(self.bench, self.job, self.ids, self.hear, slots))

    def run_groups(self) -> tuple[Evidence | None, list[str]]:
        """What two groups leave, and what hints at a dependence that was missed."""

        async def run() -> tuple[Evidence | None, list[str]]:
            plan = self.bench.plan(self.job, "full", self.ids)
            dependence = find_dependence(self.assignment, self.job.notebook, self.job.cells, self.ids)
            groups = share_out(dependence.parts, 2)
            assert 2 == len(groups), dependence
            async with self.bench.open_launcher() as first, self.bench.open_launcher() as second:
                apart = SideBySide(self.bench, self.job, plan, dependence, groups, self.hear)
                found = await apart.run([first, second])
            return (None if found is None else found[0]), apart.hints

        return asyncio.run(run())


def list_tasks(evidence: Evidence) -> list[TaskRun]:
    """The tasks as they are judged: without their times."""
    return [task.model_copy(update={"seconds": 0.0}) for task in evidence.run.tasks]


def list_cells(evidence: Evidence) -> list[tuple[object, ...]]:
    """How the cells ended, without their times."""
    return [(cell.index, cell.task, cell.status, cell.error) for cell in evidence.run.cells]


def assert_same(first: Evidence, second: Evidence) -> None:
    """Nothing that a verdict follows from differs, to the last bit."""
    assert list_cells(first) == list_cells(second)
    assert list_tasks(first) == list_tasks(second)
    assert first.run.notes == second.run.notes
    assert set(first.arrays) == set(second.arrays)
    assert all((first.arrays[name] == second.arrays[name]).all() for name in first.arrays)


def test_independent_tasks_leave_the_same_side_by_side() -> None:
    """Evidence equals that of one kernel: values, traces, places, answers, cells and their order."""
    cells: Cells = [
        (None, SETUP),
        ("A", train("def early(): return later\nlater = 1")),
        (None, "shown = yhat.sum()"),
        (None, "epochs = 3"),
        ("B", train("later = epochs", seed=2, rate="0.05") + "print(later)"),
        ("1", "answer_1 = epochs == 3"),
    ]
    trial = Trial(cells)
    apart, hints = trial.run_groups()
    assert ([], {"A", "B", "1"}) == (hints, set(trial.told))
    assert apart is not None
    assert_same(trial.check(slots=1).full, apart)
    assert [True] == [task.answer for task in apart.run.tasks if task.task == "1"]


HIDDEN: dict[str, tuple[str, str, str, str]] = {
    "a file": (
        "",
        "getattr(np, 'sa' + 've')('rate.npy', 0.5)",
        "rate = 0.5 if getattr(np.lib.npyio, 'Data' + 'Source')().exists('rate.npy') else 0.1",
        "files",
    ),
    "an attribute of torch": (
        "",
        "t = torch\nt.mine = 0.5",
        "rate = getattr(torch, 'mine', 0.1)",
        "of torch",
    ),
    "an object of two names": ("", "y = x\ny += 1", "", "changed x"),
    "a setting": ("", "left = torch.set_default_dtype(torch.float64)", "", "of torch"),
    "a stream of the set-up's": (
        "g = torch.Generator()\nboth = [g]",
        "h = both[0]\ntorch.rand(1, generator=h)",
        "rate = float(torch.rand(1, generator=g))",
        "changed g",
    ),
    "an iterator of the set-up's": (
        "turns = iter([0.5, 0.1])",
        "for rate in turns: break",
        "for rate in turns: break",
        "changed turns",
    ),
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_hidden_dependence_is_noticed(kind: str) -> None:
    """What no name shows is seen while the parts run, and then they count for nothing."""
    setup, first, second, hint = HIDDEN[kind]
    late = train(second, seed=2, rate="rate")
    found, hints = Trial([(None, f"{SETUP}\n{setup}"), ("A", train(first)), ("B", late)]).run_groups()
    assert found is None
    assert any(hint in each for each in hints), hints


def test_hidden_dependence_costs_no_verdict() -> None:
    """The whole is run once more in one kernel, and that counts."""
    _, first, second, _ = HIDDEN["an attribute of torch"]
    trial = Trial([(None, SETUP), ("A", train(first)), ("B", train(second, seed=2, rate="rate"))])
    apart, one = trial.check(slots=2).full, trial.check(slots=1).full
    assert_same(one, apart)
    rates = {task.task: [made.settings["lr"] for made in task.optimizers] for task in apart.run.tasks}
    assert {"A": [0.1], "B": [0.5]} == rates


def test_start_that_equals_what_another_has_trained_is_noticed() -> None:
    """Only in one kernel can the probe tell that a network starts from what an earlier task has trained."""
    trial = Trial([(None, SETUP), ("A", train(rate="0.0")), ("B", train())])
    found, hints = trial.run_groups()
    assert (None, True) == (found, any("may start from what A" in hint for hint in hints))
    task = trial.check(slots=2).full.run.task("B")
    assert task is not None
    assert {"A"} == {tensor.copied_from for tensor in task.tensors}


@pytest.mark.parametrize(
    ("late", "status"), [(train("while True: pass"), "timeout"), (train("nothing_of_this_name"), "error")]
)
def test_cell_that_fails_is_told_as_ever(late: str, status: str) -> None:
    """An endless loop or an error in one task ends as it does in one kernel; the other keeps its evidence."""
    trial = Trial([(None, SETUP), ("A", train()), ("B", late), ("1", "answer_1 = True")], cell_seconds=3)
    apart, one = trial.check(slots=2).full, trial.check(slots=1).full
    assert_same(one, apart)
    assert [status] == [cell.status for cell in apart.run.cells if cell.task == "B"]
