"""How a notebook's parts are shared out among cores, and made one again."""

import ast
from dataclasses import dataclass

import numpy as np
import pytest
from dependence_samples import Cells, analyse

from grader.assignment.effort import estimate_effort
from grader.assignment.parts import Dependence, Part
from grader.evidence import Evidence
from grader.execute.apart import Apart
from grader.execute.plan import Limits, RunPlan, TaskPlan
from grader.records import CellRun, CodePlace, RunRecord, TaskRun, TensorTrace
from grader.workflow.groups import Group, count_slots, list_watches, plan_group, share_out
from grader.workflow.merged import GroupRun, find_hints, merge_runs
from grader.workflow.settings import Settings

CELLS: Cells = [
    (None, "x = 1"),
    ("A", "a = x"),
    (None, "print(a)"),
    (None, "free = 1"),
    ("B", "b = x"),
]
"""Set-up; A; set-up that is A's; set-up that is everybody's; B."""
GROUPS = (Group(frozenset("A"), frozenset({1, 2})), Group(frozenset("B"), frozenset({4})))
PLAN = RunPlan(
    assignment="small",
    notebook_sha256="",
    cell_tasks=tuple(task for task, _ in CELLS),
    tasks=(TaskPlan("A", fitted="yhat"), TaskPlan("B", fitted="yhat")),
    seed=1,
)


@pytest.mark.parametrize(
    ("source", "effort"),
    [
        ("a = 1", 1),
        ("for e in range(50): pass", 51),
        ("for e in range(10, 50): pass", 51),
        ("for e in range(n): pass", 31),
        ("for e in range(50):\n    for t in x: pass", 1 + 50 * 31),
        ("def f(x):\n    for t in x: pass\nfor e in range(50): f(x)", 1 + 50 * 31),
        ("for e in range(2): pass\nwhile True: pass", 1 + 2 + 30),
    ],
)
def test_effort_is_guessed_from_loops(source: str, effort: float) -> None:
    """Rounds count where they are written, and loops over time make each round dear."""
    assert effort == estimate_effort([ast.parse(source)])


@pytest.mark.parametrize(
    ("efforts", "slots", "expected"),
    [
        ([3000, 1000, 100, 50], 2, ["0", "123"]),
        ([900, 800, 700], 2, ["0", "12"]),
        ([900, 800, 700], 8, ["0", "1", "2"]),
        ([900, 800], 1, ["01"]),
        ([5000, 60, 20], 4, ["012"]),
        ([], 4, []),
    ],
)
def test_parts_are_balanced(efforts: list[float], slots: int, expected: list[str]) -> None:
    """The largest go first, to whoever has least; what another sandbox would not pay for stays in one."""
    parts = [Part((str(place),), frozenset({place}), effort) for place, effort in enumerate(efforts)]
    assert expected == ["".join(sorted(group.tasks)) for group in share_out(parts, slots)]


def test_slots_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more sandboxes than cores, memory, or what is asked for allow, and one where a card trains."""
    limits = Limits()

    @dataclass
    class Memory:
        available: int

    def have(sandboxes: float) -> None:
        size = int(sandboxes * (limits.memory_bytes + 512 * 2**20))
        monkeypatch.setattr("psutil.virtual_memory", lambda: Memory(size))

    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    have(20)
    assert 8 == count_slots(Settings(device="cpu"), limits)
    assert 2 == count_slots(Settings(device="cpu", jobs=2), limits)
    assert 1 == count_slots(Settings(device="cuda"), limits)
    assert 1 == count_slots(Settings(device="cpu"), Limits(memory_bytes=2**30))
    have(3.5)
    assert 3 == count_slots(Settings(device="cpu"), limits)
    have(0.5)
    assert 1 == count_slots(Settings(device="cpu"), limits)


def test_group_runs_its_own_cells_and_everybodys() -> None:
    """Set-up that belongs to another group's task is left out, and no kernel is started twice."""
    dependence = analyse(*CELLS)
    plan = plan_group(PLAN, GROUPS[1], dependence)
    assert (frozenset("B"), frozenset({1, 2}), 0) == (plan.only_tasks, plan.left_out, plan.limits.restarts)
    assert {1, 4} == plan_group(PLAN, GROUPS[0], dependence).left_out ^ {1}
    assert ["x"] == list(list_watches(GROUPS[0], dependence)["A"].watch or ())


def make_runs(**changes: object) -> list[GroupRun]:
    """What both groups leave; `changes` are made to the record of B's."""
    runs = []
    for group, own, task in ((GROUPS[0], (0, 1, 2, 3), "A"), (GROUPS[1], (0, 3, 4), "B")):
        cells = [CellRun(index=i, task=PLAN.cell_tasks[i], status="ok", seconds=1) for i in own]
        place = CodePlace(what="loss", cell=own[-1], count=len(own), line=1, text="loss")
        tensor = TensorTrace(shape=(2, 2), elements=4, name="w", owner="L", initial_norm=3.0)
        record = RunRecord(
            assignment="small",
            notebook_sha256="",
            seed=1,
            device="cpu",
            sandbox="bwrap",
            versions={},
            seconds=len(own),
            cpu_seconds=2,
            peak_memory_bytes=400 * 2**20,
            cells=tuple(cells),
            tasks=(TaskRun(task=task, places=(place,), tensors=(tensor,)),),
        )
        if task == "B":
            record = record.model_copy(update=changes)
        trained = {task: ()}
        arrays = {f"{task}/losses": np.ones(2)}
        runs.append(GroupRun(group, Evidence(record, arrays), Apart({}, trained=dict(trained))))
    return runs


CHOSEN = (0, 1, 2, 3, 4)


def test_merged_run_reads_as_one() -> None:
    """Cells and tasks in order, once each, numbered as one kernel would; the longest time, all the memory."""
    merged = merge_runs(PLAN, CHOSEN, make_runs()[::-1], analyse(*CELLS))
    assert list(CHOSEN) == [cell.index for cell in merged.run.cells]
    assert [("A", 4), ("B", 5)] == [(task.task, task.places[0].count) for task in merged.run.tasks]
    assert {"A/losses", "B/losses"} == set(merged.arrays)
    assert (4, 4, 800 * 2**20) == (
        merged.run.seconds,
        merged.run.cpu_seconds,
        merged.run.peak_memory_bytes,
    )


def test_answer_without_cells_of_its_own_comes_from_whoever_gives_it() -> None:
    """A statement that another task's cell answers is read in that task's kernel."""
    runs = make_runs()
    for run, answer in zip(runs, (None, True), strict=True):
        tasks = (*run.evidence.run.tasks, TaskRun(task="1", answer=answer))
        object.__setattr__(run.evidence, "run", run.evidence.run.model_copy(update={"tasks": tasks}))
    cells: Cells = [*CELLS[:4], ("B", "answer_1 = True")]
    plan = RunPlan(
        **{**PLAN.__dict__, "tasks": (*PLAN.tasks, TaskPlan("1", variable="answer_1"))},
    )
    assert [True] == [
        task.answer for task in merge_runs(plan, CHOSEN, runs, analyse(*cells)).run.tasks if task.task == "1"
    ]


FAILED = CellRun(index=4, task="B", status="error", error="NameError: name 'q' is not defined")
SHARED = tuple(CellRun(index=i, task=None, status="ok") for i in (0, 3))


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({}, None),
        ({"cells": (*SHARED, FAILED)}, "cell 5: NameError"),
        ({"cells": SHARED}, "did not run"),
        ({"notes": ("a note",)}, "a note"),
        ({"tasks": (TaskRun(task="B", suspicions=("changed while it ran",)),)}, "changed while it ran"),
        ({"peak_memory_bytes": 3 * 2**30}, "more memory"),
        ({"cells": (*SHARED, FAILED.model_copy(update={"status": "ok", "seconds": 3000}))}, "longer than"),
    ],
)
def test_hints_are_found_in_what_groups_leave(changes: dict[str, object], hint: str | None) -> None:
    """A failed or missing cell, a note, a changed torch, and what one kernel may not have had room for."""
    hints = list(find_hints(PLAN, CHOSEN, make_runs(**changes)))
    assert [] == hints if hint is None else hint in hints[0]


@pytest.mark.parametrize(
    ("trained", "is_copy"),
    [(((2, 2), 3.0), True), (((2, 2), 3.1), False), (((4,), 3.0), False), (((2, 2), 3.0 + 1e-7), True)],
)
def test_equal_values_are_found_across_kernels(trained: tuple[object, float], is_copy: bool) -> None:
    """A tensor that starts with the shape and norm of one that a task elsewhere has trained is a hint."""
    runs = make_runs()
    runs[0].apart.hear("A", {"apart": {"trained": [trained]}})
    assert is_copy == any("B may start" in hint for hint in find_hints(PLAN, CHOSEN, runs))


@pytest.mark.parametrize(
    "reply", [{}, {"apart": None}, {"apart": {"changed": "x"}}, {"apart": {"changed": ["x"]}}]
)
def test_reply_that_says_too_little_is_a_hint(reply: dict[str, object]) -> None:
    """A kernel that is silent, forged or reports a change is not believed to have left nothing."""
    hints: list[str] = []
    Apart({}, hints.append).hear("A", reply)
    assert 1 == len(hints)


def test_one_part_is_never_split() -> None:
    """Where everything depends on everything there is one group, however many cores are free."""
    found = analyse((None, "x = 1"), ("A", "for e in range(999): x = e"), ("B", "print(x)"))
    assert isinstance(found, Dependence)
    assert 1 == len(share_out(found.parts, 8))
