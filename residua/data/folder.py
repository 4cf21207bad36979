"""Which images and classes are in this folder, one sub-folder a class?

Classes are in natural order ("2" before "10"). Sub-folders named train, val and test (or their usual variants) are
splits; their classes are matched by name, never by position. Nothing is written into the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import numpy as np

from residua.data.encoded import EncodedSource, Files
from residua.data.image import decode, is_image_name, read_file
from residua.data.source import Dataset
from residua.errors import DataError

SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
_IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini", "lost+found"}


@dataclass(frozen=True)
class Listing:
    """What lies under one split's folder.

    files, labels: paths relative to the root, and the class of each. odd: image names that are no regular files (broken
    links, pipes). stray: image files beside the class folders. other: number of files that are no images.
    """

    root: Path
    classes: tuple[str, ...]
    files: tuple[str, ...]
    labels: tuple[int, ...]
    odd: tuple[tuple[str, str], ...]
    stray: tuple[str, ...]
    other: int


def open_folder(root: Path, *, skip_bad: bool = False, name: str | None = None) -> Dataset:
    """Open a folder of images; raises DataError for what would otherwise be noticed in the middle of training."""
    splits = find_splits(root)
    name = name or root.resolve().name
    train = list_folder(splits["train"])
    _check_listing(train)
    others = {key: list_folder(folder) for key, folder in splits.items() if key != "train"}
    for listing in others.values():
        _check_listing(listing)
        _check_class_names(train, listing)
    sources = {
        key: _source(listing, train.classes, name, skip_bad) for key, listing in {"train": train, **others}.items()
    }
    size, channels = survey(sources["train"])
    for source in sources.values():
        source.channels = channels
    return Dataset(name, train.classes, sources["train"], sources.get("test"), size, sources.get("validation"))


def find_splits(root: Path) -> dict[str, Path]:
    """Return the folder of each split; a folder without a train sub-folder is one training split."""
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; a folder with one sub-folder of images a class was expected.")
    present = {entry.name.lower(): Path(entry.path) for entry in _scan(root) if entry.is_dir()}
    found = {}
    for split, names in SPLIT_NAMES.items():
        matches = [present[candidate] for candidate in names if candidate in present]
        if len(matches) > 1:
            raise DataError(
                f"{root} has {' and '.join(path.name for path in matches)}: one {split} folder was expected; rename "
                "or move one."
            )
        if matches:
            found[split] = matches[0]
    return found if "train" in found and all(_has_folders(path) for path in found.values()) else {"train": root}


def split_folders(path: Path) -> list[Path]:
    """Return the folder and those of its sub-folders that have a split's name: where packed data may lie."""
    inside = [path / name for names in SPLIT_NAMES.values() for name in names]
    return [path, *(folder for folder in inside if folder.is_dir())]


def list_folder(root: Path) -> Listing:
    """List the images under each class folder, folders below it included; links are followed, each folder once."""
    classes: list[str] = []
    files: list[str] = []
    labels: list[int] = []
    odd: list[tuple[str, str]] = []
    stray: list[str] = []
    other = 0
    for entry in _scan(root):
        if entry.is_dir():
            classes.append(entry.name)
        elif is_image_name(entry.name):
            stray.append(entry.name)
        else:
            other += 1
    classes.sort(key=natural_key)
    for label, class_name in enumerate(classes):
        for path, problem in sorted(_walk(root, class_name), key=itemgetter(0)):
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


def probe(path: Path) -> str | None:
    """Say what is wrong with an image file, or None; reads its first and last bytes, and all of it only in doubt."""
    try:
        with open(path, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            if not length:
                return "empty (0 bytes)"
            head = file.read(16)
            file.seek(max(0, length - 1024))
            tail = file.read()
    except OSError as error:
        return error.strerror or str(error)
    if head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail:
        return None
    if head.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in tail:
        return None
    try:
        decode(read_file(path), path.name)
    except DataError as error:
        return str(error).removeprefix(path.name).removeprefix(" is ").strip(" .") or "unreadable"
    return None


def probe_files(root: Path, files: Sequence[str]) -> dict[int, str]:
    """Return what is wrong with which of the files, by position."""
    with ThreadPoolExecutor(min(16, 4 * (os.cpu_count() or 1))) as pool:
        found = pool.map(lambda name: probe(root / name), files, chunksize=256)
        return {position: problem for position, problem in enumerate(found) if problem}


def refuse_bad(problems: Sequence[tuple[str, str]], total: int, where: Path, skip_bad: bool) -> None:
    """Raise a DataError that counts and names the files with problems, unless they are to be skipped."""
    if problems and not skip_bad:
        shown = ", ".join(f"{path} ({problem})" for path, problem in problems[:5])
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise DataError(
            f"{len(problems)} of {total} image files in {where} cannot be read: {shown}{more}. "
            "Repair or remove them, or pass --skip-bad."
        )


def survey(source: EncodedSource, most: int = 64) -> tuple[int, int]:
    """Return the input size and channels that suit these images, from at most `most` of them evenly spaced."""
    from residua.data.headers import read_header

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
        shown = ", ".join(empty[:5]) + (f" and {len(empty) - 5} more" if len(empty) > 5 else "")
        raise DataError(
            f"{listing.root}: {len(empty)} of {len(listing.classes)} class folders hold no image: {shown}. Fill or "
            "remove them: an empty class still takes a label."
        )


def _check_class_names(train: Listing, other: Listing) -> None:
    unknown = [name for name in other.classes if name not in train.classes]
    if unknown:
        raise DataError(
            f"{other.root} has classes that {train.root} has not: {', '.join(unknown[:5])}. Class folders are "
            "compared by name; rename or remove them."
        )


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".") and entry.name not in _IGNORED]
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror}.") from None


def _has_folders(folder: Path) -> bool:
    return any(entry.is_dir() for entry in _scan(folder))


def _walk(root: Path, relative: str) -> Iterator[tuple[str, str | None]]:
    """Yield (path relative to root, problem) for each file below; a folder reached twice through links is read once."""
    pending, seen = [relative], set()
    while pending:
        folder = pending.pop()
        status = os.stat(root / folder)
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in _scan(root / folder):
            path = folder + os.sep + entry.name
            if entry.is_file():
                yield path, None if is_image_name(entry.name) else "not an image"
            elif entry.is_dir():
                pending.append(path)
            elif is_image_name(entry.name):
                yield path, "a broken link" if entry.is_symlink() else "not a regular file"
