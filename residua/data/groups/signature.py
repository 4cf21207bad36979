"""By what is an image recognised as the copy of another one?

Of the decoded pixels, so that a file's metadata and its way of lossless compression make no difference. The signatures
of larger collections of files are kept in residua's cache folder: a picture is decoded for them once.
"""

from __future__ import annotations

import hashlib
import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from residua.data.feed.cache import cores, default_cache
from residua.data.feed.kept import note_use, signatures_beside
from residua.data.pixels.levels import adapt_channels
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.source import Source
from residua.errors import DataError, ResiduaError
from residua.files import write_atomic
from residua.preprocessing import Pixels

MINIATURE = 9  # side, in pixels, of what near duplicates are found by
THUMBNAIL = 24  # and of what crops are: so that a window of 0.9 of it still has its nine parts
# Of things with fewer pixels all look alike when 9 wide: among the digits of MNIST, 28 wide, each 1 is like the next.
LEAST_SIDE = 32
LEAST_CONTRAST = 4  # levels; below it a miniature shows rounding and noise alone
LEAST_CACHED = 257  # images; a few hundred are decoded in a second, and need no file
VERSION = 2  # of what is kept: to be counted up when decoding or the miniature changes
Tick = Callable[[int, int], None]  # images done, images in all

DTYPE = np.dtype(
    [
        ("digest", np.uint8, 16),
        ("miniature", np.uint8, (MINIATURE, MINIATURE)),
        ("thumbnail", np.uint8, (THUMBNAIL, THUMBNAIL)),
        ("comparable", bool),
        ("read", bool),
    ]
)


@dataclass(frozen=True)
class Signature:
    """One image: a digest of its pixels, two small grey pictures, and whether these can tell it from others."""

    digest: bytes
    miniature: Pixels
    thumbnail: Pixels
    comparable: bool


def sign(pixels: Pixels) -> Signature:
    """Return the signature of (H, W, channels) pixels."""
    miniature, thumbnail = (_shrunk(pixels, side) for side in (MINIATURE, THUMBNAIL))
    comparable = min(pixels.shape[:2]) >= LEAST_SIDE and float(miniature.std()) > LEAST_CONTRAST
    return Signature(digest_of(pixels), miniature, thumbnail, comparable)


def _shrunk(pixels: Pixels, side: int) -> Pixels:
    """Return the whole image in grey, as a square."""
    image = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[..., 0])
    small = np.asarray(image.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3.0))
    return adapt_channels(small.reshape(side, side, -1), 1)[..., 0]


def digest_of(pixels: Pixels) -> bytes:
    """Return 16 bytes that equal images share, and no others."""
    digest = hashlib.blake2b(repr(pixels.shape).encode(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


def signatures(source: Source, tick: Tick | None = None) -> np.ndarray:
    """Return a record of DTYPE an image; `read` is false for one that cannot be read, which is like no other.

    Those of files are kept in the cache folder, where one can be written.
    """
    if not isinstance(source, EncodedSource):
        return _in_memory(source)
    file = signatures_beside(default_cache()) / f"{_key(source)}.npy"
    kept = _load(file, len(source)) if len(source) >= LEAST_CACHED else None
    if kept is not None:
        note_use(file, default_cache())
        return kept
    found = np.zeros(len(source), DTYPE)
    for index, signature in enumerate(_each(source)):
        if signature is not None:
            found[index] = _record(signature)
        if tick is not None:
            tick(index + 1, len(source))
    if len(source) >= LEAST_CACHED:
        _keep(file, found)
    return found


def _in_memory(source: Source) -> np.ndarray:
    found = np.zeros(len(source), DTYPE)
    for start in range(0, len(source), 1024):
        images = source.read(np.arange(start, min(start + 1024, len(source))))
        small = min(images.shape[1:3]) < LEAST_SIDE
        for at, image in enumerate(images, start):
            if small:  # no miniature is needed, and a large set is signed at once
                found[at]["digest"] = np.frombuffer(digest_of(image), np.uint8)
                found[at]["read"] = True
            else:
                found[at] = _record(sign(image))
    return found


def _each(source: EncodedSource) -> Iterator[Signature | None]:
    """Yield the signature of each file in order, several decoded at a time; None for one that cannot be read."""

    def one(index: int) -> Signature | None:
        try:
            return sign(EncodedSource.pixels(source, index, source.channels))
        except DataError:
            return None  # the reading that follows names it

    pending: deque[Future[Signature | None]] = deque()
    with ThreadPoolExecutor(cores()) as pool:
        for index in range(len(source)):
            pending.append(pool.submit(one, index))
            if len(pending) > 64:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _record(signature: Signature) -> tuple[np.ndarray, Pixels, Pixels, bool, bool]:
    digest = np.frombuffer(signature.digest, np.uint8)
    return digest, signature.miniature, signature.thumbnail, signature.comparable, True


def _key(source: EncodedSource) -> str:
    """Return a name for exactly these files as they are now."""
    digest = hashlib.blake2b(f"{VERSION} {source.channels} {source.blobs.place()}".encode(), digest_size=10)
    for index in range(len(source)):
        digest.update(f"{source.where(index)}\0{source.blobs.stamp(index)}\0".encode("utf-8", "surrogateescape"))
    return f"{source.name}-{digest.hexdigest()}"


def _load(file: Path, count: int) -> np.ndarray | None:
    """Return what is kept in `file`, or None if there is nothing of use."""
    try:
        kept = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return kept if isinstance(kept, np.ndarray) and kept.dtype == DTYPE and len(kept) == count else None


def _keep(file: Path, found: np.ndarray) -> None:
    """Write the signatures for the next time; a disk that is full or read-only costs only that time."""
    buffer = io.BytesIO()
    np.save(buffer, found)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, buffer.getvalue())
        note_use(file, default_cache())
    except (OSError, ResiduaError):
        return
