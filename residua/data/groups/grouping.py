"""Which images belong together: copies of one picture, near duplicates, frames of one film?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from residua.data.counter import Integers
from residua.data.groups.crops import crop_pairs
from residua.data.groups.near_duplicates import connected, near_groups

Kind = Literal["near", "exact", "none"]
# Images up to which near duplicates are looked for unless asked: comparing as many takes about as long as decoding them
# (`python bench/leaks.py --time`), and grows with their square.
MOST_FOR_NEAR = 20_000


@dataclass(frozen=True)
class Groups:
    """The number of each image's group; equal numbers belong together.

    copies: groups of several images with equal pixels alone. near: groups with others in them that are nearly the same.
    """

    numbers: Integers
    copies: int = 0
    near: int = 0

    @property
    def together(self) -> int:
        """How many images share their group with another one."""
        counts = np.bincount(self.numbers, minlength=1)
        return int(counts[counts > 1].sum())


def kind_for(asked: str, images: int) -> Kind:
    """Return how images are grouped when `asked` is "auto", or as asked."""
    kinds: dict[str, Kind] = {"near": "near", "exact": "exact", "none": "none"}
    return kinds.get(asked) or ("near" if images <= MOST_FOR_NEAR else "exact")


def group(signatures: np.ndarray, kind: Kind) -> Groups:
    """Return the groups of images with these signatures (`residua.data.groups.signature.DTYPE`).

    One that could not be read is alone.
    """
    alone = np.arange(len(signatures))
    if kind == "none" or not len(signatures):
        return Groups(alone)
    unread = np.where(signatures["read"], 0, 1 + alone)[:, None]  # distinguishes those that have no digest
    rows = np.concatenate([signatures["digest"], unread.astype(np.int64).view(np.uint8).reshape(len(alone), 8)], axis=1)
    _, first, exact = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    exact = exact.reshape(-1)
    numbers = exact.copy()
    if kind == "near":
        different = np.flatnonzero(signatures["comparable"][first])
        numbers = _alike(signatures[first[different]], len(first), different)[exact]
    sizes, kinds = np.bincount(numbers), np.zeros(len(first), np.int64)
    np.add.at(kinds, np.unique(np.stack([numbers, exact]), axis=1)[0], 1)  # how many different pictures a group has
    sizes = np.pad(sizes, (0, len(first) - len(sizes)))
    return Groups(numbers, int(((sizes > 1) & (kinds == 1)).sum()), int((kinds > 1).sum()))


def _alike(signatures: np.ndarray, count: int, places: Integers) -> Integers:
    """Return the group's number of each of `count` different pictures; those at `places` have these signatures."""
    groups = near_groups(list(signatures["miniature"]))
    pairs = [(places[group[:-1]], places[group[1:]]) for group in map(np.array, groups)]
    pairs += [(places[one], places[other]) for one, other in crop_pairs(signatures["thumbnail"])]
    pairs.append((np.arange(0), np.arange(0)))
    one, other = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    return connected(one, other, count)


def join(one: Integers, other: Integers) -> Integers:
    """Return numbers that are equal for images which a chain of equal numbers in `one` or `other` connects."""
    _, left = np.unique(one, return_inverse=True)
    _, right = np.unique(other, return_inverse=True)
    left, right = left.reshape(-1), right.reshape(-1)
    most = int(left.max(initial=0)) + 1
    return connected(left, most + right, most + int(right.max(initial=0)) + 1)[left]


def describe(groups: Groups) -> Sequence[str]:
    """Return what to log about groups that are kept on one side of a split; nothing where there are none."""
    words = []
    if groups.copies:
        words.append(f"{groups.copies} group{'s' * (groups.copies != 1)} of exact copies")
    if groups.near:
        words.append(f"{groups.near} group{'s' * (groups.near != 1)} of near duplicates")
    return [f"{' and '.join(words)} kept together ({groups.together} images)"] if words else []
