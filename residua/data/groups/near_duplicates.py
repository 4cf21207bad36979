"""Which images show nearly the same thing?

Each comparison is one of neighbours in a sorted list, so time and memory grow with the number of images, whatever they
show: a film of which every frame is like the next, or a catalogue of things on white.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from residua.data.counter import Integers
from residua.preprocessing import Pixels

# Seven is the most that eight bands of the hash cannot miss. Among the 1,000 flowers of docs/data.md copies differ in
# at most 3 bits, a dandelion and a sunflower already in no more than 11. (A grey copy on black, at 10, is missed.)
MOST_BITS = 7
# There the copies correlate by 0.994 and more, one of them in quite other light; that dandelion and sunflower by 0.85,
# and two shots of one flower bed by 0.98, which the bits tell apart (13).
LEAST_CORRELATION = 0.97
NEIGHBOURS = 64  # with how many images behind it in the list each one is compared
# Of (n, rows, columns). A quarter to the right is one to the left of the other image.
TURNS: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda stack: stack[:, :, ::-1],
    lambda stack: stack[:, ::-1],
    lambda stack: stack[:, ::-1, ::-1],
    lambda stack: np.rot90(stack, 1, (1, 2)),
    lambda stack: stack.transpose(0, 2, 1),
    lambda stack: stack[:, ::-1, ::-1].transpose(0, 2, 1),
)
Pairs = tuple[Integers, Integers]


def near_groups(miniatures: Sequence[Pixels]) -> list[list[int]]:
    """Return the groups of two and more images that are alike, directly or through others of the group.

    An image is compared with the others as they are, mirrored and turned: all that a file becomes without resampling.
    """
    if not miniatures:
        return []
    count, whole = len(miniatures), np.stack(miniatures)
    # One turn at a time: among NEIGHBOURS views of other images, a copy could be passed over
    like = np.concatenate([_leaders([*whole, *turn(whole)]) for turn in TURNS])
    numbers = connected(np.arange(len(like)) % count, like % count, count)
    order = np.argsort(numbers, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    return [group.tolist() for group in groups if len(group) > 1]


def connected(one: Integers, other: Integers, count: int) -> Integers:
    """Return the number of the connected part in which each of `count` nodes is, for edges from `one` to `other`."""
    edges = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    _, parts = connected_components(edges, directed=False)
    numbers: Integers = parts.astype(np.int64)
    return numbers


def _leaders(miniatures: Sequence[Pixels]) -> Integers:
    """Return for each miniature the first of those that are like it, directly or through others."""
    hashes, vectors = hashes_of(miniatures), _vectors(miniatures)
    leaders = np.arange(len(miniatures))
    _, same = np.unique(hashes, axis=0, return_inverse=True)
    means = np.stack(miniatures).mean(axis=(1, 2))
    for one, other in _neighbours([same.reshape(-1), means]):
        leaders = _join(leaders, one, other, vectors)
    first = np.unique(leaders)  # one stands for all that have its hash and are like it
    for one, other in near_pairs(hashes[first]):
        leaders = _join(leaders, first[one], first[other], vectors)
    return leaders


def hashes_of(miniatures: Sequence[Pixels]) -> np.ndarray:
    """Return a 128-bit perceptual hash an image, (n, 16) uint8.

    A bit says whether a pixel of the miniature is brighter than its neighbour to the left, or above.
    """
    stack = np.stack(miniatures).astype(np.int16)
    across = stack[:, :8, 1:] > stack[:, :8, :-1]
    down = stack[:, 1:, :8] > stack[:, :-1, :8]
    bits = np.concatenate([across.reshape(len(stack), -1), down.reshape(len(stack), -1)], axis=1)
    return np.packbits(bits, axis=1)


def near_pairs(hashes: np.ndarray) -> Iterator[Pairs]:
    """Yield pairs whose hashes differ in at most MOST_BITS of 128 bits, many at a time, some of them more than once.

    Seven differing bits cannot touch all eight bands of 16, so a pair shares at least one band exactly. Images that
    share a band are sorted by the bands after it; where more than NEIGHBOURS share it, only the nearest are compared.
    """
    bands = np.ascontiguousarray(hashes).view(np.uint16)
    ones = np.array([value.bit_count() for value in range(256)], np.uint8)
    for band in range(bands.shape[1]):
        for one, other in _neighbours([bands[:, (band + after) % 8] for after in range(8)]):
            near = ones[hashes[one] ^ hashes[other]].sum(axis=1) <= MOST_BITS
            yield one[near], other[near]


def _neighbours(keys: Sequence[np.ndarray]) -> Iterator[Pairs]:
    """Yield the pairs that share the first key and are at most NEIGHBOURS apart when sorted by all keys."""
    order = np.lexsort(keys[::-1])
    first = keys[0][order]
    for apart in range(1, NEIGHBOURS + 1):
        at = np.flatnonzero(first[apart:] == first[:-apart])
        if not len(at):
            return
        yield order[at], order[at + apart]


def _join(leaders: Integers, one: Integers, other: Integers, vectors: np.ndarray) -> Integers:
    """Return the leader of each image's group after those of these pairs that are alike have been put together."""
    apart = leaders[one] != leaders[other]
    one, other = one[apart], other[apart]
    like = np.einsum("ij,ij->i", vectors[one], vectors[other]) > LEAST_CORRELATION
    for left, right in zip(one[like].tolist(), other[like].tolist(), strict=True):
        low, high = sorted((_leader(leaders, left), _leader(leaders, right)))
        leaders[high] = low
    while not np.array_equal(leaders, leaders[leaders]):
        leaders = leaders[leaders]
    return leaders


def _leader(leaders: Integers, image: int) -> int:
    while leaders[image] != image:
        leaders[image] = leaders[leaders[image]]
        image = int(leaders[image])
    return image


def _vectors(miniatures: Sequence[Pixels]) -> np.ndarray:
    """Return the miniatures without their brightness and contrast: the product of two is their correlation."""
    flat = np.stack(miniatures).reshape(len(miniatures), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    vectors: np.ndarray = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return vectors
