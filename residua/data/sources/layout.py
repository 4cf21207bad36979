"""What does each level of these folders mean: a wrapper, splits, or classes?

A level is what the level below it shows it to be: folders that all hold the same sub-folders are splits, whatever
their names. What is read otherwise than the names say stands in a note; what only the user can know is an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from residua.data.pixels.image import is_image_name
from residua.data.sources.lists.hints import instead_of_classes, lists_in
from residua.data.sources.source import Note
from residua.errors import DataError, LabelError
from residua.reading import open_regular
from residua.text import and_more

SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "validate", "dev", "eval", "evaluation"),
    "test": ("test", "testing"),
}
SPLIT_OF = {name: split for split, names in SPLIT_NAMES.items() for name in names}
_MASKS = re.compile(r"(?:.*[ _-])?(?:masks?|segmentations?|ground[ _-]?truths?|gt)", re.IGNORECASE)
LIST_LOOKED_AT = 2**20  # bytes of a list, tens of thousands of lines: whether it names these files or these folders
Identity = tuple[int, int] | None  # of a folder: device and number; None if it has vanished
# What systems leave beside images: archives of macOS, Windows, disks of Linux and Synology
_IGNORED = {"__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir"}


@dataclass(frozen=True)
class Layout:
    """Where in `root` class folders lie: the folder of each split, one "train". notes: what was not as names say."""

    root: Path
    splits: dict[str, Path]
    notes: tuple[Note, ...] = ()


def find_layout(root: Path) -> Layout:
    """Return the folder of each split; a folder with no sub-folder of a split's name is one training split.

    The training folder has class folders, the others may lack them. Raises DataError where names of splits would be
    taken for classes, LabelError where it is not known which level names the classes.
    """
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; a folder with one sub-folder of images a class was expected.")
    top = _unwrapped(root)
    notes = (
        [_reading(root, f"{os.path.relpath(top, root)} inside is all there is, and holds the class folders or splits")]
        if top != root
        else []
    )
    named = named_folders(top)
    _refuse_two(top, named)
    exact = {split: folders[0] for split, folders in named.items()}
    if exact and not ("train" in exact and _has_folders(exact["train"])):
        _refuse_boxes(root)
        raise DataError(
            f"{top} has folders named as splits are ({', '.join(path.name for path in exact.values())}), but "
            f"{_missing_train(top, exact)}; train/CLASS/1.jpg was expected. Rename what is misspelt or no split, or "
            f"name images and labels in a list (.csv).{instead_of_classes(top, root)}"
        )
    _refuse_boxes(exact.get("train", top))
    alike = {} if exact else _folders_named_alike(top)
    if not exact and not alike:
        _refuse_listed(top)
        _refuse_same_folders(top)
        _refuse_splits_in_names(top, root)
        return Layout(root, {"train": top}, tuple(notes))
    if alike:
        shown = ", ".join(f"{path.name} as {split}" for split, path in alike.items())
        notes.append(_reading(root, f"{shown}, since each holds class folders of the same names"))
    splits = {split: _unwrapped(folder) for split, folder in (exact or alike).items()}
    return Layout(root, splits, (*notes, *_left_out(top, exact or alike)))


def find_splits(root: Path) -> dict[str, Path]:
    """Return the folder of each split; see `find_layout`."""
    return find_layout(root).splits


def holds_class_folders(root: Path) -> bool:
    """Say whether two class folders or more hold images: archives that lie beside them are then no part of the set."""
    if not root.is_dir():
        return False
    train = named_folders(root).get("train", [root])[0]
    return len(list(islice(_filled(train, but=SPLIT_OF), 2))) == 2


def scan(folder: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, hidden files aside. Raises DataError where it cannot be listed."""
    try:
        return _entries(folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror}.") from None


def kind_of(entry: os.DirEntry[str]) -> Literal["file", "folder", "other"]:
    """Say what lies there; a link that leads nowhere, to itself or through a file is neither file nor folder."""
    try:
        return "file" if entry.is_file() else "folder" if entry.is_dir() else "other"
    except OSError:
        return "other"


def is_mask_folder(name: str) -> bool:
    """Say whether a folder of this name holds masks, which show where something is in the pictures beside it."""
    return _MASKS.fullmatch(name) is not None


def identity_of(folder: Path) -> Identity:
    """Return what tells this folder from others, links followed; None if it has vanished."""
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def walk(
    root: Path, relative: str, above: Collection[Identity] = (), beside: Collection[Identity] = ()
) -> Iterator[tuple[str, str | None]]:
    """Yield (path relative to root, problem) for each file below.

    A folder that links reach twice is read once. Links lead neither up to the folders `above` nor to another class, one
    of those `beside`: images would be learnt under the wrong name.
    """
    pending, seen = [relative], set()
    own = identity_of(root / relative)
    while pending:
        folder = pending.pop()
        identity = identity_of(root / folder)
        if identity is not None and (identity in seen or identity in above or (identity in beside and identity != own)):
            continue
        seen.add(identity)
        try:
            entries = _entries(root / folder)
        except OSError as error:
            yield folder, f"a folder that cannot be listed: {error.strerror}"
            continue
        for entry in entries:
            path, kind = folder + os.sep + entry.name, kind_of(entry)
            if kind == "file":
                yield path, None if is_image_name(entry.name) else "not an image"
            elif kind == "folder":
                pending.append(path)
            elif is_image_name(entry.name):
                yield path, "a broken link" if entry.is_symlink() else "not a regular file"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".") and entry.name not in _IGNORED]


def _unwrapped(folder: Path) -> Path:
    """Return the first folder below, or this one, that is more than a wrapper.

    A wrapper holds one folder with images below it, and none itself. A class may lie in one as well (`cat/images/`), so
    the folder inside has to hold two of its own, or splits.
    """
    seen: set[Identity] = set()
    while not named_folders(folder) and identity_of(folder) not in seen:
        seen.add(identity_of(folder))
        inside = list(islice(_filled(folder), 2))
        if len(inside) != 1 or _level(folder) is None:
            break
        deeper = folder / inside[0]
        several = len(list(islice(_filled(deeper), 2))) == 2 and _level(deeper) is not None
        if not several and not named_folders(deeper) and not _wraps(deeper):
            break
        folder = deeper
    return folder


def _wraps(folder: Path) -> bool:
    """Say whether a folder without images leads, through one folder after another, to one with several."""
    inside = list(islice(_filled(folder), 2))
    return len(inside) == 1 and _level(folder) is not None and _unwrapped(folder) != folder


def _filled(folder: Path, but: Collection[str] = ()) -> Iterator[str]:
    """Yield the names of the sub-folders that hold an image at any depth."""
    above = {identity_of(each) for each in (folder, *folder.resolve().parents)}
    for entry in sorted(scan(folder), key=lambda entry: entry.name):
        counts = entry.name.lower() not in but and kind_of(entry) == "folder"
        if counts and any(problem is None for _, problem in walk(folder, entry.name, above)):
            yield entry.name


def _level(folder: Path) -> frozenset[str] | None:
    """Return the names of the sub-folders, None where images lie beside them: it is then a class, not a split."""
    names = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _IGNORED:
                    continue
                if kind_of(entry) == "folder":
                    names.add(entry.name)
                elif is_image_name(entry.name):
                    return None
    except OSError:
        return None
    return frozenset(names)


def named_folders(root: Path) -> dict[str, list[Path]]:
    """Return the sub-folders that have a split's name, by split; there should be one each."""
    found: dict[str, list[Path]] = {split: [] for split in SPLIT_NAMES}
    for entry in sorted(scan(root), key=lambda entry: entry.name):
        if entry.name.lower() in SPLIT_OF and kind_of(entry) == "folder":
            found[SPLIT_OF[entry.name.lower()]].append(Path(entry.path))
    return {split: folders for split, folders in found.items() if folders}


def lists_splits(name: str) -> bool:
    """Say whether a file of this name lists the images of a split, as train.txt, or of several, as splits.json."""
    return bool({*_words(name)} & {*SPLIT_OF, "split", "splits"})


def _words(name: str) -> list[str]:
    return re.findall("[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())


def _split_in(name: str) -> str | None:
    """Return the split that one word of a name names, as in seg_train, test_set, TrainingData, val2017, trainset."""
    words = _words(name)
    found = {
        SPLIT_OF[word] for word in (re.sub("(.)(set|data|images)$", r"\1", word) for word in words) if word in SPLIT_OF
    }
    return found.pop() if len(found) == 1 else None


def _folders_named_alike(root: Path) -> dict[str, Path]:
    """Return the folders whose names hold a split's and that hold the class folders of the training one; {} if none.

    The name alone shows nothing (test_tube and train_station are classes); two class folders in common do.
    """
    found: dict[str, list[Path]] = {}
    for name in _filled(root):
        split = _split_in(name)
        if split is not None:
            found.setdefault(split, []).append(root / name)
    levels = {folder: _level(_unwrapped(folder)) or frozenset() for folders in found.values() for folder in folders}
    classes = frozenset[str]().union(*(levels[folder] for folder in found.get("train", [])))
    alike = {
        split: [folder for folder in folders if len(levels[folder] & classes) >= 2] for split, folders in found.items()
    }
    alike = {split: alike[split] for split in SPLIT_NAMES if alike.get(split)}
    if len(alike) < 2:
        return {}
    _refuse_two(root, alike)
    return {split: folders[0] for split, folders in alike.items()}


def _refuse_two(root: Path, named: dict[str, list[Path]]) -> None:
    for split, folders in named.items():
        if len(folders) > 1:
            raise DataError(
                f"{root} has {' and '.join(path.name for path in folders)}: one {split} folder was expected; rename "
                "or move one."
            )


def _refuse_boxes(folder: Path) -> None:
    """Raise LabelError for the images and boxes of a detector, as YOLO's: no folder names a class."""
    below = {entry.name.lower(): Path(entry.path) for entry in scan(folder) if kind_of(entry) == "folder"}
    if set(below) != {"images", "labels"} or any(is_image_name(entry.name) for entry in scan(below["labels"])):
        return
    raise LabelError(
        f"{folder} has images and labels, where a detector's boxes lie, and no class folders: they say where things "
        "are, not what a picture shows; name images and labels in a list (.csv) with the columns path and label."
    )


def _refuse_listed(root: Path) -> None:
    """Raise LabelError for one folder of images, or numbered parts, beside a list that knows the classes."""
    lists = lists_in(root)
    names = list(_filled(root)) if lists else []
    if len(names) == 1:
        raise LabelError(
            f"{root} has the one folder of images {names[0]}, and {lists[0]}, which may be the list of their labels: "
            f"give {root / lists[0]}."
        )
    if len({re.sub(r"\d+", "", name) for name in names}) == 1 and _names_files_alone(root, lists[0], names):
        raise LabelError(
            f"{root} has the folders of images {and_more(names)}, which differ in a number, and {lists[0]}, which "
            f"names their files and none of them: give {root / lists[0]}, or if they are the classes, move it away."
        )


def _names_files_alone(root: Path, listed: str, names: list[str]) -> bool:
    """Say whether a list names a file of the first of these folders, and none of the folders, as a label or a path."""
    with open_regular(root / listed, DataError) as file:
        text = file.read(LIST_LOOKED_AT).decode("utf-8", "replace")
    above = {identity_of(each) for each in (root, *root.resolve().parents)}
    file_names = (Path(path).stem for path, problem in walk(root, names[0], above) if problem is None)
    return not any(name in text for name in names) and any(name in text for name in file_names)


def _refuse_same_folders(root: Path) -> None:
    """Raise LabelError where every folder holds the same sub-folders and no images: classes of that kind teach nothing.

    The same: at least two, and half of each folder's own, so that a split may lack a class.
    """
    names = list(islice(_filled(root), 2))
    if len(names) < 2 or any(_level(_unwrapped(root / name)) is None for name in names):
        return  # with images directly in one of the first two, no level lies between
    names = list(_filled(root))
    levels = [_level(_unwrapped(root / name)) for name in names]
    common = frozenset.intersection(*(level or frozenset() for level in levels))
    if len(common) < 2 or any(2 * len(common) < len(level or ()) for level in levels):
        return
    each = f"{root}: {and_more(names)} each hold the same folders, {and_more(sorted(common))}"
    masks = [name for name in sorted(common) if is_mask_folder(name)]
    if masks and len(masks) < len(common):
        raise LabelError(
            f"{each}: masks show where something is, and are no pictures of a class. Move the folders "
            f"{' and '.join(masks)} away, or name images and labels in a list (.csv)."
        )
    if all(_split_in(name) for name in common):
        raise LabelError(
            f"{each}, which are splits: a split is expected above its classes, as train/{names[0]}; move them so, or "
            "name images, labels and splits in a list (.csv)."
        )
    raise LabelError(
        f"{each}: they look like splits, folds or patients, not like classes. Call them train, val and test, or write "
        "a list (.csv) of path, label and, of folds, fold, of patients, group."
    )


def _refuse_splits_in_names(root: Path, whole: Path) -> None:
    """Raise LabelError where every folder's name holds a split, as train2017, or a class too, as trainA, train_cat."""
    found: dict[str, set[str]] = {}
    for name in _filled(root):
        split = _split_in(name)
        if split is None:
            return
        rest = re.sub("|".join(sorted(SPLIT_OF, key=len, reverse=True)), "", name.lower(), count=1)
        found.setdefault(split, set()).add(rest.strip("_-. "))
    if len(found) > 1 and len({frozenset(rests) for rests in found.values()}) == 1:
        classes = sorted(next(iter(found.values())))
        if len(classes) == 1:
            raise LabelError(
                f"{root}: {and_more(list(_filled(root)))} are splits by their names, and have no class folders."
                f"{instead_of_classes(root, whole)}"
            )
        raise LabelError(
            f"{root}: each folder's name holds a split and one of {and_more(classes)}: a folder of each split was "
            "expected, with class folders inside, as train/CLASS; move them so, or name images, labels and splits in a "
            "list (.csv)."
        )


def _missing_train(top: Path, exact: dict[str, Path]) -> str:
    if "train" in exact:
        return f"{exact['train'].name} has no class folders"
    dead = [entry.name for entry in scan(top) if SPLIT_OF.get(entry.name.lower()) == "train" and entry.is_symlink()]
    return f"{dead[0]} is a link that leads nowhere" if dead else "there is no train folder"


def _left_out(top: Path, splits: dict[str, Path]) -> Iterator[Note]:
    """Yield a note for each folder of images beside the splits."""
    known = {folder.name for folder in splits.values()}
    for name in _filled(top, but=SPLIT_OF):
        if name not in known:
            why = "it holds images, and is none of the splits beside it; called val or test it would be one"
            yield Note("left-out", f"{top / name} is left out: {why}.")


def _has_folders(folder: Path) -> bool:
    return any(kind_of(entry) == "folder" for entry in scan(folder))


def _reading(root: Path, what: str) -> Note:
    return Note("read-as", f"{root} is read so: {what}.", "note")
