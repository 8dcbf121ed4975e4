"""What a run gives back."""

from collections.abc import Callable
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.evidence import Evidence


@dataclass(frozen=True)
class Execution:
    """What a run leaves: evidence for the judge, and the notebook with its outputs for display only."""

    evidence: Evidence
    notebook: NotebookNode
    is_doubtful: bool = False
    """Whether the machine or the grader may be to blame for what is missing: not to be kept for later."""


TaskEnded = Callable[[str, Evidence], None]
"""Called with a task's id and what the run has left so far."""
