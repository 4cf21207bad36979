"""How are the CIFAR python batches read, without running what a pickle might contain?"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from residua.data.sources.source import ArraySource, Dataset
from residua.errors import DataError
from residua.preprocessing import Pixels
from residua.text import one_line


@dataclass(frozen=True)
class Layout:
    """Names inside one of the two sets."""

    folder: str
    train: tuple[str, ...]
    test: str
    meta: str
    label_key: bytes
    names_key: bytes


CIFAR10 = Layout(
    "cifar-10-batches-py",
    tuple(f"data_batch_{n}" for n in range(1, 6)),
    "test_batch",
    "batches.meta",
    b"labels",
    b"label_names",
)
CIFAR100 = Layout("cifar-100-python", ("train",), "test", "meta", b"fine_labels", b"fine_label_names")

# The only globals of the published files: numpy arrays. Python 2 wrote the first name, newer numpy the others.
_ADMITTED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}


def open_cifar(name: str, layout: Layout, folder: Path) -> Dataset:
    """Open `cifar10` or `cifar100` from the folder that holds the batches."""
    names = _unpickle(folder / layout.meta).get(layout.names_key)
    if not isinstance(names, list) or not names:
        raise DataError(
            f"{folder / layout.meta} holds no class names under {layout.names_key!r}; unpack the published archive "
            "again."
        )
    classes = tuple(label.decode() if isinstance(label, bytes) else str(label) for label in names)
    train = _split(name, [folder / part for part in layout.train], layout, classes)
    test = _split(name, [folder / layout.test], layout, classes)
    return Dataset(name, classes, train, test, default_size=32)


def _split(name: str, paths: list[Path], layout: Layout, classes: tuple[str, ...]) -> ArraySource:
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
        ):
            raise DataError(f"{path} is not a CIFAR batch: uint8 rows of 3072 and a list of labels were expected.")
        images.append(rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        labels.extend(own)
    return ArraySource(cast(Pixels, np.concatenate(images)), labels, classes, name)


class _ArraysOnly(pickle.Unpickler):
    """Admits numpy's array reconstruction and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}, which a CIFAR batch does not")
        if name == "_reconstruct":
            from numpy._core import multiarray  # numpy.core is deprecated, and the old name would warn

            return multiarray._reconstruct
        return super().find_class(module, name)


def _unpickle(path: Path) -> dict[bytes, Any]:
    try:
        content = _ArraysOnly(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    except Exception as error:  # a damaged pickle can raise nearly anything; all of it means the same to the user
        raise DataError(f"{path} cannot be read as a CIFAR batch: {one_line(error) or type(error).__name__}.") from None
    if not isinstance(content, dict):
        raise DataError(f"{path} is not a CIFAR batch: it holds a {type(content).__name__}, not a dictionary.")
    return content
