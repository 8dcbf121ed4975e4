"""The words and signs that every report shares, in the reader's language."""

import gettext
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.assignment.source import BY_HAND
from grader.assignment.spec import Assignment
from grader.records import Language, RunMode
from grader.results import Outcome, SubmissionResult, TaskResult

LOCALES = Path(__file__).parents[1] / "locales"
"""Where compiled catalogues stand, one folder a language; a missing one leaves the English words."""

Tone = Literal["pass", "part", "fail", "none", "alert"]
"""What a sign means at a glance. Colour follows it, and never goes without a word or a number."""


PROVISIONAL = "Provisional"
QUICK_RUN = (
    "this is a quick run, which stops trainings early or shortens their text. "
    "A full run replaces these verdicts."
)
QUICK_RUN_KO = (
    "잠정 결과입니다. 학습을 처음 몇 걸음에서 멈추거나 텍스트를 줄여서 빠르게 채점했으며, "
    "전체 채점을 하면 그 결과로 바뀝니다."
)
CHECK_IN_FULL = "Check without --mode quick before you hand in."


@dataclass(frozen=True)
class Mark:
    """How an outcome is shown."""

    icon: str
    """One column wide in a terminal, East Asian ones included."""
    word: str
    """English, which is also its key in a catalogue."""
    tone: Tone


OUTCOMES: dict[Outcome, Mark] = {
    "passed": Mark("✓", "passed", "pass"),
    "partial": Mark("~", "partial", "part"),
    "failed": Mark("✗", "failed", "fail"),
    "not_reached": Mark("-", "not reached", "none"),
    "no_evidence": Mark("?", "no evidence", "none"),
    "undecided": Mark(">", "not decided yet", "none"),
    "grader_error": Mark("!", "grader error", "alert"),
}

TASK_MARKS: dict[Tone, Mark] = {
    "pass": Mark("✓", "full points", "pass"),
    "part": Mark("~", "part of the points", "part"),
    "fail": Mark("✗", "no points", "fail"),
    "none": Mark("-", "not reached, open, or nothing to judge", "none"),
    "alert": Mark("!", "the grader failed: a person has to look", "alert"),
}


def load_translations(language: Language) -> gettext.NullTranslations:
    """The catalogue of a language, or one that answers every text with itself."""
    return gettext.translation("grader", LOCALES, languages=[language], fallback=True)


def judge_tone(task: TaskResult) -> Tone:
    """What a task's points mean at a glance.

    Points alone do not tell: a zero may be a wrong answer, an answer that never ran, or a fault of the
    grader's own, and a student should not read the second and third as the first.
    """
    outcomes = {check.outcome for check in task.checks}
    if "grader_error" in outcomes:
        return "alert"
    if task.points >= task.max_points:
        return "pass"
    if task.points > 0:
        return "part"
    return "none" if outcomes <= {"not_reached", "no_evidence", "undecided"} else "fail"


def describe_quick_check(assignment: Assignment, result: SubmissionResult, mode: RunMode) -> str | None:
    """What a quick self-check has done, by the run that was made; None if it was none."""
    if mode == "short":
        return f"this quick check trained on a shorter text. {CHECK_IN_FULL}"
    if mode != "quick":
        return None
    kinds = {task.id: assignment.find_task(task.id).kind for task in result.tasks}
    stopped = [task for task, kind in kinds.items() if kind == "training"]
    if not stopped:
        return f"this quick check stopped no training of the tasks that it checked. {CHECK_IN_FULL}"
    # A task of the kind `values` is judged by what it leaves, so it trains to its end.
    if "values" in kinds.values():
        which = f"the training of {', '.join(stopped)} after its first steps"
    else:
        which = "every training after its first steps, because there is no text to shorten"
    return f"this quick check stopped {which}. {CHECK_IN_FULL}"


def list_by_hand(submission: SubmissionResult) -> tuple[str, ...]:
    """Ids of the tasks of which a person has still to mark something, whatever the grader has seen."""
    return tuple(
        task.id
        for task in submission.tasks
        if any(check.name == BY_HAND and check.outcome == "undecided" for check in task.checks)
    )


def format_points(points: float) -> str:
    """Points with at most two decimals, and none that say nothing: `87`, `7.5`."""
    return f"{points:.2f}".rstrip("0").rstrip(".") if math.isfinite(points) else str(points)


def format_seconds(seconds: float) -> str:
    """A duration: `0.4 s`, `42 s`, `5 min 12 s`, `2 h 3 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def spell_name(name: str) -> str:
    """A name of code as words: `same_fit_as` becomes `Same fit as`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def shorten_class(name: str) -> str:
    """The last part of a qualified class: `RNNCell` of `torch.nn.modules.rnn.RNNCell`."""
    return name.rsplit(".", 1)[-1]


def list_task_ids(tasks: Iterable[Iterable[TaskResult]], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Every task's id once: those known first, then the others as they come."""
    ids = dict.fromkeys(known)
    ids.update(dict.fromkeys(task.id for submission in tasks for task in submission))
    return tuple(ids)


def measure_scores(scores: Iterable[float]) -> tuple[float, float] | None:
    """Mean and median of scores, or None where there are none."""
    scores = tuple(scores)
    return (statistics.fmean(scores), statistics.median(scores)) if scores else None
