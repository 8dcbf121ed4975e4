"""Images of one of a variable's rows: any brightness and any colours, and nothing else."""

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from value_samples import judge, leave

ROWS = np.round(np.random.default_rng(1).random((20, 8, 8)) * 16) / 16
"""Images of 17 shades of grey."""
OPTIONS = {"what": "image", "among": "a"}


def show(*images: Any, **settings: Any) -> Figure:
    """A figure with one plot for each image."""
    figure = Figure()
    for place, image in enumerate(images):
        figure.add_subplot(1, len(images), place + 1).imshow(image, **settings)
    return figure


def find_outcome(figure: Figure, rows: Any = ROWS, reference: Any = None, **options: Any) -> str:
    """The verdict on a figure of one of these rows."""
    return judge(
        "figure_drawn",
        {**OPTIONS, **options},
        leave({} if rows is None else {"a": rows}, figures=[figure]),
        None if reference is None else leave({"a": reference}),
        figures=True,
    ).outcome


@pytest.mark.parametrize(
    "image",
    [
        ROWS[3],
        ROWS[3] * 16,
        1 - ROWS[3],
        (ROWS[3] - ROWS.mean()) / ROWS.std(),
        np.round(ROWS[3] * 255).astype(np.uint8),
        ROWS[3][..., None],
        np.repeat(ROWS[3][..., None], 3, axis=2),
        np.dstack([*[ROWS[3]] * 3, np.ones((8, 8))]),
    ],
    ids="plain counted inverted scaled bytes channel grey opaque".split(),
)
def test_row_of_any_brightness_is_shown(image: Any) -> None:
    """Whether it is scaled, inverted, rounded or made of three equal colours."""
    assert "passed" == find_outcome(show(image))
    assert "passed" == find_outcome(show(image, cmap="gray_r"))


@pytest.mark.parametrize(
    "rows",
    [
        torch.tensor(ROWS, dtype=torch.float32)[:, None],
        ROWS[..., None],
        ROWS.reshape(20, 64),
        (ROWS * 16).astype(int),
        list(ROWS),
    ],
    ids="channel-first channel-last flat counted list".split(),
)
def test_rows_may_be_kept_in_any_form(rows: Any) -> None:
    """With a channel, flat, as whole numbers or as a list of arrays."""
    assert "passed" == find_outcome(show(ROWS[3]), rows)


@pytest.mark.parametrize(
    "image",
    [
        np.random.default_rng(2).random((8, 8)),
        ROWS[3].T,
        ROWS[3] + 0.1 * np.random.default_rng(3).random((8, 8)),
        ROWS[3][:4],
        np.kron(ROWS[3], np.ones((2, 2))),
        ROWS[:, 3],
        np.zeros((8, 8)),
        ROWS.mean(0),
        np.dstack([ROWS[3], ROWS[4], ROWS[5]]),
    ],
    ids="noise transposed noisy half larger across blank mean three-rows".split(),
)
def test_anything_else_is_no_row(image: Any) -> None:
    """Noise, a row of another resolution, a mixture of rows, or nothing."""
    assert "failed" == find_outcome(show(image, vmin=-1))


def test_row_without_structure_is_shown_by_nothing() -> None:
    """A blank row among others is like every image and like none."""
    rows = np.concatenate([np.full((1, 8, 8), 0.3), ROWS])
    assert "failed" == find_outcome(show(np.random.default_rng(2).random((8, 8))), rows)


def test_as_many_rows_are_shown_as_are_asked_for() -> None:
    """One row and one image of noise are no two rows."""
    noise = np.random.default_rng(2).random((8, 8))
    for images, outcome in (([ROWS[1], noise, ROWS[2]], "passed"), ([ROWS[1], noise], "failed")):
        assert outcome == find_outcome(show(*images), count=2)


def test_rows_of_the_reference_count_as_well() -> None:
    """Where the notebook keeps them in something that cannot be read, or scales each pixel by itself."""
    for own in (None, "a data set", ROWS[:, 0] * 0):
        assert "passed" == find_outcome(show(ROWS[3]), own, ROWS)
    pixels = (ROWS - ROWS.mean(0)) / ROWS.std(0)
    for image in (ROWS[3], pixels[3]):
        assert "passed" == find_outcome(show(image), pixels, ROWS)


def test_without_rows_there_is_nothing_to_show() -> None:
    """A variable that is missing, or holds no rows."""
    for own in (None, "a data set", 0.5):
        assert "no_evidence" == find_outcome(show(ROWS[3]), own)
