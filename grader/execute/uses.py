"""Tells from a notebook's code which slow imports are made before its kernel is forked."""

import re
from collections.abc import Collection

from grader.execute.plan import RunPlan

DRAWS = re.compile(r"\bmatplotlib\b|\bpylab\b|\bseaborn\b")
"""Importing matplotlib looks through the machine's fonts, which takes a while."""
TRAINS = re.compile(r"optim|\bcompile\b|\bkeras\b", re.IGNORECASE)
"""The first optimizer imports torch's compiler, which takes as long as torch itself."""
KERAS = re.compile(r"\bkeras\b|\btensorflow\b", re.IGNORECASE)


def find_uses(plan: RunPlan, sources: Collection[str]) -> dict[str, bool]:
    """What the launcher imports before it forks a kernel for cells with these sources."""
    draws = any(DRAWS.search(source) for source in sources) or any(task.figures for task in plan.tasks)
    keras = any(KERAS.search(source) for source in sources)
    trains = keras or any(TRAINS.search(source) for source in sources)
    return {"draws": draws, "trains": trains, "keras": keras}
