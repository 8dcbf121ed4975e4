"""What stands in the store may go or be replaced, and that is one notebook's matter."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_class import FAULTS, TRAINING, make_class

from grader.cli import main
from grader.workflow import runs
from grader.workflow.outcomes import Outcome

pytestmark = pytest.mark.kernel

REORDERED = TRAINING.replace("net = ", "spare = torch.nn.Linear(4, 4)\nnet = ")
SLOW = TRAINING.replace("yhat = ", "import time\ntime.sleep(4)\nyhat = ")


def grade(*options: str) -> dict[str, dict]:
    """Grade the class in the working folder; entries of results.json by student."""
    done = CliRunner().invoke(main, ["run", "submissions", "-o", "out", *options])
    assert done.exit_code in (0, 3), done.output
    entries = json.loads(Path("out/results.json").read_text(encoding="utf-8"))["submissions"]
    return {entry["student"]: entry for entry in entries}


def test_entry_that_goes_costs_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pruned between its run and its replay, one notebook has no mark, and the others have theirs."""
    make_class(tmp_path, {"right": FAULTS["right"], "reordered": (REORDERED, "answer = True")})
    monkeypatch.chdir(tmp_path)
    original = runs._ClassRun._run_order_free

    async def lose(work: runs._ClassRun) -> None:
        outcome = work.runs.outcomes["reordered.ipynb"]
        assert isinstance(outcome, Outcome)
        work.runs.kept._latest.clear()
        shutil.rmtree(next(Path("out/.evidence/entries").glob(f"??/{outcome.full}")))
        await original(work)

    monkeypatch.setattr(runs._ClassRun, "_run_order_free", lose)
    results = grade()
    assert ("graded", 10) == (results["right"]["status"], results["right"]["score"])
    assert ("grader_error", None) == (results["reordered"]["status"], results["reordered"]["score"])
    assert "has been removed since" in results["reordered"]["problem"]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert 10 == grade()["reordered"]["score"]


def test_page_follows_a_run_that_had_more_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that was stopped and later was not: page and mark tell of the same run."""
    make_class(tmp_path, {"slow": (SLOW, "answer = True")})
    monkeypatch.chdir(tmp_path)
    for seconds, is_stopped in (("2", True), ("60", False)):
        grade("--timeout", seconds)
        assert is_stopped == ("stopped" in Path("out/slow.html").read_text(encoding="utf-8"))
