"""The folder of reports: one grader at a time, and nothing goes that somebody else put there."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from report_samples import load_exam, make_class, make_result
from small_class import make_class as make_small_class

from grader.cli import main
from grader.errors import GraderError
from grader.report.files import write_reports
from grader.report.folder import PAGES_FILE, hold_folder

HOLD = """
import sys, time
from pathlib import Path
from grader.report.folder import hold_folder
with hold_folder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder `reports`."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", HOLD, str(tmp_path / "reports")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def write(out: Path, *students: str) -> list[str]:
    """Write the reports of these students; the pages of others that stay because they were changed."""
    with hold_folder(out) as folder:
        result = make_class(*(make_result(student, {}) for student in students))
        write_reports(out, load_exam(), result, {}, "en", folder.announce)
        return folder.remove_stale()


def list_pages(out: Path) -> list[str]:
    """The pages in the folder but for the class's own."""
    return sorted(path.name for path in out.glob("*.html") if path.name != "index.html")


def test_second_grader_is_told_of_the_first(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    """It ends before anything runs, with status 2 and a line that names the process and what to do."""
    source = make_small_class(tmp_path)
    done = CliRunner().invoke(main, ["run", str(source), "-o", str(tmp_path / "reports")])
    assert 2 == done.exit_code
    assert f"process {other.pid} on" in done.stderr
    assert "--out" in done.stderr
    assert not (tmp_path / "reports" / ".evidence").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_lock_is_gone_with_its_process(
    tmp_path: Path, other: subprocess.Popen[str], number: signal.Signals
) -> None:
    """However a grader ended, its folder is free, and no lock stays in it."""
    other.send_signal(number)
    other.wait()
    with hold_folder(tmp_path / "reports"):
        pass
    assert [] == list((tmp_path / "reports").iterdir())


def test_folder_is_held_once_in_a_process(tmp_path: Path) -> None:
    """The second attempt fails while the first lasts, and not after it."""
    with (
        hold_folder(tmp_path),
        pytest.raises(GraderError, match=f"process {os.getpid()}"),
        hold_folder(tmp_path),
    ):
        pass
    with hold_folder(tmp_path):
        pass


def test_lock_is_never_written_through_a_link(tmp_path: Path) -> None:
    """A link that stands in the lock's place leads nowhere."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "reports"
    out.mkdir()
    (out / ".grading").symlink_to(victim)
    with pytest.raises(GraderError), hold_folder(out):
        pass
    assert "precious" == victim.read_text()


def test_list_of_pages_is_never_written_through_a_link(tmp_path: Path) -> None:
    """A link that stands in its place is replaced."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "reports"
    out.mkdir()
    (out / PAGES_FILE).symlink_to(victim)
    write(out, "kim")
    assert "precious" == victim.read_text()


def test_pages_of_students_who_left_are_removed(tmp_path: Path) -> None:
    """Only those that the grader wrote and nobody changed; everything else stays."""
    write(tmp_path, "kim", "lee", "park")
    (tmp_path / "park.html").write_text("my notes")
    (tmp_path / "own.html").write_text("my own")
    assert ["park.html"] == write(tmp_path, "kim")
    assert ["kim.html", "own.html", "park.html"] == list_pages(tmp_path)
    assert "my notes" == (tmp_path / "park.html").read_text()


def test_pages_of_an_interrupted_run_are_known(tmp_path: Path) -> None:
    """Killed in the middle of writing, the next run still tells its own pages, old and new, from others."""
    write(tmp_path, "kim", "lee")
    before = (tmp_path / "lee.html").read_bytes()
    with hold_folder(tmp_path) as folder:
        changed = make_class(*(make_result(student, {"1.1": 0.0}) for student in ("kim", "lee")))
        write_reports(tmp_path, load_exam(), changed, {}, "en", folder.announce)
    assert before != (tmp_path / "lee.html").read_bytes()
    with (tmp_path / PAGES_FILE).open("a", encoding="utf-8") as file:
        file.write('{"file": "../victim.html", "sha256": "\n{"file": "cut o')
    assert [] == write(tmp_path, "kim")
    assert ["kim.html"] == list_pages(tmp_path)


def test_half_written_files_are_swept(tmp_path: Path) -> None:
    """What a killed grader had not finished goes; a file that looks alike stays."""
    (tmp_path / ".0123456789abcdef.tmp").write_text("half")
    (tmp_path / ".notes.tmp").write_text("mine")
    write(tmp_path, "kim")
    assert not (tmp_path / ".0123456789abcdef.tmp").exists()
    assert (tmp_path / ".notes.tmp").exists()


def test_read_only_disk_is_found_before_anything_runs(tmp_path: Path) -> None:
    """Even for root: nothing is run for reports that cannot be written."""
    out = tmp_path / "reports"
    out.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(out)], capture_output=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    try:
        result = CliRunner().invoke(main, ["run", str(make_small_class(tmp_path)), "-o", str(out)])
    finally:
        subprocess.run(["umount", str(out)], check=True)
    assert 2 == result.exit_code
    assert "Read-only file system" in result.stderr
    assert "[1/" not in result.stderr


def test_full_marks_are_not_replaced_by_provisional_ones(tmp_path: Path) -> None:
    """A quick run into their folder ends before anything runs; a full one over quick reports goes on."""
    source, out = make_small_class(tmp_path), tmp_path / "marks"
    write(out, "kim")
    before = (out / "results.json").read_bytes()
    done = CliRunner().invoke(main, ["run", str(source), "-o", str(out), "--mode", "quick"])
    assert 2 == done.exit_code
    assert "holds full marks, which a quick run must not replace" in " ".join(done.stderr.split())
    assert before == (out / "results.json").read_bytes()
    for other in (before.replace(b'"mode": "full"', b'"mode": "quick"'), b"[1]", b"no json"):
        (out / "results.json").write_bytes(other)
        with hold_folder(out) as folder:
            folder.refuse_full_marks()
