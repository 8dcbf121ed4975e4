"""Results as a run of the exam leaves them."""

from pathlib import Path
from typing import Any

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.results import ClassResult, Diagnosis, Outcome, RunInfo, SubmissionResult, TaskResult, Verdict

ROOT = Path(__file__).parents[1]

FAULTS = {
    "parameter_count": "63 trained parameters",
    "fitted_values": "up to 1.0e-02 away, from step 0 on",
    "predicts_next": "312 of 999 rows",
    "trains_layer": "no RNN is trained",
    "trains_own_class": "no class of the notebook is trained",
    "avoids_layers": "RNNCell is trained",
    "same_fit_as": "up to 1.0e-02 away, from step 0 on",
    "same_answer": "true",
}
PROMPTS = {
    "parameter_count": ("199 trained parameters", "199 trained parameters"),
    "fitted_values": ("the reference's fitted values", "at most 3.0e-07 away at step 99"),
    "predicts_next": ("the next symbol in at least 99 of 100 rows", "999 of 999 rows"),
    "trains_layer": ("a trained torch.nn.RNN", "RNN is trained"),
    "trains_own_class": ("a network class of your own", "class MyRNN is trained"),
    "avoids_layers": ("no RNN or RNNCell among what is trained", "MyRNN and Linear are trained"),
    "same_fit_as": ("the fitted values of task 1.2", "at most 1.2e-07 away"),
    "same_answer": ("false", "false"),
}


def load_exam() -> Assignment:
    """The exam's own description."""
    return load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")


def make_verdict(name: str, points: float, share: float, outcome: Outcome | None = None) -> Verdict:
    """A verdict that earns a share of its points."""
    expected, actual = PROMPTS[name]
    outcome = outcome or ("passed" if share == 1 else "failed" if share == 0 else "partial")
    message = ""
    if outcome == "failed":
        actual = FAULTS[name]
        message = "Look at data, network, initial values and loss: they differ before the first update."
    if outcome == "partial":
        actual, message = "714 of 999 rows", "Train for more epochs: the loss was still falling at the end."
    if outcome == "not_reached":
        actual, message = "nothing", "An earlier cell failed. Mend cell 4 and run the notebook again."
    if outcome == "grader_error":
        actual, message = "nothing", "The grader failed here. This costs no points until a person has looked."
    return Verdict(
        name=name, outcome=outcome, points=points * share, max_points=points,
        expected=expected, actual=actual, message=message,
    )  # fmt: skip


def make_result(student: str, shares: dict[str, float | Outcome], **changes: Any) -> SubmissionResult:
    """A graded submission; tasks that `shares` does not name have full points."""
    tasks = []
    for task in load_exam().task:
        share = shares.get(task.id, 1.0)
        checks = []
        for place, check in enumerate(task.checks):
            if isinstance(share, str):
                checks.append(make_verdict(check.name, check.points, 0.0, share))
            else:
                hit = share < 1 and (share == 0 or place == len(task.checks) - 1)
                checks.append(make_verdict(check.name, check.points, share if hit else 1.0))
        diagnosis: tuple[Diagnosis, ...] = ()
        if isinstance(share, float) and share == 0 and task.kind == "training":
            message = "Tasks 1.2 and 1.3 are trained with different seeds: 12345 and 43052. Use one of them."
            diagnosis = (Diagnosis(code="seeds_differ", confidence="exact", message=message),)
        points = sum(check.points for check in checks)
        tasks.append(
            TaskResult(
                id=task.id,
                points=points,
                max_points=task.points,
                checks=tuple(checks),
                diagnosis=diagnosis,
            )
        )
    settings: dict[str, Any] = {
        "student": student,
        "file": f"{student}.ipynb",
        "sha256": "ab" * 32,
        "status": "graded",
        "score": sum(task.points for task in tasks),
        "max_score": 100.0,
        "tasks": tuple(tasks),
    }
    return SubmissionResult(**{**settings, **changes})


def make_ungradable(student: str, problem: str = "The file is empty. Ask for it again.") -> SubmissionResult:
    """A submission that nothing could be done with."""
    return SubmissionResult(
        student=student, file=f"{student}.ipynb", sha256="", status="ungradable",
        score=0.0, max_score=100.0, needs_review=True, problem=problem,
    )  # fmt: skip


def make_class(*submissions: SubmissionResult) -> ClassResult:
    """A class of these submissions."""
    run = RunInfo(seed=43052, device="cpu", mode="full", torch="2.13.0", sandbox="bwrap", seconds=312.4)
    return ClassResult(assignment="hi-hello", run=run, submissions=submissions)


def make_sample_class() -> ClassResult:
    """Fourteen submissions of every kind."""
    names = ["김철수", "이영희", "박민준", "최서연", "정하윤", "강지호"]
    names += ["조예린", "윤도현", "장수아", "임재원", "한소희"]
    spread: list[dict[str, float | Outcome]] = [
        {},
        {"1.3": 0.0},
        {"1.6": 0.5, "2.4": 0.0},
        {"1.4": "not_reached", "1.5": "not_reached", "1.6": "not_reached"},
        {"2.1": 0.0, "2.5": 0.0},
        {"1.1": 0.5, "1.2": 0.5, "1.3": 0.0, "1.6": 0.0},
        {},
        {"1.5": "grader_error"},
        {"1.6": 0.0},
        {task.id: "no_evidence" for task in load_exam().task},
        {"1.1": 0.25},
    ]
    graded = [make_result(name, shares) for name, shares in zip(names, spread, strict=True)]
    graded[7] = graded[7].model_copy(update={"needs_review": True})
    return make_class(
        *graded,
        make_result("Alexandra Konstantinopoulou-Featherstonehaugh", {"2.2": 0.0}),
        make_result("김철수", {"1.2": 0.5}, file="늦은 제출/김철수.ipynb"),
        make_ungradable("오세훈"),
    )
