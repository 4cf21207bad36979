"""What does residua keep of images, decoded or as signatures, how much may that be, and how is it given back?

All of it can be made again from the images. The caches together have an upper bound; the ones that were longest not
used go first.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHARE = 4  # caches may take a quarter of their disk: ImageNet at 256 px is 335 GB, and half a disk would crowd out runs
CACHED = "*-" + 20 * "[0-9a-f]"  # how caches are named; nothing else is ever removed


@dataclass(frozen=True)
class Kept:
    """One cache: where it lies, how many bytes it takes, and when it was last used, in seconds since 1970."""

    path: Path
    bytes: int
    used: float


def kept_in(folder: Path) -> list[Kept]:
    """Return the caches of decoded images in `folder` and those of signatures beside it, the last used one first."""
    return sorted((*_caches(folder), *_signatures(folder)), key=lambda cache: -cache.used)


def most_bytes(folder: Path) -> int:
    """Return how many bytes the caches in `folder` may take together; 0 where its disk does not say how large it is."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).total // SHARE
    except OSError:
        return 0


def signatures_beside(folder: Path) -> Path:
    """Return the folder of signatures beside that of decoded images."""
    return folder.with_name("signatures")


def note_use(cache: Path, folder: Path) -> None:
    """Note that a cache is used now, by its time of change, and remove those that are one too many beside it.

    folder: that of decoded images.

    What another process has mapped stays readable for it until it ends.
    """
    try:
        os.utime(cache)
    except OSError:
        return  # somebody else's cache, on a disk that only reads
    others = [other for other in kept_in(folder) if other.path != cache]
    total, most = sum(other.bytes for other in others) + size_of(cache), most_bytes(folder)
    while others and total > most:
        last = others.pop()
        _remove(last.path)
        total -= last.bytes


def clear(folder: Path) -> list[Kept]:
    """Remove all caches in `folder`; return those that are gone."""
    caches = kept_in(folder)
    for cache in caches:
        _remove(cache.path)
    return [cache for cache in caches if not cache.path.exists()]


def size_of(cache: Path) -> int:
    """Return how many bytes a cache takes: its files, or the one that it is."""
    sizes = 0
    for file in cache.glob("*") if cache.is_dir() else [cache]:
        try:
            sizes += file.stat().st_size
        except OSError:  # removed meanwhile
            continue
    return sizes


def in_words(cache: Kept) -> str:
    """Return how long ago a cache was used, in days."""
    days = int((time.time() - cache.used) / 86400)
    return "today" if days < 1 else f"{days} day{'s' * (days > 1)} ago"


def _caches(folder: Path) -> Iterator[Kept]:
    for path in folder.glob(CACHED):
        try:
            if path.is_dir():
                yield Kept(path, size_of(path), path.stat().st_mtime)
        except OSError:
            continue


def _signatures(folder: Path) -> Iterator[Kept]:
    for path in signatures_beside(folder).glob(f"{CACHED}.npy"):
        try:
            yield Kept(path, size_of(path), path.stat().st_mtime)
        except OSError:
            continue


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink()
