"""Evidence: what a run left behind. The only thing that passes the wall between running and judging.

A `RunRecord` as JSON and arrays as safetensors, both with caps, both checked on reading. Nothing is
pickled, and nothing here trusts its input: it may come from a process that a student controls.
"""

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from pydantic import ValidationError

from grader.errors import EvidenceError
from grader.records import RunRecord, TaskRun, name_fitted, name_losses, name_targets, name_yhat
from grader.values import Kept, list_kept, name_value

LARGEST_RECORD_BYTES = 4 * 2**20
LARGEST_ARRAYS_BYTES = 64 * 2**20
"""A task's arrays: a reference of 101 steps leaves 2.8 MB, one of 2,000 steps would leave 56."""

RECORD_FILE, ARRAYS_FILE = "run.json", "arrays.safetensors"

KINDS = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
"""Kinds of number that evidence may hold."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Evidence:
    """One run's record and its arrays, named by the functions in `grader.records`."""

    run: RunRecord
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def read_fitted(self, task_id: str, step: int) -> Array | None:
        """Fitted values at a step: float32, (rows, symbols); None if they were not kept."""
        return self.arrays.get(name_fitted(task_id, step))

    def read_losses(self, task_id: str) -> Array | None:
        """The loss at every step: float64, (steps,)."""
        return self.arrays.get(name_losses(task_id))

    def read_targets(self, task_id: str) -> Array | None:
        """Class indices that the loss was given: int64, (rows,)."""
        return self.arrays.get(name_targets(task_id))

    def read_yhat(self, task_id: str) -> Array | None:
        """The fitted values that the notebook left in a variable: float32, any shape."""
        return self.arrays.get(name_yhat(task_id))

    def read_kept(self, task_id: str, kept: Kept) -> Array | None:
        """The numbers of a variable or of something drawn; None if they were too many to keep."""
        return None if kept.array is None else self.arrays.get(name_value(task_id, kept.array))


@dataclass(frozen=True)
class Dossier:
    """What all runs of one notebook left. Marks come from the full run; replays say how far to trust it."""

    full: Evidence
    hidden: Evidence | None = None
    """With a secret seed: values that nothing computes do not survive it."""
    submitted: Evidence | None = None
    """With the seeds of the notebook's own."""
    order_free: Evidence | None = None
    """With initial values that depend on no order of creation, and a secret seed."""
    relabelled: Evidence | None = None
    """To the end, with a secret seed and with the set-up's class labels exchanged."""
    short: Evidence | None = None
    """To the end, on a shorter text; only where verdicts are provisional, and `full` is a quick run."""


@dataclass(frozen=True)
class Fingerprint:
    """The first steps of a wrong network: the reference with one fault built in."""

    code: str
    """Of the fault, as in a `Diagnosis`."""
    name: str
    """Of the edit, such as `learning_rate_tenth`."""
    task: str
    """The name under which its evidence stands."""
    evidence: Evidence


def parse_task(record: Any, buffers: list[bytes]) -> tuple[TaskRun, dict[str, Array]]:
    """One task's evidence as it came out of a kernel. Raises EvidenceError on anything unexpected."""
    try:
        if len(json.dumps(record)) > LARGEST_RECORD_BYTES:
            raise EvidenceError("A task's record is too large to be evidence.")
        run = TaskRun.model_validate(record)
    except (ValidationError, TypeError, ValueError, RecursionError) as error:
        raise EvidenceError(f"A task's record does not have the form of evidence: {error}") from error
    arrays = parse_arrays(buffers[0]) if buffers else {}
    _require_named([run], arrays)
    return run, arrays


def _require_named(runs: Iterable[TaskRun], arrays: Mapping[str, Array]) -> None:
    """Raise EvidenceError unless the arrays are those that the records speak of."""
    runs = list(runs)
    kept = {
        name_value(run.task, each.array): each
        for run in runs
        for each in list_kept(run.left)
        if each.array is not None
    }
    needed = {name_fitted(run.task, step) for run in runs for step in run.fitted_steps} | set(kept)
    allowed = {name(run.task) for run in runs for name in (name_losses, name_targets, name_yhat)}
    if unknown := set(arrays) - allowed - needed:
        raise EvidenceError(f"Arrays that no record speaks of: {sorted(unknown)[:5]}.")
    if missing := needed - set(arrays):
        raise EvidenceError(f"Arrays that are missing: {sorted(missing)[:5]}.")
    for run in runs:
        for step in run.fitted_steps:
            if arrays[name_fitted(run.task, step)].ndim != 2:
                raise EvidenceError(f"Fitted values of step {step} are not a table.")
    for name, each in kept.items():
        if arrays[name].shape != each.shape:
            raise EvidenceError(f"Array {name[:80]!r} has another shape than its record says.")


def parse_arrays(content: bytes, most_bytes: int = LARGEST_ARRAYS_BYTES) -> dict[str, Array]:
    """Arrays from safetensors bytes. Raises EvidenceError if they are too large or damaged."""
    if len(content) > most_bytes:
        raise EvidenceError(f"{len(content)} bytes of arrays are more than evidence may hold.")
    try:
        arrays: dict[str, Array] = safetensors.numpy.load(content)
    except (safetensors.SafetensorError, KeyError, ValueError, TypeError, struct.error) as error:
        raise EvidenceError(f"The arrays are not valid safetensors: {error}") from error
    for name, array in arrays.items():
        if array.dtype not in KINDS.values():
            raise EvidenceError(f"Array {name[:80]!r} holds {array.dtype}, which evidence may not.")
    return arrays


def write_evidence(evidence: Evidence, folder: Path) -> None:
    """Write `run.json` and `arrays.safetensors` into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.asarray(array, order="C") for name, array in evidence.arrays.items()}
    (folder / ARRAYS_FILE).write_bytes(safetensors.numpy.save(arrays))
    # Not pydantic's own JSON: it turns a learning rate that is no number into one that is missing.
    record = json.dumps(evidence.run.model_dump(mode="json"), indent=1)
    (folder / RECORD_FILE).write_text(record, encoding="utf-8")


def read_evidence(folder: Path) -> Evidence:
    """Evidence that `write_evidence` wrote. Raises EvidenceError if it is missing or damaged."""
    try:
        run = RunRecord.model_validate(json.loads((folder / RECORD_FILE).read_bytes()))
        most_bytes = LARGEST_ARRAYS_BYTES * max(1, len(run.tasks))
        arrays = parse_arrays((folder / ARRAYS_FILE).read_bytes(), most_bytes)
        _require_named(run.tasks, arrays)
    except (OSError, ValueError, RecursionError, EvidenceError) as error:
        raise EvidenceError(f"No evidence can be read from {folder}: {error}") from error
    return Evidence(run, arrays)
