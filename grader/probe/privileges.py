"""Leaves root behind: user, groups and capabilities, for good."""

import ctypes
import os

CAP_DAC_READ_SEARCH = 2

_PR_SET_DUMPABLE = 4
_PR_SET_SECUREBITS, _NO_SETUID_FIXUP_LOCKED = 28, 0b1100
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_PR_GET_SECCOMP, _SECCOMP_MODE_FILTER = 21, 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_root(uid: int, gid: int, *, keep_read_search: bool) -> None:
    """Makes this process an ordinary user's, with no way back.

    `keep_read_search` leaves the one capability that passes closed folders by; it is for interpreters
    below root's home, and safe only where Landlock decides what may be read. Raises OSError where a
    capability is missing for the change itself.
    """
    if keep_read_search:
        # The plain way to keep a capability (PR_SET_KEEPCAPS) would hide it from access(2), and so tell
        # libraries that folders are not writable which are.
        _control(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP_LOCKED)
    for capability in range(64):
        # What is kept must stay in the bounding set, or the kernel will not let programs inherit it.
        kept_one = keep_read_search and capability == CAP_DAC_READ_SEARCH
        if _read_bounding(capability) and not kept_one:
            _control(_PR_CAPBSET_DROP, capability)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    kept = 1 << CAP_DAC_READ_SEARCH if keep_read_search else 0
    _set_capabilities(kept)
    if keep_read_search:
        _control(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH)
    # A change of user hides /proc/self from the process itself, and subprocess wants /proc/self/fd.
    _control(_PR_SET_DUMPABLE, 1)


def give_up_capabilities() -> None:
    """Leaves every capability behind, those of a user namespace that was joined included."""
    for capability in range(64):
        if _read_bounding(capability):
            _control(_PR_CAPBSET_DROP, capability)
    _set_capabilities(0)


def forbid_new_privileges() -> None:
    """Makes set-uid programs and file capabilities powerless for this process and all it starts."""
    _control(_PR_SET_NO_NEW_PRIVS, 1)


def find_weak_privileges(*, keep_read_search: bool, seccomp: bool) -> list[str]:
    """What the kernel itself says is not as it should be, in words; empty if all is."""
    faults = []
    if 0 in (*os.getresuid(), *os.getresgid()):
        faults.append("the process still belongs to root")
    header, sets = _Header(_CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    if _libc().capget(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be read")
    allowed = 1 << CAP_DAC_READ_SEARCH if keep_read_search else 0
    if sets[0].effective | sets[0].permitted | sets[1].effective | sets[1].permitted != allowed:
        faults.append(f"capabilities are left: {sets[1].permitted << 32 | sets[0].permitted:#x}")
    if _libc().prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1:
        faults.append("no_new_privs is not set")
    if seccomp and _libc().prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) != _SECCOMP_MODE_FILTER:
        faults.append("no seccomp filter is in force")
    return faults


def _set_capabilities(kept: int) -> None:
    header = _Header(_CAPABILITY_VERSION_3, 0)
    sets = (_Sets * 2)(_Sets(kept, kept, kept), _Sets(0, 0, 0))
    if _libc().capset(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")


def _read_bounding(capability: int) -> bool:
    return bool(_libc().prctl(_PR_CAPBSET_READ, ctypes.c_ulong(capability), 0, 0, 0) == 1)


def _control(option: int, *arguments: int) -> None:
    wide = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc().prctl(option, *wide) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
