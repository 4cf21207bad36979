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
from residua.data.feed.loader import Batch, Batches
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.labels import class_name, number_labels
from residua.data.sources.tables import cell_bytes, find_columns, label_names, load_tables, reading, stream_rows
from residua.errors import DataError


class Held:
    """Encoded images in memory: one block of a stream."""

    def __init__(self, cells: Sequence[object], name: str, start: int):
        self._cells = cells
        self._name = name
        self._start = start

    def get(self, index: int) -> bytes:
        """Return the bytes of the image."""
        return cell_bytes(self._cells[index], self.where(index))

    def where(self, index: int) -> str:
        """Return the set's name and the row in the stream."""
        return f"{self._name}[{self._start + index}]"

    def place(self) -> str:
        """Return the block."""
        return f"{self._name}@{self._start}"

    def stamp(self, index: int) -> tuple[int, int]:
        """Return zeros: a block lives in memory only."""
        return 0, 0


@dataclass(frozen=True)
class Stream:
    """One split of a data set that is read in order; `open_stream` makes it.

    skip_bad: leave images that cannot be read out of their batches.
    """

    name: str
    classes: tuple[str, ...]
    table: Any
    image: str
    label: str
    skip_bad: bool = False

    def blocks(self, size: int, start: int = 0) -> Iterator[tuple[int, EncodedSource]]:
        """Yield (first row, images) in blocks of `size`, from row `start` on."""
        rows = stream_rows(self.table, self.image, self.label, start)
        names = label_names((self.table.features or {}).get(self.label))
        while block := list(islice(rows, size)):
            held = Held([row[0] for row in block], self.name, start)
            labels = [class_name(row[1], names, held.where(at)) for at, row in enumerate(block)]
            numbers = number_labels(labels, self.classes, given=True)
            for at in np.flatnonzero(numbers < 0).tolist():
                raise DataError(
                    f"{held.where(at)}: label {labels[at]!r} came; one of the {len(self.classes)} classes was expected."
                )
            source = EncodedSource(held, numbers, self.classes, self.name)
            source.skip_bad = self.skip_bad
            yield start, source
            start += len(block)


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


def open_stream(
    name: str, split: str = "train", classes: Sequence[str] | None = None, *, skip_bad: bool = False
) -> Stream:
    """Open Parquet, Arrow or tar files, a saved data set, or `hf:NAME` to be read in order.

    classes: needed where the data does not name them. skip_bad: see `Stream`.
    Raises DataError if there is no such split or no class names.
    """
    tables = load_tables(name, streaming=True)
    if split not in tables:
        raise DataError(f"{name} has no {split} split, only {', '.join(tables)}.")
    table = tables[split]
    image, label = find_columns(table.features or _peek(table), name)
    names = tuple(classes) if classes is not None else label_names((table.features or {}).get(label))
    if names is None:
        raise DataError(f"{name} does not name its classes, and a stream cannot be searched for them; pass classes=.")
    return Stream(name.rpartition("/")[2], names, table, image, label, skip_bad)


def _peek(table: Any) -> dict[str, object]:
    with reading("the stream"):
        return dict(next(iter(table), {}))
