"""The container: what an engine is asked for, and that it is told from one that will not do.

Where no engine can run, a small program stands in for one: it answers what engines answer, and runs nothing.
"""

import csv
import io
import itertools
import json
import os
import signal
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_stays import skip_unless_possible

from grader.errors import SandboxError
from grader.execute.sandbox import Room
from grader.execute.sandbox.choose import examine_backend
from grader.execute.sandbox.container import ContainerSandbox, build_image
from grader.execute.sandbox.engine import find_engine, read_docker, read_podman
from grader.execute.sandbox.interior import PACKAGE
from grader.execute.sandbox.remedies import find_remedy

MIB = 2**20
PODMAN = {
    "host": {
        "serviceIsRemote": False,
        "cgroupVersion": "v2",
        "cgroupControllers": ["cpu", "memory", "pids"],
        "security": {"rootless": False},
    }
}
DOCKER = {"MemoryLimit": True, "PidsLimit": True, "SecurityOptions": ["name=seccomp,profile=builtin"]}

STAND_IN = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
info) echo '{info}' ;;
image) exit 1 ;;
import) cat > {image}; echo sha256:0 ;;
*) echo '{said}' >&2; exit 125 ;;
esac
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a stand-in of that name on an otherwise empty PATH; the file that it logs its calls in."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cat").symlink_to("/bin/cat")

    def install_engine(name: str, info: dict[str, object], said: str = "it does not run") -> Path:
        program, log = tmp_path / "bin" / name, tmp_path / "log"
        answer = STAND_IN.format(log=log, info=json.dumps(info), image=tmp_path / "image", said=said)
        program.write_text(answer)
        program.chmod(0o755)
        return log

    return install_engine


@pytest.fixture(params=["podman", "docker"])
def engine(request: pytest.FixtureRequest, install: Install) -> str:
    """Each engine's name, with its stand-in where it is looked for."""
    install(request.param, {"podman": PODMAN, "docker": DOCKER}[request.param])
    return str(request.param)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A room whose limits are all different."""
    sockets = tmp_path / "a,b" / "sockets"
    return Room(sockets, tmp_path / "work", 1000 * MIB, file_bytes=10 * MIB, processes=32, cpu_seconds=60)


def read_options(command: list[str], name: str) -> list[str]:
    """What follows each option of that name."""
    return [value for option, value in itertools.pairwise(command) if option == name]


def read_mounts(command: list[str]) -> list[dict[str, str]]:
    """Each mount's fields; those without a value have an empty one."""
    lines = [next(csv.reader([line])) for line in read_options(command, "--mount")]
    return [{name: value for name, _, value in (field.partition("=") for field in line)} for line in lines]


def test_everything_is_shut(engine: str, room: Room) -> None:
    """No network, no capability, no new privilege, nothing written but in memory, nobody's root."""
    command = ContainerSandbox().build_command("grader.probe.trial", ["x"], room)
    assert command[1] == "run"
    assert {"--rm", "-i", "--init", "--read-only"} <= set(command)
    assert read_options(command, "--network") == ["none"]
    assert read_options(command, "--cap-drop") == ["ALL"]
    assert "no-new-privileges" in read_options(command, "--security-opt")
    assert read_options(command, "--pull") == ["never"]
    assert read_options(command, "--log-driver") == ["none"]
    assert not {"--privileged", "--cap-add", "--device", "--gpus", "--pid"} & set(command)
    owner = room.sockets.stat().st_uid
    assert owner != 0
    assert read_options(command, "--user") == [f"{owner}:{room.sockets.stat().st_gid}"]
    assert command[-2:] == ["grader.probe.trial", "x"]


def test_limits_are_the_rooms(engine: str, room: Room) -> None:
    """Memory is that of the processes and of three folders in memory, without swap beside it."""
    command = ContainerSandbox().build_command("grader.probe.trial", [], room)
    memory = str((1000 + 3 * 10) * MIB)
    assert read_options(command, "--memory") == [memory]
    assert read_options(command, "--memory-swap") == [memory]
    assert 32 <= int(read_options(command, "--pids-limit")[0]) <= 48
    folders = read_options(command, "--tmpfs")
    assert ["/tmp", "/dev/shm", "/home/student"] == [folder.partition(":")[0] for folder in folders]
    assert all(f"size={10 * MIB}," in folder for folder in folders)


def test_only_sockets_can_be_written(engine: str, room: Room) -> None:
    """One folder of the host is shown for writing, under its own name, comma and all."""
    mounts = read_mounts(ContainerSandbox().build_command("grader.probe.trial", [], room))
    writable = [mount for mount in mounts if "readonly" not in mount]
    sockets = {"type": "bind", "source": str(room.sockets), "destination": str(room.sockets)}
    assert [sockets] == writable
    sources = {Path(mount["source"]) for mount in mounts}
    assert PACKAGE in sources
    closed = {Path("/"), Path("/etc"), Path("/home"), Path("/root"), Path("/usr"), PACKAGE.parent}
    assert not closed & sources


def test_nothing_of_the_callers_environment_goes_in(
    engine: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets stay out, also those that docker would add from its own settings."""
    monkeypatch.setenv("TOKEN", "hush")
    monkeypatch.setenv("HTTPS_PROXY", "hush")
    sandbox = ContainerSandbox()
    command = sandbox.build_command("grader.probe.trial", [], room)
    assert "hush" not in " ".join(command)
    assert "hush" not in sandbox.build_environment(room).values()
    given = dict(entry.split("=", 1) for entry in read_options(command, "--env"))
    assert {"HOME": "/home/student", "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"}.items() <= given.items()
    kept_out = "HTTPS_PROXY" not in given if engine == "podman" else given["HTTPS_PROXY"] == ""
    assert kept_out


def test_card_is_let_in_on_request(engine: str, room: Room) -> None:
    """Each engine is asked for NVIDIA's cards in its own way, and torch may see them."""
    with_card = Room(room.sockets, room.work, room.memory_bytes, gpu=True)
    command = ContainerSandbox().build_command("grader.probe.trial", [], with_card)
    asked = {"podman": ("--device", "nvidia.com/gpu=all"), "docker": ("--gpus", "all")}[engine]
    assert read_options(command, asked[0]) == [asked[1]]
    assert not any(entry.startswith("CUDA_VISIBLE") for entry in read_options(command, "--env"))


def test_image_is_made_and_named_by_its_content(engine: str, room: Room, tmp_path: Path) -> None:
    """A missing image is imported once, without anything pulled; the command runs that very name."""
    sandbox = ContainerSandbox()
    sandbox.build_command("grader.probe.trial", [], room)
    command = sandbox.build_command("grader.probe.trial", [], room)
    calls = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert ["info", "image", "import"] == [call[0] for call in calls]
    assert calls[2][2] in command
    assert build_image() == (tmp_path / "image").read_bytes()


def test_container_is_ended_by_its_name(engine: str, room: Room) -> None:
    """The command that ends a container names the one that was started, and no other room's."""
    sandbox = ContainerSandbox()
    [started] = read_options(sandbox.build_command("grader.probe.trial", [], room), "--name")
    other = Room(room.sockets.parent / "other", room.work, room.memory_bytes)
    assert [started] == sandbox.build_stop_command(room)[-1:]
    assert [started] != sandbox.build_stop_command(other)[-1:]


def test_image_holds_no_file() -> None:
    """The image is links and folders, the same bytes every time."""
    content = build_image()
    assert content == build_image()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert {True} == {entry.isdir() or entry.issym() for entry in tar}


def test_first_version_of_cgroups_is_told(install: Install, room: Room) -> None:
    """Where podman cannot bound a container it is not asked to, and what is weaker is said."""
    install("podman", {"host": {**PODMAN["host"], "cgroupVersion": "v1"}})
    sandbox = ContainerSandbox()
    command = sandbox.build_command("grader.probe.trial", [], room)
    assert "--cgroups=disabled" in command
    assert not {"--memory", "--pids-limit"} & set(command)
    assert "cannot bound" in (sandbox.weaker or "")


def test_podman_comes_before_docker(install: Install) -> None:
    """Of two engines that answer the one without a daemon is taken."""
    install("docker", DOCKER)
    assert find_engine().name == "docker"
    install("podman", PODMAN)
    assert find_engine().name == "podman"


@pytest.mark.parametrize(
    ("read", "info", "words"),
    [
        (read_podman, {"host": {**PODMAN["host"], "serviceIsRemote": True}}, "another machine"),
        (read_docker, {**DOCKER, "ServerErrors": ["no daemon"]}, "no daemon"),
        (read_docker, {**DOCKER, "SecurityOptions": ["name=rootless"]}, "rootless"),
    ],
)
def test_unfit_engine_is_refused(
    read: Callable[[str, dict[str, object]], object], info: dict[str, object], words: str
) -> None:
    """An engine that cannot do what is needed is refused with the reason."""
    with pytest.raises(SandboxError, match=words):
        read("/bin/engine", info)


@pytest.mark.parametrize("info", [{}, {"host": {}}, {"host": []}, []])
def test_strange_answer_is_no_engine(install: Install, info: dict[str, object]) -> None:
    """Whatever an engine answers, it ends in a SandboxError that tells how to get another."""
    install("podman", info)
    with pytest.raises(SandboxError, match=r"podman cannot be used.*docker is not installed.*apt install"):
        find_engine()


def test_failed_start_has_the_engines_reason(install: Install) -> None:
    """What the engine says is the reason, and its words lead to the remedy."""
    install("podman", PODMAN, said="Error: crun: cgroups in hybrid mode not supported")
    report = examine_backend("container")
    assert not report.works
    assert "hybrid mode not supported" in report.reason
    assert "systemd.unified_cgroup_hierarchy=1" in report.remedy


@pytest.mark.parametrize(
    ("switch", "value", "command"),
    [
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor_restrict_unprivileged_userns=0"),
    ],
)
def test_shut_switch_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str, value: str, command: str
) -> None:
    """An ordinary user is told the setting that keeps namespaces shut, and only that one."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    path = tmp_path / switch
    path.parent.mkdir()
    path.write_text(f"{1 - int(value)}\n")
    assert "sysctl" not in find_remedy("bwrap", "", settings=tmp_path)
    path.write_text(f"{value}\n")
    assert find_remedy("bwrap", "", settings=tmp_path).endswith(command)


WAIT = "import signal; print('here', flush=True); signal.pause()"


@pytest.mark.kernel
def test_container_ends_though_its_client_is_gone(rooms: Path) -> None:
    """A container that pays no heed to its input outlives its client, and ends at the stop command."""
    skip_unless_possible("container", "caller")
    sandbox, room = ContainerSandbox(), Room(rooms / "s", rooms / "w", 512 * MIB)
    environment = sandbox.build_environment(room)
    command = sandbox.build_command("timeit", ["-n", "1", "-r", "1", WAIT], room)
    client = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"here\n"
        client.send_signal(signal.SIGKILL)
    names = [sandbox.engine.path, "ps", "--quiet", "--filter", f"name={command[3]}"]
    assert subprocess.run(names, env=environment, capture_output=True, check=True).stdout != b""
    subprocess.run(sandbox.build_stop_command(room), env=environment, capture_output=True, check=True)
    assert subprocess.run(names, env=environment, capture_output=True, check=True).stdout == b""
