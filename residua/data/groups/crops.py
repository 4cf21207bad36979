"""Which images are crops of each other, moved a little, mirrored, or in another light?

All are compared with all, each cut at 14 places, by products of matrices: for 20,000 images about as long as decoding
them takes, and a moment for a thousand.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from residua.data.counter import Integers
from residua.data.groups.near_duplicates import LEAST_CORRELATION
from residua.data.groups.signature import MINIATURE, THUMBNAIL

# Sides of the windows, as shares of the image's: between them lie crops from 80 % of the area on (0.894²) within 2.5 %.
SIDES = {1.0: 1, 0.96: 2, 0.915: 3}  # and at how many places along each edge
FEWEST = 30  # images; from fewer pairs nobody can tell how alike pictures of this kind are that are not copies
SAMPLE = 400  # images, whose pairs show that
ROWS = 512  # compared at a time
Vectors = np.ndarray


def crop_pairs(thumbnails: np.ndarray) -> Iterator[tuple[Integers, Integers]]:
    """Yield pairs of images, (n, 24, 24) uint8, of which one is nearly a window of the other, many at a time.

    They correlate by 0.97 at least, and by more than any pair is to be expected to by chance where all images are
    alike, as radiographs are: beyond what one of all pairs would reach, were they distributed as the bulk of them is.
    """
    count = len(thumbnails)
    if count < FEWEST:
        return
    least = max(LEAST_CORRELATION, _by_chance(thumbnails))
    both = _both_ways(thumbnails)
    for window in _windows():
        for start in range(0, count, ROWS):
            alike = _vectors(thumbnails[start : start + ROWS], window) @ both.T > least
            one, other = np.nonzero(alike)
            one, other = one + start, other % count
            yield one[one != other], other[one != other]


def _by_chance(thumbnails: np.ndarray) -> float:
    """Return the correlation that one of all pairs would exceed if each were like most of them.

    On Fisher's scale correlations are nearly normal; median and median deviation hardly move by copies.
    """
    count = len(thumbnails)
    some = thumbnails[np.linspace(0, count - 1, min(SAMPLE, count)).astype(np.int64)]
    both, best = _both_ways(some), np.full((len(some), len(some)), -1.0, np.float32)
    for window in _windows():
        found = _vectors(some, window) @ both.T
        np.maximum(best, np.maximum(found[:, : len(some)], found[:, len(some) :]), out=best)
    best = np.maximum(best, best.T)
    fisher = np.arctanh(np.clip(best[np.triu_indices(len(some), 1)].astype(np.float64), -0.999999, 0.999999))
    middle = np.median(fisher)
    spread = np.median(np.abs(fisher - middle)) / norm.isf(0.25)
    return float(np.tanh(middle + spread * norm.isf(2 / (count * (count - 1)))))


def _both_ways(thumbnails: np.ndarray) -> Vectors:
    """Return the vectors of whole images, and behind them those of the same images mirrored."""
    whole = next(_windows())
    return np.concatenate([_vectors(thumbnails, whole), _vectors(thumbnails[:, :, ::-1], whole)])


def _vectors(thumbnails: np.ndarray, window: np.ndarray) -> Vectors:
    """Return what a window shows of each image as a vector of length 1: the product of two is their correlation."""
    vectors: Vectors = thumbnails.reshape(len(thumbnails), -1).astype(np.float32) @ window.T
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors


def _windows() -> Iterator[np.ndarray]:
    """Yield matrices (81, 576) that make a miniature of a window of a thumbnail, the whole image first."""
    for side, places in SIDES.items():
        starts = np.linspace(0, 1 - side, places)
        for top in starts:
            for left in starts:
                yield np.kron(_means(top, side), _means(left, side)).astype(np.float32)


def _means(start: float, side: float) -> np.ndarray:
    """Return the matrix (9, 24) that takes the means of nine equal parts of [start, start + side] of a row."""
    edges = THUMBNAIL * (start + side * np.arange(MINIATURE + 1) / MINIATURE)
    pixels = np.arange(THUMBNAIL)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    covered = np.maximum(covered, 0)
    means: np.ndarray = covered / covered.sum(axis=1, keepdims=True)
    return means
