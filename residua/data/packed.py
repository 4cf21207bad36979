"""How is a collection decoded once and then read at the speed of memory?

Every image is kept as uint8 with its shorter side at the preprocessing's `resize`, one after the other: in memory, or
in a file that is mapped into memory and shared between processes. The file lies in residua's own cache folder, never
beside the images; it is written whole or not at all and thrown away when an image's size or time of change differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from residua.data.counter import Integers
from residua.data.encoded import EncodedSource
from residua.data.headers import read_header
from residua.data.image import fit
from residua.data.preprocessing import Pixels, Preprocessing
from residua.errors import DataError

FORMAT = 1
Tick = Callable[[int, int], None]  # images done, images in all


@dataclass(frozen=True)
class Pack:
    """Decoded images: all their bytes in a row, and where each begins; an unreadable image has a height of 0."""

    pixels: Pixels
    offsets: Integers
    heights: Integers
    widths: Integers
    channels: int

    def image(self, index: int) -> Pixels:
        """Return a view of image `index`, (H, W, channels)."""
        height, width, start = (int(column[index]) for column in (self.heights, self.widths, self.offsets))
        return self.pixels[start : start + height * width * self.channels].reshape(height, width, self.channels)


class PackedSource(EncodedSource):
    """The same images as `source`, read from a pack; what the pack lacks is decoded as before."""

    def __init__(self, source: EncodedSource, pack: Pack):
        super().__init__(source.blobs, source.labels, source.classes, source.name, channels=source.channels)
        self.skip_bad = source.skip_bad
        self.bad = source.bad
        self.pack = pack

    def pixels(self, index: int, channels: int, *, at_least: int = 0) -> Pixels:
        """Return image `index` as it was packed: its shorter side at the preprocessing's resize."""
        if channels == self.pack.channels and self.pack.heights[index]:
            return self.pack.image(index)
        return super().pixels(index, channels, at_least=at_least)


def estimate_bytes(source: EncodedSource, preprocessing: Preprocessing, most: int = 64) -> int:
    """Return about how many bytes the decoded images take, from the headers of at most `most` of them."""
    areas = []
    for index in np.unique(np.linspace(0, len(source) - 1, most).astype(int)).tolist():
        try:
            header = read_header(source.blobs.get(index))
        except DataError:
            continue
        if header is not None:
            areas.append(np.prod(_packed_size(header.width, header.height, preprocessing)))
    mean = float(np.mean(areas)) if areas else preprocessing.resize**2
    return int(mean * preprocessing.channels * len(source))


def pack_in_memory(source: EncodedSource, preprocessing: Preprocessing, tick: Tick | None = None) -> PackedSource:
    """Decode everything into memory."""
    images = list(_decode_all(source, preprocessing, tick))
    pixels = np.concatenate([image.reshape(-1) for image in images]) if images else np.empty(0, np.uint8)
    return PackedSource(source, _pack(pixels, images, preprocessing.channels))


def open_cache(
    source: EncodedSource, preprocessing: Preprocessing, root: Path, tick: Tick | None = None
) -> PackedSource:
    """Return the images from the cache under `root`, building or rebuilding it where needed.

    Raises OSError if the cache cannot be written (full or read-only disk); nothing is left behind then. `tick` is
    called while it is built.
    """
    stamps = np.array([source.blobs.stamp(index) for index in range(len(source))], np.int64).reshape(-1, 2)
    folder = root / f"{source.name}-{_key(source, preprocessing)}"
    pack = _load(folder, stamps, preprocessing.channels)
    if pack is None:
        root.mkdir(parents=True, exist_ok=True)
        draft = root / f".{folder.name}.{os.getpid()}"
        try:
            _write(draft, source, preprocessing, stamps, tick)
            _replace(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        pack = _load(folder, stamps, preprocessing.channels)
        if pack is None:
            raise DataError(f"{source.name}: images change while they are being cached; train without a cache.")
    return PackedSource(source, pack)


def default_cache() -> Path:
    """Return the folder for decoded images unless another is named."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "residua" / "decoded"


def _decode_all(source: EncodedSource, preprocessing: Preprocessing, tick: Tick | None) -> Iterator[Pixels]:
    """Yield every image at its packed size, in order, decoded by several threads; an empty one if it is unreadable."""
    pending: deque[Future[Pixels]] = deque()
    total = len(source)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for index in range(total):
            pending.append(pool.submit(_decode_one, source, index, preprocessing))
            while len(pending) > 64 or (index == total - 1 and pending):
                yield pending.popleft().result()
                if tick is not None:
                    tick(total - len(pending) - (total - 1 - index), total)


def _decode_one(source: EncodedSource, index: int, preprocessing: Preprocessing) -> Pixels:
    try:
        pixels = EncodedSource.pixels(source, index, preprocessing.channels)
    except DataError as error:
        if not source.skip_bad:
            raise
        source.bad[index] = str(error)
        return np.empty((0, 0, preprocessing.channels), np.uint8)
    wide, high = _packed_size(pixels.shape[1], pixels.shape[0], preprocessing)
    whole = replace(preprocessing, size=wide, resize=wide, crop="none")
    return fit(pixels, whole, height=high)


def _packed_size(width: int, height: int, p: Preprocessing) -> tuple[int, int]:
    if p.crop == "none":
        return p.size, p.size
    short = min(width, height)
    return max(p.resize, int(p.resize * width / short)), max(p.resize, int(p.resize * height / short))


def _pack(pixels: Pixels, images: list[Pixels], channels: int) -> Pack:
    shapes = np.array([image.shape[:2] for image in images], np.int64).reshape(-1, 2)
    lengths = shapes.prod(axis=1) * channels
    return Pack(pixels, np.cumsum(lengths) - lengths, shapes[:, 0], shapes[:, 1], channels)


def _key(source: EncodedSource, p: Preprocessing) -> str:
    """Return a name for exactly these images at exactly this size."""
    digest = hashlib.blake2b(digest_size=10)
    size = {key: asdict(p)[key] for key in ("resize", "crop", "interpolation", "channels")}
    size |= {"size": p.size} if p.crop == "none" else {}
    digest.update(json.dumps([FORMAT, size, source.blobs.place()]).encode())
    for index in range(len(source)):
        digest.update(source.blobs.where(index).encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def _write(folder: Path, source: EncodedSource, p: Preprocessing, stamps: Integers, tick: Tick | None) -> None:
    folder.mkdir()
    heights, widths = np.zeros(len(source), np.int64), np.zeros(len(source), np.int64)
    with open(folder / "pixels.bin", "wb") as file:
        for index, image in enumerate(_decode_all(source, p, tick)):
            heights[index], widths[index] = image.shape[:2]
            file.write(np.ascontiguousarray(image).data if image.size else b"")
        _flush(file)
    with open(folder / "index.npz", "wb") as file:
        np.savez(file, heights=heights, widths=widths, stamps=stamps)
        _flush(file)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _replace(draft: Path, folder: Path) -> None:
    """Put the new cache in place; what another process has put there meanwhile is as good."""
    old = draft.with_name(draft.name + ".old")
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(draft, folder)
    except OSError:
        if not folder.exists():
            raise
    shutil.rmtree(old, ignore_errors=True)


def _load(folder: Path, stamps: Integers, channels: int) -> Pack | None:
    """Return the pack in this folder, or None if there is none, it is damaged, or an image has changed."""
    try:
        with open(folder / "index.npz", "rb") as file, np.load(file) as index:
            heights, widths, known = index["heights"], index["widths"], index["stamps"]
        lengths = heights * widths * channels
        if not np.array_equal(known, stamps) or (folder / "pixels.bin").stat().st_size != lengths.sum():
            return None
        pixels = np.memmap(folder / "pixels.bin", np.uint8, "r")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Pack(pixels, np.cumsum(lengths) - lengths, heights, widths, channels)
