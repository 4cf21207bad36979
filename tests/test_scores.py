"""Are intervals as wide as they say?"""

from __future__ import annotations

import numpy as np
import pytest

from residua.scores import accuracy_drop, images_for_drop


def test_a_drop_without_any_difference_has_the_score_intervals_width():
    z = 1.959964
    low, high = accuracy_drop(0, 0, 2000).interval
    assert (-low, high) == (pytest.approx(high), pytest.approx(z * z / (2000 + z * z), rel=1e-5))


def test_so_many_images_show_a_drop_and_one_less_does_not():
    needed = images_for_drop(0.005)
    assert accuracy_drop(0, 0, needed).interval[1] <= 0.005 < accuracy_drop(0, 0, needed - 1).interval[1]


@pytest.mark.parametrize(("lost", "won", "ends"), [(10, 0, 1.0), (0, 10, -1.0)])
def test_a_drop_of_everything_has_an_end(lost, won, ends):
    found = accuracy_drop(lost, won, 10)
    assert found.drop == ends
    assert ends in found.interval


def test_exchanging_the_networks_turns_the_interval_over():
    low, high = accuracy_drop(12, 2, 1000).interval
    assert accuracy_drop(2, 12, 1000).interval == (pytest.approx(-high, abs=1e-9), pytest.approx(-low, abs=1e-9))
    assert 0 < low < 0.01 < high


def test_ninety_five_of_a_hundred_intervals_hold_the_truth():
    rng = np.random.default_rng(0)
    for lost, won in ((0.02, 0.01), (0.05, 0.05), (0.004, 0.002)):
        counts = rng.multinomial(500, (lost, won, 1 - lost - won), 300)
        intervals = [accuracy_drop(int(row[0]), int(row[1]), 500).interval for row in counts]
        assert 0.91 <= np.mean([low <= lost - won <= high for low, high in intervals]) <= 0.99
