"""A class on the workers of a Dask cluster: the same marks, whatever happens to the workers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cluster_sites import (
    PATIENCE_SECONDS,
    Reaper,
    find_workers,
    name_itself,
    open_scheduler,
    open_site,
    start_worker,
    wait_until_gone,
)
from conftest import ROOT
from small_class import FAULTS, TRAINING, make_class
from test_resume import FOUND, Stamp, read_reports, stamp_entries, wait_for_silence

from grader.cli import main
from grader.cli.progress import SilentListener
from grader.workflow import Settings, grade_class
from grader.workflow.cluster import connection, recruiting

pytestmark = pytest.mark.kernel

ANSWERS = {name: FAULTS[name] for name in ("right", "slow to learn")}


@pytest.fixture
def classroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rooms: Path) -> Path:
    """The small class of two, in the working folder; workers that are started now make rooms in `rooms`."""
    make_class(tmp_path, ANSWERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grade(out: str, *options: str) -> Result:
    """Grade the class of the working folder."""
    return CliRunner().invoke(main, ["run", "submissions", "-o", out, *options])


def read_results(out: str) -> dict[str, dict]:
    """The entries of results.json by student."""
    document = json.loads(Path(out, "results.json").read_text(encoding="utf-8"))
    return {entry["student"]: entry for entry in document["submissions"]}


def test_cluster_gives_the_reports_of_this_machine(classroom: Path) -> None:
    """Two workers write the reports that this machine writes, and then find all in the shared store."""
    assert 0 == grade("here").exit_code
    with open_site(workers=2) as site:
        done = grade("there", "--cluster", site.scheduler_address)
        assert 0 == done.exit_code, done.output
        assert "(reference)" in done.stderr
        expected = read_reports(classroom / "here")
        assert expected == read_reports(classroom / "there")
        assert stamp_entries(classroom / "here").keys() == stamp_entries(classroom / "there").keys()
        before = stamp_entries(classroom / "there")
        done = grade("there", "--cluster", site.scheduler_address)
        found, total = map(int, FOUND.search(done.stderr).groups())  # type: ignore[union-attr]
        assert (len(before), len(before)) == (found, total)
        assert before == stamp_entries(classroom / "there")
    assert expected == read_reports(classroom / "there")
    assert {"entries", "last-run.json"} <= {path.name for path in Path("there", ".evidence").iterdir()}
    assert [] == list(Path("there", ".evidence").glob(".probe*"))


def test_store_that_is_not_shared_is_filled_by_what_workers_send(classroom: Path, tmp_path: Path) -> None:
    """Without a folder in common the client keeps what units leave, and goes on from it the next time."""
    expected = grade_class(Path("submissions"), None, Settings(), SilentListener()).result.submissions
    with open_site() as site:
        settings = Settings(cluster=site.scheduler_address)
        found = grade_class(Path("submissions"), None, settings, SilentListener())
        assert expected == found.result.submissions
    assert {path.name for path in Path("submissions").iterdir()} == {f"{name}.ipynb" for name in ANSWERS}


def test_lost_worker_repeats_nothing_that_finished(classroom: Path) -> None:
    """A worker is killed in the middle: its unit runs again, its room dies, and the marks are the same."""
    make_class(classroom, {"a victim": (name_itself("victim") + TRAINING, "answer = True")})
    assert 0 == grade("whole").exit_code
    kept: dict[str, Stamp] = {}

    def look() -> None:
        kept.update(stamp_entries(classroom / "lost"))

    with open_site() as site, Reaper("victim", most=1, before=look) as reaper:
        done = grade("lost", "--cluster", site.scheduler_address)
        wait_until_gone(reaper.below)
    assert 0 == done.exit_code, done.output
    assert 1 == reaper.kills
    # The reference at least, which goes first.
    assert 2 <= len(kept)
    found = stamp_entries(classroom / "lost")
    assert kept == {key: found[key] for key in kept}
    assert read_reports(classroom / "whole") == read_reports(classroom / "lost")


def test_poison_costs_two_workers_and_nobody_else_anything(classroom: Path) -> None:
    """A notebook whose worker dies each time gets a record that says so; who ran beside it is graded."""
    make_class(classroom, {"a poison": (name_itself("poison") + TRAINING, "answer = True")})
    with open_site(threads=2) as site, Reaper("poison") as reaper:
        done = grade("out", "--cluster", site.scheduler_address)
        wait_until_gone(reaper.below)
    assert 3 == done.exit_code, done.output
    assert 2 == reaper.kills
    results = read_results("out")
    assert ("grader_error", None) == (results["a poison"]["status"], results["a poison"]["score"])
    assert "died while it ran a poison" in results["a poison"]["problem"]
    assert (10, 6) == (results["right"]["score"], results["slow to learn"]["score"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_client_that_ends_takes_its_rooms_along(classroom: Path, rooms: Path, number: signal.Signals) -> None:
    """After SIGTERM, which acts as Ctrl-C, or SIGKILL no room is left on the worker, and the worker lives."""
    with open_site() as site:
        workers = find_workers()
        command = [sys.executable, "-m", "grader", "run", "submissions", "--cluster", site.scheduler_address]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        wait_for_room(rooms)
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
        assert {signal.SIGTERM: 130, signal.SIGKILL: -9}[number] == process.returncode, said
        wait_for_silence(str(rooms))
        assert workers == find_workers()


def wait_for_room(rooms: Path) -> None:
    """Return once a kernel has bound its sockets."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any(rooms.glob("grade-*/s/k-*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_worker_that_is_told_to_go_is_nobodys_fault(classroom: Path, rooms: Path, tmp_path: Path) -> None:
    """Two workers in turn are ended as a queue of jobs ends them, and the third finishes their unit."""
    with open_site(workers=0) as site:
        command = [sys.executable, "-m", "grader", "run", "submissions", "--cluster", site.scheduler_address]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2):
            with start_worker(site.scheduler_address, tmp_path / "dask") as worker:
                wait_for_room(rooms)
                worker.terminate()
                worker.wait(PATIENCE_SECONDS)
            wait_for_silence(str(rooms))
        with start_worker(site.scheduler_address, tmp_path / "dask"):
            _, said = process.communicate(timeout=2 * PATIENCE_SECONDS)
    assert 0 == process.returncode, said


def test_class_ends_when_its_scheduler_is_gone(
    classroom: Path, rooms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says how to go on and ends, and no room is left on the workers."""
    monkeypatch.setattr(recruiting, "SILENT_SECONDS", 3.0)
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 3.0)
    with open_scheduler() as (scheduler, address), start_worker(address, tmp_path / "dask"):
        reaper = threading.Thread(target=lambda: (wait_for_room(rooms), scheduler.kill()))
        reaper.start()
        done = grade("out", "--cluster", address)
        reaper.join()
        assert 2 == done.exit_code, done.output
        assert f"The scheduler at {address} is gone" in done.stderr
        wait_for_silence(str(rooms))
    assert not Path("out", "results.json").exists()
