"""Is a network that is nearly one of ours ever loaded as ours?"""

from __future__ import annotations

import pytest

from .mutated_networks import mutants, outcome


@pytest.mark.parametrize("count", [30, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
def test_a_mutated_network_is_refused_by_name_or_computes_the_same(count, tmp_path):
    wrong = [found for mutant in mutants(count) if not (found := outcome(mutant, tmp_path / "a.pth")).right]
    assert not wrong, "\n".join(map(str, wrong))
