"""Which held-out images has training seen, in splits that were given, and which pictures are in two classes?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from residua.data.counter import Integers
from residua.data.groups.grouping import MOST_FOR_NEAR, group, join, kind_for
from residua.data.groups.named import group_names, numbers_of
from residua.data.groups.signature import Tick, signatures
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.source import Dataset


@dataclass(frozen=True)
class Leaks:
    """seen: for each held-out split, which of its images are, or are nearly, training images. messages: to log."""

    seen: Mapping[str, np.ndarray]
    messages: Sequence[str] = ()


def find_leaks(
    dataset: Dataset, learnt: Integers, grouping: str, pattern: str | None = None, tick: Tick | None = None
) -> Leaks:
    """Compare the images `learnt` from with those of the splits that were given, and all with each other's labels.

    learnt: indices of training images. grouping, pattern: as of `SplitRules`. Larger collections of files than those
    whose near duplicates are looked for are compared only if `grouping` says how: each has to be decoded for it.
    """
    many = len(dataset.train) > MOST_FOR_NEAR and isinstance(dataset.train, EncodedSource)
    if grouping == "none" or (grouping == "auto" and many):
        skipped = f"{len(dataset.train):,} training images are not compared with those of other splits"
        return Leaks({}, [f"{skipped}; --grouping exact does"] * (grouping != "none" and len(dataset.splits) > 1))
    whole = _Whole(dataset)
    found = np.concatenate([signatures(source, tick) for source in dataset.splits.values()])
    pictures = group(found, kind_for(grouping, len(dataset.train))).numbers
    names = [group_names(source, pattern) for source in dataset.splits.values()]
    together = pictures
    if all(own is not None for own in names):
        together = join(pictures, numbers_of([name for own in names for name in own or ()]))
    seen = {split: np.isin(together[at], together[learnt]) for split, at in whole.places.items() if split != "train"}
    crossed = [whole.crossed(split, mask, together, learnt) for split, mask in seen.items() if mask.any()]
    return Leaks(seen, [*crossed, *whole.conflicts(pictures)])


class _Whole:
    """All images of a data set in a row, those of the training split first. places: where each split lies."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.labels = np.concatenate([source.labels for source in dataset.splits.values()])
        self.places: dict[str, slice] = {}
        start = 0
        for split, source in dataset.splits.items():
            self.places[split] = slice(start, start + len(source))
            start += len(source)

    def where(self, position: int) -> str:
        """Return the name of an image, its split before it where there are several."""
        split, at = next((split, at) for split, at in self.places.items() if at.start <= position < at.stop)
        name = self.dataset.splits[split].where(position - at.start)
        return f"{split}/{name}" if len(self.places) > 1 else name

    def crossed(self, split: str, mask: np.ndarray, numbers: Integers, learnt: Integers) -> str:
        """Return a warning that training sees images of a held-out split, with an example."""
        at = self.places[split].start + int(np.flatnonzero(mask)[0])
        twin = int(learnt[np.flatnonzero(numbers[learnt] == numbers[at])[0]])
        return (
            f"warning: training sees {mask.sum()} of the {len(mask)} {split} images, or near duplicates of them, as "
            f"{self.where(at)} = {self.where(twin)}: the accuracy is given with and without these"
        )

    def conflicts(self, numbers: Integers) -> list[str]:
        """Return a warning if pictures stand under several classes, with an example."""
        order = np.lexsort((self.labels, numbers))
        same = numbers[order][1:] == numbers[order][:-1]
        other = np.flatnonzero(same & (self.labels[order][1:] != self.labels[order][:-1]))
        if not len(other):
            return []
        group = np.flatnonzero(numbers == numbers[order[other[0]]])
        twin = group[self.labels[group] != self.labels[group[0]]][0]
        pair = f"{self.where(int(group[0]))} = {self.where(int(twin))}"
        count = len(np.unique(numbers[order[other]]))
        pictures = "picture is" if count == 1 else "pictures are"
        return [f"warning: {count} {pictures} there, or nearly, under more than one class, as {pair}"]
