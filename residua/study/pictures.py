"""Which pictures do the trained studies learn from? Few and small ones, so that minutes are enough."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from residua.data import Dataset, Preprocessing, Source, open_dataset
from residua.data.counter import shuffled
from residua.data.sources.idx import FILES, open_idx
from residua.errors import DataError
from residua.files import write_atomic

MOST_CLASSES = 10  # an idx file names no classes: its reader knows ten
MOST_TEST = 10_000  # CIFAR-10's own number; more would cost as much as training on them
PICKED_BY = 0  # of the order that they are picked in: all seeds of a study learn from the same pictures


@dataclass(frozen=True)
class Pictures:
    """A small set on disk. dataset: as it is read; folder: of the four idx files; digest: of all pixels and labels."""

    dataset: Dataset
    folder: Path
    digest: str
    name: str

    @property
    def pixels(self) -> int:
        """The side of a picture."""
        return self.dataset.default_size

    @property
    def channels(self) -> int:
        """1 for grey pictures, 3 for those in colour."""
        return int(self.dataset.train.channels)

    @property
    def counts(self) -> tuple[int, int]:
        """How many pictures there are to train and to test on."""
        return len(self.dataset.train), len(self.test)

    @property
    def test(self) -> Source:
        """The pictures to test on."""
        assert self.dataset.test is not None, "an idx set has four files"
        return self.dataset.test


def pick(name: str, root: str | None, pixels: int, most: int, home: Path) -> Pictures:
    """Return `most` training pictures of a data set and up to MOST_TEST test pictures, each `pixels` wide.

    They are kept below `home`. Which ones does not depend on a study's seed. Raises DataError for a set without test
    pictures, of more than ten classes, or that cannot be opened.
    """
    whole = open_dataset(name, root)
    if whole.test is None:
        raise DataError(f"{whole.name} has no test pictures, which a study of networks needs; give --data cifar10")
    if len(whole.classes) > MOST_CLASSES or whole.label_sets is not None:
        raise DataError(f"{whole.name} has {len(whole.classes)} classes; a study learns at most {MOST_CLASSES}")
    arrays: list[npt.NDArray[np.uint8]] = []
    for source, limit in ((whole.train, most), (whole.test, min(MOST_TEST, most))):
        chosen = np.sort(shuffled(np.arange(len(source)), PICKED_BY, 0)[:limit])
        images = source.read(chosen, Preprocessing.plain(pixels, source.channels))
        arrays += [images if source.channels > 1 else images[..., 0], source.labels[chosen].astype(np.uint8)]
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(repr(array.shape).encode() + array.tobytes())
    short = Path(whole.name).name
    folder = home / f"{short}-{pixels}px-{digest.hexdigest()[:12]}"
    _write(folder, arrays)
    return Pictures(open_idx(short, whole.classes, folder), folder, digest.hexdigest(), short)


def _write(folder: Path, arrays: list[npt.NDArray[np.uint8]]) -> None:
    """Write the idx files that are not there; each is whole or absent, and the folder's name is their digest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make {folder}: {error.strerror}") from None
    for name, array in zip(FILES, arrays, strict=True):
        if not (folder / name).exists():
            sizes = b"".join(side.to_bytes(4, "big") for side in array.shape)
            write_atomic(folder / name, bytes((0, 0, 8, array.ndim)) + sizes + array.tobytes())
