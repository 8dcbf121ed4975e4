"""Whether images show what repeated trainings came to, each of them another one."""

from collections.abc import Sequence

import numpy as np

from grader.evidence import Array
from grader.judge.case import Case, Finding
from grader.judge.drawn_rows import MOST_IMAGES

ONE_UPDATE = 0.25
"""Largest difference between drawn fitted values and those of the last step, where they are computed again
after its update."""


def find_unlike_runs(case: Case, images: Sequence[Array], count: int, expected: str) -> Finding | None:
    """What is to be said of images of which fewer than `count` show trainings; None if that many do.

    A training whose fitted values were not seen may be any of the images.
    """
    left = case.run.left
    kept = [each.ending for each in left.trainings if each.ending is not None]
    found = (case.evidence.read_kept(case.task.id, each) for each in kept)
    endings = [array for array in found if array is not None]
    unseen = len(left.trainings) - len(endings) + left.trainings_left_out
    pairs = count_pairs([[shows_ending(image, each) for each in endings] for image in images[:MOST_IMAGES]])
    if min(pairs + unseen, len(images)) >= count:
        return None
    seen = f"{len(images)} drawn, {pairs or 'none'} of which show what trainings of their own came to"
    return Finding("failed", expected, seen, "Draw what each of the networks that you trained gives.")


def shows_ending(image: Array, ending: Array) -> bool:
    """Whether columns of an image, side by side, are the last of these fitted values, (rows, classes)."""
    rows, classes = len(image), ending.shape[1]
    if image.ndim != 2 or not 0 < rows <= len(ending) or image.shape[1] < classes:
        return False
    parts = np.lib.stride_tricks.sliding_window_view(image, classes, axis=1)
    differences = np.abs(parts - ending[-rows:, None, :]).max(axis=(0, 2))
    return bool(np.any(differences <= ONE_UPDATE))


def count_pairs(fits: Sequence[Sequence[bool]]) -> int:
    """Most images that can each have a training of its own that fits; `fits` has a row for each image."""
    owners: dict[int, int] = {}

    def place(image: int, tried: set[int]) -> bool:
        for training, is_fit in enumerate(fits[image]):
            if is_fit and training not in tried:
                tried.add(training)
                if training not in owners or place(owners[training], tried):
                    owners[training] = image
                    return True
        return False

    return sum(place(image, set()) for image in range(len(fits)))
