"""Tells whether a value shows what a doctest wants, however this machine's libraries would spell it."""

import ast
import re
from typing import Any

import numpy as np

from grader.judge.plain import Tensor

SHOWN_DIGITS = 1e-4
"""torch and numpy show four to eight digits of a number in an array."""
ARRAY = re.compile(
    r"(?P<kind>tensor|array)\((?P<values>.*?)(?:,\s*(?:dtype|device|requires_grad|grad_fn)=.*)?\)", re.DOTALL
)
SIZE = re.compile(r"torch\.Size\((?P<sizes>\[[\d,\s]*\])\)")


def shows(value: Any, want: str) -> bool:
    """Whether the value is written as the doctest says, or is the value that it writes."""
    if write_shown(value).split() == want.split():
        return True
    text = SIZE.sub(lambda match: f"tuple({match['sizes']})", want.strip())
    if isinstance(value, np.ndarray):
        return _is_array(value, text)
    try:
        if text.startswith("tuple("):
            wanted: Any = tuple(ast.literal_eval(text.removeprefix("tuple(").removesuffix(")")))
        else:
            wanted = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return False
    own = value.item() if isinstance(value, np.generic) else value
    return type(own) is type(wanted) and bool(own == wanted)


def write_shown(value: Any) -> str:
    """What a cell shows of a value; nothing of None."""
    return "" if value is None else repr(value)


def _is_array(value: Any, want: str) -> bool:
    match = ARRAY.fullmatch(want)
    if match is None or isinstance(value, Tensor) != (match["kind"] == "tensor"):
        return False
    try:
        wanted = np.array(ast.literal_eval(match["values"].strip()))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
    if wanted.shape != value.shape or wanted.dtype.kind not in "biuf" or value.dtype.kind not in "biuf":
        return False
    return bool(np.allclose(value, wanted, rtol=SHOWN_DIGITS, atol=SHOWN_DIGITS / 2))
