"""Finds the sandbox that works on this machine, by trying."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.errors import SandboxError
from grader.execute.sandbox.base import Room, Sandbox
from grader.execute.sandbox.bwrap import BwrapSandbox
from grader.execute.sandbox.landlock import LandlockSandbox
from grader.execute.sandbox.none import NoSandbox

TRIAL_SECONDS = 30
"""A working room answers in a tenth of a second; a busy machine may take its time."""

TRIAL_MEMORY_BYTES = 512 * 2**20


class ChosenSandbox(Sandbox, Protocol):
    """A sandbox that also says what it does not keep out."""

    @property
    def weaker(self) -> str | None:
        """For people to read; None if nothing is known."""
        ...


BACKENDS: dict[str, Callable[[], ChosenSandbox]] = {"bwrap": BwrapSandbox, "landlock": LandlockSandbox}
"""The sandboxes that keep something in, strongest first."""


@dataclass(frozen=True)
class BackendReport:
    """Whether one sandbox works on this machine."""

    name: str
    works: bool
    reason: str
    """What was seen when it was tried, in words."""
    remedy: str = ""
    """What to do about it; empty where it works."""
    weaker: str | None = None
    """What it does not keep out though it works."""


def choose_sandbox(name: str = "auto") -> ChosenSandbox:
    """The sandbox of that name, tried first; `auto` is the strongest that works, and never `none`.

    Raises SandboxError, which says of every sandbox tried why it does not work and how to mend it.
    """
    if name == "none":
        return NoSandbox()
    if name != "auto" and name not in BACKENDS:
        known = ", ".join(("auto", *BACKENDS, "none"))
        raise SandboxError(f"No sandbox is called {name!r}. Known: {known}.")
    reports = []
    for candidate in BACKENDS if name == "auto" else (name,):
        report = examine_backend(candidate)
        if report.works:
            return BACKENDS[candidate]()
        reports.append(report)
    tried = "\n".join(f"  {report.name}: {report.reason} {report.remedy}" for report in reports)
    raise SandboxError(
        f"Notebooks of others are not run without a sandbox, and none works here:\n{tried}\n"
        "If you trust every author, --sandbox none runs their notebooks with your own rights."
    )


def examine_backends() -> tuple[BackendReport, ...]:
    """What every sandbox says when a small module is run in it, strongest first."""
    return tuple(examine_backend(name) for name in BACKENDS)


def examine_backend(name: str) -> BackendReport:
    """What a sandbox says when a small module, which tries to get out, is run in it."""
    if sys.platform != "linux":
        remedy = "Grade inside a Linux machine or container."
        return BackendReport(name, False, f"It needs Linux, and this is {platform.system()}.", remedy)
    sandbox = BACKENDS[name]()
    with tempfile.TemporaryDirectory(prefix="grader-trial-") as folder:
        secret = Path(folder, "secret")
        secret.write_text("not to be read")
        # Open to all, so that only the sandbox itself can keep it shut.
        secret.chmod(0o644)
        room = Room(Path(folder, "sockets"), Path(folder, "work"), TRIAL_MEMORY_BYTES)
        try:
            command = sandbox.build_command("grader.probe.trial", [str(secret)], room)
            environment = sandbox.build_environment(room)
            done = subprocess.run(
                command, env=environment, capture_output=True, timeout=TRIAL_SECONDS, stdin=subprocess.DEVNULL
            )
        except SandboxError as error:
            fact, _, remedy = str(error).partition(". ")
            return BackendReport(name, False, f"{fact}.", remedy)
        except (OSError, subprocess.TimeoutExpired) as error:
            return BackendReport(name, False, f"It could not be tried: {error}.", _find_remedy(name))
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        reason = f"It ended with status {done.returncode}: {said[-1]}."
        return BackendReport(name, False, reason, _find_remedy(name))
    if escapes := json.loads(done.stdout):
        return BackendReport(name, False, f"It does not hold: {', '.join(escapes)}.", _find_remedy(name))
    return BackendReport(name, True, "It holds.", weaker=sandbox.weaker)


def _find_remedy(name: str) -> str:
    if name == "landlock":
        return (
            "Use Linux 6.2 or newer on x86-64 or aarch64, and check that the interpreter can be read by all."
        )
    apparmor = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if os.geteuid() != 0 and apparmor.exists() and apparmor.read_text().strip() == "1":
        return (
            "AppArmor keeps ordinary users from making namespaces: give /usr/bin/bwrap a profile with "
            "`userns,`, or set kernel.apparmor_restrict_unprivileged_userns=0."
        )
    return (
        "Namespaces seem to be forbidden, as they are inside most containers: allow them "
        "(user.max_user_namespaces, or the container's security profile), or use --sandbox landlock."
    )
