"""Compares `--mode quick` with `--mode full`: how often their verdicts agree, and how much faster it is.

    python benchmarks/measure_quick.py [--only PART] [--known FILE] [--class FOLDER] [--out FILE]

A verdict is the outcome of one check. The corpus of answers in tests/corpus tells how often the two agree: it
is graded in both modes, or the full outcomes are read from a file that judge_corpus.py wrote. The throughput
is measured on whole exams, such as the sample class in submissions/: graded in both modes one after the other
on the same machine, with nothing kept from earlier runs.
"""

import json
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from corpus_judge import judge_answers  # noqa: E402
from corpus_reader import Answer, read_corpus  # noqa: E402

from grader.assignment.load import load_assignment  # noqa: E402
from grader.assignment.spec import Assignment  # noqa: E402
from grader.cli.progress import LineListener  # noqa: E402
from grader.records import GradingMode  # noqa: E402
from grader.workflow import Settings, grade_class  # noqa: E402

Outcomes = dict[str, dict[str, str]]
"""Answer to check to outcome."""


def grade_answers(
    answers: list[Answer], assignment: Assignment, mode: GradingMode, store: Path | None
) -> tuple[Outcomes, list[str], float]:
    """Outcomes in one mode, the answers that were not judged as they deserve, and the seconds it took."""
    started = time.monotonic()
    judged = judge_answers(answers, assignment, LineListener(), Settings(mode=mode, store=store))
    outcomes = {
        each.answer.name: {check.name: check.outcome for check in each.result.checks} for each in judged
    }
    missed = [f"{each.answer.name}: {', '.join(each.missed)}" for each in judged if each.missed]
    return outcomes, missed, time.monotonic() - started


def compare(full: Outcomes, quick: Outcomes) -> dict[str, Any]:
    """How many verdicts there are and agree, in all and by check, and those that do not by name."""
    total: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    unlike = []
    for answer, outcomes in quick.items():
        for check, outcome in outcomes.items():
            expected = full[answer][check]
            total[check] += 1
            agreed[check] += outcome == expected
            if outcome != expected:
                unlike.append(f"{answer}, {check}: {expected} in full, {outcome} in quick")
    return {
        "answers": len(quick),
        "verdicts": total.total(),
        "agreed": agreed.total(),
        "share": round(agreed.total() / total.total(), 4),
        "by_check": {check: {"verdicts": total[check], "agreed": agreed[check]} for check in sorted(total)},
        "disagreements": unlike,
    }


def time_class(folder: Path, mode: GradingMode) -> float:
    """Seconds for a class with an empty store."""
    with tempfile.TemporaryDirectory() as store:
        started = time.monotonic()
        grade_class(folder, "hi-hello", Settings(mode=mode, store=Path(store)), LineListener())
        return time.monotonic() - started


def write_figures(found: dict[str, Any], out: Path | None) -> None:
    """Write what was found so far, if a file was asked for."""
    if out is not None:
        out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@click.command()
@click.option("--only", default="", help="Part of the names of the answers to compare.")
@click.option("--known", type=click.Path(path_type=Path), help="Full outcomes that judge_corpus.py wrote.")
@click.option("--class", "folder", type=click.Path(path_type=Path), help="Whole exams to time in both modes.")
@click.option("--store", type=click.Path(path_type=Path), help="Where the corpus's runs are kept.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file for the results.")
def main(only: str, known: Path | None, folder: Path | None, store: Path | None, out: Path | None) -> None:
    """Print agreement and throughput."""
    assignment = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
    answers = [answer for answer in read_corpus() if only in answer.name]
    quick, missed, seconds = grade_answers(answers, assignment, "quick", store)
    found: dict[str, Any] = {
        "machine": f"{platform.machine()}, {platform.system()}",
        "torch": torch.__version__,
        "python": platform.python_version(),
        "corpus": {"seconds": {"quick": round(seconds, 1)}, "not_as_deserved": missed},
    }
    if known is None:
        full, _, full_seconds = grade_answers(answers, assignment, "full", store)
        found["corpus"]["seconds"]["full"] = round(full_seconds, 1)
    else:
        read = json.loads(known.read_text(encoding="utf-8"))["answers"]
        full = {name: answer["outcomes"] for name, answer in read.items()}
    found["corpus"] |= compare(full, quick)
    for line in found["corpus"]["disagreements"]:
        click.echo(f"  {line}")
    for check, counts in found["corpus"]["by_check"].items():
        click.echo(f"{check:20}{counts['agreed']:6} of {counts['verdicts']}")
    corpus = found["corpus"]
    click.echo(f"{'all verdicts':20}{corpus['agreed']:6} of {corpus['verdicts']} ({corpus['share']:.1%})")
    click.echo(f"seconds for the corpus: {corpus['seconds']}")
    # Before the class is timed, so that an interruption costs no more than that.
    write_figures(found, out)
    if folder is not None:
        times = {mode: time_class(folder, mode) for mode in ("full", "quick")}
        found["class"] = {
            "notebooks": len(list(folder.rglob("*.ipynb"))),
            "seconds": {mode: round(taken, 1) for mode, taken in times.items()},
            "times_the_throughput": round(times["full"] / times["quick"], 2),
        }
        click.echo(f"the class: {found['class']}")
        write_figures(found, out)


if __name__ == "__main__":
    main()
