"""How is a collection decoded once and then read at the speed of memory?

Every image is kept as uint8 with its shorter side at the preprocessing's `resize`, one after the other: in memory, or
in a file that is mapped into memory and shared between processes. Only very long images are not (`LONGEST`). The file
lies in residua's own cache folder, never beside the images; it is written whole or not at all and thrown away when an
image's size or time of change differs.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from residua.data.counter import Integers
from residua.data.feed.kept import CACHED, note_use
from residua.data.pixels.headers import read_header
from residua.data.pixels.image import fit, whole_size
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.source import Crops
from residua.errors import DataError
from residua.files import cache_home, sweep, temporary_folder
from residua.preprocessing import FULL_DEPTH, Pixels, Preprocessing

FORMAT = 2
LONGEST = 4  # times as long as wide; 1 × 20,000 pixels would fill 246 MB when 64 wide, and crops see little of them
SAMPLED = 61  # of so many bytes one goes into an image's checksum: 67 of each block of a disk, for 1 % of the time
Tick = Callable[[int, int], None]  # images done, images in all


@dataclass(frozen=True)
class Pack:
    """Decoded images: all their bytes in a row, and where each begins; one that is not there has a height of 0.

    checks: a checksum each, or None where no disk could have spoilt them.
    """

    pixels: Pixels
    offsets: Integers
    heights: Integers
    widths: Integers
    channels: int
    checks: Integers | None = None

    def image(self, index: int) -> Pixels | None:
        """Return a view of image `index`, (H, W, channels), or None if it is not there or not as it was written."""
        height, width, start = (int(column[index]) for column in (self.heights, self.widths, self.offsets))
        image = self.pixels[start : start + height * width * self.channels].reshape(height, width, self.channels)
        whole = self.checks is None or _checksum(image) == self.checks[index]
        return image if height and whole else None


class PackedSource(EncodedSource):
    """The same images as `source`, read from a pack; what the pack lacks or has lost is decoded as before.

    fitted: the preprocessing that the packed images have been through as a whole, and for which alone they serve; None
    where each is whole, with its shorter side at the preprocessing's `resize`.
    """

    def __init__(self, source: EncodedSource, pack: Pack, fitted: Preprocessing | None = None):
        super().__init__(source.blobs, source.labels, source.classes, source.name, channels=source.channels)
        self.skip_bad = source.skip_bad
        self.bad = source.bad
        self.pack = pack
        self.fitted = fitted

    def read_valid(
        self, indices: Integers, preprocessing: Preprocessing, crops: Crops | None = None, exact: bool = True
    ) -> tuple[Pixels, np.ndarray]:
        """Return these images: straight from the pack where it holds them as they are asked for."""
        same = preprocessing == self.fitted and crops is None and exact
        if not same or not self.pack.heights[indices].all():
            return super().read_valid(indices, preprocessing, crops, exact)
        if self.pack.checks is not None:
            return self._read_checked(indices, preprocessing)
        shape = (preprocessing.size, preprocessing.size, preprocessing.channels)
        rows = self.pack.offsets[indices] // math.prod(shape)
        return self.pack.pixels.reshape(-1, *shape)[rows], np.ones(len(indices), bool)

    def _read_checked(self, indices: Integers, preprocessing: Preprocessing) -> tuple[Pixels, np.ndarray]:
        """Return these images, which all are in the pack, as they were written there, or decoded where one is lost."""
        images = [image for image in map(self.pack.image, indices.tolist()) if image is not None]
        if len(images) < len(indices) or not images:
            return super().read_valid(indices, preprocessing)
        return np.stack(images), np.ones(len(indices), bool)

    def pixels(self, index: int, channels: int, *, at_least: int = 0, bits: int = FULL_DEPTH) -> Pixels:
        """Return image `index` as it was packed: its shorter side at the preprocessing's resize."""
        whole = self.fitted is None and channels == self.pack.channels
        packed = self.pack.image(index) if whole else None
        return packed if packed is not None else super().pixels(index, channels, at_least=at_least, bits=bits)


def estimate_bytes(source: EncodedSource, preprocessing: Preprocessing, most: int = 64) -> int:
    """Return about how many bytes the decoded images take, from the headers of at most `most` of them."""
    areas = []
    for index in np.unique(np.linspace(0, len(source) - 1, most).astype(int)).tolist():
        try:
            header = read_header(source.blobs.get(index))
        except DataError:
            continue
        if header is not None:
            kept = _is_packed(header.width, header.height, preprocessing)
            areas.append(math.prod(whole_size(header.width, header.height, preprocessing)) if kept else 0)
    mean = float(np.mean(areas)) if areas else preprocessing.resize**2
    return int(mean * preprocessing.channels * len(source))


def pack_in_memory(
    source: EncodedSource, preprocessing: Preprocessing, tick: Tick | None = None, *, sharing: int = 1
) -> PackedSource:
    """Decode everything into memory, beside as many processes as `sharing` says that do the same on these cores."""
    images = list(_decode_all(source, preprocessing, tick, sharing))
    return PackedSource(source, _pack(images, preprocessing.channels))


def pack_fitted(
    source: EncodedSource, indices: Integers, preprocessing: Preprocessing, *, sharing: int = 1
) -> PackedSource:
    """Decode these images into memory as evaluating sees them, to the bit as decoding gives them each time.

    sharing: how many processes do so on these cores at once. Raises DataError for an image that cannot be read; where
    `source` skips such images, they are left out.
    """
    images = list(_fit_all(source, preprocessing, indices, sharing))
    return PackedSource(source, _pack(images, preprocessing.channels), preprocessing)


def open_cache(
    source: EncodedSource,
    preprocessing: Preprocessing,
    root: Path,
    tick: Tick | None = None,
    *,
    fitted: Integers | None = None,
) -> PackedSource:
    """Return the images from the cache under `root`, building or rebuilding it where needed.

    fitted: of these images alone, as `pack_fitted` has them. Raises OSError if the cache cannot be written (full or
    read-only disk); nothing is left behind then. `tick` is called while it is built.
    """
    stamps = np.array([source.blobs.stamp(index) for index in range(len(source))], np.int64).reshape(-1, 2)
    folder = root / f"{source.name}-{_key(source, preprocessing, fitted)}"
    pack = _load(folder, stamps, preprocessing.channels)
    if pack is None:
        root.mkdir(parents=True, exist_ok=True)
        sweep(root, (CACHED,), random="*")  # earlier versions named their temporary folders otherwise
        with temporary_folder(root, folder.name) as beside:
            new = beside / "new"
            new.mkdir()
            images = (
                _decode_all(source, preprocessing, tick) if fitted is None else _fit_all(source, preprocessing, fitted)
            )
            _write(new, images, stamps)
            _replace(new, folder)
        pack = _load(folder, stamps, preprocessing.channels)
        if pack is None:
            raise DataError(f"{source.name}: images change while they are being cached; train without a cache.")
    note_use(folder, folder.parent)
    return PackedSource(source, pack, None if fitted is None else preprocessing)


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_of(threads: int, sharing: int) -> int:
    """Return how many of `threads` are for each of `sharing` processes: at most as many as OMP_NUM_THREADS gives it.

    A 1 there is no word of the user's: torchrun itself says so to each of several processes.
    """
    given = os.environ.get("OMP_NUM_THREADS", "")
    own = max(1, threads // sharing)
    return min(own, int(given)) if given.isdecimal() and int(given) > 1 else own


def default_cache() -> Path:
    """Return the folder for decoded images unless another is named."""
    return cache_home() / "residua" / "decoded"


def _decode_all(
    source: EncodedSource, preprocessing: Preprocessing, tick: Tick | None, sharing: int = 1
) -> Iterator[Pixels]:
    """Yield every image at its packed size, in order; an empty one if it is unreadable."""
    images = _in_order(range(len(source)), lambda index: _decode_one(source, index, preprocessing), sharing)
    for done, image in enumerate(images, start=1):
        yield image
        if tick is not None:
            tick(done, len(source))


def _fit_all(
    source: EncodedSource, preprocessing: Preprocessing, indices: Integers, sharing: int = 1
) -> Iterator[Pixels]:
    """Yield each image of `source` as evaluating sees it if it is one of `indices`, else an empty one, in order."""

    def fit_one(index: int) -> Pixels:
        image, _ = source.read_valid(np.array([index]), preprocessing)
        return image[0] if len(image) else nothing

    nothing, wanted = np.empty((0, 0, preprocessing.channels), np.uint8), np.isin(np.arange(len(source)), indices)
    yield from _in_order(range(len(source)), lambda index: fit_one(index) if wanted[index] else nothing, sharing)


def _in_order(indices: Sequence[int], decode: Callable[[int], Pixels], sharing: int) -> Iterator[Pixels]:
    """Yield `decode` of each index in order, made by this process's share of threads, few images ahead."""
    pending: deque[Future[Pixels]] = deque()
    with ThreadPoolExecutor(share_of(cores(), sharing)) as pool:
        for index in indices:
            pending.append(pool.submit(decode, index))
            if len(pending) > 64:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _decode_one(source: EncodedSource, index: int, preprocessing: Preprocessing) -> Pixels:
    try:
        pixels = EncodedSource.pixels(source, index, preprocessing.channels, bits=preprocessing.bits)
    except DataError as error:
        if not source.skip_bad:
            raise
        source.bad[index] = str(error)
        return np.empty((0, 0, preprocessing.channels), np.uint8)
    if not _is_packed(pixels.shape[1], pixels.shape[0], preprocessing):
        return pixels[:0, :0]
    wide, high = whole_size(pixels.shape[1], pixels.shape[0], preprocessing)
    whole = replace(preprocessing, size=wide, resize=wide, crop="none")
    return fit(pixels, whole, height=high)


def _is_packed(width: int, height: int, preprocessing: Preprocessing) -> bool:
    return preprocessing.crop == "none" or max(width, height) <= LONGEST * min(width, height)


def _checksum(image: Pixels) -> int:
    return zlib.crc32(image.reshape(-1)[::SAMPLED].tobytes())


def _pack(images: list[Pixels], channels: int) -> Pack:
    pixels = np.concatenate([image.reshape(-1) for image in images]) if images else np.empty(0, np.uint8)
    shapes = np.array([image.shape[:2] for image in images], np.int64).reshape(-1, 2)
    lengths = shapes.prod(axis=1) * channels
    return Pack(pixels, np.cumsum(lengths) - lengths, shapes[:, 0], shapes[:, 1], channels)


def _key(source: EncodedSource, preprocessing: Preprocessing, fitted: Integers | None) -> str:
    """Return a name for exactly these images at exactly this size."""
    digest = hashlib.blake2b(digest_size=10)
    size = {key: asdict(preprocessing)[key] for key in ("resize", "crop", "fit", "interpolation", "channels", "bits")}
    size |= {"size": preprocessing.size} if preprocessing.crop == "none" or fitted is not None else {}
    digest.update(b"" if fitted is None else np.sort(fitted).astype(np.int64).tobytes())
    digest.update(json.dumps([FORMAT, size, source.blobs.place()]).encode())
    for index in range(len(source)):
        digest.update(source.blobs.where(index).encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def _write(folder: Path, images: Iterator[Pixels], stamps: Integers) -> None:
    heights, widths, checks = (np.zeros(len(stamps), np.int64) for _ in range(3))
    with open(folder / "pixels.bin", "wb") as file:
        for index, image in enumerate(images):
            heights[index], widths[index] = image.shape[:2]
            checks[index] = _checksum(image)
            file.write(np.ascontiguousarray(image).data if image.size else b"")
        _flush(file)
    with open(folder / "index.npz", "wb") as file:
        np.savez(file, heights=heights, widths=widths, stamps=stamps, checks=checks)
        _flush(file)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _replace(new: Path, folder: Path) -> None:
    """Put the new cache in place; what another process has put there meanwhile is as good."""
    if folder.exists():
        os.replace(folder, new.with_name("old"))
    try:
        os.replace(new, folder)
    except OSError:
        if not folder.exists():
            raise


def _load(folder: Path, stamps: Integers, channels: int) -> Pack | None:
    """Return the pack in this folder, or None if there is none, it is damaged, or an image has changed."""
    try:
        with open(folder / "index.npz", "rb") as file, np.load(file) as index:
            heights, widths, known, checks = (index[name] for name in ("heights", "widths", "stamps", "checks"))
        lengths = heights * widths * channels
        if not np.array_equal(known, stamps) or (folder / "pixels.bin").stat().st_size != lengths.sum():
            return None
        pixels = np.memmap(folder / "pixels.bin", np.uint8, "r")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Pack(pixels, np.cumsum(lengths) - lengths, heights, widths, channels, checks)
