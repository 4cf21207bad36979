"""How are images read that lie encoded somewhere: in files, in tar shards, in Parquet rows?

An `EncodedSource` asks a `Blobs` for the bytes of one image and decodes them through the preprocessing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from residua.data.counter import Integers
from residua.data.pixels.image import decode, fit
from residua.data.sources.source import Crops, Indexed
from residua.errors import DataError
from residua.preprocessing import FULL_DEPTH, Pixels, Preprocessing
from residua.reading import read_regular


class Blobs(Protocol):
    """The encoded bytes of image `index`, and the name under which a person finds it."""

    def get(self, index: int) -> bytes: ...

    def where(self, index: int) -> str: ...

    def place(self) -> str:
        """Return where all of them lie, so that equal names in another place are other images."""

    def stamp(self, index: int) -> tuple[int, int]:
        """Return size and time of change, so that a cache notices other content under the same name."""


class Files:
    """Images in files under one folder; paths are kept relative to it."""

    def __init__(self, root: str | Path, paths: Sequence[str]):
        self.root = Path(root)
        self.paths = tuple(paths)

    def get(self, index: int) -> bytes:
        """Read the file; what vanished since listing is a DataError that names it."""
        return read_regular(self.root / self.paths[index], raises=DataError)

    def where(self, index: int) -> str:
        """Return the path relative to the folder."""
        return self.paths[index]

    def place(self) -> str:
        """Return the folder."""
        return str(self.root.resolve())

    def stamp(self, index: int) -> tuple[int, int]:
        """Return the file's size and time of change; zeros if it has vanished."""
        return stamp_of(self.root / self.paths[index])


def stamp_of(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return size and time of change of a file in nanoseconds; zeros if it has vanished."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


class EncodedSource(Indexed):
    """Labelled images that are decoded when they are read.

    skip_bad: an image that cannot be read is left out of what `read_valid` returns and remembered in `bad`; otherwise
    it is a DataError. Reading is safe from several threads. groups: a name an image, of those that a split keeps
    together, if the collection says any; folds: of its fold likewise. label_sets: as of the data set, `labels` being
    numbers of these.
    """

    def __init__(
        self, blobs: Blobs, labels: Sequence[int] | Integers, classes: Sequence[str], name: str, *, channels: int = 3
    ):
        self.blobs = blobs
        self.labels: Integers = np.asarray(labels, np.int64)
        self.classes = tuple(classes)
        self.name = name
        self.channels = channels
        self.skip_bad = False
        self.bad: dict[int, str] = {}
        self.groups: tuple[str, ...] | None = None
        self.folds: tuple[str, ...] | None = None
        self.label_sets: tuple[tuple[int, ...], ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, indices: Integers, preprocessing: Preprocessing | None = None) -> Pixels:
        """Return these images fitted to `preprocessing`; without one only a single image, in its own size."""
        if preprocessing is None:
            if len(indices) != 1:
                raise DataError(
                    f"{self.name}: images may differ in size; pass a Preprocessing to read several at once."
                )
            return self.pixels(int(indices[0]), self.channels)[None]
        images, valid = self.read_valid(indices, preprocessing)
        if not valid.all():
            first = int(np.asarray(indices)[~valid][0])
            raise DataError(self.bad.get(first, f"{self.where(first)} cannot be read."))
        return images

    def read_valid(
        self, indices: Integers, preprocessing: Preprocessing, crops: Crops | None = None, exact: bool = True
    ) -> tuple[Pixels, np.ndarray]:
        """Decode these images; see `Source.read_valid`."""
        size, channels = preprocessing.size, preprocessing.channels
        out = np.empty((len(indices), size, size, channels), np.uint8)
        valid = np.ones(len(indices), bool)
        for position, index in enumerate(np.asarray(indices).tolist()):
            try:
                least = 0 if exact else preprocessing.resize
                pixels = self.pixels(index, channels, at_least=least, bits=preprocessing.bits)
                box = None if crops is None else crops.box(position, pixels.shape[1], pixels.shape[0])
                out[position] = fit(pixels, preprocessing, box=box, exact=exact)
            except DataError as error:
                if not self.skip_bad:
                    raise
                valid[position] = False
                self.bad[index] = str(error)
        return (out if valid.all() else out[valid]), valid

    def pixels(self, index: int, channels: int, *, at_least: int = 0, bits: int = FULL_DEPTH) -> Pixels:
        """Return image `index` decoded in its own size."""
        return decode(self.blobs.get(index), self.blobs.where(index), channels, at_least=at_least, bits=bits)

    def where(self, index: int) -> str:
        """Return the name under which a person finds image `index`."""
        return self.blobs.where(index)
