"""Intervals over seeds hold what they promise."""

import numpy as np
import pytest
from scipy import stats

from residua.study.intervals import another_seed, difference, mean_of


def test_a_mean_has_students_interval() -> None:
    values = [1.0, 1.1, 1.3]
    found = mean_of(values)
    expected = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected)
    assert difference(values, [0.0, 0.0, 0.0]) == found


def test_another_seed_lies_in_its_interval_in_95_of_100_cases() -> None:
    seeds = np.random.default_rng(0).normal(2.0, 0.3, (1500, 4))
    inside = [low <= fourth <= high for *three, fourth in seeds.tolist() for low, high in [another_seed(three)]]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)  # three times the standard error


def test_one_seed_tells_nothing_of_another() -> None:
    assert another_seed([1.0]) is None
    assert mean_of([1.0]).above_zero is None
