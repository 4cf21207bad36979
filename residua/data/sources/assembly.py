"""How do images and labels, listed split by split, become a data set whose splits agree on its classes?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from residua.data.counter import Integers
from residua.data.pixels.quick_check import refuse_bad
from residua.data.sources.encoded import Blobs, EncodedSource
from residua.data.sources.folder import survey
from residua.data.sources.labels import class_list, number_labels, refuse_unknown
from residua.data.sources.layout import SPLIT_NAMES
from residua.data.sources.source import Dataset, Note
from residua.errors import DataError

NO_LABEL = "no label"  # the name of the set of labels that is empty


@dataclass(frozen=True)
class Part:
    """One split as it was listed.

    labels: a text an image. place: how a person finds an image in the list. find_bad: what is wrong with which images.
    groups, folds: a name an image, of the patient or film that it belongs to, and of its fold, if the list says any.
    label_sets: the classes of each image where it may have several; `labels` are then names of these sets.
    """

    blobs: Blobs
    labels: Sequence[str]
    place: Callable[[int], str]
    find_bad: Callable[[], dict[int, str]]
    groups: Sequence[str] | None = None
    folds: Sequence[str] | None = None
    label_sets: Sequence[tuple[str, ...]] | None = None


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
        mend = "; what is only to be measured needs no split: leave its name out" if len(parts) == 1 else ""
        found = " and ".join(parts) or "none"
        raise DataError(f"{where}: nothing belongs to the training split, only to {found}{mend}.")
    known = _known(parts, given, where)
    sources, notes = {}, list(notes)
    for split in (split for split in SPLIT_NAMES if split in parts):
        labels = parts[split].labels
        numbers = known.number(parts[split], f"{where} ({split})", lenient=split != "train" and skip_bad)
        source = _source(name, where, parts[split], numbers, known.names, skip_bad)
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
        source.channels, source.label_sets = channels, known.sets
    test, val = sources.get("test"), sources.get("validation")
    return Dataset(name, known.classes, sources["train"], test, size, val, tuple(notes), known.sets)


@dataclass(frozen=True)
class _Known:
    """What labels are numbers of: the classes, or where an image has several labels the sets of them that occur."""

    classes: tuple[str, ...]
    given: bool
    sets: tuple[tuple[int, ...], ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the numbers stand for."""
        if self.sets is None:
            return self.classes
        return tuple(" + ".join(self.classes[at] for at in own) or NO_LABEL for own in self.sets)

    def number(self, part: Part, where: str, *, lenient: bool) -> Integers:
        """Return a number an image, -1 for labels that are no class. Raises DataError for those unless `lenient`."""
        if part.label_sets is None or self.sets is None:
            numbers = number_labels(part.labels, self.classes, given=self.given)
            if not lenient:
                refuse_unknown(part.labels, numbers, self.classes, where)
            return numbers
        flat = [label for own in part.label_sets for label in own]
        each = number_labels(flat, self.classes, given=self.given)
        if not lenient:
            refuse_unknown(flat, each, self.classes, where)
        place = {own: at for at, own in enumerate(self.sets)}
        found = _split_up(each, part.label_sets)
        return np.array([place.get(own, -1) for own in found], np.int64)


def _known(parts: Mapping[str, Part], given: Sequence[str] | None, where: str) -> _Known:
    own = parts["train"].label_sets
    if own is None:
        return _Known(class_list(parts["train"].labels, given, f"{where} (train)"), given is not None)
    classes = class_list([label for labels in own for label in labels], given, f"{where} (train)")
    occurring: set[tuple[int, ...]] = set()
    for part in parts.values():
        each = number_labels(
            [label for labels in part.label_sets or () for label in labels], classes, given=given is not None
        )
        occurring |= {numbers for numbers in _split_up(each, part.label_sets or ()) if -1 not in numbers}
    return _Known(classes, given is not None, tuple(sorted(occurring)))


def _split_up(numbers: Integers, label_sets: Sequence[tuple[str, ...]]) -> list[tuple[int, ...]]:
    """Return the numbers of each image's labels, sorted, of those of all images one after another."""
    ends = np.cumsum([len(own) for own in label_sets]).tolist()
    begins = [0, *ends[:-1]]
    return [tuple(sorted(numbers[begin:end].tolist())) for begin, end in zip(begins, ends, strict=True)]


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
    source.folds = None if part.folds is None else tuple(part.folds[at] for at in kept)
    source.bad = {-1 - number: f"{place}: {problem}" for number, (place, problem) in enumerate(named)}
    return source
