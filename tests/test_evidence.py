"""Evidence is checked before anybody looks at it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from training_samples import gather, train

from grader.errors import EvidenceError
from grader.evidence import parse_arrays, parse_task, read_evidence, write_evidence
from grader.records import TaskRun, name_fitted

FITTED = np.full((3, 2), 0.5, dtype=np.float32)


def pack(**arrays: np.ndarray) -> list[bytes]:
    """Arrays as a kernel sends them."""
    return [safetensors.numpy.save({name.replace("__", "/"): value for name, value in arrays.items()})]


def test_evidence_survives_being_written_and_read(tmp_path: Path) -> None:
    """The record and every array come back as they were."""
    evidence = train(steps=2)
    write_evidence(evidence, tmp_path / "run")
    found = read_evidence(tmp_path / "run")
    assert evidence.run == found.run
    assert set(evidence.arrays) == set(found.arrays)
    for name, array in evidence.arrays.items():
        np.testing.assert_array_equal(array, found.arrays[name])


def test_well_formed_task_is_taken() -> None:
    """A record and the arrays it speaks of pass."""
    record = TaskRun(task="a", fitted_steps=(0,)).model_dump(mode="json")
    run, arrays = parse_task(record, pack(a__fitted__0=FITTED))
    assert (0,) == run.fitted_steps
    np.testing.assert_array_equal(FITTED, arrays[name_fitted("a", 0)])


@pytest.mark.parametrize(
    ("record", "buffers", "message"),
    [
        (None, [], "does not have the form"),
        ({"task": "a", "points": 15}, [], "does not have the form"),
        ({"task": "a", "steps": "many"}, [], "does not have the form"),
        ({"task": "a", "notes": ["x" * 5_000_000]}, [], "too large"),
        ({"task": "a"}, [b"\x80\x04pickle"], "not valid safetensors"),
        ({"task": "a"}, [b"\xff" * 100], "not valid safetensors"),
        ({"task": "a"}, pack(b__fitted__0=FITTED), "no record speaks of"),
        ({"task": "a", "fitted_steps": [0]}, [], "missing"),
        ({"task": "a", "fitted_steps": [0]}, pack(a__fitted__0=FITTED[0]), "not a table"),
        ({"task": "a"}, pack(a__yhat=FITTED.astype(np.complex64)), "which evidence may not"),
    ],
)
def test_malformed_task_is_refused(record: Any, buffers: list[bytes], message: str) -> None:
    """What does not have the form of evidence raises one kind of error, whatever it is."""
    with pytest.raises(EvidenceError, match=message):
        parse_task(record, buffers)


@given(st.binary(max_size=400))
def test_no_bytes_get_past_the_reader(content: bytes) -> None:
    """Random bytes are arrays or EvidenceError, never another exception."""
    try:
        parse_arrays(content)
    except EvidenceError:
        return


def test_missing_evidence_says_where_it_was_looked_for(tmp_path: Path) -> None:
    """The error names the folder."""
    with pytest.raises(EvidenceError, match=str(tmp_path)):
        read_evidence(tmp_path)


def test_parameters_are_the_sum_of_distinct_elements() -> None:
    """A tensor that shares storage with one before it adds nothing."""
    evidence = gather(*train(steps=1).run.tasks)
    assert 136 + 63 == evidence.run.tasks[0].parameters
