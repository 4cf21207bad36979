"""How do images reach the network, batch by batch, without keeping it waiting?

The batches are a pure function of (seed, epoch, samples consumed): any number of workers or processes, and a resumed
run, see the same samples in the same order with the same pixels.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from residua.data.augment import Augment, Draw, apply_batch
from residua.data.counter import Integers, shuffled
from residua.data.preprocessing import Pixels, Preprocessing, normalise
from residua.data.source import ArraySource, Source
from residua.errors import DataError

_CHUNK = 8  # images a worker decodes before it asks for more
_AHEAD = 3  # batches that are made before they are asked for


@dataclass(frozen=True)
class Batch:
    """images: (n, channels, size, size), normalised, channels_last in memory. labels, indices: int64."""

    images: torch.Tensor
    labels: torch.Tensor
    indices: Integers

    def __len__(self) -> int:
        return len(self.indices)


@dataclass
class Batches:
    """The batches of one split.

    batch: images in a global batch; process `rank` of `world` gets every `world`-th of it. augment: None for
    evaluating, which also keeps the order of `indices`; shuffling follows `augment` unless `shuffle` says otherwise.
    exact: Pillow's resampling, as predicting uses; by default when evaluating. workers: threads that decode ahead; 0
    reads when asked; None: as many as there are cores (images in memory need one). wait_seconds: time that the
    consumer has waited for data so far.
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
    wait_seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.indices = np.asarray(self.indices, np.int64)
        if self.batch < 1 or not 0 <= self.rank < self.world:
            raise DataError(
                f"a batch of {self.batch}, rank {self.rank} of {self.world} came; a batch is at least 1, ranks run "
                "from 0."
            )
        if self.workers is None:
            self.workers = 1 if isinstance(self.source, ArraySource) else os.cpu_count() or 1
        self._pool: ThreadPoolExecutor | None = None

    def __len__(self) -> int:
        whole, rest = divmod(len(self.indices), self.batch)
        return whole + (1 if rest and not self.drop_last else 0)

    def order(self, epoch: int) -> Integers:
        """Return the indices in the order of this epoch, over all processes."""
        shuffle = self.augment is not None if self.shuffle is None else self.shuffle
        return shuffled(self.indices, self.seed, epoch) if shuffle else self.indices

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of one epoch; `start` of its samples, over all processes, were consumed before."""
        order = self.order(epoch)
        end = len(order) // self.batch * self.batch if self.drop_last else len(order)
        mine = (order[at : min(at + self.batch, end)][self.rank :: self.world] for at in range(start, end, self.batch))
        plans = [plan for plan in mine if len(plan)]
        if self.drop_last and start % self.batch:
            plans = [
                plan for at, plan in zip(range(start, end, self.batch), plans, strict=False) if at + self.batch <= end
            ]
        made = self._ahead(plans, epoch) if self.workers else (self._make(plan, epoch) for plan in plans)
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

    def _ahead(self, plans: list[Integers], epoch: int) -> Generator[Batch, None, None]:
        """Make batches in the background, in order, at most _AHEAD of them before they are asked for."""
        assembler = ThreadPoolExecutor(1, "residua-batch")
        self._pool = (
            ThreadPoolExecutor(self.workers, "residua-decode") if not isinstance(self.source, ArraySource) else None
        )
        pending: deque[Future[Batch]] = deque()
        try:
            for plan in plans:
                pending.append(assembler.submit(self._make, plan, epoch))
                if len(pending) > _AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            assembler.shutdown(wait=True, cancel_futures=True)
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = None

    def _make(self, indices: Integers, epoch: int) -> Batch:
        pixels, valid = self._read(indices)
        indices = indices[valid]
        if not len(indices):
            raise DataError(f"{self.source.name}: none of the {len(valid)} images of a batch can be read.")
        if self.augment is not None:
            pixels = apply_batch(pixels, self.augment, Draw(self.seed, epoch, indices), self._fill())
        return Batch(self._to_tensor(pixels), torch.from_numpy(self.source.labels[indices]).to(self.device), indices)

    def _read(self, indices: Integers) -> tuple[Pixels, np.ndarray]:
        exact = self.augment is None if self.exact is None else self.exact
        if self._pool is None:
            return self.source.read_valid(indices, self.preprocessing, None, exact)
        parts = [indices[at : at + _CHUNK] for at in range(0, len(indices), _CHUNK)]
        read: list[Any] = list(
            self._pool.map(lambda part: self.source.read_valid(part, self.preprocessing, None, exact), parts)
        )
        return np.concatenate([pixels for pixels, _ in read]), np.concatenate([valid for _, valid in read])

    def _fill(self) -> tuple[int, ...]:
        return tuple(min(255, max(0, round(255 * mean))) for mean in self.preprocessing.mean)

    def _to_tensor(self, pixels: Pixels) -> torch.Tensor:
        """Normalise: for the CPU in numpy by one thread (the cores are for training), else on the device from uint8."""
        if torch.device(self.device).type == "cpu":
            return torch.from_numpy(normalise(pixels, self.preprocessing)).permute(0, 3, 1, 2).to(self.dtype)
        host = torch.from_numpy(np.ascontiguousarray(pixels))
        host = host.pin_memory() if torch.cuda.is_available() else host
        images = host.to(self.device, non_blocking=True).permute(0, 3, 1, 2).float()
        shape = (1, self.preprocessing.channels, 1, 1)
        std = torch.tensor(self.preprocessing.std, device=self.device).view(shape)
        mean = torch.tensor(self.preprocessing.mean, device=self.device).view(shape)
        return images.mul_(1 / (255 * std)).sub_(mean / std).to(self.dtype)
