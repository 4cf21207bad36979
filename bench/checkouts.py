"""Does one checkout of residua train faster on a CPU than another? Two working trees take turns.

    OMP_NUM_THREADS=1 python bench/checkouts.py OLD NEW --cifar DATA [--rounds 9]

Each trains, in a process of its own, as `residua train` does: images, augmentation and steps. Counted is the time of
the processor from the end of a turn to the end of the next one, background decoding included, so that other work on
the machine says little. A row is the ratio of the medians, new to old: below 1 the new tree is faster.
Writes results/speed/checkouts.json and prints the table.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from data_bench import lay_out

from residua.nn.device import processor_name

RESULT = Path(__file__).parents[1] / "results" / "speed" / "checkouts.json"
STEPS = 2  # of a turn
ARM = """
import json, sys, time
from residua.train.lr_finder import DryRun
from residua.train.settings.config import TrainConfig
dry, steps = DryRun(TrainConfig(**json.loads(sys.argv[1]))), int(sys.argv[2])
batches, before = dry.batches(), 0.0
for line in sys.stdin:
    images = 0
    for _ in range(steps):
        batch = next(batches)
        dry.step(batch, 0.01)
        images += len(batch.labels)
    now = time.process_time()
    print(json.dumps((now - before) / images), flush=True)
    before = now
batches.close()
"""


def compare(trees: tuple[Path, Path], config: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Return the median processor seconds an image of both trees, which take turns, and their ratio."""
    words = [sys.executable, "-W", "ignore", "-c", ARM, json.dumps(config), str(STEPS)]
    arms, seconds = [], ([], [])
    for tree in trees:
        environment = os.environ | {"PYTHONPATH": str(tree)}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        arms.append(subprocess.Popen(words, cwd=tree, env=environment, **pipes))
    for turn in range(rounds + 1):
        for which in (0, 1) if turn % 2 else (1, 0):
            arm = arms[which]
            print("go", file=arm.stdin, flush=True)
            took = json.loads(arm.stdout.readline())
            if turn:  # the first turn holds what is done once
                seconds[which].append(took)
    for arm in arms:
        arm.communicate()
    old, new = map(statistics.median, seconds)
    pairs = [after / before for before, after in zip(*seconds, strict=True)]
    return {
        "old_ms_an_image": round(1000 * old, 3), "new_ms_an_image": round(1000 * new, 3),
        "ratio": round(new / old, 3), "pairs": [round(min(pairs), 3), round(max(pairs), 3)],
    }  # fmt: skip


def commit_of(tree: Path) -> str:
    """Return the last commit that changed the package as it is checked out in `tree`."""
    asked = ["git", "-C", str(tree), "log", "-1", "--format=%h", "--", "residua"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    """Compare the networks that train_speed measures, in two precisions, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs=2, metavar="OLD NEW")
    parser.add_argument("--cifar", required=True, help="where cifar-10-batches-py lies")
    parser.add_argument("--images", type=Path, default=Path("../shared/data/images"), help="JPEG files")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="cases whose name and precision begin so; nothing is then written")
    asked = parser.parse_args()
    trees, rows = tuple(tree.resolve() for tree in asked.trees), []
    with tempfile.TemporaryDirectory() as name:
        folder = str(lay_out(asked.images, 256, Path(name)))
        small = {"model": "resnet20", "data": "cifar10", "root": str(Path(asked.cifar).resolve()), "batch": 128}
        small |= {"crop_pad": 4, "flip": "random"}
        large = {
            "model": "resnet18",
            "data": folder,
            "size": 224,
            "batch": 8,
            "augment": "resized_crop=0.08,flip=random",
        }
        cases = [("resnet20", small), ("resnet20, Muon, mean", small | {"optimizer": "muon", "ema": 0.99}),
                 ("resnet18, 224 px", large)]  # fmt: skip
        for case, config in cases:
            for precision in ("fp32", "bf16"):
                if not f"{case} {precision}".startswith(asked.only):
                    continue
                row = {"case": case, "precision": precision}
                row |= compare(trees, config | {"precision": precision, "grouping": "none"}, asked.rounds)
                rows.append(row)
                took = f"{row['old_ms_an_image']:8.3f} -> {row['new_ms_an_image']:8.3f} ms an image"
                print(f"{case:<22} {precision}  {took}  x{row['ratio']:.3f}  ({row['pairs']})", flush=True)
    commits = dict(zip(("old", "new"), map(commit_of, trees), strict=True))
    document = {"cpu": processor_name(), "threads": torch.get_num_threads(), "load": os.getloadavg()[0], **commits}
    document |= {"torch": torch.__version__, "date": time.strftime("%Y-%m-%d"), "rounds": asked.rounds, "rows": rows}
    if not asked.only:
        RESULT.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
