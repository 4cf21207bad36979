"""What a child process cannot do for a reason of ours is never said of the code that it runs."""

import subprocess
import sys

BLOCK = """import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)
"""
# 70 backward passes within one another need threads, as a GPU does; torch differentiates in no fork after that.
AFTER_THREADS = """
import sys
import torch
from torch.utils.checkpoint import checkpoint
from residua.cli.app import main
def deep(x, left):
    return checkpoint(deep, x * 1.0, left - 1, use_reentrant=True) if left else x
deep(torch.ones((), requires_grad=True), 70).backward()
sys.exit(main(["check", "block.py:Block"]))
"""


def test_a_block_is_not_blamed_where_torch_differentiates_in_no_child(tmp_path):
    (tmp_path / "block.py").write_text(BLOCK, encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-c", AFTER_THREADS]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "torch does not differentiate in a child" in done.stderr
