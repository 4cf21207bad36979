"""Which part of an image must go for the right class to win?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from residua.explain.methods import AT_ONCE, logits_of, mean_colour
from residua.preprocessing import Pixels
from residua.ship.runners import Runner

PATCH = 16  # pixels; of images below 64 a quarter of the side
MOST_SETS = 2000  # of one size, all of which are tried: all fours of 16 patches; of the 196 of 224 pixels each alone
MOST_PATCHES = 16  # an image without more of them is another image


Places = tuple[tuple[int, int], ...]  # row and column of each patch, counted in patches


@dataclass(frozen=True)
class Patches:
    """What was removed. side: of one patch, in pixels.

    smallest: whether every smaller set was tried. found: whether the right class wins; if not, places is empty.
    """

    places: Places
    side: int
    smallest: bool
    found: bool

    def to_json(self) -> dict[str, object]:
        """Return the entry of explain.json."""
        return {**vars(self), "places": [list(place) for place in self.places]}

    def __str__(self) -> str:
        if not self.found:
            return (
                f"no set of up to {MOST_PATCHES} patches of {self.side} pixels that was tried lets the right class win"
            )
        count = len(self.places)
        words = f"{count} patch{'es' * (count > 1)} of {self.side} pixels"
        if self.smallest:
            return f"the smallest set: without {words} the right class wins"
        return f"without {words} the right class wins; fewer may do, as not every smaller set was tried"


def smallest_set(runner: Runner, pixels: Pixels, right: int) -> Patches:
    """Return the smallest set of patches whose filling with the mean colour makes the class `right` the likeliest.

    Sets are tried by size, all of each size while there are at most MOST_SETS of them; beyond, the patch is added that
    helps the right class most. pixels: (1, size, size, channels).
    """
    side = PATCH if pixels.shape[1] >= 4 * PATCH else max(1, pixels.shape[1] // 4)
    rows = math.ceil(pixels.shape[1] / side)
    places = list(itertools.product(range(rows), range(rows)))
    best: Places = ()
    for count in range(1, min(len(places), MOST_PATCHES) + 1):
        if _all_tried(len(places), count):
            sets: list[Places] = list(itertools.combinations(places, count))
        else:
            sets = [(*best, place) for place in places if place not in best]
        margins = _margins(runner, pixels, right, sets, side)
        best = sets[int(margins.argmax())]
        if margins.max() > 0:
            return Patches(best, side, _all_tried(len(places), count - 1), True)
    return Patches((), side, False, False)


def _all_tried(places: int, count: int) -> bool:
    """Whether all sets of up to `count` patches are tried."""
    return all(math.comb(places, size) <= MOST_SETS for size in range(1, count + 1))


def _margins(runner: Runner, pixels: Pixels, right: int, sets: Sequence[Places], side: int) -> npt.NDArray[np.float32]:
    """Return for each set by how much the logit of the right class is above every other one."""
    found = []
    for images in _batches(pixels, sets, side):
        logits = logits_of(runner, images)
        found.append(logits[:, right] - np.delete(logits, right, axis=1).max(1))
    return np.concatenate(found)


def _batches(pixels: Pixels, sets: Sequence[Places], side: int) -> Iterator[Pixels]:
    waiting = iter(sets)
    while some := list(itertools.islice(waiting, AT_ONCE)):
        yield np.stack([filled(pixels[0], places, side) for places in some])


def filled(image: Pixels, places: Places, side: int) -> Pixels:
    """Return the image (size, size, channels) with its mean colour in these patches."""
    found, colour = image.copy(), mean_colour(image[None])
    for row, column in places:
        found[row * side : (row + 1) * side, column * side : (column + 1) * side] = colour
    return found
