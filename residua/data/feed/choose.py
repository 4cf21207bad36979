"""From where should training read its images: memory, a cache of decoded ones, or the files each time?"""

from __future__ import annotations

import contextlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from residua.data.counter import Integers
from residua.data.feed.cache import (
    Tick,
    cores,
    default_cache,
    estimate_bytes,
    open_cache,
    pack_fitted,
    pack_in_memory,
    share_of,
)
from residua.data.feed.kept import most_bytes
from residua.data.sources.encoded import EncodedSource
from residua.data.sources.source import ArraySource, Source
from residua.errors import DataError
from residua.preprocessing import Preprocessing

MEMORY_LIMIT = 512 * 2**20  # above that, decoded images are better shared between processes through the cache
Kind = Literal["memory", "cache", "decode"]


@dataclass(frozen=True)
class Feed:
    """Where images come from. note: one line for the person who waits."""

    source: Source
    kind: Kind
    note: str


def choose_kind(source: Source, preprocessing: Preprocessing, cache: Path | None = None) -> tuple[Kind, int, str]:
    """Return where images should come from, how many bytes that takes, and why, before anything is decoded."""
    if not isinstance(source, EncodedSource):
        return "memory", source.images.nbytes if isinstance(source, ArraySource) else 0, "the images are in memory"
    size = estimate_bytes(source, preprocessing)
    if size <= min(MEMORY_LIMIT, _free_memory() // 4):
        return "memory", size, f"decoding {len(source)} images into {_human(size)} of memory"
    folder = cache or default_cache()
    free, most = _free_disk(folder), most_bytes(folder)
    if size > most:
        why = f"a cache of {_human(size)} is more than the {_human(most)} that caches may take in {folder}"
        return "decode", size, f"{why}; decoding at every epoch"
    if size * 1.1 < free:
        return "cache", size, f"decoding {len(source)} images once into a cache of {_human(size)} in {folder}"
    why = f"a cache of {_human(size)} does not fit into {_human(free)} free in {folder}"
    return "decode", size, f"{why}; decoding at every epoch"


def make_feed(
    source: Source,
    preprocessing: Preprocessing,
    *,
    kind: Kind | None = None,
    cache: Path | None = None,
    tick: Tick | None = None,
    sharing: int = 1,
) -> Feed:
    """Return the images from where they are read fastest; a cache that cannot be written falls back to decoding.

    kind: None chooses. cache: its folder. tick(done, total) is called while images are decoded. sharing: how many
    processes decode into memory on these cores at once; one alone builds a cache.
    """
    chosen, _, note = choose_kind(source, preprocessing, cache)
    chosen = kind or chosen
    if not isinstance(source, EncodedSource):
        return Feed(source, "memory", note)
    if chosen == "memory":
        return Feed(pack_in_memory(source, preprocessing, tick, sharing=sharing), "memory", note)
    if chosen == "cache":
        folder = cache or default_cache()
        try:
            return Feed(open_cache(source, preprocessing, folder, tick), "cache", note)
        except OSError as error:
            reason = error.strerror or str(error)
            return Feed(source, "decode", f"no cache in {folder} ({reason}); decoding at every epoch")
    return Feed(source, "decode", note)


def measure_workers(source: Source, preprocessing: Preprocessing, images: int = 96, *, sharing: int = 1) -> int:
    """Return how many threads decode these images fastest: the fewest within 5 % of the best, up to twice the cores.

    sharing: how many processes measure that on these cores at once, each of which has its share of them.
    """
    available = share_of(cores(), sharing)
    if not isinstance(source, EncodedSource) or available == 1:
        return 1
    indices = np.linspace(0, len(source) - 1, min(images, len(source))).astype(np.int64)
    parts = [indices[at : at + 8] for at in range(0, len(indices), 8)]

    def read(part: np.ndarray) -> None:
        source.read_valid(part, preprocessing)

    try:
        read(parts[0])
        seconds = {}
        for workers in sorted({1, 2, available // 2, available, 2 * available} - {0}):
            began = time.perf_counter()
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(read, parts))
            seconds[workers] = time.perf_counter() - began
    except DataError:
        return available  # the first epoch will name the file
    best = min(seconds.values())
    return min(workers for workers, spent in seconds.items() if spent <= 1.05 * best)


def hold(source: Source, indices: Integers, preprocessing: Preprocessing, *, sharing: int = 1) -> Source:
    """Return `source` with the images at `indices` fitted and held in memory, if they are few enough; else itself.

    They are those that decoding gives each time, to the bit. sharing: as with `pack_fitted`. Raises DataError for one
    that cannot be read, now and not when it is needed; where `source` skips such images, they are left out.
    """
    size = len(indices) * preprocessing.size**2 * preprocessing.channels
    if not isinstance(source, EncodedSource) or size > min(MEMORY_LIMIT, _free_memory() // 4):
        return source
    return pack_fitted(source, indices, preprocessing, sharing=sharing)


def keep(source: Source, indices: Integers, preprocessing: Preprocessing) -> Source:
    """Return `source` with the images at `indices` fitted and held in the cache, if that has room; else itself.

    As with `hold` they are those that decoding gives each time, to the bit.
    """
    size, folder = len(indices) * preprocessing.size**2 * preprocessing.channels, default_cache()
    if not isinstance(source, EncodedSource) or size > most_bytes(folder) or 1.1 * size > _free_disk(folder):
        return source
    try:
        return open_cache(source, preprocessing, folder, fitted=indices)
    except OSError:
        return source


def _free_memory() -> int:
    """Return how many bytes could be had without swapping: what the kernel reports, within the container's limit."""
    free = 2 * MEMORY_LIMIT
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
    with contextlib.suppress(OSError, ValueError):  # "max" where there is no limit
        group = Path("/sys/fs/cgroup")
        free = min(free, int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    return free


def _free_disk(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _human(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
