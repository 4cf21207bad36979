"""Which random number belongs to this seed, epoch and sample, whoever asks and in whatever order?

Every draw is a hash of (seed, epoch, sample index, purpose): no generator has a state, so the number of workers, the
number of processes and a resume cannot change a pixel. The mixing function is splitmix64 (Steele 2014), vectorised
over samples.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MASK = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True)
class Draw:
    """The draws of some samples at one epoch; `index` is a number that is each sample's own."""

    seed: int
    epoch: int
    index: Integers

    def below(self, limit: int, purpose: str) -> Integers:
        """Return an integer in [0, limit) a sample."""
        return below(limit, self.seed, self.epoch, self.index, purpose)

    def uniform(self, purpose: str) -> Floats:
        """Return a float in [0, 1) a sample."""
        return uniform(self.seed, self.epoch, self.index, purpose)


def hashes(seed: int, epoch: int, index: Integers, purpose: str) -> npt.NDArray[np.uint64]:
    """Return one 64-bit hash a sample; `purpose` keeps the draws of different transformations apart."""
    start = _mix_int(_mix_int((seed & _MASK) ^ (zlib.crc32(purpose.encode()) << 32)) ^ (epoch & _MASK))
    with np.errstate(over="ignore"):
        return _mix(np.asarray(index).astype(np.uint64) * _GOLDEN + np.uint64(start))


def uniform(seed: int, epoch: int, index: Integers, purpose: str) -> Floats:
    """Return a float in [0, 1) a sample, with 53 random bits."""
    return (hashes(seed, epoch, index, purpose) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(limit: int, seed: int, epoch: int, index: Integers, purpose: str) -> Integers:
    """Return an integer in [0, limit) a sample."""
    return np.minimum((uniform(seed, epoch, index, purpose) * limit).astype(np.int64), limit - 1)


def shuffled(indices: Integers, seed: int, epoch: int) -> Integers:
    """Return `indices` in the order of this epoch: sorted by a hash of (seed, epoch, index)."""
    return indices[np.argsort(hashes(seed, epoch, indices, "order"), kind="stable")]


def _mix(z: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _mix_int(z: int) -> int:
    z = (z + int(_GOLDEN)) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
