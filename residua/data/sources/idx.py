"""How are the idx files of the MNIST family read, gzipped or not?"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from residua.data.sources.download import PublicSet, Remote
from residua.data.sources.format import Format
from residua.data.sources.source import ArraySource, Dataset
from residua.errors import DataError
from residua.reading import gunzip, open_regular, read_regular

DIGITS = tuple("0123456789")
FASHION = ("t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
MOST_DIMENSIONS = 4


def holds_idx(folder: Path) -> bool:
    """Say whether the four files of an MNIST-like set lie in this folder, or in `raw` there, as torchvision's do."""
    return all(_find(folder, name) is not None for name in FILES)


def open_idx(name: str, classes: tuple[str, ...], folder: Path) -> Dataset:
    """Open the four idx files in `folder` as the set `name`."""
    arrays = {}
    for file in FILES:
        path = _find(folder, file)
        if path is None:
            raise DataError(f"{folder} lacks {file} (or {file}.gz); the four files of {name} were expected there.")
        arrays[file] = read_idx(path)
    train, test = (
        ArraySource(arrays[images], arrays[labels].astype(np.int64), classes, name)
        for images, labels in (FILES[:2], FILES[2:])
    )
    return Dataset(name, classes, train, test, default_size=int(train.images.shape[1]))


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Return the array in an idx file of unsigned bytes."""
    with open_regular(path, DataError) as file:
        zipped = file.read(2) == b"\x1f\x8b"
    data = gunzip(path, DataError) if zipped else read_regular(path, raises=DataError)
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise DataError(f"{path} is not an idx file of unsigned bytes (it starts with {data[:4].hex() or 'nothing'}).")
    dimensions = data[3]
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise DataError(f"{path} claims {dimensions} dimensions; labels have 1, images 3 or 4.")
    shape = tuple(int.from_bytes(data[4 + 4 * n : 8 + 4 * n], "big") for n in range(dimensions))
    body = data[4 + 4 * dimensions :]
    expected = math.prod(shape)  # of Python's integers, which do not wrap
    if not expected:
        raise DataError(f"{path} is empty: it announces {' × '.join(map(str, shape))} values.")
    if len(body) != expected:
        raise DataError(f"{path} is damaged or truncated: {shape} announces {expected} bytes, {len(body)} are there.")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _find(folder: Path, name: str) -> Path | None:
    names = (name, f"{name}.gz", name.replace("-idx", ".idx"), name.replace("-idx", ".idx") + ".gz")
    candidates = (place / each for place in (folder, folder / "raw") for each in names)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _open(path: str, skip_bad: bool) -> Dataset:
    folder = Path(path).resolve()
    name = folder.parent.name if folder.name == "raw" else folder.name
    return open_idx(name, FASHION if "fashion" in name.lower() else DIGITS, folder)


def _public(
    name: str, torchvisions: str, classes: tuple[str, ...], address: str, checksums: tuple[str, ...]
) -> PublicSet:
    remotes = tuple(Remote(f"{address}{file}.gz", md5) for file, md5 in zip(FILES, checksums, strict=True))
    return PublicSet(name, partial(open_idx, name, classes), holds_idx, name, remotes, elsewhere=torchvisions)


_MNIST = _public(
    "mnist",
    "MNIST",
    DIGITS,
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
)
_FASHION = _public(
    "fashion-mnist",
    "FashionMNIST",
    FASHION,
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
)
FORMAT = Format(
    documented=(
        (
            "`mnist`, `fashion-mnist`",
            "the four idx files, gzipped or not, or in the folders that torchvision makes of them",
        ),
    ),
    kind="idx files",
    holds=holds_idx,
    open=_open,
    sets=(_MNIST, _FASHION),
)
