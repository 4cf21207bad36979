"""How do images reach the network, batch by batch, without keeping it waiting?

The batches are a pure function of (seed, epoch, samples consumed): any number of workers or processes, and a resumed
run, see the same samples in the same order with the same pixels.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from torch.utils.data import IterableDataset

from residua.data.augment.apply import apply_batch
from residua.data.augment.config import Augment
from residua.data.augment.mix import RandomCrops, mix, mixture, partners
from residua.data.counter import Draw, Integers, shuffled
from residua.data.feed.batch import Batch, MixedBatch, PlainBatch, Transfer, Unmixed, transferred
from residua.data.feed.cache import cores, share_of
from residua.data.sources.source import ArraySource, Source
from residua.errors import DataError
from residua.preprocessing import Pixels, Preprocessing, normalise

_CHUNK = 8  # images a worker decodes before it asks for more
_AHEAD = 3  # batches that are made before they are asked for
_COPY = 40  # bits below the number of an image's copy in its key
_INDEX = (1 << _COPY) - 1


@dataclass
class Batches(IterableDataset[Batch]):
    """The batches of one split: `epoch(n)` gives those of epoch n, iterating those of one epoch after the other.

    batch: images in a global batch; process `rank` of `world` gets every `world`-th of it (pairs stay together when
    images are mixed). Batch norm needs two images: when training, a batch of fewer for each process goes whole to all.
    augment: None for evaluating, which also keeps the order of `indices` (a batch none of whose images can be read is
    then empty); shuffling follows `augment` unless `shuffle` says otherwise. exact: Pillow's resampling, as predicting
    uses; by default when evaluating. workers: threads that decode ahead; 0 reads when asked; None: as many as this
    process has cores (plain images in memory need one), shared by the `sharing` processes that have the same. balanced:
    each class comes equally often in an epoch of the same length, rare images several times, each time augmented
    otherwise. device: where images and labels lie; on another than the CPU, images are normalised there.
    wait_seconds: time that the consumer has waited for data so far. next_epoch: which one iterating gives next.
    """

    source: Source
    indices: Integers
    batch: int
    preprocessing: Preprocessing
    augment: Augment | None = None
    seed: int = 0
    device: str | torch.device = "cpu"
    dtype: torch.dtype = torch.float32
    rank: int = 0
    world: int = 1
    drop_last: bool = False
    shuffle: bool | None = None
    exact: bool | None = None
    workers: int | None = None
    sharing: int = 1
    balanced: bool = False
    wait_seconds: float = field(default=0.0, init=False)
    next_epoch: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.indices = np.asarray(self.indices, np.int64)
        if self.batch < 1 or not 0 <= self.rank < self.world:
            came = f"a batch of {self.batch}, rank {self.rank} of {self.world} came"
            raise DataError(f"{came}; a batch is at least 1, ranks run from 0.")
        if self.workers is None:
            self.workers = share_of(cores(), self.sharing) if self._heavy else 1
        self._pool: ThreadPoolExecutor | None = None

    def __len__(self) -> int:
        whole, rest = divmod(len(self.indices), self.batch)
        return whole + (1 if rest and not self.drop_last else 0)

    def __iter__(self) -> Iterator[Batch]:
        number = self.next_epoch  # not before a batch is asked for: trainers open an iterator to see whether they can
        self.next_epoch += 1
        yield from self.epoch(number)

    @property
    def share(self) -> int:
        """How many images this process has of each batch but an epoch's last."""
        return len(next(self._plans(len(self.indices), 0), ((), 1))[0])

    def shares(self, images: int) -> list[int]:
        """Return how many of a global batch of `images` each process has."""
        if self._too_few(images):
            return [images] * self.world
        group = self._group(images)
        rounds, rest = divmod(images, group * self.world)
        return [rounds * group + min(max(rest - rank * group, 0), group) for rank in range(self.world)]

    def order(self, epoch: int) -> Integers:
        """Return the indices in the order of this epoch, over all processes."""
        return self._keys(epoch) & _INDEX

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of one epoch; `start` of its samples, over all processes, were consumed before."""
        keys = self._keys(epoch)
        plans = [plan for plan in self._plans(len(keys), start) if len(plan[0])]
        jobs = ((keys, positions, epoch, copies) for positions, copies in plans)
        here = self._ahead(jobs) if self.workers else (self._make(*job) for job in jobs)
        if self._away:
            made = transferred(here, Transfer(torch.device(self.device), self.preprocessing, self.dtype))
        else:
            made = cast(Generator[Batch, None, None], here)
        try:
            while True:
                began = time.perf_counter()
                batch = next(made, None)
                self.wait_seconds += time.perf_counter() - began
                if batch is None:
                    return
                yield batch
        finally:
            made.close()

    @property
    def _away(self) -> bool:
        """Whether the network lies on another device than the images' decoder."""
        return torch.device(self.device).type != "cpu"

    @property
    def _pinned(self) -> bool:
        return torch.device(self.device).type == "cuda"

    @property
    def _heavy(self) -> bool:
        """True when an image costs enough for several threads to share the work."""
        return not isinstance(self.source, ArraySource) or (self.augment is not None and self.augment.policy != "none")

    def _keys(self, epoch: int) -> Integers:
        """Return a number for each sample of the epoch, in order: its index, and above it which copy of it this is."""
        shuffle = self.augment is not None if self.shuffle is None else self.shuffle
        order = shuffled(self.indices, self.seed, epoch) if shuffle else self.indices
        if self.balanced:
            return self._balanced(order, epoch)
        repeats = 1 if self.augment is None else self.augment.repeats
        if repeats == 1:
            return order
        images = order[: -(-len(order) // repeats)]
        copies = np.arange(repeats, dtype=np.int64) << _COPY
        return (images[:, None] + copies).ravel()[: len(order)]

    def _balanced(self, order: Integers, epoch: int) -> Integers:
        """Return as many keys as `order` has images, of each class as many (within one), in an order of their own."""
        labels = self.source.labels[order]
        classes = np.unique(labels)
        ends = np.arange(len(classes) + 1) * len(order) // len(classes)
        keys = []
        for label, wanted in zip(classes, np.diff(ends).tolist(), strict=True):
            own, times = order[labels == label], np.arange(wanted)
            keys.append(own[times % len(own)] + (times // len(own) << _COPY))
        return shuffled(np.concatenate(keys), self.seed, epoch)

    def _plans(self, length: int, start: int) -> Iterator[tuple[Integers, int]]:
        """Yield the positions in the epoch that make up each of this process's batches, and how many have the same."""
        for at in range(start, length, self.batch):
            if self.drop_last and at + self.batch > length:
                return
            positions = np.arange(at, min(at + self.batch, length))
            if self._too_few(len(positions)):
                yield positions, self.world
            else:
                group = self._group(len(positions))
                yield positions[(positions - at) // group % self.world == self.rank], 1

    def _group(self, images: int) -> int:
        """How many in a row of a global batch of `images` one process has: what is mixed, where two are left for each.

        A process with none would take no step, while the others wait for it.
        """
        mixed = 2 * self.augment.repeats if self.augment is not None and self.augment.mixes else 1
        return mixed if images >= (self.world - 1) * mixed + 2 else 1

    def _too_few(self, images: int) -> bool:
        """Whether a global batch is too small to be shared by processes that train."""
        return self.augment is not None and images < 2 * self.world

    def _ahead(self, jobs: Iterator[tuple[Integers, Integers, int, int]]) -> Generator[Batch | Unmixed, None, None]:
        """Make batches in the background, in order, at most _AHEAD of them before they are asked for."""
        assembler = ThreadPoolExecutor(1, "residua-batch")
        self._pool = ThreadPoolExecutor(self.workers, "residua-decode") if self._heavy else None
        pending: deque[Future[Batch | Unmixed]] = deque()
        try:
            for job in jobs:
                pending.append(assembler.submit(self._make, *job))
                if len(pending) > _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            assembler.shutdown(wait=True, cancel_futures=True)
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = None

    def _make(self, keys: Integers, positions: Integers, epoch: int, copies: int) -> Batch | Unmixed:
        if self.augment is not None and self.augment.mixes:
            return self._make_mixed(self.augment, keys, positions, epoch, copies)
        pixels, kept = self._read(keys[positions], epoch)
        return self._plain(pixels, kept & _INDEX, copies)

    def _make_mixed(
        self, augment: Augment, keys: Integers, positions: Integers, epoch: int, copies: int
    ) -> MixedBatch | Unmixed:
        """Make a batch of mixed images; a partner outside of the batch is read as well, an unreadable one left out."""
        needed = np.unique(np.concatenate([positions, partners(positions, len(keys), augment.repeats)]))
        pixels, kept = self._read(keys[needed], epoch)
        readable = np.isin(keys[needed], kept)
        row = np.full(len(keys), -1)
        row[needed[readable]] = np.arange(len(kept))
        asked, positions = len(positions), positions[row[positions] >= 0]
        self._require_some(positions, asked)
        mine, others = row[positions], row[partners(positions, len(keys), augment.repeats)]
        others = np.where(others < 0, mine, others)
        draw, own, other = Draw(self.seed, epoch, kept[mine]), kept[mine] & _INDEX, kept[others] & _INDEX
        if not self._away:
            mixed = mix(pixels[mine], pixels[others], augment, draw)
            share = self._host(mixed.own.astype(np.float32))
            return MixedBatch(*self._plain(mixed.pixels, own, copies), self._labels(other), share)
        drawn = mixture(pixels.shape[1], pixels.shape[2], augment, draw)
        share = self._host(drawn.own.astype(np.float32))
        batch = MixedBatch(*self._plain(pixels, own, copies), self._labels(other), share)
        return Unmixed(batch, *map(self._host, (mine, others, drawn.weight, drawn.box)))

    def _plain(self, pixels: Pixels, indices: Integers, copies: int) -> PlainBatch:
        images, labels = self._to_tensor(pixels), self._labels(indices)
        return PlainBatch(images, labels, torch.from_numpy(indices), torch.full((len(indices),), copies))

    def _read(self, keys: Integers, epoch: int) -> tuple[Pixels, Integers]:
        """Return the augmented pixels of these samples, and the keys of those that could be read."""
        if self._pool is None:
            pixels, kept = self._read_part(keys, epoch)
        else:
            pixels, kept = self._read_in_parts(self._pool, keys, epoch)
        if self.augment is not None:  # evaluating goes on to the images that can be read
            self._require_some(kept, len(keys))
        return pixels, kept

    def _read_in_parts(self, pool: ThreadPoolExecutor, keys: Integers, epoch: int) -> tuple[Pixels, Integers]:
        """Have the threads of `pool` write what they read straight into one batch, pinned where a GPU copies it."""
        shape = (self.preprocessing.size, self.preprocessing.size, self.preprocessing.channels)
        pixels: Pixels = torch.empty(len(keys), *shape, dtype=torch.uint8, pin_memory=self._pinned).numpy()

        def fill(at: int) -> Integers:
            read, kept = self._read_part(keys[at : at + _CHUNK], epoch)
            pixels[at : at + len(read)] = read
            return kept

        starts = range(0, len(keys), _CHUNK)
        parts = list(pool.map(fill, starts))
        kept = np.concatenate(parts)
        if len(kept) < len(keys):  # some cannot be read: the others move up
            pixels = np.concatenate([pixels[at : at + len(part)] for at, part in zip(starts, parts, strict=True)])
        return pixels, kept

    def _require_some(self, readable: Integers, asked: int) -> None:
        if not len(readable):
            raise DataError(f"{self.source.name}: none of the {asked} images of a batch can be read.")

    def _read_part(self, keys: Integers, epoch: int) -> tuple[Pixels, Integers]:
        augment, indices = self.augment, keys & _INDEX
        exact = augment is None if self.exact is None else self.exact
        crops = None
        if augment is not None and augment.resized_crop:
            crops = RandomCrops(Draw(self.seed, epoch, keys), augment.resized_crop)
        pixels, valid = self.source.read_valid(indices, self.preprocessing, crops, exact)
        if augment is not None and len(pixels):
            pixels = apply_batch(pixels, augment, Draw(self.seed, epoch, keys[valid]), self._fill())
        return pixels, keys[valid]

    def _fill(self) -> tuple[int, ...]:
        return tuple(min(255, max(0, round(255 * mean))) for mean in self.preprocessing.mean)

    def _labels(self, indices: Integers) -> torch.Tensor:
        return self._host(self.source.labels[indices])

    def _to_tensor(self, pixels: Pixels) -> torch.Tensor:
        """Return normalised images, made in numpy by one thread (the cores are for training), or uint8 to transfer."""
        if self._away:
            return self._host(pixels)
        return torch.from_numpy(normalise(pixels, self.preprocessing)).permute(0, 3, 1, 2).to(self.dtype)

    def _host(self, values: np.ndarray) -> torch.Tensor:
        """Return a tensor on the CPU, pinned where a GPU is to copy it without making this process wait."""
        tensor = torch.from_numpy(np.ascontiguousarray(values))
        return tensor.pin_memory() if self._pinned else tensor  # itself, where it is pinned already
