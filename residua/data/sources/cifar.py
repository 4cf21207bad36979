"""How are the CIFAR python batches read, without running what a pickle might contain?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from residua.data.sources.download import PublicSet, Remote
from residua.data.sources.format import Format
from residua.data.sources.source import ArraySource, Dataset
from residua.errors import DataError, WeightsError
from residua.pickles.allowed import ArrayShell
from residua.pickles.machine import LARGEST_WITH_TENSORS, Source, read_pickle
from residua.preprocessing import Pixels
from residua.reading import read_regular
from residua.text import one_line

REPUBLISHED = "unpack the published archive again"


@dataclass(frozen=True)
class Layout:
    """One of the two sets: names of and inside its files, and the archive in which it is published."""

    name: str
    folder: str
    train: tuple[str, ...]
    test: str
    meta: str
    label_key: bytes
    names_key: bytes
    archive: Remote


CIFAR10 = Layout(
    name="cifar10",
    folder="cifar-10-batches-py",
    train=tuple(f"data_batch_{n}" for n in range(1, 6)),
    test="test_batch",
    meta="batches.meta",
    label_key=b"labels",
    names_key=b"label_names",
    archive=Remote("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),
)
CIFAR100 = Layout(
    name="cifar100",
    folder="cifar-100-python",
    train=("train",),
    test="test",
    meta="meta",
    label_key=b"fine_labels",
    names_key=b"fine_label_names",
    archive=Remote("https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85"),
)


def open_cifar(layout: Layout, folder: Path) -> Dataset:
    """Open CIFAR-10 or CIFAR-100 from the folder that holds the batches."""
    names = _unpickle(folder / layout.meta).get(layout.names_key)
    if not isinstance(names, list) or not names:
        raise DataError(f"{folder / layout.meta} holds no class names under {layout.names_key!r}; {REPUBLISHED}.")
    try:
        classes = tuple(_word(name) for name in names)
    except ValueError:
        raise DataError(f"{folder / layout.meta} holds class names that are no UTF-8 text; {REPUBLISHED}.") from None
    train = _split([folder / part for part in layout.train], layout, classes)
    test = _split([folder / layout.test], layout, classes)
    return Dataset(layout.name, classes, train, test, default_size=32)


def _word(name: Any) -> str:
    """Return a class name as text. Python 2 wrote the bytes of UTF-8, which a pickle gives as latin-1."""
    if not isinstance(name, (bytes, str)):
        raise ValueError(name)
    return (name if isinstance(name, bytes) else name.encode("latin1")).decode()


def _holds(layout: Layout, folder: Path) -> bool:
    return (folder / layout.meta).is_file() and (folder / layout.test).is_file()


def _found(path: Path) -> tuple[Layout, Path] | None:
    """Return which set lies at this path, and in which folder, its own or the one above it."""
    places = ((layout, folder) for layout in (CIFAR10, CIFAR100) for folder in (path, path / layout.folder))
    return next((place for place in places if _holds(*place)), None)


def _open(path: str, skip_bad: bool) -> Dataset:
    found = _found(Path(path))
    assert found is not None, path
    return open_cifar(*found)


def _split(paths: list[Path], layout: Layout, classes: tuple[str, ...]) -> ArraySource:
    images, labels = [], []
    for path in paths:
        batch = _unpickle(path)
        rows, own = batch.get(b"data"), batch.get(layout.label_key)
        if (
            not isinstance(rows, np.ndarray)
            or rows.ndim != 2
            or rows.shape[1] != 3072
            or rows.dtype != np.uint8
            or not isinstance(own, list)
            or len(own) != len(rows)
            or any(type(label) is not int or not 0 <= label < len(classes) for label in own)
        ):
            raise DataError(
                f"{path} is not a CIFAR batch: uint8 rows of 3072 were expected, and as many labels from 0 to "
                f"{len(classes) - 1}."
            )
        images.append(rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        labels.extend(own)
    return ArraySource(cast(Pixels, np.concatenate(images)), labels, classes, layout.name)


def _unpickle(path: Path) -> dict[bytes, Any]:
    """Return the dictionary of a batch. Its keys are bytes, whether Python 2 wrote words or Python 3 bytes."""
    source = Source(str(path), _no_storage, largest=LARGEST_WITH_TENSORS, kind="CIFAR batch", mend=REPUBLISHED)
    try:
        content, _ = read_pickle(read_regular(path, source.largest, DataError), source)
    except WeightsError as refused:
        raise DataError(f"{one_line(refused)}.") from None
    if not isinstance(content, dict):
        raise DataError(f"{path} is not a CIFAR batch: it holds a {type(content).__name__}, not a dictionary.")
    return {key.encode("latin1") if isinstance(key, str) else key: _array(value) for key, value in content.items()}


def _no_storage(_: Any) -> Any:
    raise ValueError("a tensor of torch, which no CIFAR batch has")


def _array(value: Any) -> Any:
    return value.value.array() if isinstance(value, ArrayShell) and value.value is not None else value


def _public(layout: Layout) -> PublicSet:
    return PublicSet(
        layout.name,
        partial(open_cifar, layout),
        partial(_holds, layout),
        layout.folder,
        (layout.archive,),
        archive=True,
    )


FORMAT = Format(
    documented=(("`cifar10`, `cifar100`", "the python batches, in `--root` or the folder above them"),),
    kind="CIFAR's python batches",
    holds=lambda path: _found(path) is not None,
    open=_open,
    sets=(_public(CIFAR10), _public(CIFAR100)),
)
