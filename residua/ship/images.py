"""Which images does a caller mean, and how do they become what the network reads?"""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from residua.data.pixels.bounds import opened
from residua.data.pixels.image import decode, fit, from_pillow, is_image_name, load_image
from residua.errors import DataError, TargetError
from residua.preprocessing import Pixels, Preprocessing, normalise
from residua.text import natural_key

if TYPE_CHECKING:
    from torch import Tensor

    from residua.data.sources.shards import Shards
    from residua.weights.trained import Trained

LISTS = (".csv", ".tsv", ".jsonl", ".ndjson")  # of names of images


@dataclass(frozen=True)
class InShard:
    """One image inside an uncompressed tar."""

    shards: Shards
    index: int

    @property
    def name(self) -> str:
        """Shard and member, as shards/000.tar/0001.jpg."""
        return f"{self.shards.paths[0]}/{self.shards.members[self.index].name}"


Picture = str | os.PathLike[str] | Image.Image | Pixels | InShard  # pixels: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)


def transforms(model: Trained) -> Transform:
    """Return what turns one image into the tensor that a trained network reads.

    model: a network with `.meta`, a run, or the path of a run folder or checkpoint.
    Raises TargetError where the checkpoint does not say how its images were prepared.
    """
    from residua.weights.trained import open_trained, preprocessing_of

    return Transform(preprocessing_of(open_trained(model)))


@dataclass(frozen=True)
class Transform:
    """A path, Pillow image or uint8 array → (channels, size, size) float32, as `residua predict` prepares a file."""

    preprocessing: Preprocessing

    def __call__(self, image: Picture) -> Tensor:
        return as_tensor(read_pixels(image, self.preprocessing)[None], self.preprocessing)[0]


def as_tensor(pixels: Pixels, preprocessing: Preprocessing) -> Tensor:
    """Return (N, size, size, channels) uint8 pixels as the normalised (N, channels, size, size) float32 batch."""
    import torch

    return torch.from_numpy(normalise(pixels, preprocessing)).permute(0, 3, 1, 2)


def read_pixels(image: Picture, preprocessing: Preprocessing) -> Pixels:
    """Return the image upright, resized and cropped: (size, size, channels) uint8.

    Raises DataError, in one line, for a file that cannot be read and for what is no image.
    """
    if isinstance(image, (str, os.PathLike)):
        return load_image(image, preprocessing)
    if isinstance(image, InShard):
        data = image.shards.get(image.index)
        return fit(decode(data, image.name, preprocessing.channels, bits=preprocessing.bits), preprocessing)
    name = name_of(image) or "the image"
    held = image if isinstance(image, Image.Image) else _from_array(image)
    return fit(from_pillow(held, name, preprocessing.channels, preprocessing.bits), preprocessing)


def name_of(image: Picture) -> str | None:
    """Return the path of an image that is a file, lies in a shard or was opened from a file, None for pixels alone."""
    if isinstance(image, (str, os.PathLike)):
        return os.fspath(image)
    if isinstance(image, InShard):
        return image.name
    return getattr(image, "filename", None) or None


def _from_array(array: Any) -> Image.Image:
    """Return (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) uint8 as a Pillow image; the fourth channel is opacity."""
    wanted = "an image is a path, a Pillow image, or a uint8 array of (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
    if not isinstance(array, np.ndarray):
        raise DataError(f"{type(array).__name__} came; {wanted}; several images are a list.")
    shape = array.shape[:2] if array.ndim == 3 and array.shape[2] == 1 else array.shape
    if array.dtype != np.uint8 or 0 in shape or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))):
        raise DataError(f"an array of {array.dtype} {array.shape} came; {wanted}; several images are a list.")
    return Image.fromarray(np.ascontiguousarray(array.reshape(shape)))


def read_stdin(data: bytes) -> list[str] | Image.Image:
    """Return what came through a pipe: the names of files, one a line, or the one image that the bytes encode.

    Text without NUL is names: no encoded image is. Raises DataError for nothing, and for bytes that are no image.
    """
    with contextlib.suppress(UnicodeDecodeError):
        text = data.decode("utf-8")
        if "\0" not in text:
            names = [line for line in text.splitlines() if line.strip()]
            if not names:
                raise DataError("nothing came through stdin; names of images, one a line, or an image were expected.")
            return names
    try:
        with opened(data, "stdin") as image:
            image.load()
    except DataError:
        raise
    except Exception:  # whatever a damaged header makes Pillow raise
        raise DataError("stdin is neither names of images, one a line, nor an image that Pillow can read.") from None
    image.filename = "-"
    return image


def find_files(paths: Sequence[str]) -> list[Picture]:
    """Return the images that `paths` mean: a file itself, a folder's (all levels), a glob's, those inside tar shards.

    Folders and globs come in natural order ("2" before "10"), without hidden files; a folder's shards count where it
    has no image. A path that is nothing, and a link of a folder that leads nowhere, stays in the list, so that its
    error comes in its place. Raises TargetError when a folder, a glob or a shard holds no image at all, DataError for a
    shard that is damaged.
    """
    found: list[Picture] = []
    for path in paths:
        if Path(path).is_dir():
            inside = _beneath(Path(path), is_image_name) or _beneath(Path(path), _is_shard)
            if not inside:
                raise TargetError(f"{path} is a folder without images")
        elif glob.has_magic(path) and not Path(path).exists():
            matches = [Path(match) for match in glob.glob(path, recursive=True)]
            images = [
                match for match in matches if match.is_file() and (is_image_name(match.name) or _is_shard(match.name))
            ]
            if not images:
                raise TargetError(f"{path!r} matches no image")
            inside = sorted(map(str, images), key=natural_key)
        else:
            if path.lower().endswith(LISTS) and Path(path).is_file():
                raise TargetError(f"{path} is a list, not an image: give the names in it, one a line, on stdin, as -")
            inside = [path]
        for file in inside:
            found += _in_shard(Path(file)) if _is_shard(file) and Path(file).is_file() else [file]
    return found


def _beneath(folder: Path, wanted: Callable[[str], bool]) -> list[str]:
    """Return the files of a folder, all its levels, whose names are wanted."""
    hidden = (".", "__MACOSX")
    named = (file for file in folder.rglob("*") if wanted(file.name))
    inside = (file for file in named if file.is_file() or (file.is_symlink() and not file.exists()))
    seen = (file for file in inside if not any(part.startswith(hidden) for part in file.relative_to(folder).parts))
    return sorted(map(str, seen), key=natural_key)


def _is_shard(name: str) -> bool:
    return name.lower().endswith(".tar")


def _in_shard(path: Path) -> list[InShard]:
    """Return the images of a shard, in their order there. Raises DataError for a damaged one."""
    from residua.data.sources.shards import Member, Shards
    from residua.data.sources.tar_members import members_of

    images = [info for _, info in members_of(path) if is_image_name(info.name)]
    if not images:
        raise TargetError(f"{path} is a tar without images")
    shards = Shards([path], [Member(0, info.offset_data, info.size, info.name) for info in images])
    return [InShard(shards, index) for index in range(len(images))]
