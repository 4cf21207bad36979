"""Which images are in these tar shards, laid out as WebDataset does: `key.jpg` beside `key.cls` or `key.json`?

Shards are indexed once, from their headers; an image is then one read at its offset, safe from several threads.
"""

from __future__ import annotations

import os
import tarfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from residua.data.pixels.image import is_image_name
from residua.data.pixels.quick_check import probe_bytes, window_of
from residua.data.sources.assembly import Part, assemble
from residua.data.sources.encoded import stamp_of
from residua.data.sources.format import Format
from residua.data.sources.labels import label_text, parse_json, read_class_file
from residua.data.sources.packed import packed_files
from residua.data.sources.source import Dataset
from residua.data.sources.tar_members import is_tar, members_of, text_of
from residua.errors import DataError
from residua.reading import open_regular
from residua.text import name_of

LABELS = ("label", "class", "class_name", "target", "cls")  # the keys that a .json may keep it under


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

    def get(self, index: int) -> bytes:
        """Read one image; a shard that has changed since it was indexed is a DataError.

        The shard is opened for each image: that costs far less than decoding it, and no number of shards or threads
        can run out of open files.
        """
        member = self.members[index]
        with open_regular(self.paths[member.shard], DataError) as file:
            try:
                data = os.pread(file.fileno(), member.size, member.offset)
            except OSError as error:
                raise DataError(f"{self.where(index)} cannot be read: {error.strerror}.") from None
        if len(data) != member.size:
            raise DataError(f"{self.where(index)} is cut off: the shard is shorter than when it was indexed.")
        return data

    def find_bad(self) -> dict[int, str]:
        """Return what is wrong with which of the images."""
        found = {}
        for shard, members in groupby(enumerate(self.members), key=lambda pair: pair[1].shard):
            with open_regular(self.paths[shard], DataError) as file:
                for index, member in members:
                    problem = probe_bytes(window_of(file, member.offset), member.size)
                    if problem:
                        found[index] = problem
        return found

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


def holds_shards(path: Path) -> bool:
    """Say whether this is a tar file, or a folder with some in it or in its split folders."""
    if path.is_file():
        return is_tar(path)
    return bool(packed_files(path, ".tar"))


def open_shards(path: Path, *, skip_bad: bool = False) -> Dataset:
    """Open one tar file or a folder of them; `classes.txt` beside them names the classes that numbers stand for."""
    parts = {}
    for split, paths in packed_files(path, ".tar").items():
        members, labels = _index(paths)
        blobs = Shards(paths, members)
        parts[split] = Part(blobs, labels, blobs.where, blobs.find_bad)
    given = read_class_file(path if path.is_dir() else path.parent)
    return assemble(path.stem, str(path), parts, given, skip_bad=skip_bad)


def _index(paths: Sequence[Path]) -> tuple[list[Member], list[str]]:
    members, labels = [], []
    for shard, path in enumerate(paths):
        images: dict[str, list[Member]] = defaultdict(list)
        targets: dict[str, tuple[object, str]] = {}
        for tar, info in members_of(path):
            _take(tar, info, shard, images, targets)
        missing = [own[0].name for key, own in images.items() if key not in targets]
        if missing:
            raise DataError(
                f"{path}: {len(missing)} images have no label, as {name_of(missing[0])}; a .cls or .json beside it was "
                f"expected.{'' if targets else _unpacked(path, missing)}"
            )
        for key, own in images.items():
            members.append(_the_image(own, path))
            label, name = targets[key]
            labels.append(label_text(label, f"{path}/{name_of(name)}"))
    if not members:
        raise DataError(f"{paths[0]} and its kind hold no images.")
    return members, labels


def _unpacked(path: Path, names: Sequence[str]) -> str:
    """Return what mends a tar without any label: that of a folder of classes, or of the images of one."""
    if len({name.rpartition("/")[0] for name in names}) > 1:
        return " Unpack it, and give the folder that comes out of it: its folders may be the classes."
    return f" If each tar is a class, unpack it into a folder of its name, {path.stem}."


def _the_image(own: list[Member], path: Path) -> Member:
    """Return the one image of a key: a mask or depth map beside it has a longer suffix, as key.seg.png."""
    plain = [member for member in own if member.name.rpartition("/")[2].count(".") == 1]
    images = plain or own
    if len(images) > 1:
        raise DataError(
            f"{path}: {name_of(images[0].name)} and {name_of(images[1].name)} are images of one sample; one was "
            "expected, and others as key.NAME.png. Rename or remove one."
        )
    return images[0]


def _take(
    tar: tarfile.TarFile,
    info: tarfile.TarInfo,
    shard: int,
    images: dict[str, list[Member]],
    targets: dict[str, tuple[object, str]],
) -> None:
    """Remember an image by its key, or the label of one; everything up to the first dot of the name is the key."""
    folder, _, base = info.name.rpartition("/")
    key, _, suffix = base.partition(".")
    key = f"{folder}/{key}"
    if is_image_name(base):
        images[key].append(Member(shard, info.offset_data, info.size, info.name))
    elif suffix in ("cls", "txt", "json"):
        label: object = text_of(tar, info)
        if suffix == "json":
            document = parse_json(str(label), f"{tar.name!s}/{info.name}")
            names = [name for name in LABELS if name in document] if isinstance(document, dict) else []
            label = document[names[0]] if names else ""
        if label != "" and (suffix == "cls" or key not in targets):
            targets[key] = label, info.name


FORMAT = Format(
    documented=(
        (
            "`.tar`, or a folder of them",
            "shards as WebDataset writes them: `key.jpg` beside `key.cls`, `key.json` or `key.txt`",
        ),
    ),
    kind="a tar",
    holds=holds_shards,
    open=lambda path, skip_bad: open_shards(Path(path), skip_bad=skip_bad),
)
