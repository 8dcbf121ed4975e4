"""What `grade doctor` finds here, and that it finds its way where half of a machine is missing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.cli.doctor import TITLES, WIDTH, render_json, render_text
from grader.doctor import Finding, can_grade, examine, examine_machine, host, libraries
from grader.execute.sandbox.choose import BACKENDS

ROOT = Path(__file__).parents[1]

FINE = Finding("machine", "cores", "good", "2.")
LACKING = Finding("tests", "chromium", "note", "There is none.", "Run: sudo apt install chromium")
BROKEN = Finding("python", "torch", "fault", "It is not installed.", "Run: pip install torch")

Plant = Callable[[str, str], None]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Puts a program that prints a text on an otherwise empty PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    def plant_program(name: str, text: str) -> None:
        program = tmp_path / "bin" / name
        program.write_text(f"#!{sys.executable}\nprint({text!r})\n")
        program.chmod(0o755)

    return plant_program


def run_doctor(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a user gives it."""
    command = [sys.executable, "-m", "grader", "doctor", *options]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def test_this_machine_is_described() -> None:
    """Every section has a finding, every sandbox is named, and the exit status agrees with the findings."""
    done = run_doctor("--format", "json")
    told = json.loads(done.stdout)
    findings = [Finding(**finding) for finding in told["findings"]]
    assert set(TITLES) == {finding.section for finding in findings}
    assert list(BACKENDS) == [finding.name for finding in findings if finding.section == "sandbox"]
    assert told["can_grade"] == can_grade(findings)
    assert (done.returncode, done.stderr) == (0 if told["can_grade"] else 1, "")


def test_long_temporary_folder_is_a_fault(tmp_path: Path) -> None:
    """A folder whose sockets' names would be too long ends in status 1, with what to do."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    done = run_doctor(TMPDIR=str(folder))
    assert (done.returncode, done.stderr) == (1, "")
    assert "NO    temporary folder: " in done.stdout
    assert "path too long" in " ".join(done.stdout.split())
    assert "\n          export TMPDIR=" in done.stdout
    assert "Notebooks cannot be graded here, because of: temporary folder." in done.stdout
    assert [] == list(folder.iterdir())


def test_bare_machine_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a program to ask, nothing is raised, and what can be installed is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {f"{finding.section} {finding.name}": finding for finding in examine_machine()}
    for name, package in (
        ("sandbox bwrap", "bubblewrap"),
        ("sandbox container", "podman"),
        ("fonts korean", "fonts-noto-cjk"),
        ("tests chromium", "chromium"),
    ):
        assert "Run: sudo apt install " in found[name].remedy
        assert package in found[name].remedy
        assert found[name].state in ("note", "fault")
    assert found["gpu cards"].fact == "No NVIDIA driver: networks are trained on the CPU."


@pytest.mark.parametrize(("needed", "state"), [(True, "fault"), (False, "note")])
def test_broken_examination_is_a_finding(monkeypatch: pytest.MonkeyPatch, needed: bool, state: str) -> None:
    """What goes wrong while looking is told, and keeps notebooks from being graded only if it matters."""

    def examine_glass() -> list[Finding]:
        raise RuntimeError("it is broken")

    monkeypatch.setattr(examine, "EXAMINATIONS", (("machine", examine_glass, needed),))
    [finding] = examine_machine()
    assert ("glass", state) == (finding.name, finding.state)
    assert "RuntimeError: it is broken" in finding.fact


@pytest.mark.parametrize(
    ("findings", "expected"), [([], True), ([FINE, LACKING], True), ([FINE, BROKEN, LACKING], False)]
)
def test_faults_alone_keep_from_grading(findings: list[Finding], expected: bool) -> None:
    """What can be done without does not keep notebooks from being graded."""
    assert expected == can_grade(findings)
    assert expected == json.loads(render_json(findings))["can_grade"]
    assert expected == ("can be graded here" in render_text(findings))


def test_text_fits_eighty_columns() -> None:
    """Long facts are wrapped, commands stand whole on a line of their own, and nothing moves the cursor."""
    command = "sudo apt install " + " ".join(["package"] * 12)
    long = Finding("machine", "memory", "note", "many words " * 30, f"Do this. Run: {command}")
    sly = Finding("files", "folder", "good", "a\x1b[2Jb\rc\nd")
    lines = render_text([long, sly, BROKEN]).splitlines()
    assert [f"          {command}"] == [line for line in lines if len(line) > WIDTH]
    assert "  ok    folder: a [2Jb c d" in lines
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("own", "controllers", "state", "words"),
    [
        (None, None, "note", "none"),
        ("4:memory:/\n0::/\n", None, "note", "second version alone"),
        ("4:memory:/\n", "memory", "note", "second version alone"),
        ("0::/user\n", "cpu memory pids", "good", "memory delegated"),
        ("0::/user\n", "cpu pids", "note", "not delegated"),
    ],
)
def test_cgroups_are_told_apart(
    tmp_path: Path, own: str | None, controllers: str | None, state: str, words: str
) -> None:
    """No cgroups, the first version, the second with memory and without it are told apart."""
    mounted = tmp_path / "cgroup"
    (mounted / "user").mkdir(parents=True)
    (mounted / "user" / "cgroup.procs").touch()
    if own is not None:
        (tmp_path / "own").write_text(own)
    if controllers is not None:
        for folder in (mounted, mounted / "user"):
            (folder / "cgroup.controllers").write_text(controllers)
    [finding] = host.examine_cgroups(tmp_path / "own", mounted)
    assert finding.state == state
    assert words in finding.fact


def test_free_memory_is_the_kernels(tmp_path: Path) -> None:
    """What can be had without swapping is taken from the kernel's own estimate, in bytes."""
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:    3 kB\n")
    assert host.find_free_memory(tmp_path) == 3 * 1024


@pytest.mark.parametrize(("solved", "expected"), [(True, True), (False, False)])
def test_reference_is_needed_to_grade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, solved: bool, expected: bool
) -> None:
    """An assignment without its reference cannot be graded, one that cannot be read costs no other."""
    for name, text in (
        ("exam", (ROOT / "assignments/hi-hello/assignment.toml").read_text(encoding="utf-8")),
        ("torn", "schema = "),
    ):
        folder = tmp_path / "assignments" / name
        folder.mkdir(parents=True)
        (folder / "assignment.toml").write_text(text, encoding="utf-8")
    if solved:
        (tmp_path / "solutions").mkdir()
        (tmp_path / "solutions" / "hi-hello.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    findings = host.examine_assignments()
    assert expected == can_grade(findings)
    assert [("exam", "good" if solved else "note"), ("torn", "note")] == [
        (finding.name, finding.state) for finding in findings[:2]
    ]


def test_missing_package_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not installed is a fault, with the requirement to install."""
    monkeypatch.setattr(libraries, "PACKAGES", {"numpy": "numpy>=1.26", "not-a-package": "not-a-package>=2"})
    _, numpy, missing = libraries.examine_packages()
    assert (numpy.state, missing.state) == ("good", "fault")
    assert "pip install 'not-a-package>=2'" in missing.remedy


CARD = '{"version": "2.9.0", "cuda": "12.8", "cards": ["H200"]}'
NO_CARD = '{"version": "2.9.0", "cuda": "12.8", "cards": []}'
CPU_BUILD = '{"version": "2.9.0", "cuda": null, "cards": []}'


@pytest.mark.parametrize(
    ("torch", "driver", "state", "words"),
    [
        (CARD, "570.1", "good", "H200; driver 570.1"),
        (NO_CARD, "570.1", "note", "torch sees no card"),
        (CPU_BUILD, "570.1", "note", "built for the CPU only"),
        (CPU_BUILD, None, "good", "trained on the CPU"),
    ],
)
def test_cards_and_drivers_are_told_apart(
    plant: Plant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    torch: str,
    driver: str | None,
    state: str,
    words: str,
) -> None:
    """A card in use, one that torch does not see, a torch without CUDA and a machine without a card."""
    plant("python", torch)
    if driver is not None:
        plant("nvidia-smi", driver)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    _, cards = libraries.examine_gpu()
    assert cards.state == state
    assert words in cards.fact


def test_broken_torch_is_a_fault(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torch that takes its process with it is a fault here, and takes nobody else with it."""
    program = tmp_path / "bin" / "python"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    [torch] = libraries.examine_gpu()
    assert torch.state == "fault"


def test_fonts_without_hangul_are_noted(plant: Plant) -> None:
    """Where no font has Hangul, what to install is named."""
    plant("fc-list", "")
    [korean] = libraries.examine_fonts()
    assert korean.state == "note"
    assert "apt install fontconfig fonts-noto-cjk" in korean.remedy


def test_fonts_that_matplotlib_knows_are_named(plant: Plant) -> None:
    """Fonts are named as matplotlib calls them, by their files."""
    from matplotlib import get_data_path

    plant("fc-list", f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf: ")
    korean, drawn = libraries.examine_fonts()
    assert korean.fact == "Font files with Hangul: 1."
    assert drawn.fact == "It can draw Hangul in DejaVu Sans."
