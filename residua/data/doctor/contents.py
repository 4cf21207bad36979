"""Which images does the doctor examine, and what lies beside them that no training would see?"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from residua.data.doctor.image_stats import ImageStats, Item, problem_of
from residua.data.pixels.image import is_image_name
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.folder import list_splits, unread, unread_words
from residua.data.sources.layout import find_layout
from residua.data.sources.lists.hints import instead_of_classes
from residua.data.sources.source import ArraySource, Dataset, Note, Source
from residua.errors import DataError, ResiduaError
from residua.preprocessing import Pixels
from residua.reading import open_regular, read_regular

# JPEG, PNG, GIF, WebP, TIFF and most raw files, HEIC and AVIF, JPEG XL: whatever name they have
_IMAGE_HEADS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8|RIFF.{4}WEBP|II\*\0|MM\0\*|.{4}ftyp(?:hei|hev|mif1|msf1|avi[fs])|\xff\n|.{4}JXL ",
    re.DOTALL,
)


@dataclass(frozen=True)
class Contents:
    """What a path holds, before any image of it has been decoded.

    left_out: images that opening has already found to be unusable. classes: of each split, in label order. stray:
    images beside the class folders. overlooked: files that are images but not by their name. notes: what opening left
    out or read otherwise. refusal: why nothing can be opened, or None. several: where an image has several labels, the
    classes in each set of them, by the set's name, which is then the image's label.
    """

    items: tuple[Item, ...] = ()
    left_out: tuple[ImageStats, ...] = ()
    classes: dict[str, tuple[str, ...]] | None = None
    stray: tuple[str, ...] = ()
    overlooked: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    refusal: str | None = None
    several: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class FileItem:
    """An image in a file; `where` is its path below the whole collection, `relative` that below its split."""

    root: Path
    where: str
    split: str
    label: str
    relative: str

    def encoded(self) -> bytes | None:
        """Return the bytes of the file."""
        return read_regular(self.root / self.relative, raises=DataError)

    def pixels(self) -> Pixels:
        """Never called: a file has bytes."""
        raise AssertionError(self.where)


@dataclass(frozen=True)
class SourceItem:
    """An image of an opened data set."""

    source: Source
    index: int
    where: str
    split: str
    label: str

    def encoded(self) -> bytes | None:
        """Return the bytes, or None where the source holds pixels."""
        return self.source.blobs.get(self.index) if isinstance(self.source, EncodedSource) else None

    def pixels(self) -> Pixels:
        """Return the pixels as the source holds them."""
        pixels: Pixels = self.source.read(np.array([self.index]))[0]
        return pixels


def folder_contents(root: Path) -> Contents:
    """Return what lies in a folder of class folders; raises DataError if there is no image at all."""
    items: list[Item] = []
    left_out, stray, overlooked = [], [], []
    classes = {}
    layout = find_layout(root)
    listings, unlabelled = list_splits(layout)
    notes = [*layout.notes, *unlabelled]
    for split, listing in listings.items():
        folder = listing.root
        prefix = "" if folder == root else os.path.relpath(folder, root) + os.sep
        notes += listing.notes if split == "train" else ()
        classes[split] = listing.classes
        stray += [prefix + path for path in listing.stray]
        images = list(_overlooked(folder)) if listing.other else []
        overlooked += [prefix + path for path in images]
        notes += unread({*listing.other} - {*images}, prefix)
        for path, problem in listing.odd:
            left_out.append(ImageStats(prefix + path, split, "", problem_of(problem, path, "left-out")))
        for path, label in zip(listing.files, listing.labels, strict=True):
            items.append(FileItem(folder, prefix + path, split, listing.classes[label], path))
    if not items and not left_out:
        raise DataError(
            f"{root} holds no image in a class folder; one sub-folder of images a class was expected."
            f"{instead_of_classes(root)}{unread_words(path for each in listings.values() for path in each.other)}"
        )
    return Contents(tuple(items), tuple(left_out), classes, tuple(stray), tuple(overlooked), tuple(notes))


def dataset_contents(dataset: Dataset) -> Contents:
    """Return the images of an opened data set and, from what its sources call bad, those that it leaves out."""
    items: list[Item] = []
    left_out = []
    classes = {}
    for split, source in dataset.splits.items():
        classes[split] = dataset.classes if dataset.label_sets is not None else source.classes
        bad = source.bad if isinstance(source, EncodedSource) else {}
        for index, label in enumerate(source.labels.tolist()):
            if index not in bad:
                items.append(SourceItem(source, index, f"{split}/{source.where(index)}", split, source.classes[label]))
        for index, message in bad.items():
            where = source.where(index) if index >= 0 else message.partition(": ")[0]
            left_out.append(ImageStats(f"{split}/{where}", split, "", problem_of(message, where, "left-out")))
    several = None
    if dataset.label_sets is not None:
        sets = ([dataset.classes[at] for at in own] for own in dataset.label_sets)
        several = dict(zip(dataset.train.classes, map(tuple, sets), strict=True))
    return Contents(tuple(items), tuple(left_out), classes, notes=dataset.notes, several=several)


def drawn_size(item: Item) -> tuple[int, int] | None:
    """Return shorter side and channels of an image that exists only as pixels, without making a copy of them."""
    if isinstance(item, SourceItem) and isinstance(item.source, ArraySource):
        return int(min(item.source.images.shape[1:3])), item.source.channels
    return None


def _overlooked(root: Path) -> Iterator[str]:
    """Yield the files below that begin as images do but are not named so; each folder once, links followed."""
    seen = set()
    for folder, below, names in os.walk(root, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:
            below.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if not name.startswith(".") and not is_image_name(name) and os.path.isfile(path) and _begins_as_image(path):
                yield os.path.relpath(path, root)


def _begins_as_image(path: str) -> bool:
    try:
        with open_regular(path) as file:
            return _IMAGE_HEADS.match(file.read(16)) is not None
    except (ResiduaError, OSError):
        return False
