"""Which files of a packed set, as tar shards or Parquet, lie at a path, and to which split does each belong?"""

from __future__ import annotations

import re
from pathlib import Path

from residua.data.sources.layout import SPLIT_OF, holds_class_folders, kind_of, named_folders, scan
from residua.text import natural_key


def packed_files(path: Path, end: str) -> dict[str, list[Path]]:
    """Return the files of a packed set by split: those of a folder that end so; one file is all there is of its set.

    They lie in the folder and in its folders that have a split's name, or so in the one folder that it has, as `data`
    of a set that was copied from a hub. A file's first word or its folder names its split; others are to train on.
    """
    if path.is_file():
        return {"train": [path]}
    found: dict[str, list[Path]] = {}
    for file in sorted(_packed_in(path, end), key=lambda file: natural_key(str(file))):
        words = re.split(r"[-_.]", file.name.lower())[:1]
        words += [file.parent.name.lower()] if file.parent != path else []
        split = next((SPLIT_OF[word] for word in words if word in SPLIT_OF), "train")
        found.setdefault(split, []).append(file)
    return found


def _packed_in(path: Path, end: str) -> list[Path]:
    if not path.is_dir():
        return []
    folders = [Path(entry.path) for entry in scan(path) if kind_of(entry) == "folder"]
    lone = [folder for folder in folders if len(folders) == 1 and not holds_class_folders(folder)]
    for folder in (path, *lone):
        places = [folder, *(each for same in named_folders(folder).values() for each in same)]
        files = [file for place in places for file in place.glob(f"*{end}") if file.is_file()]
        if files:
            return files
    return []
