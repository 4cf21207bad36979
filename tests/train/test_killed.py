"""Does a run that is killed without warning end as one that was not, to the bit?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killing.py")


def kill(folder: Path, kills: int, seed: int, optimizer: str) -> list[dict]:
    words = [sys.executable, str(SCRIPT), str(folder), str(kills), str(seed), optimizer]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPT.parents[2])}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=1200)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def require_same(ends: list[dict], kills: int) -> None:
    assert len(ends) == kills
    assert [end for end in ends if end["differs"]] == []
    assert any(end["checkpoints"] for end in ends), "every kill came before the first checkpoint: nothing was resumed"


def test_runs_killed_at_random_moments_end_as_the_whole_one_to_the_bit(tmp_path):
    require_same(kill(tmp_path, 4, 0, "sgd"), 4)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adamw", "muon", "lamb"])
def test_twenty_runs_killed_at_random_moments_end_as_the_whole_one_to_the_bit(tmp_path, optimizer):
    require_same(kill(tmp_path, 20, 1, optimizer), 20)
