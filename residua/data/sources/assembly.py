"""How do images and labels, listed split by split, become a data set whose splits agree on its classes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from residua.data.pixels.quick_check import refuse_bad
from residua.data.sources.encoded import Blobs, EncodedSource
from residua.data.sources.folder import survey
from residua.data.sources.labels import class_list, number_labels, refuse_unknown
from residua.data.sources.layout import SPLIT_NAMES
from residua.data.sources.source import Dataset, Note
from residua.errors import DataError


@dataclass(frozen=True)
class Part:
    """One split as it was listed.

    labels: a text an image. place: how a person finds an image in the list. find_bad: what is wrong with which images.
    groups: a name an image, of the patient or film that it belongs to, if the list says any.
    """

    blobs: Blobs
    labels: Sequence[str]
    place: Callable[[int], str]
    find_bad: Callable[[], dict[int, str]]
    groups: Sequence[str] | None = None


class Picked:
    """Some of the images of `blobs`, by position."""

    def __init__(self, blobs: Blobs, positions: Sequence[int]):
        self._blobs = blobs
        self._positions = tuple(positions)

    def get(self, index: int) -> bytes:
        """Return the bytes of the image."""
        return self._blobs.get(self._positions[index])

    def where(self, index: int) -> str:
        """Return the name that it has among all."""
        return self._blobs.where(self._positions[index])

    def place(self) -> str:
        """Return where all of them lie."""
        return self._blobs.place()

    def stamp(self, index: int) -> tuple[int, int]:
        """Return size and time of change."""
        return self._blobs.stamp(self._positions[index])


def assemble(
    name: str,
    where: str,
    parts: Mapping[str, Part],
    given: Sequence[str] | None,
    *,
    skip_bad: bool,
    notes: Sequence[Note] = (),
) -> Dataset:
    """Return the data set of these splits; the classes are those given or those of the training images.

    Raises DataError, naming them, for labels that are no class and for images that cannot be read. skip_bad: held-out
    images of other classes, and images that cannot be read, are left out instead, and remembered in `source.bad`; a
    held-out split of which nothing remains is left out, and a note names it (the training images remember its own).
    """
    if "train" not in parts:
        raise DataError(f"{where}: nothing belongs to the training split, only to {' and '.join(parts) or 'none'}.")
    classes = class_list(parts["train"].labels, given, f"{where} (train)")
    sources, notes = {}, list(notes)
    for split in (split for split in SPLIT_NAMES if split in parts):
        labels = parts[split].labels
        numbers = number_labels(labels, classes, given=given is not None)
        if split == "train" or not skip_bad:
            refuse_unknown(labels, numbers, classes, f"{where} ({split})")
        source = _source(name, where, parts[split], numbers, classes, skip_bad)
        if len(source):
            sources[split] = source
            continue
        example = f", as {source.bad[-1]}" if source.bad else ""
        none = f"none of its {len(labels)} images can be used{example}"
        if split == "train":
            raise DataError(f"{where}: there is nothing to train on: {none}.")
        notes.append(Note("left-out", f"{where}: {split} is left out: {none}."))
        lost = sources["train"].bad  # what the split would have remembered
        lost |= {-1 - len(lost) - number: text for number, text in enumerate(source.bad.values())}
    size, channels = survey(sources["train"])
    for source in sources.values():
        source.channels = channels
    test, val = sources.get("test"), sources.get("validation")
    return Dataset(name, classes, sources["train"], test, size, val, tuple(notes))


def _source(
    name: str, where: str, part: Part, numbers: np.ndarray, classes: tuple[str, ...], skip_bad: bool
) -> EncodedSource:
    problems = {at: f"{part.labels[at]} is none of the training classes" for at in np.flatnonzero(numbers < 0).tolist()}
    problems |= part.find_bad()
    named = [(part.place(at), problem) for at, problem in sorted(problems.items())]
    refuse_bad(named, len(numbers), where, skip_bad)
    kept = [at for at in range(len(numbers)) if at not in problems]
    blobs = Picked(part.blobs, kept) if problems else part.blobs
    source = EncodedSource(blobs, numbers[kept], classes, name)
    source.skip_bad = skip_bad
    source.groups = None if part.groups is None else tuple(part.groups[at] for at in kept)
    source.bad = {-1 - number: f"{place}: {problem}" for number, (place, problem) in enumerate(named)}
    return source
