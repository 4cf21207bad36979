"""Which images and classes are in this folder, one sub-folder a class?

Classes are in natural order ("2" before "10"). Sub-folders named train, val and test (or their usual variants) are
splits; their classes are matched by name, never by position. Nothing is written into the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Literal

import numpy as np

from residua.data.pixels.image import is_image_name
from residua.data.pixels.quick_check import probe_files, refuse_bad
from residua.data.sources.encoded import EncodedSource, Files
from residua.data.sources.format import Format
from residua.data.sources.source import Dataset
from residua.errors import DataError
from residua.text import and_more

SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
SPLIT_OF = {name: split for split, names in SPLIT_NAMES.items() for name in names}
_Identity = tuple[int, int] | None  # of a folder: device and number; None if it has vanished
_IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini", "lost+found"}


@dataclass(frozen=True)
class Listing:
    """What lies under one split's folder.

    files, labels: paths relative to the root, and the class of each. odd: image names that are no regular files (broken
    links, pipes) and folders that cannot be listed, each with the reason. stray: image files beside the class folders.
    other: number of files that are no images.
    """

    root: Path
    classes: tuple[str, ...]
    files: tuple[str, ...]
    labels: tuple[int, ...]
    odd: tuple[tuple[str, str], ...]
    stray: tuple[str, ...]
    other: int


def open_folder(root: Path, *, skip_bad: bool = False) -> Dataset:
    """Open a folder of images; raises DataError for what would otherwise be noticed in the middle of training."""
    listings = {split: list_folder(folder) for split, folder in find_splits(root).items()}
    name, train = root.resolve().name, listings["train"]
    flat = [split for split, listing in listings.items() if split != "train" and not listing.classes]
    notes = [_flat_note(listings.pop(split)) for split in flat]
    for listing in listings.values():
        _check_listing(listing)
        _check_class_names(train, listing)
    sources = {split: _source(listing, train.classes, name, skip_bad) for split, listing in listings.items()}
    size, channels = survey(sources["train"])
    for source in sources.values():
        source.channels = channels
    test, val = sources.get("test"), sources.get("validation")
    return Dataset(name, train.classes, sources["train"], test, size, val, tuple(notes))


def find_splits(root: Path) -> dict[str, Path]:
    """Return the folder of each split; a folder with no sub-folder of a split's name is one training split.

    The training folder has class folders, the others may lack them. Raises DataError where names of splits would be
    taken for classes: beside a training folder without classes, or without any.
    """
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; a folder with one sub-folder of images a class was expected.")
    named = _named_folders(root)
    for split, folders in named.items():
        if len(folders) > 1:
            raise DataError(
                f"{root} has {' and '.join(path.name for path in folders)}: one {split} folder was expected; rename "
                "or move one."
            )
    if named and not ("train" in named and _has_folders(named["train"][0])):
        shown = ", ".join(folders[0].name for folders in named.values())
        missing = f"{named['train'][0].name} has no class folders" if "train" in named else "there is no train folder"
        raise DataError(
            f"{root} has folders named as splits are ({shown}), but {missing}; train/CLASS/1.jpg was expected. Rename "
            "what is misspelt or no split, or name images and labels in a list (.csv)."
        )
    return {split: folders[0] for split, folders in named.items()} or {"train": root}


def holds_class_folders(root: Path) -> bool:
    """Say whether two class folders or more hold images: archives that lie beside them are then no part of the set."""
    if not root.is_dir():
        return False
    train = _named_folders(root).get("train", [root])[0]
    names = (entry.name for entry in _scan(train) if entry.name.lower() not in SPLIT_OF and _kind(entry) == "folder")
    filled = (name for name in names if any(problem is None for _, problem in _walk(train, name)))
    return len(list(islice(filled, 2))) == 2


def split_folders(path: Path) -> list[Path]:
    """Return the folder and those of its sub-folders that have a split's name: where packed data may lie."""
    inside = _named_folders(path).values() if path.is_dir() else ()
    return [path, *(folder for folders in inside for folder in folders)]


def list_folder(root: Path) -> Listing:
    """List the images under each class folder, folders below it included; links are followed, each folder once."""
    classes: list[str] = []
    files: list[str] = []
    labels: list[int] = []
    odd: list[tuple[str, str]] = []
    stray: list[str] = []
    other = 0
    for entry in _scan(root):
        if _kind(entry) == "folder":
            classes.append(entry.name)
        elif is_image_name(entry.name):
            stray.append(entry.name)
        else:
            other += 1
    classes.sort(key=natural_key)
    above = {_identity(folder) for folder in (root, *root.resolve().parents)}
    beside = {_identity(root / name) for name in classes}
    for label, class_name in enumerate(classes):
        for path, problem in sorted(_walk(root, class_name, above, beside), key=itemgetter(0)):
            if problem == "not an image":
                other += 1
            elif problem:
                odd.append((path, problem))
            else:
                files.append(path)
                labels.append(label)
    return Listing(root, tuple(classes), tuple(files), tuple(labels), tuple(odd), tuple(stray), other)


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which "class2" comes before "class10" and case does not matter."""
    if text.isascii() and text.isalpha():
        return ((1, 0, text.lower()), (2, 0, text))
    parts = re.split(r"(\d+)", text)
    key = [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts if part]
    return (*key, (2, 0, text))


def survey(source: EncodedSource, most: int = 64) -> tuple[int, int]:
    """Return the input size and channels that suit these images, from at most `most` of them evenly spaced."""
    from residua.data.pixels.headers import read_header

    shorter, colour = [], False
    for index in np.unique(np.linspace(0, len(source) - 1, most).astype(int)).tolist():
        header = read_header(source.blobs.get(index))
        if header is not None:
            shorter.append(min(header.width, header.height))
            colour |= not header.grey
    return suggest_size(shorter), 3 if colour or not shorter else 1


def suggest_size(shorter: Sequence[int]) -> int:
    """Return the input size for images whose shorter sides are these: their median, in steps of 32, at most 224."""
    if not shorter:
        return 224
    median = int(np.median(shorter))
    return median if median < 32 else min(224, median // 32 * 32)


def _source(listing: Listing, classes: tuple[str, ...], name: str, skip_bad: bool) -> EncodedSource:
    """Make the source of one split, labels counted in `classes`; bad files are refused or left out, by name."""
    bad = probe_files(listing.root, listing.files)
    problems = [*listing.odd, *((listing.files[position], problem) for position, problem in bad.items())]
    refuse_bad(problems, len(listing.files) + len(listing.odd), listing.root, skip_bad)
    kept = [position for position in range(len(listing.files)) if position not in bad]
    own = [classes.index(label) for label in listing.classes]
    labels = [own[listing.labels[position]] for position in kept]
    if not kept:
        raise DataError(f"{listing.root}: no image can be read.")
    source = EncodedSource(Files(listing.root, [listing.files[position] for position in kept]), labels, classes, name)
    source.skip_bad = skip_bad
    source.bad = {-1 - number: f"{path}: {problem}" for number, (path, problem) in enumerate(problems)}
    return source


def _check_listing(listing: Listing) -> None:
    if not listing.classes:
        what = f"{len(listing.stray)} images but no class folder" if listing.stray else "no images"
        raise DataError(
            f"{listing.root} holds {what}; one sub-folder of images a class was expected, as "
            f"{listing.root.name}/cat/1.jpg."
        )
    counts = np.bincount(np.asarray(listing.labels, np.int64), minlength=len(listing.classes))
    odd = {path.split(os.sep, 1)[0] for path, _ in listing.odd}
    empty = [name for name, count in zip(listing.classes, counts, strict=True) if not count and name not in odd]
    if empty:
        raise DataError(
            f"{listing.root}: {len(empty)} of {len(listing.classes)} class folders hold no image: {and_more(empty)}. "
            "Fill or remove them: an empty class still takes a label."
        )


def _check_class_names(train: Listing, other: Listing) -> None:
    unknown = [name for name in other.classes if name not in train.classes]
    if unknown:
        raise DataError(
            f"{other.root} has classes that {train.root} has not: {', '.join(unknown[:5])}. Class folders are "
            "compared by name; rename or remove them."
        )


def _flat_note(listing: Listing) -> str:
    return (
        f"{listing.root} is left out: it has no class folders, so nothing says what its {len(listing.stray)} images "
        "show."
    )


def _named_folders(root: Path) -> dict[str, list[Path]]:
    """Return the sub-folders that have a split's name, by split; there should be one each."""
    found: dict[str, list[Path]] = {split: [] for split in SPLIT_NAMES}
    for entry in sorted(_scan(root), key=lambda entry: entry.name):
        if entry.name.lower() in SPLIT_OF and _kind(entry) == "folder":
            found[SPLIT_OF[entry.name.lower()]].append(Path(entry.path))
    return {split: folders for split, folders in found.items() if folders}


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return _entries(folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror}.") from None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".") and entry.name not in _IGNORED]


def _kind(entry: os.DirEntry[str]) -> Literal["file", "folder", "other"]:
    """Say what lies there; a link that leads nowhere, to itself or through a file is neither file nor folder."""
    try:
        return "file" if entry.is_file() else "folder" if entry.is_dir() else "other"
    except OSError:
        return "other"


def _identity(folder: Path) -> _Identity:
    """Return what tells this folder from others, links followed; None if it has vanished."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _has_folders(folder: Path) -> bool:
    return any(_kind(entry) == "folder" for entry in _scan(folder))


def _walk(
    root: Path, relative: str, above: Collection[_Identity] = (), beside: Collection[_Identity] = ()
) -> Iterator[tuple[str, str | None]]:
    """Yield (path relative to root, problem) for each file below.

    A folder that links reach twice is read once. Links lead neither up to the folders `above` nor to another class, one
    of those `beside`: images would be learnt under the wrong name.
    """
    pending, seen = [relative], set()
    own = _identity(root / relative)
    while pending:
        folder = pending.pop()
        identity = _identity(root / folder)
        if identity is not None and (identity in seen or identity in above or (identity in beside and identity != own)):
            continue
        seen.add(identity)
        try:
            entries = _entries(root / folder)
        except OSError as error:
            yield folder, f"a folder that cannot be listed: {error.strerror}"
            continue
        for entry in entries:
            path, kind = folder + os.sep + entry.name, _kind(entry)
            if kind == "file":
                yield path, None if is_image_name(entry.name) else "not an image"
            elif kind == "folder":
                pending.append(path)
            elif is_image_name(entry.name):
                yield path, "a broken link" if entry.is_symlink() else "not a regular file"


FORMAT = Format(
    documented=(("a folder", "one sub-folder a class, or `train`, `val`, `test` folders of such"),),
    kind="a folder of images",
    holds=holds_class_folders,
    open=lambda path, skip_bad: open_folder(Path(path), skip_bad=skip_bad),
)
