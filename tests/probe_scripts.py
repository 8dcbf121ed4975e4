"""Scripts in processes of their own, because what the probe changes of torch stays changed."""

import json
import subprocess
import sys
from typing import Any

import torch

SEED = 43052

PRELUDE = """
import json, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import torch
found = {}
"""

SEEDED = f"""
import random
import numpy as np
from grader.probe.initialising import initialise_by_layer, initialise_on_cpu
from grader.probe.places import Places
from grader.probe.seeding import SEEDS_KEPT, Seeds, make_deterministic

SEED = {SEED}
places = Places()

def draw():
    return torch.rand(3).tolist()

def read(layer):
    return [values.tolist() for values in layer.state_dict().values()]
"""
"""What scripts about seeds and initial values begin with."""


def run(*parts: str) -> dict[str, Any]:
    """What a script left in `found`."""
    script = "\n".join((PRELUDE, *parts, "print(json.dumps(found))"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def draw(seed: int) -> list[float]:
    """What torch itself draws first from a seed."""
    values: list[float] = torch.rand(3, generator=torch.Generator().manual_seed(seed)).tolist()
    return values
