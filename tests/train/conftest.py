"""Several processes that train together, as tests ask for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from tests.children import started

SCRIPT = Path(__file__).with_name("processes.py")
ROOT = SCRIPT.parents[2]


@dataclass
class Processes:
    """Asks the script for processes, and returns what each of them gave. stderr: the file that holds theirs."""

    script: subprocess.Popen
    stderr: Path

    def ask(self, work: str, size: int = 2, environment: dict | None = None, **arguments) -> list:
        """Return (exit code, what was returned or raised) of each of `size` processes."""
        request = {"work": work, "size": size, "environment": environment or {}, "arguments": arguments}
        self.script.stdin.write(json.dumps(request) + "\n")
        self.script.stdin.flush()
        answer = json.loads(self.script.stdout.readline())
        return [(code, None if path is None else torch.load(path, weights_only=False)) for code, path in answer]

    def run(self, work: str, size: int = 2, **arguments) -> list:
        """Return what each process returned; none may fail."""
        answer = self.ask(work, size, **arguments)
        assert [code for code, _ in answer] == [0] * size, (answer, self.stderr.read_text())
        return [given for _, given in answer]


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    command = [sys.executable, "-W", "error", str(SCRIPT), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with (
        (folder / "stderr").open("w") as stderr,
        started(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment, cwd=ROOT
        ) as script,
    ):
        yield Processes(script, folder / "stderr")
        script.stdin.close()
        assert script.wait(timeout=60) == 0
