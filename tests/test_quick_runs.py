"""A small class in real kernels: provisional verdicts first, and the full run that replaces them."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_class import TRAINING, make_class

from grader.cli.main import main

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(900)]

LATER = TRAINING.replace(
    "    out = net(x)\n",
    "    if epoch > 2:\n        optimizer.param_groups[0]['lr'] = 0.5\n    out = net(x)\n",
)
ANSWERS = {
    "right": (TRAINING, "answer = True"),
    "slow to learn": (TRAINING.replace("lr=0.1", "lr=0.02"), "answer = False"),
    "other later": (LATER, "answer = True"),
}


def grade(folder: Path, *options: str) -> dict[str, dict[str, str]]:
    """Student to check to outcome, after a run with these options."""
    CliRunner().invoke(main, ["run", "submissions", *options], catch_exceptions=False)
    results = json.loads((folder / "reports" / "results.json").read_text(encoding="utf-8"))
    assert ("quick" if options else "full") == results["run"]["mode"]
    return {
        each["student"]: {
            check["name"]: check["outcome"] for task in each["tasks"] for check in task["checks"]
        }
        for each in results["submissions"]
    }


def list_statuses(folder: Path) -> set[str]:
    """What `grades.csv` calls the submissions."""
    with (folder / "reports" / "grades.csv").open(encoding="utf-8-sig") as file:
        return {row["status"] for row in csv.DictReader(file)}


def test_quick_class_is_provisional_until_a_full_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick verdicts agree with full ones or are open; every file says so until the full run has come."""
    make_class(tmp_path, ANSWERS)
    monkeypatch.chdir(tmp_path)
    quick = grade(tmp_path, "--mode", "quick")
    pages = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "reports").glob("*.html")}
    assert 4 == len(pages)
    assert all("Provisional:" in page and "잠정 결과" in page for page in pages.values())
    assert {"provisional"} == list_statuses(tmp_path)
    full = grade(tmp_path)
    pages = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "reports").glob("*.html")}
    assert not any("Provisional:" in page for page in pages.values())
    assert {"graded"} == list_statuses(tmp_path)
    assert full["right"] == quick["right"]
    assert full["slow to learn"] == quick["slow to learn"]
    # Nothing but a whole training shows what a later round changes, and this text cannot be made shorter.
    assert {"undecided"} == {quick["other later"][name] for name in ("parameter_count", "fitted_values")}
    assert "failed" == full["other later"]["fitted_values"]
