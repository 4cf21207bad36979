"""Do commands and caches that are killed leave nothing half written, and nothing after the next start?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killing.py")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["convert", "cache", "export", "predict"])
def test_what_is_killed_leaves_nothing_half_written(tmp_path: Path, kind: str) -> None:
    if kind in ("export", "predict"):
        pytest.importorskip("openvino", reason="the extra `ship` is not installed")
    words = [sys.executable, str(SCRIPT), str(tmp_path), "6", "0", kind]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPT.parents[1])}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ends) == 6
    assert [end for end in ends if end["half written"] or end["left"] or not end["same"] or end["again"] != 0] == []
    assert any(end["temporary"] for end in ends), "no kill came while something was being written"
