"""What is in this collection of images, and what is wrong with it?

`examine` opens anything that `open_dataset` opens, but refuses nothing: what opening would refuse becomes a finding.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from residua.data.encoded import EncodedSource, Files
from residua.data.facts import Facts, gather
from residua.data.findings import Collection, Finding, judge, judge_classes
from residua.data.folder import find_splits, list_folder, suggest_size
from residua.data.headers import read_header
from residua.data.image import read_file
from residua.data.opening import is_plain_folder, open_dataset
from residua.data.preprocessing import Pixels, Preprocessing
from residua.data.source import ArraySource, Dataset, Source
from residua.errors import DataError


@dataclass(frozen=True)
class Examination:
    """The doctor's report.

    mean, std: over pixels, in 0…1. image_std: the mean of each image's own deviation, which is often mistaken for std.
    """

    name: str
    collection: Collection
    findings: tuple[Finding, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    image_std: tuple[float, ...]
    channels: int

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.collection.classes["train"]

    @property
    def suggestion(self) -> dict[str, Any]:
        """Input size, stem and batch that suit these images."""
        size = self.collection.size
        images = sum(self.collection.counts("train").values())
        batch = 128 if size <= 64 else 64 if size <= 128 else 32
        while batch > 8 and batch * 20 > images:
            batch //= 2
        stem = "3x3" if size <= 64 else "7x7"
        return {"size": size, "channels": self.channels, "stem": stem, "batch": batch}

    def to_json(self) -> dict[str, Any]:
        """Return the document of `residua data PATH --json`."""
        splits = {
            split: {"images": sum(counts.values()), "classes": dict(counts)}
            for split, counts in ((split, self.collection.counts(split)) for split in self.collection.classes)
        }
        rows = [
            {"code": f.code, "severity": f.severity, "message": f.message, "files": list(f.files)}
            for f in self.findings
        ]
        return {
            "name": self.name,
            "classes": list(self.classes),
            "images": len(self.collection.readable),
            "splits": splits,
            "findings": rows,
            "mean": [round(value, 6) for value in self.mean],
            "std": [round(value, 6) for value in self.std],
            "sizes": size_summary(self.collection.readable),
            "formats": dict(
                Counter(f"{f.header.format} {f.header.mode}" for f in self.collection.readable if f.header)
            ),
            "suggested": self.suggestion,
        }


def examine(
    name_or_path: str | os.PathLike[str],
    root: str | None = None,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
) -> Examination:
    """Look at every image. mean, std: values that the user means to normalise with, to be judged too."""
    path = Path(os.fspath(name_or_path))
    if not is_plain_folder(path):
        return examine_dataset(open_dataset(path, root, skip_bad=True), mean=mean, std=std)
    return _examine(path.resolve().name, _folder_items(path), mean, std)


def examine_dataset(
    dataset: Dataset, *, mean: Sequence[float] | None = None, std: Sequence[float] | None = None
) -> Examination:
    """Look at every image of an opened data set."""
    return _examine(dataset.name, _dataset_items(dataset), mean, std)


def _examine(name: str, found: _Items, mean: Sequence[float] | None, std: Sequence[float] | None) -> Examination:
    items, empty = found
    size, channels = _suggest(items)
    for what, values in (("mean", mean), ("std", std)):
        if values is not None and len(values) not in (1, channels):
            raise DataError(f"{what} has {len(values)} values; these images have {channels} channels.")
    fitted = Preprocessing(size, size, mean=(0.0,) * channels, std=(1.0,) * channels, channels=channels)
    collection = Collection(tuple(gather(items, fitted)), empty.classes, size, empty.odd, empty.stray)
    measured = _statistics(collection.readable, name)
    findings = (*judge(collection), *_judge_normalisation(mean, std, *measured))
    return Examination(name, collection, findings, *measured, channels)


def open_leniently(name_or_path: str | os.PathLike[str], root: str | None = None) -> Source:
    """Return the training images of anything that `examine` examines; files that cannot be read are skipped."""
    path = Path(os.fspath(name_or_path))
    if not is_plain_folder(path):
        return open_dataset(path, root, skip_bad=True).train
    listing = list_folder(find_splits(path)["train"])
    source = EncodedSource(Files(listing.root, listing.files), listing.labels, listing.classes, path.resolve().name)
    source.skip_bad = True
    return source


def quick_findings(dataset: Dataset) -> tuple[Finding, ...]:
    """Return what can be said of an opened data set without decoding an image; training prints it before it starts."""
    sources = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    present = {split: source for split, source in sources.items() if source is not None}
    counts: dict[str, Counter[str]] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for split, source in present.items():
        numbers = np.bincount(source.labels, minlength=len(dataset.classes)).tolist()
        counts[split] = Counter(dict(zip(dataset.classes, numbers, strict=True)))
        classes[split] = tuple(name for name, n in zip(dataset.classes, numbers, strict=True) if n or split == "train")
    return judge_classes(classes, counts)


def size_summary(facts: Sequence[Facts]) -> dict[str, Any]:
    """Return smallest, median and largest width, height and aspect ratio (width / height)."""
    headers = [fact.header for fact in facts if fact.header is not None]
    columns: dict[str, list[float]] = {
        "width": [h.width for h in headers],
        "height": [h.height for h in headers],
        "aspect": [round(h.width / h.height, 3) for h in headers],
    }
    return {
        key: {"min": min(values), "median": float(np.median(values)), "max": max(values)}
        for key, values in columns.items()
        if values
    }


@dataclass(frozen=True)
class _FileItem:
    root: Path
    where: str
    split: str
    label: str
    relative: str

    def encoded(self) -> bytes | None:
        return read_file(self.root / self.relative)

    def pixels(self) -> Pixels:
        raise AssertionError("a file has bytes")


@dataclass(frozen=True)
class _SourceItem:
    source: Source
    index: int
    where: str
    split: str
    label: str

    def encoded(self) -> bytes | None:
        return self.source.blobs.get(self.index) if isinstance(self.source, EncodedSource) else None

    def pixels(self) -> Pixels:
        return self.source.read(np.array([self.index]))[0]


_Items = tuple[list[_FileItem | _SourceItem], Collection]


def _folder_items(root: Path) -> _Items:
    items: list[_FileItem | _SourceItem] = []
    classes, odd, stray = {}, [], []
    for split, folder in find_splits(root).items():
        listing = list_folder(folder)
        prefix = "" if folder == root else folder.name + os.sep
        classes[split] = listing.classes
        odd += [(prefix + path, problem) for path, problem in listing.odd]
        stray += [prefix + path for path in listing.stray]
        for path, label in zip(listing.files, listing.labels, strict=True):
            items.append(_FileItem(folder, prefix + path, split, listing.classes[label], path))
    if not items:
        raise DataError(f"{root} holds no image in a class folder; one sub-folder of images a class was expected.")
    return items, Collection((), classes, 0, tuple(odd), tuple(stray))


def _dataset_items(dataset: Dataset) -> _Items:
    items: list[_FileItem | _SourceItem] = []
    classes = {}
    for split, source in (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test)):
        if source is not None:
            classes[split] = source.classes
            for index, label in enumerate(source.labels.tolist()):
                items.append(_SourceItem(source, index, f"{split}/{source.where(index)}", split, source.classes[label]))
    return items, Collection((), classes, 0)


def _suggest(items: Sequence[_FileItem | _SourceItem]) -> tuple[int, int]:
    shorter, colour = [], False
    for position in np.unique(np.linspace(0, len(items) - 1, 256).astype(int)).tolist():
        item = items[position]
        if isinstance(item, _SourceItem) and isinstance(item.source, ArraySource):
            return int(min(item.source.images.shape[1:3])), item.source.channels
        try:
            header = read_header(item.encoded() or b"")
        except DataError:
            continue
        if header is not None:
            shorter.append(min(header.width, header.height))
            colour |= not header.grey
    return suggest_size(shorter), 3 if colour or not shorter else 1


def _statistics(facts: Sequence[Facts], name: str) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation over the pixels of the training images, and the mean of each image's own deviation."""
    train = [fact for fact in facts if fact.split == "train"]
    moments = [fact.moments for fact in train if fact.moments is not None]
    if not moments:
        raise DataError(f"{name}: not one training image can be read.")
    total = np.asarray(np.sum(moments, axis=0, dtype=np.int64), np.float64)
    pixels, sums, squares = total
    mean = sums / pixels / 255
    std = np.sqrt(np.maximum(squares / pixels / 255**2 - mean**2, 0))
    own = np.mean([fact.deviation for fact in train if fact.deviation], axis=0)
    return tuple(mean.tolist()), tuple(std.tolist()), tuple(own.tolist())


def _judge_normalisation(
    mean: Sequence[float] | None,
    std: Sequence[float] | None,
    found_mean: Sequence[float],
    found_std: Sequence[float],
    image_std: Sequence[float],
) -> list[Finding]:
    """Compare the user's mean and std with the measured ones; the mean of per-image deviations is named as such."""
    found = []
    right = f"mean {_numbers(found_mean)}, std {_numbers(found_std)}"
    if std is not None:
        given = np.broadcast_to(np.asarray(std, float), len(found_std))
        off = np.abs(given - found_std).max()
        if off > 0.02 and np.abs(given - image_std).max() < 0.012:
            message = (
                f"std {_numbers(given)} is the mean of each image's own deviation; "
                f"over all pixels it is {_numbers(found_std)}."
            )
            found.append(Finding("std-per-image", "warning", message))
        elif off > 0.05:
            found.append(
                Finding("other-std", "warning", f"std {_numbers(given)} is not that of these images: {right}.")
            )
    if mean is not None and np.abs(np.broadcast_to(np.asarray(mean, float), len(found_mean)) - found_mean).max() > 0.1:
        found.append(Finding("other-mean", "warning", f"mean {_numbers(mean)} is not that of these images: {right}."))
    return found


def _numbers(values: Sequence[float] | np.ndarray) -> str:
    return ", ".join(f"{value:.4f}" for value in values)
