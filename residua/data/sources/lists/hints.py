"""What may a folder that shows no classes be instead, and what would mend it?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from residua.data.pixels.image import is_image_name

LIST_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
# Of the files of a folder and of the folders in it: Kaggle's and Roboflow's lists lie in one of both. More are not
# looked through for a message.
MOST = 10_000


def lists_in(root: Path) -> list[str]:
    """Return the lists in a folder and the folders in it, those first that are called by what training takes."""
    found = [name for name in names_in(root) if Path(name).suffix.lower() in LIST_SUFFIXES]
    return sorted(found, key=lambda name: ("train" not in name.lower(), "submission" in name.lower(), name))


def instead_of_classes(root: Path, whole: Path | None = None) -> str:
    """Return what mends a folder that should have class folders and has none, as a sentence after a space; or "".

    whole: the folder that was given, where `root` lies in it: lists and annotations may lie beside `root`.
    """
    for folder in dict.fromkeys((root, whole or root)):
        lists = lists_in(folder)
        if lists:
            return f" {lists[0]} may be a list of images and labels: give {folder / lists[0]}."
    names = list(names_in(root))
    beside = [*names, *(names_in(whole) if whole not in (None, root) else ())]
    documents = [name for name in beside if Path(name).suffix.lower() in (".json", ".xml", ".txt", ".xlsx")]
    images = [name for name in names if is_image_name(name)]
    windows = next((name for name in images if "\\" in name), None)
    if windows is not None:
        return (
            f" The names hold backslashes, as {windows}: what unpacked the archive took them for letters; unpack it "
            "anew with `unzip`, which makes folders of them."
        )
    told = f"{documents[0]} is not read; " if documents else ""
    if images:
        return (
            f" {len(images)} images lie in no class folder, as {images[0]}: {told}put each into a folder named as its "
            "class, or write a list (.csv) with the columns path and label."
        )
    bare = [name for name in names if not Path(name).suffix]
    if bare:
        return f" Files without suffix, as {bare[0]}, are no images by their name: give them one, as {bare[0]}.jpg."
    return ""


def names_in(root: Path) -> Iterator[str]:
    """Yield the files in a folder and in those in it, relative to it, hidden ones aside."""
    yield from sorted(islice(_files(root), MOST))


def _files(root: Path) -> Iterator[str]:
    for folder, below, names in os.walk(root):
        prefix = "" if Path(folder) == root else os.path.relpath(folder, root) + os.sep
        below[:] = [] if prefix else sorted(name for name in below if not name.startswith((".", "__MACOSX")))
        yield from (prefix + name for name in sorted(names) if not name.startswith("."))
