"""Grades the corpus of answers in tests/corpus, prints how often the grader is right, and writes it down.

    python benchmarks/judge_corpus.py [--only PART] [--out FILE]

Beside it stands what others would decide by, on the same runs: `numpy.allclose` with its defaults, a
tolerance of 1e-2, the share of right symbols. Those look at values alone, so they are asked one question:
whether a network that deserves all of its points gets them, and whether one that does not loses any.
"""

import json
import platform
import sys
import time
from pathlib import Path

import click
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from corpus_judge import NAIVE, Judged, judge_answers  # noqa: E402
from corpus_reader import read_corpus  # noqa: E402

from grader.assignment.load import load_assignment  # noqa: E402
from grader.cli.progress import LineListener  # noqa: E402

KINDS = {"honest": "honest answers", "fault": "faults", "rule": "rules broken", "cheat": "cheats"}


def list_mistakes(judged: list[Judged]) -> list[str]:
    """A line for each answer that was judged other than it deserves, or whose fault has another name."""
    lines = []
    for each in judged:
        if each.missed:
            lines.append(f"{each.answer.name}: {', '.join(each.missed)}; named {each.codes or 'nothing'}")
        elif each.answer.codes and not each.is_named:
            lines.append(f"{each.answer.name}: {'/'.join(each.answer.codes)} named {each.codes or 'nothing'}")
        elif each.answer.review and not each.needs_review:
            lines.append(f"{each.answer.name}: nobody is asked to look")
    return lines


def count_right(judged: list[Judged]) -> dict[str, dict[str, int]]:
    """How many answers of each kind there are, and how many each way of judging gets right."""
    table = {}
    for kind, title in KINDS.items():
        chosen = [each for each in judged if each.answer.kind == kind]
        if not chosen:
            continue
        row = {"answers": len(chosen), "grader": sum(not each.missed for each in chosen)}
        for name in NAIVE:
            row[name] = sum(each.naive[name] == (not each.answer.fails) for each in chosen)
        table[title] = row
    return table


@click.command()
@click.option("--only", default="", help="Part of the names of the answers to judge.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file for the results.")
def main(only: str, out: Path | None) -> None:
    """Judge the corpus and print the table."""
    answers = [answer for answer in read_corpus() if only in answer.name]
    started = time.monotonic()
    assignment = load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")
    judged = judge_answers(answers, assignment, LineListener())
    seconds = time.monotonic() - started
    table = count_right(judged)
    columns = ["answers", "grader", *NAIVE]
    click.echo(f"{'judged as deserved':22}" + "".join(f"{column:>13}" for column in columns))
    for title, row in table.items():
        click.echo(f"{title:22}" + "".join(f"{row[column]:>13}" for column in columns))
    named = {
        title: [each for each in judged if each.answer.codes and (each.answer.kind == "cheat") == is_cheat]
        for title, is_cheat in (("faults and rules broken", False), ("cheats", True))
    }
    right = {title: sum(each.is_named for each in chosen) for title, chosen in named.items()}
    for title, chosen in named.items():
        if chosen:
            share = right[title] / len(chosen)
            click.echo(f"Named right, {title}: {right[title]} of {len(chosen)} ({share:.1%})")
    mistakes = list_mistakes(judged)
    for line in mistakes:
        click.echo(f"  {line}")
    click.echo(f"{len(answers)} answers in {seconds:.0f} s")
    if out is not None:
        found = {
            "machine": f"{platform.machine()}, {platform.system()}",
            "torch": torch.__version__,
            "python": platform.python_version(),
            "seconds": round(seconds),
            "judged_as_deserved": table,
            "with_a_name": {title: len(chosen) for title, chosen in named.items()},
            "named_right": right,
            "mistakes": mistakes,
            "answers": {
                each.answer.name: {
                    "outcomes": {c.name: c.outcome for c in each.result.checks},
                    "codes": each.codes,
                }
                for each in judged
            },
        }
        out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
