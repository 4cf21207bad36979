"""How sure is a mean over a few seeds? Student's interval of what was measured once a seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True)
class Mean:
    """A mean over seeds with its interval of 95 %; one seed has none: low and high are then None."""

    mean: float
    low: float | None
    high: float | None
    seeds: int

    @property
    def above_zero(self) -> bool | None:
        """True where the whole interval is above zero, False where it is below; None where it is not known."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return None
        return self.low > 0

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.mean:.3g} (one seed, no interval)"
        return f"{self.mean:.3g} ({self.low:.3g} to {self.high:.3g}, 95 % by {self.seeds} seeds)"


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean of one value a seed with Student's interval. Raises ValueError for none."""
    if not values:
        raise ValueError("no seed has a value")
    mean = statistics.fmean(values)
    if len(values) == 1:
        return Mean(mean, None, None, 1)
    reach = _reach(values, math.sqrt(1 / len(values)))
    return Mean(mean, mean - reach, mean + reach, len(values))


def another_seed(values: Sequence[float]) -> tuple[float, float] | None:
    """Return between what one more seed of the same network would lie, Student's prediction interval; None by one seed.

    It is wider than that of the mean, and than the range of the seeds: a fourth seed lies outside the range of three in
    one case of two.
    """
    if len(values) < 2:
        return None
    mean, reach = statistics.fmean(values), _reach(values, math.sqrt(1 + 1 / len(values)))
    return mean - reach, mean + reach


def _reach(values: Sequence[float], factor: float) -> float:
    from scipy import stats

    return float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)) * statistics.stdev(values) * factor


def difference(first: Sequence[float], second: Sequence[float]) -> Mean:
    """Return first − second, paired by seed: both learnt from the same pictures in the same order."""
    return mean_of([one - other for one, other in zip(first, second, strict=True)])
