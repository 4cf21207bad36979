"""Which readers open what a stranger has made, and how is each of them called for one file?

A `Reader` is what a verb does with such a file, without the printing. It may return, or raise ResiduaError in one line;
anything else is a find.
"""

from __future__ import annotations

import contextlib
import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mutators import Mutator, bundled, in_header, png, tar, zipped

MOST_PARAMETERS = (
    10**6
)  # of a network that is loaded and not only inspected: larger ones cost time and show nothing new
FILES_OF_A_BUNDLE = 16


@dataclass(frozen=True)
class Reader:
    """One reader of one kind of file.

    file: the name under which it gets the bytes; "" where they are a zip of several files (`bundled`). opens: called
    with the path, or for a bundle with its folder. mutator: mends checksums and lengths, so that mutations get behind
    them; None changes bytes alone.
    """

    name: str
    file: str
    opens: Callable[[Path], object]
    mutator: Mutator | None = None

    def place(self, folder: Path, data: bytes) -> Path:
        """Write one input into an empty folder and return what the reader is called with."""
        if self.file:
            (folder / self.file).write_bytes(data)
            return folder / self.file
        with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as bundle:
            for info in bundle.infolist()[:FILES_OF_A_BUNDLE]:
                path = folder / info.filename
                if folder in path.resolve().parents and info.file_size < 2**20:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(bundle.read(info))
        return folder


def checkpoint(path: Path) -> None:
    """Do what `residua inspect` does, and `load` where the network is small."""
    import residua

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a network of chance fits no statistics
        report = residua.inspect(path)
        if not report.not_finite and report.params < MOST_PARAMETERS:
            residua.load(path)


def picture(path: Path) -> None:
    """Do what reading a training image does: its header, its first and last bytes, its pixels at two depths."""
    from residua.data.pixels.headers import read_header
    from residua.data.pixels.image import decode
    from residua.data.pixels.quick_check import probe
    from residua.errors import DataError

    probe(path)
    data = path.read_bytes()
    read_header(data)
    with contextlib.suppress(DataError):
        decode(data, path.name, 1, at_least=16)
    decode(data, path.name, 3, bits=12)


def images(path: Path) -> None:
    """Do what training does with a collection before its first step, and read its first images."""
    import numpy as np

    from residua.data import Preprocessing, open_dataset

    dataset = open_dataset(path, skip_bad=True)
    for source in dataset.splits.values():
        source.read_valid(np.arange(min(8, len(source))), Preprocessing.plain(8, source.channels))


def settings(path: Path) -> None:
    """Do what `train --resume` does with a config.toml."""
    from residua.train.settings.config import TrainConfig

    TrainConfig.from_toml(path)


def spec(path: Path) -> None:
    """Do what every verb does with the metadata of our own files."""
    from residua.metadata import from_json
    from residua.nn import build
    from residua.preprocessing import Preprocessing

    network, meta = from_json(path.read_text("utf-8", "replace"), path)
    if meta.preprocessing is not None:
        with contextlib.suppress(ValueError, TypeError):
            Preprocessing.from_dict(meta.preprocessing)
    import torch

    with torch.device("meta"):
        build(network)


def run(folder: Path) -> None:
    """Do what `train --resume`, `--compare` and `evaluate` do with a run folder before they look at images."""
    from residua.errors import ResiduaError
    from residua.train.measure.compare import read_runs, table
    from residua.train.run_folder import Run
    from residua.weights.trained import open_trained, preprocessing_of

    for work in (
        lambda: Run.open(folder).load_checkpoint(),
        lambda: table(read_runs([folder, folder])),
        lambda: preprocessing_of(open_trained(folder)),
    ):
        with contextlib.suppress(ResiduaError):
            work()


READERS = {
    reader.name: reader
    for reader in (
        Reader("pth", "a.pth", checkpoint, zipped),
        Reader("legacy", "a.pth", checkpoint),
        Reader("torchscript", "a.pt", checkpoint, zipped),
        Reader("npz", "a.npz", checkpoint, zipped),
        Reader("safetensors", "a.safetensors", checkpoint, in_header),
        Reader("h5", "a.h5", checkpoint),
        Reader("keras", "a.keras", checkpoint, zipped),
        Reader("onnx", "a.onnx", checkpoint),
        Reader("index", "", checkpoint, bundled),
        Reader("jpeg", "a.jpg", picture),
        Reader("png", "a.png", picture, png),
        Reader("tiff", "a.tif", picture),
        Reader("gif", "a.gif", picture),
        Reader("webp", "a.webp", picture),
        Reader("pictures", "a.img", picture),
        Reader("idx", "", images, bundled),
        Reader("cifar", "", images, bundled),
        Reader("tar", "a.tar", images, tar),
        Reader("csv", "", lambda folder: images(folder / "list.csv"), bundled),
        Reader("jsonl", "", lambda folder: images(folder / "list.jsonl"), bundled),
        Reader("parquet", "a.parquet", images),
        Reader("toml", "config.toml", settings),
        Reader("spec", "a.safetensors", spec),
        Reader("run", "", run, bundled),
    )
}
