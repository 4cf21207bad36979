"""What is in this collection of images, and what is wrong with it?

`examine` opens anything that `open_dataset` opens, but refuses nothing that is there: what opening would refuse becomes
a finding.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from residua.data.doctor.contents import Contents, dataset_contents, drawn_size, folder_contents
from residua.data.doctor.image_stats import ImageStats, Item, measure_all
from residua.data.doctor.rules import Collection, Finding, judge, judge_classes
from residua.data.pixels.depth import measure_depth
from residua.data.pixels.headers import read_header
from residua.data.sources.encoded import EncodedSource, Files
from residua.data.sources.folder import list_folder, suggest_size
from residua.data.sources.layout import find_splits
from residua.data.sources.open import is_plain_folder, located, open_dataset, open_several
from residua.data.sources.source import ArraySource, Dataset, Source
from residua.errors import DataError, LabelError
from residua.preprocessing import Preprocessing

# How far a mean or std that is given may be from the measured one, in units of pixels in 0…1. ImageNet's on CIFAR-10, a
# common choice that harms nothing, are off by 0.04 and 0.037; MNIST's on Fashion-MNIST by 0.16 and 0.045.
FAR_MEAN, FAR_STD = 0.1, 0.05
# 0.2023, 0.1994, 0.2010, which much code has for CIFAR-10, is 0.04 to 0.06 from the std of its pixels and 0.0001 from
# the mean of each image's own; a hundredth more allows for two digits and for another part of the images.
NO_PIXELS_STD, AN_IMAGES_STD = 0.02, 0.012


@dataclass(frozen=True)
class Examination:
    """The doctor's report.

    mean, std: over pixels, in 0…1. image_std: the mean of each image's own deviation, which is often mistaken for std.
    All three are empty when no training image can be read. items: the images themselves, by the names in findings.
    seconds: what opening and measuring took.
    """

    name: str
    collection: Collection
    findings: tuple[Finding, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    image_std: tuple[float, ...]
    channels: int
    items: tuple[Item, ...] = field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in label order."""
        return self.collection.classes["train"]

    @property
    def suggestion(self) -> dict[str, Any]:
        """Input size, stem and batch that suit these images."""
        size = self.collection.size
        images = self.collection.images_in("train")
        batch = 128 if size <= 64 else 64 if size <= 128 else 32
        while batch > 8 and batch * 20 > images:
            batch //= 2
        stem = "3x3" if size <= 64 else "7x7"
        return {"size": size, "channels": self.channels, "stem": stem, "batch": batch}

    def to_json(self) -> dict[str, Any]:
        """Return the document of `residua data PATH --json`."""
        splits = {
            split: {"images": self.collection.images_in(split), "classes": dict(self.collection.counts(split))}
            for split in self.collection.classes
        }
        rows = [
            {"code": each.code, "severity": each.severity, "message": each.message, "files": list(each.files)}
            for each in self.findings
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
            "seen": self.collection.seen and round(self.collection.seen, 4),
            "formats": dict(
                Counter(
                    f"{image.header.format} {image.header.mode}" for image in self.collection.readable if image.header
                )
            ),
            "suggested": self.suggestion,
        }


def examine(
    name_or_path: str | os.PathLike[str],
    root: str | None = None,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    multi_label: bool = False,
) -> Examination:
    """Measure every image. mean, std: values that the user means to normalise with, to be judged too.

    multi_label: an image may have several labels.

    Raises DataError if there is nothing of that name, or if mean or std are not numbers that could be meant, and
    LabelError where only the user can say what the images show.
    """
    began = time.monotonic()
    path = located(os.fspath(name_or_path), root)
    name = os.fspath(name_or_path) if path is None else path.resolve().name
    try:
        if path is not None and is_plain_folder(path) and not multi_label:
            contents = folder_contents(path)
        else:
            opened = open_several if multi_label else open_dataset
            dataset = opened(name_or_path, root, skip_bad=True)
            name, contents = dataset.name, dataset_contents(dataset)
    except DataError as error:
        if isinstance(error, LabelError) or path is None or not os.path.lexists(path):
            raise
        contents = Contents(refusal=str(error))
    return replace(examine_contents(name, contents, mean=mean, std=std), seconds=time.monotonic() - began)


def examine_contents(
    name: str, contents: Contents, *, mean: Sequence[float] | None = None, std: Sequence[float] | None = None
) -> Examination:
    """Measure the images of `contents`, and judge them."""
    size, channels = _suggest(contents.items)
    for what, values in (("mean", mean), ("std", std)):
        if values is not None and not np.isfinite(values).all():
            raise DataError(f"{what} {_numbers(values)} came; finite numbers, of pixels in 0…1, were expected.")
        if values is not None and contents.items and len(values) not in (1, channels):
            raise DataError(f"{what} has {len(values)} values; these images have {channels} channels.")
    learnt = [item for item in contents.items if item.split == "train"]
    depth = measure_depth(lambda at: learnt[at].encoded(), len(learnt))
    plain = replace(Preprocessing.plain(size, channels), bits=depth.bits)
    images = (*contents.left_out, *measure_all(contents.items, plain))
    classes = contents.classes or {"train": ()}
    collection = Collection(
        images,
        classes,
        size,
        contents.stray,
        contents.overlooked,
        contents.notes,
        contents.refusal,
        depth=depth,
        several=contents.several,
    )
    measured = _statistics(collection.readable)
    findings = judge(collection) + tuple(_judge_normalisation(mean, std, *measured) if measured[0] else ())
    return Examination(name, collection, findings, *measured, channels, contents.items)


def open_leniently(name_or_path: str | os.PathLike[str], root: str | None = None) -> Source:
    """Return the training images of anything that `examine` examines, those that can be read; none if it is refused."""
    path = located(os.fspath(name_or_path), root)
    try:
        if path is None or not is_plain_folder(path):
            return open_dataset(name_or_path, root, skip_bad=True).train
        listing = list_folder(find_splits(path)["train"])
    except DataError:  # the findings say why
        return ArraySource(np.empty((0, 1, 1, 3), np.uint8), [], ())
    source = EncodedSource(Files(listing.root, listing.files), listing.labels, listing.classes, path.resolve().name)
    source.skip_bad = True
    return source


def quick_findings(dataset: Dataset) -> tuple[Finding, ...]:
    """Return what can be said of an opened data set without decoding an image; training prints it before it starts."""
    counts: dict[str, Counter[str]] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for split, source in dataset.splits.items():
        numbers = dataset.images_of(source).tolist()
        counts[split] = Counter(dict(zip(dataset.classes, numbers, strict=True)))
        classes[split] = tuple(
            name for name, number in zip(dataset.classes, numbers, strict=True) if number or split == "train"
        )
    return (
        *judge_classes(classes, counts),
        *(Finding(note.code, note.severity, note.message) for note in dataset.notes),
    )


def size_summary(images: Sequence[ImageStats]) -> dict[str, Any]:
    """Return smallest, median and largest width, height and aspect ratio (width / height)."""
    headers = [image.header for image in images if image.header is not None]
    columns: dict[str, list[float]] = {
        "width": [header.width for header in headers],
        "height": [header.height for header in headers],
        "aspect": [round(header.width / header.height, 3) for header in headers],
    }
    return {
        key: {"min": min(values), "median": float(np.median(values)), "max": max(values)}
        for key, values in columns.items()
        if values
    }


def _suggest(items: Sequence[Item]) -> tuple[int, int]:
    shorter, colour = [], False
    for position in np.unique(np.linspace(0, max(0, len(items) - 1), min(256, len(items))).astype(int)).tolist():
        item = items[position]
        drawn = drawn_size(item)
        if drawn is not None:
            return drawn
        try:
            header = read_header(item.encoded() or b"")
        except DataError:
            continue
        if header is not None:
            shorter.append(min(header.width, header.height))
            colour |= not header.grey
    return suggest_size(shorter), 3 if colour or not shorter else 1


def _statistics(images: Sequence[ImageStats]) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation over the pixels of the training images, and the mean of each image's own deviation.

    All are empty when no training image can be read.
    """
    train = [image for image in images if image.split == "train"]
    moments = [image.moments for image in train if image.moments is not None]
    if not moments:
        return (), (), ()
    total = np.asarray(np.sum(moments, axis=0, dtype=np.int64), np.float64)
    pixels, sums, squares = total
    mean = sums / pixels / 255
    std = np.sqrt(np.maximum(squares / pixels / 255**2 - mean**2, 0))
    own = np.mean([image.deviation for image in train if image.deviation], axis=0)
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
        if off > NO_PIXELS_STD and np.abs(given - image_std).max() < AN_IMAGES_STD:
            message = (
                f"std {_numbers(given)} is the mean of each image's own deviation; "
                f"over all pixels it is {_numbers(found_std)}."
            )
            found.append(Finding("std-per-image", "warning", message))
        elif off > FAR_STD:
            found.append(
                Finding("other-std", "warning", f"std {_numbers(given)} is not that of these images: {right}.")
            )
    away = 0.0 if mean is None else np.abs(np.broadcast_to(np.asarray(mean, float), len(found_mean)) - found_mean).max()
    if mean is not None and away > FAR_MEAN:
        found.append(Finding("other-mean", "warning", f"mean {_numbers(mean)} is not that of these images: {right}."))
    return found


def _numbers(values: Sequence[float] | np.ndarray) -> str:
    return ", ".join(f"{value:.4f}" for value in values)
