"""The lock itself: what it is told, what it installs, and that it refuses to run what it cannot lock in."""

import dataclasses
import errno
import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from grader.probe.confine import REFUSED, Confinement, ConfinementError
from grader.probe.landlock import find_abi
from grader.probe.seccomp import (
    DENIED,
    FILTERED,
    HOST_FILES_DENIED,
    HOST_FILES_PRETENDED,
    NEWEST,
    X32,
    build_filter,
)

PLAIN = Confinement(
    memory_bytes=2**30,
    file_bytes=2**20,
    processes=16,
    cpu_seconds=30,
    folder="/",
    landlock="off",
    seccomp=False,
)
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def run_confined(confinement: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Starts the launcher as a sandbox does."""
    command = [sys.executable, "-m", "grader.probe.confine", confinement, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def judge_call(program: bytes, machine: str, number: int, *arguments: int) -> int:
    """What a BPF program answers to a system call: a plain interpreter of the instructions in use."""
    data = struct.pack("<IIQ6Q", number, AUDIT[machine], 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("<HBBI", program))
    accumulator, position = 0, 0
    while True:
        code, if_true, if_false, value = steps[position]
        position += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif code == 0x54:
            accumulator &= value
        elif code == 0x06:
            return value
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
            position += if_true if holds[code] else if_false


def refuse(code: int) -> int:
    """The answer that lets a call fail with an errno."""
    return 0x00050000 | code


def test_confinement_survives_json() -> None:
    """What is written on the command line is what is read from it."""
    full = dataclasses.replace(
        PLAIN, uid=5, readable=("/usr",), sockets=("/tmp/a b",), devices=("/dev/null",)
    )
    assert full == Confinement.from_json(full.to_json())


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"memory_bytes": 1, "unknown": 2}', "{"])
def test_malformed_confinement_is_refused(text: str) -> None:
    """Whatever is no confinement ends in an error instead of a weaker lock."""
    with pytest.raises(ConfinementError, match="no confinement"):
        Confinement.from_json(text)


def test_module_gets_its_arguments() -> None:
    """The module runs as a program in the same process, with the words that follow its name."""
    done = run_confined(PLAIN.to_json(), "json.tool", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage:" in done.stdout


def test_limits_are_in_force() -> None:
    """Memory, files, processor time and core dumps are limited inside."""
    kinds = "r.RLIMIT_DATA, r.RLIMIT_FSIZE, r.RLIMIT_CPU, r.RLIMIT_CORE"
    code = f"import resource as r; print([r.getrlimit(kind)[1] for kind in ({kinds})])"
    done = run_confined(PLAIN.to_json(), "timeit", "-n1", "-r1", code)
    assert str([2**30, 2**20, 30, 0]) == done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("confinement", "words"),
    [
        ("not json", "no confinement"),
        (dataclasses.replace(PLAIN, folder="/does-not-exist").to_json(), "does-not-exist"),
        (dataclasses.replace(PLAIN, uid=-5).to_json(), "less than minimum"),
    ],
)
def test_nothing_runs_unless_locked_in(confinement: str, words: str) -> None:
    """A lock that does not take ends with its own status and its reason, and the module never starts."""
    done = run_confined(confinement, "timeit", "-n1", "-r1", "print('ran')")
    assert done.returncode == REFUSED
    assert re.search(words, done.stderr)
    assert "ran" not in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can forget to leave root")
def test_root_is_never_locked_in_as_root() -> None:
    """A lock that leaves root in place refuses, though every piece of it took."""
    done = run_confined(
        dataclasses.replace(PLAIN, seccomp=True).to_json(), "timeit", "-n1", "-r1", "print('ran')"
    )
    assert done.returncode == REFUSED
    assert "belongs to root" in done.stderr
    assert "ran" not in done.stdout


@pytest.mark.skipif(find_abi() == 0, reason="this kernel has no Landlock")
def test_sockets_folder_open_to_files_is_found_out(tmp_path: Path) -> None:
    """A folder of sockets that lies in a writable one is noticed by trying, and nothing runs."""
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    leaky = dataclasses.replace(
        PLAIN, landlock="required", readable=("/",), writable=(str(tmp_path),), sockets=(str(sockets),)
    )
    done = run_confined(leaky.to_json(), "timeit", "-n1", "-r1", "print('ran')")
    assert done.returncode == REFUSED
    assert "a file could be made in" in done.stderr
    assert list(sockets.iterdir()) == []


def test_launcher_imports_the_standard_library_only() -> None:
    """Nothing that is installed is imported before the lock is shut."""
    code = "import sys, grader.probe.confine; print({'torch', 'pydantic', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_are_the_kernels(machine: str) -> None:
    """Every number in the filter is the one in the kernel's own header."""
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers (linux-libc-dev) are not installed")
    header = HEADERS[machine].read_text()
    official = {
        name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header)
    }
    column = list(HEADERS).index(machine)
    ours = {
        name: numbers[column]
        for name, numbers in (DENIED | HOST_FILES_DENIED | HOST_FILES_PRETENDED | FILTERED).items()
    }
    known = {name: number for name, number in ours.items() if name in official}
    assert len(known) > 50
    assert {name: official[name] for name in known} == known


@pytest.mark.parametrize("machine", AUDIT)
class TestFilter:
    def test_every_listed_call_is_refused(self, machine: str) -> None:
        """Each listed call answers EPERM; the host's files only where they can be named."""
        column = list(AUDIT).index(machine)
        inside = build_filter(machine, network=False, own_files=True)
        beside = build_filter(machine, network=False, own_files=False)
        for number in (numbers[column] for numbers in DENIED.values()):
            if number is not None:
                assert refuse(errno.EPERM) == judge_call(inside, machine, number)
        for number in (numbers[column] for numbers in HOST_FILES_DENIED.values()):
            if number is not None:
                assert (ALLOW, refuse(errno.EPERM)) == (
                    judge_call(inside, machine, number),
                    judge_call(beside, machine, number),
                )

    def test_modes_and_times_are_pretended(self, machine: str) -> None:
        """Where host files can be named, changing a mode or a time returns 0 and does nothing."""
        column = list(AUDIT).index(machine)
        inside = build_filter(machine, network=False, own_files=True)
        beside = build_filter(machine, network=False, own_files=False)
        for number in (numbers[column] for numbers in HOST_FILES_PRETENDED.values()):
            if number is not None:
                answers = (judge_call(inside, machine, number), judge_call(beside, machine, number))
                assert answers == (ALLOW, refuse(0))

    @pytest.mark.parametrize(
        ("call", "arguments", "allowed"),
        [
            ("clone", (0x003D0F00,), True),  # glibc's pthread_create
            ("clone", (0x01200011,), True),  # glibc's fork
            ("clone", (0x10000000,), False),
            ("clone", (0x40000011,), False),
            ("socket", (1, 0x80001), True),
            ("socket", (16, 0x80003), True),
            ("socket", (2, 1), False),
            ("socket", (10, 2), False),
            ("socket", (40, 1), False),
            ("socketpair", (1, 1), True),
            ("personality", (0xFFFFFFFF,), True),
            ("personality", (0x0040000,), False),
            ("prlimit64", (0, 7), True),
            ("prlimit64", (4321, 7), False),
            ("setpriority", (0, 0), True),
            ("setpriority", (0, 4321), False),
            ("ioprio_set", (1, 4321), False),
            ("ioctl", (0, 0x5413), True),
            ("ioctl", (0, 0x5412), False),
            ("ioctl", (0, 0x541C), False),
            ("ioctl", (0, 0x1_0000_5412), False),
        ],
    )
    def test_calls_are_judged_by_their_arguments(
        self, machine: str, call: str, arguments: tuple[int, ...], allowed: bool
    ) -> None:
        """Threads and local sockets pass; namespaces, networks, limits of others and typed input do not."""
        number = FILTERED[call][list(AUDIT).index(machine)]
        program = build_filter(machine, network=False, own_files=True)
        assert (ALLOW if allowed else refuse(errno.EPERM)) == judge_call(program, machine, number, *arguments)

    def test_network_is_let_in_on_request(self, machine: str) -> None:
        """With `network` an internet socket passes."""
        number = FILTERED["socket"][list(AUDIT).index(machine)]
        assert judge_call(build_filter(machine, network=True, own_files=True), machine, number, 2, 1) == ALLOW

    def test_datagrams_need_own_files(self, machine: str) -> None:
        """Where host sockets can be named, only streams are made, which need a connect to go anywhere."""
        program = build_filter(machine, network=False, own_files=False)
        column = list(AUDIT).index(machine)
        for call in ("socket", "socketpair"):
            number = FILTERED[call][column]
            assert judge_call(program, machine, number, 1, 0x80001) == ALLOW
            assert refuse(errno.EPERM) == judge_call(program, machine, number, 1, 0x80002)
        assert judge_call(program, machine, FILTERED["socket"][column], 16, 0x80003) == ALLOW

    def test_unknown_calls_do_not_exist(self, machine: str) -> None:
        """Calls newer than the list, and clone3, answer as an older kernel would."""
        program = build_filter(machine, network=False, own_files=True)
        for number in (NEWEST + 1, 435):
            assert refuse(errno.ENOSYS) == judge_call(program, machine, number)

    def test_other_machines_numbers_kill(self, machine: str) -> None:
        """A call by another machine's numbers ends the process."""
        other = next(name for name in AUDIT if name != machine)
        program = build_filter(machine, network=False, own_files=True)
        assert judge_call(program, other, 0) == KILL
        if machine == "x86_64":
            assert judge_call(program, machine, X32 + 1) == KILL


def test_unknown_machine_is_an_error() -> None:
    """A machine whose numbers are not known gets no filter, and is told so."""
    with pytest.raises(ValueError, match="riscv64"):
        build_filter("riscv64", network=False, own_files=True)


def test_confinement_is_one_line() -> None:
    """The JSON travels as one word of a command."""
    assert json.loads(PLAIN.to_json())["folder"] == "/"
    assert "\n" not in PLAIN.to_json()
