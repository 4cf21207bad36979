"""Where do the embedded digits come from, and which of them are the test set?

1,797 handwritten digits of 8 × 8 pixels, the test part of the UCI "Optical Recognition of Handwritten Digits" set,
which scikit-learn carries. They have no official split: 360 are the test set here, stratified, always the same.
"""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import numpy as np

from residua.data.counter import Integers
from residua.data.sources.download import PublicSet
from residua.data.sources.format import Format
from residua.data.sources.source import ArraySource, Dataset
from residua.data.splitting import split_validation
from residua.errors import DataError
from residua.preprocessing import Pixels

CLASSES = tuple("0123456789")
TEST_SHARE = 360 / 1797
SPLIT_SEED = 0


def open_digits() -> Dataset:
    """Return the digits: 1,437 to train on, 360 to test on; levels 0…16 become 0…255."""
    images, labels = _read()
    split = split_validation(labels, TEST_SHARE, SPLIT_SEED)
    train = ArraySource(images[split.train], labels[split.train], CLASSES, "digits")
    test = ArraySource(images[split.validation], labels[split.validation], CLASSES, "digits")
    return Dataset("digits", CLASSES, train, test, default_size=8)


def _read() -> tuple[Pixels, Integers]:
    """Read scikit-learn's file without importing scikit-learn, which takes longer than all the rest."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise DataError("the digits come with scikit-learn, which is not installed: pip install scikit-learn.")
    path = Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if path.is_file():
        with gzip.open(path, "rt") as file:
            table = np.loadtxt(file, delimiter=",")
        levels, labels = table[:, :64], table[:, 64]
    else:
        from sklearn.datasets import load_digits

        levels, labels = load_digits(return_X_y=True)
    images = np.round(levels * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    return images, labels.astype(np.int64)


FORMAT = Format(
    documented=(
        (
            "`digits`",
            "1,797 handwritten digits of 8×8 pixels, carried by scikit-learn; 1,437 to train, 360 to test (stratified, "
            "always the same)",
        ),
    ),
    sets=(PublicSet("digits", lambda folder: open_digits()),),
)
