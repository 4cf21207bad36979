"""Which vector of a norm is its scale, shift, mean or variance, by the values of all norms, where no name has it?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from residua.pickles.stored import Array, Stored
from residua.weights.recognise.our_names import NORM_ROLES

# The orders in which code bases keep them, as places of scale, shift, mean and variance; the commonest first.
ORDERS: list[tuple[int, ...]] = [
    (0, 1, 2, 3),  # torch, Keras
    (1, 0, 2, 3),  # beta, gamma, moving_mean, moving_variance: Keras, sorted
    (2, 3, 0, 1),  # statistics first
    (3, 0, 1, 2),  # bias, running_mean, running_var, weight: torch, sorted
    (3, 2, 0, 1),  # avg_mean, avg_var, beta, gamma: Chainer, sorted
    (2, 1, 0, 3),  # mean, offset, scale, variance
]
ORDERS += [order for order in permutations(range(4)) if order not in ORDERS]
ABOUT = 0.05  # of all values; smaller differences of shares decide nothing
ABOUT_AS_WIDE = 0.8  # of a spread; smaller differences decide nothing; at 0, shuffled norms of one's own are misread


def places_of_roles(norms: Sequence[Sequence[Stored]]) -> tuple[int, ...]:
    """Return the places of scale, shift (, mean, variance) among the vectors of every norm: the same in all of them.

    A variance is nowhere negative and has the widest range; a scale is positive more often than a shift.
    """
    count = len(norms[0]) if norms else 0
    pooled = [np.concatenate([_values(norm[place]) for norm in norms]) for place in range(count)]
    positive = [float((values > 0).mean()) if values.size else 1.0 for values in pooled]
    if count == 2:
        return (1, 0) if positive[1] > positive[0] + ABOUT else (0, 1)
    if count != len(NORM_ROLES):
        return tuple(range(count))
    never_negative = [bool(values.min(initial=0.0) >= 0) for values in pooled]
    spread = [_spread(values) for values in pooled]

    def agreement(order: tuple[int, ...]) -> int:
        scale, shift, mean, variance = order
        likely = positive[scale] >= max(positive[shift], positive[mean]) - ABOUT
        return 3 * never_negative[variance] + 2 * likely + (spread[variance] >= ABOUT_AS_WIDE * spread[scale])

    return max(ORDERS, key=agreement)  # the first of the best


def _values(vector: Stored) -> Array:
    return np.asarray(vector.array(), np.float64).reshape(-1)


def _spread(values: Array) -> float:
    """Return the standard deviation of the logarithms of what is not zero."""
    sizes = np.abs(values[values != 0])
    return float(np.log(sizes).std()) if sizes.size else 0.0
