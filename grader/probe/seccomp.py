"""A seccomp filter that refuses system calls no notebook needs.

Written out here because `pyseccomp` needs libseccomp on every machine, while the filter language itself
is six instructions. Numbers are those of Linux's `asm/unistd_64.h` and `asm-generic/unistd.h`.
"""

import ctypes
import errno
import os
import struct
import sys

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""What the kernel calls the two machines whose numbers are known here (AUDIT_ARCH_…)."""

DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes: reading, writing, tracing, taking their files
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # other views of the file system
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # memory that RLIMIT_DATA does not count, or that outlives the process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # keys
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # wide doors into the kernel
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "modify_ldt": (154, None),
    "lookup_dcookie": (212, 18),
    # the machine itself
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "vhangup": (153, 58),
}
"""System calls answered with EPERM: number on x86-64, number on aarch64."""

HOST_FILES_DENIED: dict[str, tuple[int | None, int | None]] = {
    "connect": (42, 203),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
}
"""Denied besides where the host's own file system can be named: Landlock rules over contents only."""

HOST_FILES_PRETENDED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
}
"""Answered there as if done, and not done: `shutil.copy` sets a mode, and IPython copies at its start."""

FILTERED: dict[str, tuple[int, int]] = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "personality": (135, 92),
    "ioctl": (16, 29),
    "prlimit64": (302, 261),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
}
"""System calls that are judged by their arguments."""

NEWEST = 467
"""Highest number known here; later calls answer ENOSYS, as an older kernel would."""

X32 = 0x40000000
"""Bit that marks a call of the x32 ABI, whose numbers would pass the filter unseen."""

NAMESPACES = 0x7E020000
"""CLONE_NEW… flags of clone(2)."""

AF_UNIX, AF_NETLINK = 1, 16
SOCK_STREAM, SOCK_TYPE_MASK = 1, 0xF
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
PER_LINUX, PER_QUERY = 0, 0xFFFFFFFF

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


def build_filter(machine: str, *, network: bool, own_files: bool) -> bytes:
    """The filter as BPF instructions of 8 bytes each.

    `network` lets every socket family pass; `own_files` says that only the sandbox's own files can be
    named, so that changing their modes or connecting to a socket among them harms nobody. Raises
    ValueError on a machine whose system calls are not known.
    """
    if machine not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"no system call numbers are known for {machine}, only for {known}")
    column = list(ARCHITECTURES).index(machine)
    refuse = _ERRNO | errno.EPERM
    absent = _ERRNO | errno.ENOSYS
    pretend = _ERRNO | 0

    program = [
        _encode(_LOAD, _ARCHITECTURE_AT),
        _encode(_EQUAL, ARCHITECTURES[machine], if_true=1),
        _encode(_RETURN, _KILL_PROCESS),
        _encode(_LOAD, _NUMBER_AT),
    ]
    if machine == "x86_64":
        program += [_encode(_AT_LEAST, X32, if_false=1), _encode(_RETURN, _KILL_PROCESS)]
    program += [_encode(_AT_LEAST, NEWEST + 1, if_false=1), _encode(_RETURN, absent)]
    answers = [(DENIED, refuse)]
    if not own_files:
        answers += [(HOST_FILES_DENIED, refuse), (HOST_FILES_PRETENDED, pretend)]
    for calls, answer in answers:
        for numbers in calls.values():
            if (number := numbers[column]) is not None:
                program += _judge_call(number, [_encode(_RETURN, answer)])

    def judge(call: str, body: list[bytes]) -> None:
        program.extend(_judge_call(FILTERED[call][column], body))

    # glibc falls back to clone when clone3 is absent; the filter cannot look into clone3's structure.
    judge("clone3", [_encode(_RETURN, absent)])
    judge("clone", [*_load_argument(0), _encode(_ANY_BIT, NAMESPACES, if_false=1), *_end(refuse)])
    judge("personality", [*_load_argument(0), *_allow_only(PER_LINUX, PER_QUERY), _encode(_RETURN, refuse)])
    # Of oneself alone, as Linux asks for no more than the same user. libzmq sets the scheduling of its own
    # threads by their numbers, so those calls pass.
    judge("prlimit64", [*_load_argument(0), *_allow_only(0), _encode(_RETURN, refuse)])
    for call in ("setpriority", "ioprio_set"):
        judge(call, [*_load_argument(1), *_allow_only(0), _encode(_RETURN, refuse)])
    judge("ioctl", [*_load_argument(1), *_refuse_each((TIOCSTI, TIOCLINUX), refuse), *_end()])
    if not network:
        body = []
        if not own_files:
            # A datagram can be sent to a socket's path without connecting, such as to the system's log.
            body += _require_stream(refuse)
        # libzmq aborts where AF_NETLINK is refused.
        body += [*_load_argument(0), *_allow_only(AF_UNIX, AF_NETLINK), _encode(_RETURN, refuse)]
        judge("socket", body)
        if not own_files:
            judge("socketpair", [*_require_stream(refuse), *_end()])
    program += _end()
    return b"".join(program)


def _encode(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load_argument(index: int) -> list[bytes]:
    # The lower half: all arguments looked at are 32 bits wide, and both machines are little-endian.
    return [_encode(_LOAD, _ARGUMENTS_AT + 8 * index)]


def _end(errno_value: int | None = None) -> list[bytes]:
    allow = [_encode(_RETURN, _ALLOW)]
    return allow if errno_value is None else [_encode(_RETURN, errno_value), *allow]


def _judge_call(number: int, body: list[bytes]) -> list[bytes]:
    return [_encode(_EQUAL, number, if_false=len(body)), *body]


def _allow_only(*values: int) -> list[bytes]:
    return [step for value in values for step in (_encode(_EQUAL, value, if_false=1), *_end())]


def _refuse_each(values: tuple[int, ...], refuse: int) -> list[bytes]:
    return [step for v in values for step in (_encode(_EQUAL, v, if_false=1), _encode(_RETURN, refuse))]


def _require_stream(refuse: int) -> list[bytes]:
    netlink = [*_load_argument(0), _encode(_EQUAL, AF_NETLINK, if_true=4)]
    stream = [*_load_argument(1), _encode(_AND, SOCK_TYPE_MASK), _encode(_EQUAL, SOCK_STREAM, if_true=1)]
    return [*netlink, *stream, _encode(_RETURN, refuse)]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install_filter(*, network: bool, own_files: bool) -> None:
    """Puts the filter on this process and all it will start; it cannot be taken off again.

    Needs no_new_privs. Raises OSError where the kernel refuses, ValueError on an unknown machine.
    """
    if sys.byteorder != "little":
        raise ValueError("system call arguments are read as little-endian")
    instructions = build_filter(os.uname().machine, network=network, own_files=own_files)
    program = _Program(len(instructions) // 8, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program), 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"seccomp filter was refused: {os.strerror(code)}")
