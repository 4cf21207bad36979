"""How is a collection trained on that is only read from front to back, too large or too far away to index?

A stream is cut into blocks; a block is shuffled and batched like any source. So batches are again a pure function of
(seed, epoch, samples consumed), and a resume skips whole blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from residua.data.counter import hashes
from residua.data.encoded import EncodedSource
from residua.data.labels import number_labels
from residua.data.loader import Batch, Batches
from residua.data.tables import find_columns, label_names, load_tables, stream_rows
from residua.errors import DataError


class Held:
    """Encoded images in memory: one block of a stream."""

    def __init__(self, blobs: Sequence[bytes], name: str, start: int):
        self._blobs = blobs
        self._name = name
        self._start = start

    def get(self, index: int) -> bytes:
        """Return the bytes of the image."""
        return self._blobs[index]

    def where(self, index: int) -> str:
        """Return the set's name and the row in the stream."""
        return f"{self._name}[{self._start + index}]"

    def place(self) -> str:
        """Return the block."""
        return f"{self._name}@{self._start}"

    def stamp(self, index: int) -> tuple[int, int]:
        """Return the length in bytes; a block lives in memory only."""
        return len(self._blobs[index]), 0


@dataclass(frozen=True)
class Stream:
    """One split of a data set that is read in order; `open_stream` makes it."""

    name: str
    classes: tuple[str, ...]
    table: Any
    image: str
    label: str

    def blocks(self, size: int, start: int = 0) -> Iterator[tuple[int, EncodedSource]]:
        """Yield (first row, images) in blocks of `size`, from row `start` on."""
        rows = stream_rows(self.table, self.image, self.label, start)
        while block := list(islice(rows, size)):
            names = label_names(self.table.features[self.label])
            labels = [names[row[1]] if names and isinstance(row[1], int) else row[1] for row in block]
            held = Held([row[0] for row in block], self.name, start)
            yield start, EncodedSource(held, self._numbers(labels, start), self.classes, self.name)
            start += len(block)

    def _numbers(self, labels: Sequence[object], start: int) -> np.ndarray:
        try:
            numbers = number_labels(labels, self.classes)
        except ValueError:
            unknown = next(str(label) for label in labels if str(label) not in self.classes)
            raise DataError(f"{self.name}: {unknown!r} after row {start} is not one of its classes.") from None
        if len(numbers) and numbers.max() >= len(self.classes):
            raise DataError(
                f"{self.name}: label {numbers.max()} after row {start}; there are {len(self.classes)} classes."
            )
        return numbers


@dataclass(frozen=True)
class StreamBatches:
    """The batches of a stream. settings: a `Batches` whose source and indices are of no account; block: images held."""

    stream: Stream
    settings: Batches
    block: int = 4096

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of one pass; `start` of its samples, over all processes, were consumed before."""
        size = max(1, self.block // self.settings.batch) * self.settings.batch
        skipped = start // size * size
        for first, source in self.stream.blocks(size, skipped):
            seed = int(hashes(self.settings.seed, 0, np.array([first]), "stream-block")[0] >> np.uint64(1))
            batches = replace(self.settings, source=source, indices=np.arange(len(source)), seed=seed)
            for batch in batches.epoch(epoch, start - first if start > first else 0):
                yield replace(batch, indices=batch.indices + first)


def open_stream(name: str, split: str = "train", classes: Sequence[str] | None = None) -> Stream:
    """Open Parquet, Arrow or tar files, a saved data set, or `hf:NAME` to be read in order.

    classes: needed where the data does not name them. Raises DataError if there is no such split or no class names.
    """
    tables = load_tables(name, streaming=True)
    if split not in tables:
        raise DataError(f"{name} has no {split} split, only {', '.join(tables)}.")
    table = tables[split]
    image, label = find_columns(table.features or _peek(table), name)
    names = tuple(classes) if classes is not None else label_names((table.features or {}).get(label))
    if names is None:
        raise DataError(f"{name} does not name its classes, and a stream cannot be searched for them; pass classes=.")
    return Stream(name.rpartition("/")[2], names, table, image, label)


def _peek(table: Any) -> dict[str, object]:
    return dict(next(iter(table), {}))
