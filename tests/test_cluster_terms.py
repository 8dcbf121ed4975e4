"""Who may take part in a class on a cluster, and what is said to who may not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cluster_sites import open_site, plant_grader, plant_package, start_worker
from small_class import FAULTS, make_class

from grader.cli import main
from grader.workflow.cluster import connection
from grader.workflow.cluster.parcels import Probe
from grader.workflow.cluster.terms import Terms

HERE = Terms("a" * 64, ("x86_64", "3.12.1", "numpy 2.1.0", "torch 2.13.0"))


@pytest.mark.parametrize(
    ("there", "said"),
    [
        pytest.param(HERE, "", id="the same"),
        pytest.param(Terms("b" * 64, HERE.machine), "its grader is another one", id="source"),
        pytest.param(
            Terms("a" * 64, ("aarch64", *HERE.machine[1:])),
            "its processor is aarch64, and here",
            id="processor",
        ),
        pytest.param(
            Terms("a" * 64, ("x86_64", "3.11.7", *HERE.machine[2:])), "its Python is 3.11.7", id="Python"
        ),
        pytest.param(
            Terms("a" * 64, ("x86_64", "3.12.1", "numpy 2.1.0", "torch 2.4.0")),
            "torch 2.4.0 there, 2.13.0 here",
            id="version",
        ),
        pytest.param(
            Terms("a" * 64, ("x86_64", "3.12.1", "torch 2.13.0")),
            "numpy missing there, 2.1.0 here",
            id="package",
        ),
    ],
)
def test_difference_names_what_and_what_to_do(there: Terms, said: str) -> None:
    """Whatever stands in a run's key has to be the same everywhere, and each difference has its words."""
    found = HERE.describe_difference(there)
    assert said in found
    assert bool(said) == bool(found)


def test_probe_is_seen_only_where_its_content_is(tmp_path: Path) -> None:
    """A folder of the same path proves nothing; the file with the content that was drawn does."""
    probe = Probe(tmp_path, ".probe-1", "drawn")
    assert not probe.is_seen()
    (tmp_path / ".probe-1").write_text("another's")
    assert not probe.is_seen()
    (tmp_path / ".probe-1").write_text("drawn")
    assert probe.is_seen()


@pytest.fixture
def classroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small class of one, in the working folder."""
    make_class(tmp_path, {"right": FAULTS["right"]})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def grade(*options: str) -> Result:
    """Grade the class of the working folder."""
    return CliRunner().invoke(main, ["run", "submissions", "-o", "out", *options])


def plant_nothing_to_run(folder: Path) -> str:
    """A folder for PATH in which no program is."""
    folder.mkdir()
    return str(folder)


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("variable", "plant", "options", "said"),
    [
        ("PYTHONPATH", plant_package, (), "its packages differ: strange 1.0 there, missing here"),
        ("PYTHONPATH", plant_grader, (), "its grader is another one than here"),
        ("PATH", plant_nothing_to_run, ("--sandbox", "bwrap"), "bubblewrap is not installed"),
        (
            "MALLOC_ARENA_MAX",
            lambda folder: "1",
            ("--sandbox", "none", "--device", "cuda"),
            "it announces no GPU. Start it with --resources GPU=1",
        ),
    ],
)
def test_worker_that_differs_is_left_out(
    classroom: Path,
    tmp_path: Path,
    variable: str,
    plant: Callable[[Path], str],
    options: tuple[str, ...],
    said: str,
) -> None:
    """Where no other worker is left nothing is graded, and the message says why and what to do."""
    changes = {variable: plant(tmp_path / "planted")}
    with open_site(workers=0) as site, start_worker(site.scheduler_address, tmp_path, **changes):
        done = grade("--cluster", site.scheduler_address, *options)
    assert 2 == done.exit_code, done.output
    assert said in done.stderr
    assert "None of the workers of tcp://" in done.stderr
    assert not Path("out", "results.json").exists()


def test_address_that_nobody_answers_at_is_told(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is graded, the exit status is 2, and the message names the address and the forms of one."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.5)
    done = grade("--cluster", "tcp://127.0.0.1:9")
    assert 2 == done.exit_code, done.output
    assert "No Dask scheduler can be reached at tcp://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.output


def test_scheduler_without_workers_is_told(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first worker does not come, the message gives the command that starts some."""
    monkeypatch.setattr("grader.workflow.cluster.survey.WORKERS_SECONDS", 0.5)
    with open_site(workers=0) as site:
        done = grade("--cluster", site.scheduler_address)
    assert 2 == done.exit_code, done.output
    assert f"dask worker {site.scheduler_address}" in done.stderr


def test_missing_extra_is_told(classroom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the message says what to install; nothing else needs it."""
    for name in [name for name in sys.modules if name.startswith("grader.workflow.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = grade("--cluster", "tcp://127.0.0.1:9")
    assert 2 == done.exit_code, done.output
    assert "pip install -e '.[cluster]'" in done.stderr


def test_jobs_and_cluster_are_not_given_together() -> None:
    """On a cluster the workers' threads decide how many notebooks run at once."""
    done = grade("--cluster", "tcp://127.0.0.1:9", "--jobs", "2")
    assert 2 == done.exit_code
    assert "--nthreads" in done.stderr


def test_dask_is_imported_for_the_option_alone() -> None:
    """The command line and everything that a run on this machine needs come without Dask."""
    source = "import sys, grader.cli, grader.workflow; print({'dask', 'distributed'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=120)
    assert "set()" == done.stdout.strip(), done.stderr
