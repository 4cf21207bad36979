"""Do the steps that prove training on a GPU run at all? Their rehearsal on a CPU, step by step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
STEPS = ("placement", "gradient", "ingredients", "resume", "answers", "full", "waits", "processes", "terminated",
         "speed", "compiled")  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_proof_runs_on_a_cpu(step, tmp_path):
    words = [sys.executable, str(ROOT / "bench" / "gpu_proof.py"), "--rehearse", "--only", step]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        [*words, "--out", str(tmp_path / "proof.json")],
        check=False, env=environment, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    found = json.loads((tmp_path / "proof.json").read_text())["steps"]
    assert (ended.returncode, list(found)) == (0, [step]), (found, ended.stderr)
    assert found[step]["ok"]


def test_all_steps_of_the_proof_are_rehearsed_and_may_take_ten_minutes_together():
    sys.path.insert(0, str(ROOT / "bench"))
    import gpu_proof

    assert tuple(gpu_proof.STEPS) == STEPS
    assert sum(seconds for _, seconds in gpu_proof.STEPS.values()) <= 600
