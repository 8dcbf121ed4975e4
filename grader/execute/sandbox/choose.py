"""Finds the sandbox that works on this machine, by trying."""

import contextlib
import json
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
from grader.execute.sandbox.container import ContainerSandbox
from grader.execute.sandbox.landlock import LandlockSandbox
from grader.execute.sandbox.none import NoSandbox
from grader.execute.sandbox.remedies import find_remedy

TRIAL_SECONDS = 30
"""A working room answers in a tenth of a second; a busy machine may take its time."""

TRIAL_MEMORY_BYTES = 512 * 2**20


class ChosenSandbox(Sandbox, Protocol):
    """A sandbox that also says what it does not keep out."""

    @property
    def weaker(self) -> str | None:
        """For people to read; None if nothing is known."""
        ...


BACKENDS: dict[str, Callable[[], ChosenSandbox]] = {
    "bwrap": BwrapSandbox,
    "container": ContainerSandbox,
    "landlock": LandlockSandbox,
}
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
            fact, _, remedy = str(error).rpartition(". ")
            return BackendReport(name, False, f"{fact}.", remedy)
        except (OSError, subprocess.TimeoutExpired) as error:
            return BackendReport(
                name, False, f"It could not be tried: {error}.", find_remedy(name, str(error))
            )
        finally:
            _end_trial(sandbox, room)
    said = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        last = (said.strip().splitlines() or ["nothing was said"])[-1]
        reason = f"It ended with status {done.returncode}: {last}."
        return BackendReport(name, False, reason, find_remedy(name, said))
    if escapes := json.loads(done.stdout):
        return BackendReport(name, False, f"It does not hold: {', '.join(escapes)}.", find_remedy(name, said))
    return BackendReport(name, True, "It holds.", weaker=sandbox.weaker)


def _end_trial(sandbox: Sandbox, room: Room) -> None:
    with contextlib.suppress(SandboxError, OSError, subprocess.TimeoutExpired):
        if command := sandbox.build_stop_command(room):
            environment = sandbox.build_environment(room)
            subprocess.run(command, env=environment, capture_output=True, timeout=TRIAL_SECONDS)
