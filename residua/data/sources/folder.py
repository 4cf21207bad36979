"""Which images and classes are in this folder, one sub-folder a class?

Classes are in natural order ("2" before "10"). Sub-folders named train, val and test (or their usual variants) are
splits; their classes are matched by name, never by position. Nothing is written into the folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

import numpy as np

from residua.data.pixels.image import is_image_name
from residua.data.pixels.quick_check import probe_files, refuse_bad
from residua.data.sources.encoded import EncodedSource, Files
from residua.data.sources.format import Format
from residua.data.sources.layout import (
    Layout,
    find_layout,
    holds_class_folders,
    identity_of,
    is_mask_folder,
    kind_of,
    lists_splits,
    scan,
    walk,
)
from residua.data.sources.lists.hints import instead_of_classes, names_in
from residua.data.sources.source import Dataset, Note
from residua.errors import DataError
from residua.text import and_more, canonical, natural_key

# Formats in which others keep pictures and films, and which are not read: of medicine, arrays, cameras, drawings.
_PICTURES = {".dcm", ".dicom", ".nii", ".nrrd", ".mha", ".npy", ".npz", ".mat", ".h5", ".pt", ".cr2", ".nef", ".arw",
             ".dng", ".exr", ".hdr", ".psd", ".xcf", ".svg", ".pdf", ".eps", ".jxl", ".ico", ".mp4", ".avi",
             ".mov"}  # fmt: skip
_LISTS = {".txt", ".csv", ".tsv", ".json", ".jsonl", ".mat", ".pkl"}  # in which data sets publish their splits
_MASK = re.compile(r"(.+)[_-](?:mask|seg|segmentation|gt)(?:[_-]?\d+)?", re.IGNORECASE | re.DOTALL)


ONLY_CLASS = (
    "is the only class: there is nothing to tell apart; a folder a class, or a list (.csv) of images and labels, was "
    "expected"
)


@dataclass(frozen=True)
class Listing:
    """What lies under one split's folder.

    files, labels: paths relative to the root, and the class of each. odd: image names that are no regular files (broken
    links, pipes), links that lead nowhere where a class folder was expected, and folders that cannot be listed, each
    with the reason. stray: image files beside the class folders. other: files that are no images by their name.
    """

    root: Path
    classes: tuple[str, ...]
    files: tuple[str, ...]
    labels: tuple[int, ...]
    odd: tuple[tuple[str, str], ...]
    stray: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is said of a listing of training images."""
        return (*self.folded, *self.masks)

    @property
    def passed_over(self) -> tuple[Note, ...]:
        """What is said of files that training does not read: images in no class, and pictures of other formats."""
        stray = (Note("stray-images", stray_words(self.stray)),) if self.stray else ()
        return (*stray, *unread(self.other))

    @property
    def masks(self) -> tuple[Note, ...]:
        """A note that counts the images that are named as masks of others beside them."""
        stems = {os.path.splitext(path)[0] for path in self.files}
        named = ((path, _MASK.fullmatch(os.path.splitext(path)[0])) for path in self.files)
        masks = {path for path, found in named if found and found[1] in stems}
        apart = {path for path in self.files if any(map(is_mask_folder, path.split(os.sep)[1:-1]))}
        pictured = {path.split(os.sep, 1)[0] for path in self.files if path not in apart}
        masks |= {path for path in apart if path.split(os.sep, 1)[0] in pictured}
        if not masks:
            return ()
        words = "images are named as masks of others beside them" if len(masks) > 1 else "image is named as a mask"
        message = f"{len(masks)} {words}, as {min(masks)}: they are learnt as pictures of their class; move them away."
        return (Note("mask-beside", message),)

    @property
    def folded(self) -> tuple[Note, ...]:
        """A note that names the classes with several folders of images inside, whose names are no part of the label."""
        inside: dict[int, set[str]] = {}
        for path, label in zip(self.files, self.labels, strict=True):
            if path.count(os.sep) > 1:
                inside.setdefault(label, set()).add(path.split(os.sep, 2)[1])
        several = [
            f"{self.classes[label]} ({and_more(sorted(names))})" for label, names in inside.items() if len(names) > 1
        ]
        if not several:
            return ()
        return (Note("folded", f"sub-folders are folded into their class: {and_more(several)}.", "note"),)


def open_folder(root: Path, *, skip_bad: bool = False) -> Dataset:
    """Open a folder of images; raises DataError for what would otherwise be noticed in the middle of training."""
    layout = find_layout(root)
    listings, left_out = list_splits(layout)
    name, train = root.resolve().name, listings["train"]
    notes = [*layout.notes, *left_out, *train.notes]
    for listing in listings.values():
        notes += listing.passed_over
        _check_listing(listing)
        _check_class_names(train, listing)
    sources = {split: _source(listing, train.classes, name, skip_bad) for split, listing in listings.items()}
    size, channels = survey(sources["train"])
    for source in sources.values():
        source.channels = channels
    test, val = sources.get("test"), sources.get("validation")
    return Dataset(name, train.classes, sources["train"], test, size, val, tuple(notes))


def list_splits(layout: Layout) -> tuple[dict[str, Listing], tuple[Note, ...]]:
    """List the images of each split, and say which held-out ones are left out since nothing says what they show.

    A class of a held-out split is spelt as training spells it, é as one letter or two.
    """
    listings = {split: list_folder(folder) for split, folder in layout.splits.items()}
    train, notes = listings["train"], []
    spelt = {canonical(name): name for name in train.classes} | {name: name for name in train.classes}
    for split, listing in list(listings.items()):
        own = tuple(spelt.get(name, spelt.get(canonical(name), name)) for name in listing.classes)
        listings[split] = replace(listing, classes=own)
        if split != "train" and _unlabelled(own, train.classes):
            notes.append(_unlabelled_note(listings.pop(split)))
    return listings, (*notes, *_unread_splits(layout))


def _unread_splits(layout: Layout) -> Iterator[Note]:
    """Yield a note for the files beside class folders without splits whose names say that they list some."""
    if len(layout.splits) > 1:
        return
    top = layout.splits["train"]
    names = [entry.name for entry in scan(top) if kind_of(entry) == "file"]
    names += names_in(top.parent) if top != layout.root else []  # in `annotations`, `meta` and the like as well
    found = sorted(name for name in names if Path(name).suffix.lower() in _LISTS and lists_splits(Path(name).stem))
    if found:
        yield Note(
            "unused-list",
            f"not used: {and_more(found)}, which by name {'lists' if len(found) == 1 else 'list'} splits: to measure "
            "on the same images as others, write a list (.csv) of path, label and split.",
        )


def list_folder(root: Path) -> Listing:
    """List the images under each class folder, folders below it included; links are followed, each folder once."""
    classes: list[str] = []
    files: list[str] = []
    labels: list[int] = []
    odd: list[tuple[str, str]] = []
    stray: list[str] = []
    other: list[str] = []
    for entry in scan(root):
        if kind_of(entry) == "folder":
            classes.append(entry.name)
        elif is_image_name(entry.name):
            stray.append(entry.name)
        elif entry.is_symlink() and kind_of(entry) == "other":
            odd.append((entry.name, "a broken link"))
        else:
            other.append(entry.name)
    classes.sort(key=natural_key)
    above = {identity_of(folder) for folder in (root, *root.resolve().parents)}
    beside = {identity_of(root / name) for name in classes}
    for label, class_name in enumerate(classes):
        for path, problem in sorted(walk(root, class_name, above, beside), key=itemgetter(0)):
            if problem == "not an image":
                other.append(path)
            elif problem:
                odd.append((path, problem))
            else:
                files.append(path)
                labels.append(label)
    return Listing(root, tuple(classes), tuple(files), tuple(labels), tuple(odd), tuple(sorted(stray)), tuple(other))


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
            f"{listing.root.name}/cat/1.jpg.{instead_of_classes(listing.root)}"
        )
    counts = np.bincount(np.asarray(listing.labels, np.int64), minlength=len(listing.classes))
    odd = {path.split(os.sep, 1)[0] for path, _ in listing.odd}
    empty = [name for name, count in zip(listing.classes, counts, strict=True) if not count and name not in odd]
    if empty:
        raise DataError(
            f"{listing.root}: {len(empty)} of {len(listing.classes)} class folders hold no image: {and_more(empty)}. "
            f"Fill or remove them: an empty class still takes a label.{unread_words(listing.other)}"
        )


def _check_class_names(train: Listing, other: Listing) -> None:
    unknown = [name for name in other.classes if name not in train.classes]
    if unknown:
        raise DataError(
            f"{other.root} has classes that {train.root} has not: {', '.join(unknown[:5])}. Class folders are "
            "compared by name; rename or remove them."
        )


def _unlabelled(own: Sequence[str], classes: Sequence[str]) -> bool:
    """Whether a held-out split has no class folders, or all in one that is no class, as test/unknown, val/images."""
    return not own or (len(own) == 1 < len(classes) and own[0] not in classes)


def _unlabelled_note(listing: Listing) -> Note:
    where = f"all lies in {listing.classes[0]}, which is no class" if listing.classes else "it has no class folders"
    images = len(listing.stray) + len(listing.files)
    return Note("left-out", f"{listing.root} is left out: {where}, so nothing says what its {images} images show.")


def unread(files: Iterable[str], prefix: str = "") -> tuple[Note, ...]:
    """Return a note for those files in class folders, no images by their names, that may be pictures all the same."""
    found = [path for path in files if os.path.splitext(path)[1].lower() in _PICTURES and os.sep in path]
    if not found:
        return ()
    words = "files in class folders are" if len(found) > 1 else "file in a class folder is"
    advice = "write such pictures as PNG or JPEG"
    return (Note("not-read", f"{len(found)} {words} of formats that are not read, as {prefix}{min(found)}: {advice}."),)


def unread_words(files: Iterable[str]) -> str:
    """Return what `unread` says as a sentence behind others; "" where there is nothing to say."""
    return "".join(f" {note.message}" for note in unread(files))


def stray_words(stray: Sequence[str]) -> str:
    """Return what is said of images beside the class folders."""
    return f"{len(stray)} image{'s' * (len(stray) > 1)} beside the class folders, in no class, as {stray[0]}."


FORMAT = Format(
    documented=(("a folder", "one sub-folder a class, or `train`, `val`, `test` folders of such"),),
    kind="a folder of images",
    holds=holds_class_folders,
    open=lambda path, skip_bad: open_folder(Path(path), skip_bad=skip_bad),
)
