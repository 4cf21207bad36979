"""How much processor time does one run of each verb take, beside another commit's?

    python bench/verbs.py COMMIT [--rounds 5] [--verbs check,inspect]

Every verb runs in a process of its own, this code and the other commit's in turns, so that a machine whose speed drifts
costs both the same. Printed is the median of the processor seconds (user and system, children included) and the ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.skip = nn.Identity() if stride == 1 else nn.Conv2d(channels, channels, 1, stride)

    def forward(self, x):
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(out + self.skip(x))
"""


def commands(folder: Path) -> dict[str, list[str]]:
    """Return a command a verb; what they read lies in `folder`."""
    run, picture, block = folder / "run", folder / "pictures" / "a" / "0.png", folder / "block.py"
    return {
        "--help": ["--help"],
        "list": ["list", "--json"],
        "summary": ["summary", "resnet50", "--json"],
        "check": ["check", f"{block}:Block", "--json"],
        "inspect": ["inspect", str(folder / "foreign.pth"), "--json"],
        "convert": ["convert", str(folder / "foreign.pth"), str(folder / "out.safetensors")],
        "data": ["data", str(folder / "pictures"), "--json"],
        "train": ["train", "--data", "digits", "--epochs", "3", "--out", str(folder / "trained")],
        "evaluate": ["evaluate", str(run), "--json"],
        "predict": ["predict", str(run), str(picture), "--json"],
    }


def prepare(folder: Path) -> None:
    """Write the block, the checkpoint, the pictures and the run that the commands read."""
    import numpy as np
    import torch
    from PIL import Image

    import residua

    (folder / "block.py").write_text(BLOCK, encoding="utf-8")
    torch.save(residua.build("resnet18").state_dict(), folder / "foreign.pth")
    pixels = np.random.default_rng(0)
    for name in ("a", "b"):
        (folder / "pictures" / name).mkdir(parents=True)
        for number in range(100):
            picture = Image.fromarray(pixels.integers(0, 255, (32, 32, 3), dtype=np.uint8))
            picture.save(folder / "pictures" / name / f"{number}.png")
    seconds_of(ROOT, ["train", "--data", "digits", "--epochs", "1", "--out", str(folder / "run")])


@contextlib.contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Give a folder that holds the package as it was at `commit`."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit, "residua"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


def seconds_of(root: Path, words: list[str]) -> float:
    """Run `residua WORDS` with the package that lies in `root`, and return its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "residua", *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 1:
        raise SystemExit(f"residua {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def measure(words: list[str], roots: tuple[Path, Path], rounds: int, folder: Path) -> tuple[float, float, float]:
    """Return both medians in seconds and the median ratio of a round; the first round, to warm up, is not counted."""
    times: list[tuple[float, float]] = []
    for _ in range(rounds + 1):
        pair = []
        for root in roots:
            subprocess.run(["rm", "-rf", str(folder / "trained"), str(folder / "out.safetensors")], check=True)
            pair.append(seconds_of(root, words))
        times.append((pair[0], pair[1]))
    here, there = zip(*times[1:], strict=True)
    ratios = [mine / theirs for mine, theirs in times[1:]]
    return statistics.median(here), statistics.median(there), statistics.median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--verbs", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, checkout(arguments.commit) as other:
        folder = Path(name)
        prepare(folder)
        print(f"{'verb':<10} {'here':>8} {arguments.commit[:8]:>9}  ratio", flush=True)
        for verb, words in commands(folder).items():
            if arguments.verbs and verb not in arguments.verbs.split(","):
                continue
            here, there, ratio = measure(words, (ROOT, other), arguments.rounds, folder)
            print(f"{verb:<10} {here:7.2f}s {there:8.2f}s  {ratio:5.2f}", flush=True)


if __name__ == "__main__":
    main()
