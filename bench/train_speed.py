"""How many images a second does training see, data and augmentation included, against the usual loop in the same run?

    python bench/train_speed.py [--cifar DATA] [--images FOLDER] [--rounds 3] [--processor]

The peer is what people write: the same network in an eager fp32 loop, torch's DataLoader with one worker a core, Pillow
for decoding, crops and flips, one image after another, and torch's SGD. Ours are the steps of `residua train`. The two,
in processes of their own, take turns of some steps, so that a machine whose speed drifts slows both; a row is the ratio
of the medians. --processor counts the processor's time in place of the clock's, that of the loader's workers included:
what is left to measure on a machine that others use as well.
Writes results/train/speed/metrics.json (processor.json) and prints the table.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from data_bench import lay_out
from PIL import Image
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from residua import build
from residua.data import Dataset, open_dataset
from residua.nn.device import choose_placement, processor_name
from residua.train.lr_finder import DryRun
from residua.train.settings.config import TrainConfig

MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


class Pictures(TorchDataset):
    """Images one by one, as torchvision's transforms make them."""

    def __init__(
        self, dataset: Dataset, folder: Path, size: int, transform: Callable[[Image.Image, int], Image.Image]
    ) -> None:
        self.source, self.folder, self.size, self.transform = dataset.train, folder, size, transform
        self.pixels = getattr(dataset.train, "images", None)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        if self.pixels is not None:
            image = Image.fromarray(self.pixels[index])
        else:
            image = Image.open(self.folder / self.source.where(index)).convert("RGB")
        image = self.transform(image, self.size)
        values = (np.asarray(image, np.float32) / 255 - MEAN) / STD
        return torch.from_numpy(values.transpose(2, 0, 1).copy()), int(self.source.labels[index])


def pad_crop_flip(image: Image.Image, size: int) -> Image.Image:
    """Return a random crop of the image padded by 4 pixels, mirrored half of the time (He 2016a §4.2)."""
    padded = Image.new("RGB", (size + 8, size + 8))
    padded.paste(image, (4, 4))
    left, top = random.randint(0, 8), random.randint(0, 8)
    return _mirrored(padded.crop((left, top, left + size, top + size)))


def resized_crop_flip(image: Image.Image, size: int) -> Image.Image:
    """Return a random crop of 8 to 100 % of the area, resized, mirrored half of the time (Szegedy 2015)."""
    width, height = image.size
    area, ratio = width * height * random.uniform(0.08, 1.0), math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
    w, h = min(width, round(math.sqrt(area * ratio))), min(height, round(math.sqrt(area / ratio)))
    left, top = random.randint(0, width - w), random.randint(0, height - h)
    box = (left, top, left + w, top + h)
    return _mirrored(image.resize((size, size), Image.Resampling.BILINEAR, box=box))


def _mirrored(image: Image.Image) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else image


def peer(config: TrainConfig, transform: Any) -> Iterator[int]:
    """Yield the images of each step of the usual loop."""
    dataset = open_dataset(config.data, config.root)
    model = build(config.model, num_classes=len(dataset.classes)).train()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=5e-4)
    pictures = Pictures(dataset, Path(config.data), config.size or 0, transform)
    workers = os.cpu_count() or 1
    kept = {"num_workers": workers, "persistent_workers": True, "multiprocessing_context": "fork"}
    loader = DataLoader(pictures, config.batch, True, drop_last=True, **kept)
    while True:
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()
            yield len(labels)


def ours(config: TrainConfig, transform: Any) -> Iterator[int]:
    """Yield the images of each step of `residua train`, which has the transform in its settings."""
    dry = DryRun(config)
    for batch in dry.batches():
        dry.step(batch, 0.01)
        yield len(batch.labels)


def processor_seconds() -> float:
    """Return what this process and its children have used of the processor so far."""
    pids = [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]
    ticks = 0
    for pid in pids:
        user, system = (Path("/proc") / pid / "stat").read_text().rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


CLOCKS = {"clock": time.perf_counter, "processor": processor_seconds}


def turns(
    arm: Callable[..., Iterator[int]], config: TrainConfig, transform: Any, asked: Connection, clock: str
) -> None:
    """Take a turn of as many seconds as `asked` says, and answer with images and seconds, until there are none."""
    steps, now = arm(config, transform), CLOCKS[clock]
    ended = now()
    while seconds := asked.recv():
        began, images = ended if clock == "processor" else now(), 0  # what is decoded between two turns counts too
        while now() - began < seconds:
            images += next(steps)
        ended = now()
        asked.send((images, ended - began))


def compare(config: TrainConfig, transform: Any, rounds: int, seconds: float, clock: str) -> dict[str, Any]:
    """Return the median images/s of both, which take turns of about `seconds`, and their ratio.

    Each has a process of its own, as what one of them sets (threads, how memory is kept) would serve the other too.
    """
    context, lines, speeds = multiprocessing.get_context("spawn"), {}, {"peer": [], "residua": []}
    for arm, make in (("peer", peer), ("residua", ours)):
        lines[arm], far = context.Pipe()
        context.Process(target=turns, args=(make, config, transform, far, clock)).start()
    for turn in range(rounds + 1):
        for arm, line in lines.items():
            line.send(seconds)
            images, took = line.recv()
            if turn:  # the first turn warms up
                speeds[arm].append(images / took)
    for line in lines.values():
        line.send(0)
    medians = {arm: statistics.median(found) for arm, found in speeds.items()}
    return {f"{arm}_images_per_second": round(found, 2) for arm, found in medians.items()} | {
        "ratio": round(medians["residua"] / medians["peer"], 3)
    }


def write(rows: list[dict[str, Any]], rounds: int, name: str) -> None:
    """Write what was measured so far, and on what."""
    out = Path(__file__).parents[1] / "results" / "train" / "speed"
    out.mkdir(parents=True, exist_ok=True)
    machine = {
        "cpu": processor_name(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "placement": str(choose_placement()),
        "load": os.getloadavg()[0],
    }
    document = {"machine": machine, "date": time.strftime("%Y-%m-%d"), "rounds": rounds, "rows": rows}
    (out / name).write_text(json.dumps(document, indent=1) + "\n")


def main() -> None:
    """Measure the three networks that are asked about, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cifar", default=".data", help="where cifar-10-batches-py lies")
    parser.add_argument("--images", type=Path, default=Path("../shared/data/images"), help="JPEG files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=12.0, help="of a turn")
    compiling = parser.add_mutually_exclusive_group()
    compiling.add_argument("--compile", action="store_true", help="all of ours, not only ResNet-20")
    compiling.add_argument("--eager", action="store_true", help="none of ours")
    parser.add_argument("--processor", action="store_true", help="count the processor's time")
    asked = parser.parse_args()
    clock, rows = "processor" if asked.processor else "clock", []
    with tempfile.TemporaryDirectory() as name:
        folder = str(lay_out(asked.images, 256, Path(name)))
        narrow = {"crop_pad": 4, "flip": "random", "compile": True}  # as the recipes for CIFAR have it
        cases = (
            ("resnet20", "cifar10", asked.cifar, 32, 128, pad_crop_flip, narrow),
            ("resnet18", folder, None, 224, 32, resized_crop_flip, {"augment": "resized_crop=0.08,flip=random"}),
            ("resnet50", folder, None, 224, 16, resized_crop_flip, {"augment": "resized_crop=0.08,flip=random"}),
        )
        for network, data, root, size, batch, transform, settings in cases:
            compiled = {"compile": asked.compile} if asked.compile or asked.eager else {}
            config = TrainConfig(model=network, data=data, root=root, size=size, batch=batch, **settings | compiled)
            row = {"network": network, "pixels": size, "batch": batch, "compiled": config.compile}
            row |= compare(config, transform, asked.rounds, asked.seconds, clock)
            rows.append(row)
            write(rows, asked.rounds, "processor.json" if asked.processor else "metrics.json")
            usual, found = row["peer_images_per_second"], row["residua_images_per_second"]
            what = f"{network:<9} {size:>3} px  batch {batch:>3}"
            print(f"{what}  usual loop {usual:>7.1f}  residua {found:>7.1f} images/s  ×{row['ratio']:.2f}", flush=True)


if __name__ == "__main__":
    main()
