"""Whether two tasks of one notebook are the same network, in that notebook as it stands."""

from grader.judge.case import Case, Finding
from grader.judge.fit import WHY_PARTED, find_foreign_values
from grader.judge.foresee import OPEN
from grader.judge.replays import find_own_difference


def judge_likeness(case: Case, task: str) -> Finding:
    """Compare a task's fitted values with those of another task of the same notebook."""
    expected = f"the fitted values of {task}"
    other = case.evidence.run.task(task)
    if other is None or not other.steps:
        return Finding("not_reached", expected, f"{task} left none", f"Answer {task} first.")
    if case.evidence.run.mode == "quick" and None in (case.run.planned_steps, other.planned_steps):
        return Finding("undecided", expected, "how long one of their loops goes on cannot be told", OPEN)
    lengths = [run.planned_steps or run.steps for run in (case.run, other)]
    if lengths[0] != lengths[1]:
        return Finding(
            "failed",
            expected,
            f"{lengths[0]} steps here, {lengths[1]} in {task}",
            "Train both for the same number of epochs.",
        )
    fit = case.compare(case.evidence, task)
    if fit.last_step is None or fit.parted_at is not None:
        part = "cannot be compared" if fit.parted_at is None else f"part at step {fit.parted_at}"
        reason = WHY_PARTED.get(fit.parted_at or 0, "They agree at first and part later.")
        return Finding("failed", expected, f"they {part}", reason)
    if (why := find_foreign_values(case)) is not None:
        return Finding("failed", expected, why, "Let the trained network of this task make the values.")
    if starts_apart(case, task):
        seeds, others = (_name_seeds(run.seeds) for run in (case.run, other))
        difference = find_own_difference(case.dossier.submitted or case.evidence, case.task.id, task)
        apart = f" and differ by {difference:.1e}" if difference is not None else ""
        message = f"This task asks for {seeds}, {task} for {others}."
        if seeds == others:
            message = "A layer is built before the seed is set."
        return Finding(
            "failed",
            expected,
            f"with the notebook's own seeds the two start from other values{apart}",
            f"{message} Use one seed in both, right before the layers are built.",
        )
    actual = f"equal at step {fit.last_step} within {fit.differences[fit.last_step]:.1e}"
    return Finding("passed", expected, actual, f"This task and {task} are the same network.")


def starts_apart(case: Case, task: str) -> bool:
    """Whether the two tasks, equal under the grader's seed, differ under the notebook's own.

    Told by the replay as submitted. Without one, as in a self-check, the seeds themselves decide, where
    both tasks ask for one.
    """
    other = case.evidence.run.task(task)
    if case.dossier.submitted is not None:
        difference = find_own_difference(case.dossier.submitted, case.task.id, task)
        if difference is not None:
            return difference > case.tolerance.allow(0)
    own_seed, other_seed = (run.seeds[-1] if run and run.seeds else None for run in (case.run, other))
    return own_seed is not None and other_seed is not None and own_seed != other_seed


def _name_seeds(seeds: tuple[int, ...]) -> str:
    chosen = list(dict.fromkeys(seeds))
    if not chosen:
        return "no seed"
    return f"the seed {chosen[0]}" if len(chosen) == 1 else f"the seeds {', '.join(map(str, chosen[:4]))}"
