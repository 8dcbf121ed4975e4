"""What a kernel says of itself when its run ends, as far as that can be true."""

from itertools import islice
from typing import Any

from grader.execute.client import read_number
from grader.execute.plan import RunPlan

MOST_VERSIONS = 20


def describe_run(plan: RunPlan, usage: dict[str, Any]) -> dict[str, Any]:
    """The fields of a `RunRecord` that come from the plan and from the probe's last answer."""
    versions = usage.get("versions")
    versions = versions if isinstance(versions, dict) else {}
    return {
        "assignment": plan.assignment,
        "notebook_sha256": plan.notebook_sha256,
        "seed": plan.seed,
        "device": "cpu" if usage.get("device") == "cpu" else plan.device,
        "mode": plan.mode,
        "versions": {
            str(name)[:20]: str(value)[:80] for name, value in islice(versions.items(), MOST_VERSIONS)
        },
        "parameters": plan.parameters,
        "peak_memory_bytes": int(read_number(usage, "peak_memory_bytes")),
    }
