"""Which images are held out of training, the same share of each class, and groups of them as a whole?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from residua.data.counter import Integers, hashes
from residua.errors import DataError


class Split(NamedTuple):
    """Indices to train on and indices to choose by; disjoint, together everything."""

    train: Integers
    validation: Integers


def split_validation(labels: Integers, fraction: float, seed: int, groups: Integers | None = None) -> Split:
    """Set aside `fraction` of the images, the same share of each class; a pure function of the arguments.

    Without groups a class keeps at least one image to train on, so a class with a single image has none in the
    validation part. groups: a number an image; images of one number stay on one side. Then each class of two groups
    and more has one in each part, and its share is met as nearly as whole groups allow. Raises DataError if the
    fraction is not in [0, 1).
    """
    if not 0 <= fraction < 1:
        raise DataError(f"a validation share of {fraction} came; a number from 0 to below 1 was expected, as 0.1.")
    labels = np.asarray(labels, np.int64)
    classes, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    quota = _quota(counts, len(labels), fraction)
    order = np.argsort(hashes(seed, 0, np.arange(len(labels)), "validation"), kind="stable")
    if groups is None or not fraction:
        held = np.zeros(len(labels), bool)
        by_label = labels[order]
        for label, count in zip(classes, quota, strict=True):
            held[order[by_label == label][:count]] = True
    else:
        held = _whole_groups(places.reshape(-1), quota, order, np.asarray(groups))
    return Split(np.flatnonzero(~held), np.flatnonzero(held))


def _quota(counts: Integers, images: int, fraction: float) -> Integers:
    """Return how many images of each class to hold out: its share, and of what rounding leaves those nearest to one."""
    wanted = counts * fraction
    quota: Integers = np.minimum(np.floor(wanted).astype(np.int64), counts - 1)
    missing = round(images * fraction) - int(quota.sum())
    for position in np.argsort(-(wanted - quota), kind="stable")[: max(0, missing)]:
        quota[position] = min(quota[position] + 1, counts[position] - 1)
    return quota


def _whole_groups(places: Integers, quota: Integers, order: Integers, groups: Integers) -> np.ndarray:
    """Return which images are held out: groups in the order of their first image, each if it brings classes nearer.

    Where all groups are of one image, these are the images that are held out without groups, and one of each class.
    """
    _, first, numbers = np.unique(groups, return_index=True, return_inverse=True)
    numbers = numbers.reshape(-1)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    queue = np.argsort(rank[first], kind="stable").tolist()
    draw = _Draw(_members(places, numbers), quota.tolist())
    for group in queue:
        if draw.nearer(group):
            draw.hold(group)
    by_size = sorted(queue, key=lambda group: sum(draw.members[group].values()))
    for place in draw.without():
        own = (group for group in by_size if place in draw.members[group] and draw.spares(group))
        group = next(own, None)
        if group is not None and not draw.counts[place]:
            draw.hold(group)
    return np.array(draw.held)[numbers]


def _members(places: Integers, numbers: Integers) -> list[dict[int, int]]:
    """Return how many images of each class are in each group."""
    members: list[dict[int, int]] = [{} for _ in range(int(numbers.max(initial=-1)) + 1)]
    for number, place in zip(numbers.tolist(), places.tolist(), strict=True):
        members[number][place] = members[number].get(place, 0) + 1
    return members


class _Draw:
    """Groups that are held out so far. members: images of each class in each group; quota: how many are wanted."""

    def __init__(self, members: list[dict[int, int]], quota: list[int]) -> None:
        self.members, self.quota = members, quota
        self.held = [False] * len(members)
        self.counts = [0] * len(quota)  # images held out of each class
        self.left = [0] * len(quota)  # groups of each class that are trained on
        for own in members:
            for place in own:
                self.left[place] += 1

    def nearer(self, group: int) -> bool:
        """Whether holding this group out brings the classes nearer to their quotas."""
        missing = {place: self.quota[place] - self.counts[place] for place in self.members[group]}
        after = sum(abs(missing[place] - count) for place, count in self.members[group].items())
        return after < sum(map(abs, missing.values())) and self.spares(group)

    def spares(self, group: int) -> bool:
        """Whether every class keeps a group to train on."""
        return all(self.left[place] > 1 for place in self.members[group])

    def without(self) -> list[int]:
        """Return the classes of which nothing is held out."""
        return [place for place, count in enumerate(self.counts) if not count]

    def hold(self, group: int) -> None:
        """Hold this group out."""
        self.held[group] = True
        for place, count in self.members[group].items():
            self.counts[place] += count
            self.left[place] -= 1
