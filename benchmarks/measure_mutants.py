"""Grades an assignment's reference with one fault built in at a time, and counts which lose marks.

    python benchmarks/measure_mutants.py mnist-lstm

The faults are those of grader/assignment/mutants.py, made to the code of each task that is answered by
training or by values; where an assignment needs Keras they are those of keras_edits.py. Whoever loses no mark
learns as well as the reference, or gets past the checks: the list of them is for an author to read. Figures
go to benchmarks/results/mutants-ASSIGNMENT.json.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import nbformat
from keras_edits import list_keras_mutants
from machine import describe_machine, list_versions
from nbformat import NotebookNode

from grader.assignment.load import find_assignment
from grader.assignment.locate import locate_tasks
from grader.assignment.mutants import list_mutants
from grader.assignment.spec import Assignment, TrueFalseTask
from grader.cli.progress import LineListener
from grader.judge.vocabulary import VOCABULARY
from grader.notebook import read_notebook
from grader.results import SubmissionResult
from grader.workflow import Settings, grade_class

ROOT = Path(__file__).parents[1]
PLAIN = "reference"
LINE = "{:8} {:28} {:8} {}"


@dataclass(frozen=True)
class Fault:
    """The reference's notebook with one fault."""

    task: str
    name: str
    notebook: NotebookNode

    @property
    def student(self) -> str:
        """Whose notebook the class takes it for."""
        return f"{self.task} {self.name}"


def list_faults(assignment: Assignment) -> Iterator[Fault]:
    """Every mutant of every task, in a notebook of its own."""
    content = assignment.solution_path.read_bytes()
    solution = read_notebook(content)
    places = locate_tasks(solution, assignment, solution).tasks
    cells = {
        task.id: [
            index
            for index, (cell, place) in enumerate(zip(solution.cells, places, strict=True))
            if place == task.id and cell.cell_type == "code"
        ]
        for task in assignment.task
    }
    sources = {
        task: "\n".join(solution.cells[index].source for index in places) for task, places in cells.items()
    }
    for task in assignment.task:
        if isinstance(task, TrueFalseTask) or not cells[task.id]:
            continue
        needed = "\n".join(sources[need] for need in sorted(assignment.list_needs(task.id)))
        is_keras = "keras" in assignment.packages
        source = sources[task.id]
        for mutant in list_keras_mutants(source) if is_keras else list_mutants(source, needed):
            notebook = read_notebook(content)
            first, *others = cells[task.id]
            notebook.cells[first].source = mutant.source
            for index in others:
                notebook.cells[index].source = ""
            yield Fault(task.id, mutant.name, notebook)


def list_lost(result: SubmissionResult) -> list[str]:
    """The checks that cost marks, with their task."""
    return [
        f"{task.id} {check.name}"
        for task in result.tasks
        for check in task.checks
        if check.points < check.max_points or check.outcome == "failed"
    ]


@click.command(help=__doc__.partition("\n")[0])
@click.argument("name")
@click.option("--task", help="Mutants of this task only.")
@click.option("--jobs", type=int, help="Notebooks at once. Default: one a core.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file for the figures.")
def main(name: str, task: str | None, jobs: int | None, out: Path | None) -> None:
    """Grade the mutants as a class, print who lost what, and write it down."""
    assignment = find_assignment(name, ROOT, VOCABULARY)
    faults = [fault for fault in list_faults(assignment) if task in (None, fault.task)]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for fault in faults:
            nbformat.write(fault.notebook, Path(folder) / f"{fault.student}.ipynb")
        (Path(folder) / f"{PLAIN}.ipynb").write_bytes(assignment.solution_path.read_bytes())
        graded = grade_class(Path(folder), name, Settings(jobs=jobs), LineListener())
    lost = {result.student: list_lost(result) for result in graded.result.submissions}
    for fault in faults:
        found = lost[fault.student]
        verdict = "caught" if found else "kept"
        click.echo(LINE.format(fault.task, fault.name, verdict, ", ".join(found)))
    tasks = sorted({fault.task for fault in faults})
    score = {
        each: {
            "mutants": sum(fault.task == each for fault in faults),
            "caught": sum(fault.task == each and bool(lost[fault.student]) for fault in faults),
        }
        for each in tasks
    }
    for each, row in score.items():
        click.echo(f"{each}: {row['caught']} of {row['mutants']} caught")
    if lost[PLAIN]:
        raise click.ClickException(f"The reference itself loses {', '.join(lost[PLAIN])}.")
    record = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": describe_machine(),
        "versions": list_versions(),
        "seconds": round(time.monotonic() - started),
        "tasks": score,
        "lost": {fault.student: lost[fault.student] for fault in faults},
    }
    out = out or ROOT / "benchmarks" / "results" / f"mutants-{name}.json"
    out.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
