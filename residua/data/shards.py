"""Which images are in these tar shards, laid out as WebDataset does: `key.jpg` beside `key.cls` or `key.json`?

Shards are indexed once, from their headers; an image is then one read at its offset, safe from several threads.
"""

from __future__ import annotations

import json
import os
import re
import tarfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from residua.data.encoded import EncodedSource, stamp_of
from residua.data.folder import SPLIT_NAMES, natural_key, split_folders, survey
from residua.data.image import is_image_name
from residua.data.labels import class_list, number_labels, read_class_file
from residua.data.source import Dataset
from residua.errors import DataError


@dataclass(frozen=True)
class Member:
    """One image inside a shard."""

    shard: int
    offset: int
    size: int
    name: str


class Shards:
    """The bytes of images inside uncompressed tar files."""

    def __init__(self, paths: Sequence[Path], members: Sequence[Member]):
        self.paths = tuple(paths)
        self.members = tuple(members)
        self._open: dict[int, int] = {}

    def get(self, index: int) -> bytes:
        """Read one image; a shard that has changed since it was indexed is a DataError."""
        member = self.members[index]
        try:
            if member.shard not in self._open:
                self._open[member.shard] = os.open(self.paths[member.shard], os.O_RDONLY)
            data = os.pread(self._open[member.shard], member.size, member.offset)
        except OSError as error:
            raise DataError(f"{self.where(index)} cannot be read: {error.strerror}.") from None
        if len(data) != member.size:
            raise DataError(f"{self.where(index)} is cut off: the shard is shorter than when it was indexed.")
        return data

    def where(self, index: int) -> str:
        """Return shard and member, as train-000.tar/0001.jpg."""
        member = self.members[index]
        return f"{self.paths[member.shard].name}/{member.name}"

    def place(self) -> str:
        """Return the shards."""
        return "\n".join(str(path.resolve()) for path in self.paths)

    def stamp(self, index: int) -> tuple[int, int]:
        """Return size and time of change of the shard."""
        return stamp_of(self.paths[self.members[index].shard])

    def __del__(self) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)


def holds_shards(path: Path) -> bool:
    """Say whether this is a tar file, or a folder with some in it or in its split folders."""
    if path.is_file():
        return tarfile.is_tarfile(path) if ".tar" in path.name.lower() else False
    return any(any(folder.glob("*.tar")) for folder in split_folders(path))


def find_shards(path: Path) -> dict[str, list[Path]]:
    """Return the shards of each split: a file, or a folder of files named after their split or in folders named so."""
    inside = [file for folder in split_folders(path) for file in folder.glob("*.tar") if file.is_file()]
    files = [path] if path.is_file() else sorted(inside, key=lambda file: natural_key(str(file)))
    names = {name: split for split, words in SPLIT_NAMES.items() for name in words}
    found: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        words = re.split(r"[-_.]", file.name.lower())[:1] + ([file.parent.name.lower()] if file.parent != path else [])
        found[next((names[word] for word in words if word in names), "train")].append(file)
    return found


def open_shards(path: Path, *, skip_bad: bool = False) -> Dataset:
    """Open one tar file or a folder of them; `classes.txt` beside them names the classes that numbers stand for."""
    found = find_shards(path)
    if "train" not in found:
        raise DataError(f"{path}: no shard belongs to the training split ({', '.join(found)} only).")
    given = read_class_file(path if path.is_dir() else path.parent)
    read = {split: _index(paths) for split, paths in found.items()}
    classes = class_list(read["train"][1], given, f"{path} (training shards)")
    sources = {}
    for split, (members, labels) in read.items():
        class_list(labels, classes, f"{path} ({split} shards)")
        blobs = Shards(found[split], members)
        sources[split] = EncodedSource(blobs, number_labels(labels, classes), classes, path.stem)
        sources[split].skip_bad = skip_bad
    size, channels = survey(sources["train"])
    for source in sources.values():
        source.channels = channels
    return Dataset(path.stem, classes, sources["train"], sources.get("test"), size, sources.get("validation"))


def _index(paths: Sequence[Path]) -> tuple[list[Member], list[str]]:
    members, labels = [], []
    for shard, path in enumerate(paths):
        images: dict[str, Member] = {}
        targets: dict[str, str] = {}
        try:
            with tarfile.open(path, "r:") as tar:
                for info in tar:
                    _take(tar, info, shard, images, targets)
        except (tarfile.TarError, OSError, EOFError) as error:
            hint = "unpack it once: compressed shards cannot be read at random" if path.suffix != ".tar" else str(error)
            raise DataError(f"{path} cannot be read as a tar shard: {hint}.") from None
        missing = [member.name for key, member in images.items() if key not in targets]
        if missing:
            raise DataError(
                f"{path}: {len(missing)} images have no label, as {missing[0]}; a .cls or .json beside it was expected."
            )
        for key, member in images.items():
            members.append(member)
            labels.append(targets[key])
    if not members:
        raise DataError(f"{paths[0]} and its kind hold no images.")
    return members, labels


def _take(
    tar: tarfile.TarFile, info: tarfile.TarInfo, shard: int, images: dict[str, Member], targets: dict[str, str]
) -> None:
    """Remember an image by its key, or the label of one; everything up to the first dot of the name is the key."""
    folder, _, base = info.name.rpartition("/")
    key, _, ending = base.partition(".")
    key = f"{folder}/{key}"
    if not info.isfile():
        return
    if is_image_name(base):
        images[key] = Member(shard, info.offset_data, info.size, info.name)
    elif ending in ("cls", "txt", "json"):
        file = tar.extractfile(info)
        text = file.read().decode("utf-8", "replace").strip() if file else ""
        if ending == "json":
            try:
                document = json.loads(text)
            except json.JSONDecodeError as error:
                raise DataError(f"{info.name} is not JSON: {error.msg}.") from None
            names = ("label", "class", "class_name", "target", "cls")
            text = (
                str(next((document[name] for name in names if name in document), ""))
                if isinstance(document, dict)
                else ""
            )
        if text and (ending == "cls" or key not in targets):
            targets[key] = text
