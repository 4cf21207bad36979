"""Which data set does this name or path mean?"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from residua.data.sources import cifar, digits, folder, idx, shards, tables
from residua.data.sources.download import open_public
from residua.data.sources.format import Format
from residua.data.sources.lists import manifest
from residua.data.sources.source import Dataset, Transform
from residua.download import Progress
from residua.errors import DataError, LabelError
from residua.text import name_of, nearest

# All there is, in the order in which a path is recognised: an archive beside class folders is no part of the set.
SOURCES: tuple[Format, ...] = (
    digits.FORMAT,
    folder.FORMAT,
    cifar.FORMAT,
    idx.FORMAT,
    manifest.FORMAT,
    shards.FORMAT,
    tables.FORMAT,
)
PACKED = (".zip", ".rar", ".7z", ".tgz", ".gz", ".bz2", ".xz", ".zst")
TABLES = (".txt", ".xls", ".xlsx", ".ods", ".json", ".xml", ".yaml")  # in which lists are kept as well
ARRAYS = (".npz", ".npy", ".mat", ".h5", ".hdf5", ".pkl", ".pickle", ".pt", ".pth", ".bin", ".tfrecord")
_NO_SEVERAL = "several labels an image are read from a list (.csv, .tsv, .jsonl); here an image has one."
SETS = {public.name: public for source in SOURCES for public in source.sets}


def open_dataset(
    name_or_path: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    *,
    download: bool = False,
    skip_bad: bool = False,
    transform: Transform | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open a public data set by name or a collection of images by path: `.train`, and `.val` and `.test` or None.

    Each split has a length, and `[i]` is a picture and the number of its class: (Pillow image, int).
    root: where a public data set lies (its own folder or the one above it); default: the cache folder, as
    ~/.cache/residua/data.
    download: fetch a public data set that is absent. skip_bad: leave unreadable files out instead of refusing the
    collection. What cannot be used at all, as a test folder without classes, is left out and stands in `notes`.
    transform: called with each picture that `[i]` gives; what it returns stands in the picture's place.
    Raises DataError, in one line, if there is no such name or path, or if what is there cannot be used.
    """
    name = os.fspath(name_or_path)
    if name in SETS:
        dataset = open_public(SETS[name], None if root is None else Path(root), download, progress)
    else:
        dataset = _open(name, located(name, root), skip_bad)
    for source in dataset.splits.values():
        source.transform = transform
    return dataset


def open_several(
    name_or_path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None, *, skip_bad: bool = False
) -> Dataset:
    """Open a list of images with any number of labels each: a source's labels are numbers in `label_sets`.

    Raises LabelError for what is no list, DataError as `open_dataset` does.
    """
    name = os.fspath(name_or_path)
    return _open(name, located(name, root), skip_bad, several=True)


@contextlib.contextmanager
def said_by_a_file(name: str) -> Iterator[None]:
    """Keep from the network what is opened meanwhile by a name that a file gives, and nobody typed.

    Raises DataError where it is not in the local cache.
    """
    remote = _named(name)
    if remote is None:
        yield
        return
    try:
        with remote.locally():
            yield
    except DataError as error:
        raise DataError(
            f"{name} is named by the file, and nothing that a file names is fetched; it is not in the local cache "
            f"({error}): give it yourself, as --data {name}."
        ) from None


def located(name: str, root: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the path that is meant, or None for the name of a data set. Raises DataError for what no path can be."""
    if "\0" in f"{name}{root or ''}":
        raise DataError(f"{name_of(name)} is no name of a folder or file: it, or its root, holds a NUL.")
    return None if name in SETS or _named(name) else Path(root or "", name)


def place_of(name: str, root: str | os.PathLike[str] | None = None) -> str | None:
    """Return the absolute path of what is opened, or of the folder named for a public set; None if there is neither."""
    path = located(name, root) or (Path(root) if root is not None else None)
    return str(path.resolve()) if path is not None and path.exists() else None


def found_again(name: str, root: str | None, place: str | None) -> tuple[str, str | None]:
    """Return name and root of a data set that was once at the absolute path `place`: the same from any directory."""
    if place is None or not os.path.lexists(place) or place_of(name, root) == place:
        return name, root
    return (name, place) if name in SETS else (place, None)


def format_of(name: str, path: Path | None) -> Format | None:
    """Return the kind of source that a name, or the path that `located` found for it, is of; None if of no kind."""
    if path is None:
        return _named(name) or next(source for source in SOURCES if SETS[name] in source.sets)
    found = next((source for source in SOURCES if source.holds(path)), None)
    return folder.FORMAT if found is None and path.is_dir() else found


def is_plain_folder(path: Path) -> bool:
    """Say whether this is a folder of image files, not a set in files of its own."""
    return path.is_dir() and format_of("", path) is folder.FORMAT


def lists_files(path: Path) -> bool:
    """Say whether what lies at a path names files that may lie elsewhere."""
    return any(source.lists_files and source.holds(path) for source in SOURCES)


def _named(name: str) -> Format | None:
    return next((source for source in SOURCES if source.prefix and name.startswith(source.prefix)), None)


def _refuse_packed(path: Path) -> None:
    """Raise DataError for an archive, and for a folder that holds archives and nothing else."""
    inside = [entry for entry in path.iterdir() if not entry.name.startswith(".")] if path.is_dir() else [path]
    packed = [entry for entry in inside if entry.suffix.lower() in PACKED and not entry.is_dir()]
    if packed and len(packed) == len(inside):
        how = "unzip" if packed[0].suffix.lower() == ".zip" else "unpack"
        raise DataError(f"{packed[0]} is an archive: {how} it, and give the folder that comes out of it.")


def _what_mends(path: Path | None) -> str:
    """Return what makes a file one that can be opened, as a sentence behind others; "" where that is not known."""
    end = path.suffix.lower() if path else ""
    if end in TABLES:
        return " Save it as CSV with the columns path and label."
    return " If it holds pictures, write them as PNG, into a folder for each class." if end in ARRAYS else ""


def _open(name: str, path: Path | None, skip_bad: bool, *, several: bool = False) -> Dataset:
    if path is not None and not os.path.lexists(path):
        near = nearest(name, SETS)
        hint = f"did you mean {near[0]}?" if near else f"give a folder or one of {', '.join(SETS)}."
        raise DataError(f"there is no data set or folder {str(path)!r}; {hint}")
    if path is not None and path.exists() and not (path.is_file() or path.is_dir()):
        raise DataError(f"{path} is not a regular file (a pipe or device).")
    found = format_of(name, path)
    if path is not None and found in (None, folder.FORMAT):
        _refuse_packed(path)
    if found is None or (found.open is None and not several):
        kinds = "; ".join(source.kind for source in SOURCES if source.kind)
        raise DataError(f"{path} is none of what can be opened: {kinds}.{_what_mends(path)}")
    opened = found.open_several if several else found.open
    if opened is None:
        raise LabelError(f"{name}: {_NO_SEVERAL}")
    return opened(name if path is None else str(path), skip_bad)
