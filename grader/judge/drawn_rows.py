"""Whether images show rows of a variable: pictures of a set of data, whatever their brightness."""

from collections.abc import Sequence

import numpy as np

from grader.evidence import Array
from grader.judge.case import Case, Finding
from grader.judge.values import Variable, find_value, read_array, require_value

SAME_ROW = 0.9995
"""Least correlation of an image with what it shows, where numbers were rounded to whole shades of grey."""
FLAT = 1e-6
"""Of the largest number of all rows: one that differs by less within itself shows nothing."""
MOST_IMAGES = 200
"""Images of one task that are looked at."""


def read_rows(case: Case, name: Variable, expected: str) -> list[Array]:
    """The numbers of a variable, and of the reference's of that name, that have rows.

    A notebook may scale what it was given, and may have put it into something that cannot be read. Raises
    Missing if there are none.
    """
    rows = []
    for evidence in (case.evidence, case.reference):
        value = find_value(evidence, case.task.id, name)
        array = read_array(evidence, case.task.id, value) if evidence and value else None
        if array is not None and array.ndim > 1 and len(array):
            rows.append(array)
    if not rows:
        require_value(case, name, expected)
    return rows


def find_unlike_rows(
    name: Variable, sets: Sequence[Array], images: Sequence[Array], count: int, expected: str
) -> Finding | None:
    """What is to be said of images of which fewer than `count` show a row; None if that many do."""
    if not sets:
        return Finding("no_evidence", expected, f"no rows in {name}", "There is nothing to be drawn.")
    found = sum(any(shows_row(image, rows) for rows in sets) for image in images[:MOST_IMAGES])
    if found >= count:
        return None
    seen = f"{len(images)} drawn, {found or 'none'} of which shows a row of `{name}`"
    return Finding("failed", expected, seen, "Draw it as it is; brightness and colour map are free.")


def shows_row(image: Array, rows: Array) -> bool:
    """Whether an image is one of the rows, times a factor, plus a number: (rows, height, width), or flat."""
    shown = _drop_channels(image).astype(np.float64)
    shape = tuple(size for size in rows.shape[1:] if size != 1)
    if shown.shape != shape and (len(shape) != 1 or shown.size != shape[0]):
        return False
    flat = rows.reshape(len(rows), -1).astype(np.float64)
    flat = flat - flat.mean(axis=1, keepdims=True)
    shown = shown.reshape(-1) - shown.mean()
    norms, norm = np.linalg.norm(flat, axis=1), float(np.linalg.norm(shown))
    is_plain = norms > FLAT * np.abs(rows).max()
    return bool(norm > 0 and np.any(is_plain & (np.abs(flat @ shown) >= SAME_ROW * norms * norm)))


def _drop_channels(image: Array) -> Array:
    """An image without axes of size 1, and without colours if it is grey."""
    if image.ndim == 3 and image.shape[2] in (3, 4) and np.all(image[..., :1] == image[..., :3]):
        image = image[..., 0]
    return image.squeeze()
