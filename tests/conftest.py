"""What the tests share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from kernels import Kernels

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.execute.sandbox import choose_sandbox

ROOT = Path(__file__).parents[1]

# Machines are shared: how long an example takes says nothing about whether it is right.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

LONG = ("test_hostile", "test_exam", "test_resume", "test_corpus", "test_runner", "test_broken_files")
"""Files of one minute to four. Attacks mostly wait: meanwhile the exam trains, and the corpus after it."""


def pytest_configure(config: pytest.Config) -> None:
    """Let workers take the files in the order below, and not by their number of tests."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the long files to the workers first, so that none is left alone with one in the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of this test's own where the rooms of its runs are made; short, because sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="r-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        monkeypatch.setenv("TMPDIR", name)
        yield folder


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    """One sandbox for all tests of a file that need no more than a fresh kernel."""
    kernels = Kernels(choose_sandbox())
    yield kernels
    kernels.close()


@pytest.fixture(scope="session")
def exam_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What grading the exam has left in this session: whoever comes second finds the reference trained."""
    base = tmp_path_factory.getbasetemp()
    # Each worker of pytest-xdist has a folder of its own below the session's.
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "exam-store"


@pytest.fixture(scope="session")
def exam() -> Assignment:
    """The assignment `hi-hello`."""
    return load_assignment(ROOT / "assignments" / "hi-hello" / "assignment.toml")


@pytest.fixture(scope="session")
def small(exam: Assignment) -> Assignment:
    """The exam with a text of 100 symbols."""
    assert exam.sequence is not None
    return exam.model_copy(update={"sequence": exam.sequence.model_copy(update={"repeat": 10})})
