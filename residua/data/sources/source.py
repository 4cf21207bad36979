"""What is a collection of labelled images, wherever it comes from?

A `Source` is one split of it, a `Dataset` all its splits. `source[i]` is a picture and its label, as other people's
loaders expect; residua itself reads many at a time. Small sets live in memory as uint8 (`ArraySource`);
collections of files are decoded on demand (`residua.data.sources.encoded`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, SupportsIndex

import numpy as np
from PIL import Image

from residua.data.counter import Integers
from residua.data.pixels.image import fit, to_pillow
from residua.data.pixels.levels import adapt_channels
from residua.errors import DataError
from residua.preprocessing import Pixels, Preprocessing
from residua.text import one_line

Transform = Callable[[Image.Image], Any]


class Source(Protocol):
    """Labelled images by index; every reader of images in residua sees only this."""

    name: str
    classes: tuple[str, ...]
    channels: int  # 1 or 3
    labels: Integers

    transform: Transform | None

    def __len__(self) -> int: ...

    def __getitem__(self, index: SupportsIndex) -> tuple[Any, int]:
        """Return the Pillow image in its own size, or what `transform` makes of it, and its label."""

    def read(self, indices: Integers, preprocessing: Preprocessing | None = None) -> Pixels:
        """Return these images as (n, H, W, C) uint8; without a preprocessing in their own size, if they share one."""

    def read_valid(
        self, indices: Integers, preprocessing: Preprocessing, crops: Crops | None = None, exact: bool = True
    ) -> tuple[Pixels, np.ndarray]:
        """Return the images that can be read, and for each index whether it could (all, unless bad are skipped)."""

    def where(self, index: int) -> str:
        """Return the name by which a person finds image `index`: a file, or set and number."""


class Crops(Protocol):
    """A region to cut out of each image of a batch, in place of the centre crop."""

    def box(self, position: int, width: int, height: int) -> tuple[float, float, float, float]:
        """Return (left, top, right, bottom) for the image at `position` of the batch."""


class Indexed:
    """Gives a source its `[i]`: a picture and its label, one at a time."""

    transform: Transform | None = None

    def __getitem__(self: Source, index: SupportsIndex) -> tuple[Any, int]:
        at = range(len(self))[operator.index(index)]  # IndexError beyond the end, by which Python ends a loop
        image = to_pillow(self.read(np.array([at]))[0])
        return image if self.transform is None else self.transform(image), int(self.labels[at])


@dataclass(frozen=True)
class Note:
    """Something that opening a data set left out, or read otherwise than it is named; `code` as the doctor's."""

    code: str
    message: str
    severity: Literal["warning", "note"] = "warning"

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Dataset:
    """What opening a name or path gives.

    val, test: None when the data has no such split. default_size: side of the input that suits these images.
    notes: what was there and left out, or is read otherwise than it is named. label_sets: where an image has several
    labels, the classes (by number) of each set of them; the sources' labels are numbers of sets, and so their classes.
    """

    name: str
    classes: tuple[str, ...]
    train: Source
    test: Source | None
    default_size: int
    val: Source | None = None
    notes: tuple[Note, ...] = ()
    label_sets: tuple[tuple[int, ...], ...] | None = None

    @property
    def channels(self) -> int:
        """1 for grey images, 3 for colour."""
        return self.train.channels

    def images_of(self, source: Source) -> Integers:
        """Return how many images of a split each class has; one with several labels counts for each of them."""
        counts = np.bincount(source.labels, minlength=len(source.classes))
        if self.label_sets is None:
            return counts
        each = np.zeros(len(self.classes), np.int64)
        for own, count in zip(self.label_sets, counts, strict=True):
            each[list(own)] += count
        return each

    @property
    def splits(self) -> dict[str, Source]:
        """The splits that are there, by name: train, validation, test."""
        found = {"train": self.train, "validation": self.val, "test": self.test}
        return {name: source for name, source in found.items() if source is not None}


class ArraySource(Indexed):
    """Images in memory: (n, H, W, C) uint8 and their labels."""

    def __init__(self, images: Pixels, labels: Sequence[int] | Integers, classes: Sequence[str], name: str = "array"):
        images = _array(images, f"{name}: images")
        images = images[..., None] if images.ndim == 3 else images
        self.images: Pixels = np.ascontiguousarray(images)
        self.labels: Integers = _whole_numbers(_array(labels, f"{name}: labels"), name)
        self.classes = tuple(str(label) for label in classes)
        self.name = name
        _check_arrays(images, self.labels, self.classes, name)
        self.channels = int(images.shape[-1])

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, indices: Integers, preprocessing: Preprocessing | None = None) -> Pixels:
        """Return these images, fitted to `preprocessing` when it asks for another size or number of channels."""
        picked = self.images[indices]
        if preprocessing is None:
            return picked
        picked = adapt_channels(picked, preprocessing.channels)
        height, width = picked.shape[1:3]
        same = height == width == preprocessing.size and preprocessing.resize == preprocessing.size
        if same:
            return picked
        if not len(picked):
            return np.empty((0, preprocessing.size, preprocessing.size, preprocessing.channels), np.uint8)
        return np.stack([fit(image, preprocessing) for image in picked])

    def read_valid(
        self, indices: Integers, preprocessing: Preprocessing, crops: Crops | None = None, exact: bool = True
    ) -> tuple[Pixels, np.ndarray]:
        """Return these images and that all of them could be read."""
        valid = np.ones(len(indices), bool)
        if crops is None:
            return self.read(indices, preprocessing), valid
        picked = adapt_channels(self.images[indices], preprocessing.channels)
        height, width = picked.shape[1:3]
        boxes = [crops.box(position, width, height) for position in range(len(picked))]
        pairs = zip(picked, boxes, strict=True)
        return np.stack([fit(image, preprocessing, box=box, exact=exact) for image, box in pairs]), valid

    def where(self, index: int) -> str:
        """Return the set's name and the number of the image in it."""
        return f"{self.name}[{index}]"


def channel_statistics(
    source: Source, indices: Integers, preprocessing: Preprocessing | None = None, *, most: int | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean and standard deviation of each channel over all pixels, in 0…1.

    Over pixels, not the mean of each image's own deviation: that common mistake gives a std that is too small.
    preprocessing: measure what the network will see instead of the images in their own size. most: read at most so many
    images, evenly spaced (2,048 by default where each has to be decoded).
    """
    histogram = channel_histogram(source, indices, preprocessing, most=most)
    levels = np.arange(256) / 255.0
    total = histogram.sum(axis=1)
    mean = histogram @ levels / total
    variance = histogram @ levels**2 / total - mean**2
    return tuple(float(value) for value in mean), tuple(float(value) for value in np.sqrt(np.maximum(variance, 1e-12)))


def channel_histogram(
    source: Source, indices: Integers, preprocessing: Preprocessing | None = None, *, most: int | None = None
) -> Integers:
    """Return how often each of the 256 levels occurs, (channels, 256); exact, so that no sum can lose digits."""
    indices = np.asarray(indices)
    if most is None and not isinstance(source, ArraySource):
        most = 2048
    if most is not None and len(indices) > most:
        indices = indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]
    if not len(indices):
        raise DataError(f"{source.name}: no images to take mean and standard deviation of.")
    channels = preprocessing.channels if preprocessing is not None else source.channels
    histogram = np.zeros((channels, 256), np.int64)
    for start in range(0, len(indices), 1024):
        for pixels in _stacks(source, indices[start : start + 1024], preprocessing):
            for channel in range(channels):
                histogram[channel] += np.bincount(pixels[..., channel].ravel(), minlength=256)
    return histogram


def _stacks(source: Source, indices: Integers, preprocessing: Preprocessing | None) -> Iterator[Pixels]:
    """Yield these images, together where they share one size, one by one where they do not."""
    if preprocessing is not None:
        yield source.read_valid(indices, preprocessing)[0]
    elif isinstance(source, ArraySource):
        yield source.read(indices)
    else:
        for index in indices:
            yield source.read(np.array([index]))


def _array(values: object, what: str) -> np.ndarray:
    try:
        return np.asarray(values)
    except (ValueError, TypeError) as error:
        raise DataError(f"{what} are no array ({one_line(error)}); rows of equal length were expected.") from None


def _whole_numbers(labels: np.ndarray, name: str) -> Integers:
    """Return labels as int64; only numbers without a fraction are labels, and nothing is rounded to one."""
    kind = labels.dtype.kind
    if kind not in "iu" and not (kind == "f" and np.isfinite(labels).all() and (labels == np.floor(labels)).all()):
        shown = ", ".join(repr(value) for value in labels.ravel()[:3].tolist())
        raise DataError(
            f"{name}: labels are {labels.dtype} ({shown}, …); whole numbers that count classes from 0 were expected."
        )
    return labels.astype(np.int64)


def _check_arrays(images: np.ndarray, labels: Integers, classes: tuple[str, ...], name: str) -> None:
    if images.ndim != 4 or images.dtype != np.uint8 or images.shape[-1] not in (1, 3):
        raise DataError(
            f"{name}: images are {images.dtype} of shape {images.shape}; uint8 of (n, height, width) or (n, height, "
            "width, 1 or 3) was expected."
        )
    if 0 in images.shape[1:3]:
        raise DataError(f"{name}: images of shape {images.shape} have no pixels; at least 1 × 1 was expected.")
    if len(set(classes)) != len(classes):
        twice = next(label for label in classes if classes.count(label) > 1)
        raise DataError(f"{name}: the class {twice!r} is named twice; rename one, or give both the same number.")
    if labels.shape != (len(images),):
        raise DataError(
            f"{name}: {len(images)} images came with labels of shape {labels.shape}; one label an image was expected."
        )
    if len(labels) and (labels.min() < 0 or labels.max() >= len(classes)):
        raise DataError(
            f"{name}: labels run from {labels.min()} to {labels.max()}, but there are {len(classes)} classes (0 to "
            f"{len(classes) - 1})."
        )
