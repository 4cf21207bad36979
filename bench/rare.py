"""Is a rare class ever answered: trained plainly, with `--balance`, with `--class-weights`?

    python bench/rare.py --out results/train/rare-100/measured.json

A thousand pictures of noise and ten with a faint spot to learn from, three seeds a way; a test split of 200 of either
kind, so that a share of the rare class rests on more than a handful.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from residua.nn.device import processor_name
from residua.train.engine import train
from residua.train.settings.config import TrainConfig

COUNTS = {"train": {"healthy": 1000, "sick": 10}, "test": {"healthy": 200, "sick": 200}}
SIDE, SPOT = 32, 35  # pixels; levels that the spot is brighter, against a noise of 45
SETTINGS: dict[str, Any] = {"model": "resnet8", "epochs": 12, "val_fraction": 0.3}
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "balance": {"balance": True},
    "class weights": {"class_weights": True},
}


def write(root: Path) -> None:
    """Write the pictures below `root`, a folder a split and class."""
    draw = np.random.default_rng(2)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    for split, classes in COUNTS.items():
        for name, count in classes.items():
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                picture = draw.normal(110, 45, (SIDE, SIDE, 3))
                top, left = draw.integers(6, SIDE - 6, 2)
                bright = SPOT * np.exp(-((y - top) ** 2 + (x - left) ** 2) / 12)[..., None]
                picture += bright * (name == "sick")
                Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(folder / f"{number}.png")


def one(data: Path, way: str, seed: int, out: Path) -> dict[str, Any]:
    """Train once and return what the test images say."""
    config = TrainConfig(data=str(data), seed=seed, **SETTINGS).changed(**WAYS[way])
    begun = time.process_time()
    found = train(config, out).run.metrics
    assert found is not None
    sick = found["classes"]["sick"]
    row = {"way": way, "seed": seed, "top1": found["top1"], "class_mean": found["class_mean"], "auroc": found["auroc"]}
    row |= {"sick_found": sick["correct"], "healthy_found": found["classes"]["healthy"]["correct"]}
    return row | {"epoch": found["epoch"], "processor_seconds": round(time.process_time() - begun, 1)}


def main() -> None:
    """Measure, print a line a run, and write all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    machine = {"processor": processor_name(), "torch": torch.__version__, "python": platform.python_version()}
    head = {"date": datetime.now(UTC).date().isoformat(), **machine, "counts": COUNTS, "settings": SETTINGS}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "data")
        for seed in range(asked.seeds):
            for way in asked.ways:
                rows.append(one(Path(folder) / "data", way, seed, Path(folder) / f"{way}-{seed}"))
                print(json.dumps(rows[-1]), flush=True)
                if asked.out:
                    asked.out.parent.mkdir(parents=True, exist_ok=True)
                    asked.out.write_text(json.dumps(head | {"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
