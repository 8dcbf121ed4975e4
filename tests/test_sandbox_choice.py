"""Which sandbox is taken, what it says of itself, and what it is given."""

import os
import subprocess
from pathlib import Path

import pytest
from sandbox_stays import (
    AS_ROOT,
    HAS_BWRAP,
    MEMORY_BYTES,
    SECRET_NAME,
    find_container_fault,
    skip_unless_possible,
)

from grader.errors import SandboxError
from grader.execute.sandbox import choose_sandbox, examine_backends
from grader.execute.sandbox.base import Room
from grader.execute.sandbox.choose import BACKENDS
from grader.execute.sandbox.fake import FakeSandbox
from grader.execute.sandbox.interior import FIRST_UID, PACKAGE, UIDS, hand_over, stage_room
from grader.execute.sandbox.landlock import can_reach
from grader.probe.landlock import find_abi


def test_examination_agrees_with_the_machine() -> None:
    """Every backend is tried, strongest first, and works where the machine has what it needs."""
    reports = examine_backends()
    assert [report.name for report in reports] == ["bwrap", "container", "landlock"]
    possible = [HAS_BWRAP, find_container_fault() is None, find_abi() >= 3]
    assert possible == [report.works for report in reports]
    assert all(report.works or report.remedy for report in reports)


def test_auto_prefers_the_stronger() -> None:
    """`auto` is bubblewrap where that works, and Landlock says what it does not keep out."""
    if not HAS_BWRAP:
        pytest.skip("bubblewrap is missing or may not make namespaces here")
    assert choose_sandbox().name == "bwrap"


def test_missing_bubblewrap_leaves_the_weaker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without bubblewrap `auto` takes Landlock, which says what it does not keep out."""
    if find_abi() < 3:
        pytest.skip(f"this kernel's Landlock has version {find_abi()}")
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox = choose_sandbox()
    assert sandbox.name == "landlock"
    assert "processes" in (sandbox.weaker or "")


def test_no_sandbox_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nothing works the error names each backend's reason and remedy; `none` is never taken."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("grader.execute.sandbox.landlock.find_abi", lambda: 0)
    with pytest.raises(SandboxError) as caught:
        choose_sandbox()
    for words in (
        "bubblewrap is not installed",
        "apt install bubblewrap",
        "podman is not installed",
        "apt install podman",
        "landlock:",
        "Linux 6.2",
        "--sandbox none",
    ):
        assert words in str(caught.value)


def test_leaky_sandbox_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that runs but keeps nothing in is reported as not working."""
    monkeypatch.setitem(BACKENDS, "bwrap", FakeSandbox)
    report = examine_backends()[0]
    assert not report.works
    assert "a file of the host can be read" in report.reason


def test_unknown_name_is_an_error() -> None:
    """A misspelt name is answered with those that are known."""
    with pytest.raises(SandboxError, match="auto, bwrap, container, landlock, none"):
        choose_sandbox("bubblewrap")


def test_none_is_chosen_by_name_only() -> None:
    """`none` is given when asked for, and says what that means."""
    sandbox = choose_sandbox("none")
    assert sandbox.name == "none"
    assert "nothing is kept out" in (sandbox.weaker or "")


@pytest.mark.parametrize("backend", ["bwrap", "landlock", "none"])
def test_environment_is_built_anew(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has nothing of the caller's, hides GPUs unless asked, and fixes threads and hashes."""
    monkeypatch.setenv(SECRET_NAME, "hush")
    sandbox = choose_sandbox("none") if backend == "none" else BACKENDS[backend]()
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    environment = sandbox.build_environment(room)
    assert SECRET_NAME not in environment
    assert {
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "",
    }.items() <= (environment.items())
    open_room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES, gpu=True)
    assert "CUDA_VISIBLE_DEVICES" not in sandbox.build_environment(open_room)


@pytest.mark.skipif(not AS_ROOT, reason="only root hands folders over")
@pytest.mark.parametrize("backend", ["bwrap", "landlock"])
def test_root_hands_the_sockets_over(backend: str, tmp_path: Path) -> None:
    """Started by root, the sockets and what lies there belong to a user without a name."""
    skip_unless_possible(backend, "caller")
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    room.sockets.mkdir()
    (room.sockets / "kernel.json").touch()
    BACKENDS[backend]().build_command("timeit", [], room)
    owner = room.sockets.stat().st_uid
    assert FIRST_UID <= owner < FIRST_UID + UIDS
    assert owner == (room.sockets / "kernel.json").stat().st_uid


@pytest.mark.skipif(not AS_ROOT, reason="only root hands folders over")
def test_links_are_not_handed_over(tmp_path: Path) -> None:
    """The package, which a link in the room leads to, keeps its owner."""
    before = [path.stat().st_uid for path in (PACKAGE, PACKAGE / "errors.py")]
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    stage_room(room)
    hand_over(room.work, 4321)
    assert room.work.stat().st_uid == 4321
    assert before == [path.stat().st_uid for path in (PACKAGE, PACKAGE / "errors.py")]


def test_closed_folders_are_noticed(tmp_path: Path) -> None:
    """A user reaches what is open to all or its own, and nothing behind a folder closed to it."""
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    for parent in (tmp_path, *tmp_path.parents):
        if not parent.stat().st_mode & 0o001 and parent.stat().st_uid == os.geteuid():
            parent.chmod(0o711)
    assert not can_reach(4321, inner)
    assert can_reach(inner.parent.stat().st_uid, inner)
    inner.parent.chmod(0o711)
    inner.chmod(0o755)
    assert can_reach(4321, inner)


def test_fake_plays_a_script(tmp_path: Path) -> None:
    """The fake runs a test's script in place of the module and remembers what was asked for."""
    fake = FakeSandbox("import sys; print(sys.argv[1:])")
    room = Room(tmp_path / "sockets", tmp_path / "work", MEMORY_BYTES)
    command = fake.build_command("grader.probe.launch", ["a"], room)
    done = subprocess.run(
        command, env=fake.build_environment(room), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['grader.probe.launch', 'a']"
    assert [("grader.probe.launch", ("a",), room)] == fake.calls
