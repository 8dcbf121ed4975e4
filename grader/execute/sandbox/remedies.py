"""What to do about a sandbox that does not work here, as a command wherever there is one."""

import os
from pathlib import Path

SWITCHES = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "15000"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
}
"""Settings that keep ordinary users from making namespaces: what they hold then, and what they should."""

ENGINE_SAID = (
    ("newuidmap", "Run: sudo apt install uidmap"),
    ("subuid", "Run: sudo usermod -v 100000-165535 -w 100000-165535 $(id -un)"),
    ("container-init", "Run: sudo apt install catatonit"),
    ("docker-init", "Run: sudo apt install tini"),
    ("hybrid mode", "Boot with systemd.unified_cgroup_hierarchy=1, for cgroups of the second version alone."),
    ("nvidia.com/gpu", "Run: sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"),
    ("Landlock", "Update the engine: its own filter of system calls is older than Landlock."),
)
"""Words that an engine says, and what to do then."""


def find_remedy(name: str, said: str, settings: Path = Path("/proc/sys")) -> str:
    """A sentence on what to do where the sandbox of that name said this and did not work."""
    if name == "landlock":
        return "Use Linux 6.2 or newer on x86-64 or aarch64, with an interpreter that all can read."
    if name == "container":
        remedies = (remedy for words, remedy in ENGINE_SAID if words in said)
        return next(remedies, "See what the engine itself says: podman info, or docker info.")
    if os.geteuid() != 0:
        for switch, (shut, ajar) in SWITCHES.items():
            if _read(settings / switch.replace(".", "/")) == shut:
                return f"Ordinary users may not make namespaces here. Run: sudo sysctl -w {switch}={ajar}"
    return (
        "Namespaces seem to be forbidden, as they are inside most containers: allow them in the container's "
        "security profile, or use --sandbox landlock."
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
