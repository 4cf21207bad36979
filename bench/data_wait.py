"""What share of its time does ResNet-18 at 224 px wait for images, training from a folder of JPEG files on the CPU?

python bench/data_wait.py ../shared/data/images [--files 256] [--epochs 3] [--json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from data_bench import INPUT, lay_out

import residua
from residua.data import Augment, open_dataset
from residua.data.feed.choose import make_feed, measure_workers
from residua.data.feed.loader import Batches
from residua.nn.device import choose_placement


def train(batches: Batches, epochs: int, half: bool) -> list[dict[str, float]]:
    """Train, in bf16 if `half`, and return images a second and the share of time spent waiting, an epoch each."""
    model = residua.build("resnet18", num_classes=2).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    rows = []
    for epoch in range(epochs):
        waited, began, count = batches.wait_seconds, time.perf_counter(), 0
        for batch in batches.epoch(epoch):
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                loss = torch.nn.functional.cross_entropy(model(batch.images), batch.labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            count += len(batch.labels)
        seconds = time.perf_counter() - began
        share = (batches.wait_seconds - waited) / seconds
        rows.append({"epoch": epoch, "images_per_second": round(count / seconds, 1), "data_wait": round(share, 4)})
    return rows


def main() -> None:
    """Measure each way of feeding and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("--files", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    recipe = Augment(resized_crop=0.08, flip="random")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        source = open_dataset(lay_out(asked.images, asked.files, Path(name))).train
        workers = measure_workers(source, INPUT)
        for kind in ("decode", "cache", "memory"):
            began = time.perf_counter()
            feed = make_feed(source, INPUT, kind=kind, cache=Path(name) / "cache")
            prepared = time.perf_counter() - began
            batches = Batches(feed.source, np.arange(len(source)), 32, INPUT, recipe, drop_last=True, workers=workers)
            found[kind] = {
                "prepare_seconds": round(prepared, 1),
                "workers": workers,
                "epochs": train(batches, asked.epochs, choose_placement().precision == "bf16"),
            }
    if asked.json:
        print(json.dumps(found))
        return
    for kind, rows in found.items():
        show(kind, rows)


def show(kind: str, rows: dict[str, Any]) -> None:
    """Print one way of feeding."""
    print(f"{kind:8} prepared in {rows['prepare_seconds']} s, {rows['workers']} workers")
    for row in rows["epochs"]:
        wait = f"data wait {100 * row['data_wait']:.1f} %"
        print(f"  epoch {row['epoch']}: {row['images_per_second']} images/s, {wait}", flush=True)


if __name__ == "__main__":
    main()
