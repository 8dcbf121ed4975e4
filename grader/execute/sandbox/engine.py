"""Finds docker or podman and asks what it can do here; both are spoken to through their command line."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import SandboxError

ASK_SECONDS = 20
"""An engine answers in a quarter of a second; one that just wakes up takes longer."""

CALLERS_OWN = (
    "PATH", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS",
    "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF",
)  # fmt: skip
"""By what an engine's client finds its engine and its store. Nothing of it goes into a container."""


@dataclass(frozen=True)
class Engine:
    """A container engine that answers on this machine."""

    name: str
    """`podman` or `docker`."""
    path: str
    rootless: bool
    """Whether it runs without root, so that root in a container is the caller outside."""
    bounds_memory: bool
    """Whether it can bound a container as a whole."""

    def run(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Call the engine. Raises SandboxError where it does not answer in time."""
        return call_engine(self.path, *arguments, given=given)


def find_engine() -> Engine:
    """The first engine that answers, podman before docker, because it needs no daemon that is root.

    Raises SandboxError, which says of each why it cannot be used.
    """
    faults = []
    for name, read in (("podman", read_podman), ("docker", read_docker)):
        path = shutil.which(name)
        if path is None:
            faults.append(f"{name} is not installed")
            continue
        try:
            done = call_engine(path, "info", "--format", "json" if name == "podman" else "{{json .}}")
            if done.returncode != 0:
                raise SandboxError(f"it says: {say_last(done.stderr)}")
            return read(path, json.loads(done.stdout))
        except (SandboxError, ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"{name} cannot be used ({error})")
    raise SandboxError(
        f"No container engine answers: {' and '.join(faults)}. Run: sudo apt install podman catatonit uidmap"
    )


def read_podman(path: str, info: Mapping[str, Any]) -> Engine:
    """The engine that `podman info` describes. Raises SandboxError where it runs on another machine."""
    host = info["host"]
    if host.get("serviceIsRemote"):
        raise SandboxError("its containers run on another machine, which sees none of this one's files")
    # With the first version of cgroups ordinary users cannot bound anything, and newer podmans nobody.
    second = host["cgroupVersion"] == "v2"
    bounds = second and {"memory", "pids"} <= set(host.get("cgroupControllers") or ())
    return Engine("podman", path, rootless=bool(host["security"]["rootless"]), bounds_memory=bounds)


def read_docker(path: str, info: Mapping[str, Any]) -> Engine:
    """The engine that `docker info` describes. Raises SandboxError where there is none to use."""
    if faults := info.get("ServerErrors"):
        raise SandboxError(f"it says: {faults[0]}")
    if any("name=rootless" in option for option in info.get("SecurityOptions") or ()):
        # Its only user that may write to the caller's folder of sockets is root.
        raise SandboxError("it is rootless, and then only its root could bind the sockets: use podman")
    bounds = bool(info.get("MemoryLimit")) and bool(info.get("PidsLimit"))
    return Engine("docker", path, rootless=False, bounds_memory=bounds)


def call_engine(path: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Call an engine's client. Raises SandboxError where it cannot be started or does not answer in time."""
    try:
        return subprocess.run(
            [path, *arguments],
            input=given,
            env=build_client_environment(),
            capture_output=True,
            timeout=ASK_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise SandboxError(f"it did not answer within {ASK_SECONDS} s") from error
    except OSError as error:
        raise SandboxError(f"it could not be started: {error.strerror}") from error


def build_client_environment() -> dict[str, str]:
    """What an engine's client is started with."""
    return {name: os.environ[name] for name in CALLERS_OWN if name in os.environ} | {"LANG": "C.UTF-8"}


def say_last(said: bytes) -> str:
    """The last line of what a program said."""
    return (said.decode(errors="replace").strip().splitlines() or ["nothing was said"])[-1]
