"""How fast do images reach the network, against a torch DataLoader with Pillow in the same run?

    python bench/data_bench.py ../shared/data/images [--cifar DIR] [--files 2000] [--rounds 3] [--json]

Every figure is the median of `rounds` rounds in which the contenders take turns, so only the ratios mean anything on a
machine that others use as well. Peak memory is that of a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from residua.data import Augment, Preprocessing, open_dataset
from residua.data.feed.cache import open_cache
from residua.data.feed.loader import Batches

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
INPUT = Preprocessing(224, 256, mean=MEAN, std=STD)
BATCH = 64


class PillowFolder(torch.utils.data.Dataset):
    """What most training scripts do: Pillow, one image at a time, to a normalised float tensor."""

    def __init__(self, files: list[Path]):
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = Image.open(self.files[index]).convert("RGB")
        scale = 256 / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
        left, top = (image.width - 224) // 2, (image.height - 224) // 2
        image = image.crop((left, top, left + 224, top + 224))
        tensor = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).contiguous().float().div_(255)
        return (tensor - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None], 0


class PillowCifar(torch.utils.data.Dataset):
    """CIFAR as most training scripts read it: Pillow for padding, cropping and mirroring each image."""

    def __init__(self, images: np.ndarray):
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        canvas = Image.new("RGB", (40, 40))
        canvas.paste(Image.fromarray(self.images[index]), (4, 4))
        left, top = np.random.randint(0, 9, 2)
        image = canvas.crop((left, top, left + 32, top + 32))
        if np.random.rand() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        tensor = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).contiguous().float().div_(255)
        tensor = (tensor - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
        y, x = np.random.randint(0, 32, 2)
        tensor[:, max(0, y - 4) : y + 4, max(0, x - 4) : x + 4] = 0
        return tensor, 0


def loader(dataset: torch.utils.data.Dataset, workers: int, batch: int) -> Callable[[], int]:
    """Return a run over `dataset` with torch's DataLoader."""
    made = torch.utils.data.DataLoader(dataset, batch_size=batch, num_workers=workers)
    return lambda: sum(len(images) for images, _ in made)


def batches(source: Any, count: int, workers: int, **options: Any) -> Callable[[], int]:
    """Return a run over `source` with residua's batches."""
    options = {"batch": BATCH, "preprocessing": INPUT, **options}
    made = Batches(source, np.arange(count), workers=workers, **options)
    return lambda: sum(len(batch.labels) for batch in made.epoch(0))


def compare(contenders: dict[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median images a second, and a second of one core's work, of each contender, taking turns."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            began, worked = time.perf_counter(), sum(os.times()[:4])  # work of child processes included
            count = run()
            spent = sum(os.times()[:4]) - worked
            rates[name].append((count / (time.perf_counter() - began), count / spent))
    return {name: tuple(map(statistics.median, zip(*values, strict=True))) for name, values in rates.items()}


def lay_out(images: Path, count: int, root: Path) -> Path:
    """Repeat the JPEG files in `images` to `count` files in two class folders."""
    files = sorted(path for path in images.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    for number in range(count):
        target = root / "set" / f"class{number % 2}" / f"{number}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(files[number % len(files)], target)
    return root / "set"


def files_table(folder: Path, cache: Path, rounds: int) -> list[dict[str, Any]]:
    """Measure reading a folder of JPEG files, on one core and on all."""
    source = open_dataset(folder).train
    cached = open_cache(source, INPUT, cache)
    paths = [folder / source.where(index) for index in range(len(source))]
    train = Augment(flip="random")
    rows = []
    cores = sorted(os.sched_getaffinity(0))
    for used in ([cores[0]], cores):
        os.sched_setaffinity(0, used)
        workers = 0 if len(used) == 1 else len(used)
        part = len(source) if len(used) > 1 else len(source) // 2
        rates = compare(
            {
                "DataLoader, Pillow": loader(torch.utils.data.Subset(PillowFolder(paths), range(part)), workers, BATCH),
                "residua, exact": batches(source, part, workers),
                "residua, training": batches(source, part, workers, augment=train),
                "residua, from the cache": batches(cached, part, workers, augment=train),
            },
            rounds,
        )
        rows += table("JPEG to 224 px", len(used), rates)
    return rows


def cifar_table(root: str, rounds: int) -> list[dict[str, Any]]:
    """Measure CIFAR-10 batches with crop, flip and cutout."""
    source = open_dataset("cifar10", root).train
    small = Preprocessing(32, 32, mean=MEAN, std=STD)
    recipe = Augment(pad=4, flip="random", cutout=8)
    few = torch.utils.data.Subset(PillowCifar(source.images), range(10_000))
    cores = len(os.sched_getaffinity(0))
    two = [
        batches(source, len(source), 1, preprocessing=small, augment=recipe, batch=512, rank=r, world=2) for r in (0, 1)
    ]

    def both() -> int:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(lambda run: run(), two))

    rates = compare(
        {
            "DataLoader, Pillow": loader(few, cores, 512),
            "residua, one thread": batches(source, len(source), 1, preprocessing=small, augment=recipe, batch=512),
            "residua, two ranks": both,
        },
        rounds,
    )
    return table("CIFAR crop, flip, cutout", cores, rates)


def table(what: str, cores: int, rates: dict[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Return rows with the ratios to the first contender."""
    wall, core = next(iter(rates.values()))
    return [
        {
            "what": what,
            "cores": cores,
            "contender": name,
            "images_per_second": round(own_wall, 1),
            "ratio": round(own_wall / wall, 2),
            "images_per_core_second": round(own_core, 1),
            "core_ratio": round(own_core / core, 2),
        }
        for name, (own_wall, own_core) in rates.items()
    ]


def peak_mib(kind: str, folder: Path, cache: Path) -> float:
    """Return the peak resident memory of one epoch in a process of its own, less that of the imports."""
    command = [sys.executable, __file__, str(folder), "--peak", kind, "--cache", str(cache)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(answer.stdout)


def run_peak(kind: str, folder: Path, cache: Path) -> None:
    """Print how much one epoch adds to this process's peak memory, in MiB; a DataLoader's own processes come on top."""
    source = open_dataset(folder).train
    before = high_water()
    if kind == "DataLoader, Pillow":
        loader(PillowFolder([folder / source.where(i) for i in range(len(source))]), 2, BATCH)()
    elif kind == "residua, from the cache":
        batches(open_cache(source, INPUT, cache), len(source), 2, augment=Augment(flip="random"))()
    else:
        batches(source, len(source), 2, augment=Augment(flip="random"))()
    print(high_water() - before)


def high_water() -> float:
    """Return this process's peak resident memory, in MiB; the kernel's own figure for this program alone."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("--cifar")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.peak:
        run_peak(asked.peak, asked.images, asked.cache)
        return
    with tempfile.TemporaryDirectory() as name:
        folder, cache = lay_out(asked.images, asked.files, Path(name)), Path(name) / "cache"
        rows = files_table(folder, cache, asked.rounds)
        for row in rows:
            if row["cores"] > 1 and row["contender"] in ("residua, training", "residua, from the cache"):
                row["peak_mib"] = round(peak_mib(row["contender"], folder, cache))
    if asked.cifar:
        rows += cifar_table(asked.cifar, asked.rounds)
    if asked.json:
        print(json.dumps(rows))
        return
    print(f"{'':24}{'cores':>6}  {'':24}{'images/s':>9}{'ratio':>7}{'per core-s':>12}{'ratio':>7}{'peak MiB':>10}")
    for row in rows:
        left = f"{row['what']:24}{row['cores']:>6}  {row['contender']:24}"
        left += f"{row['images_per_second']:>9,.0f}{row['ratio']:>7.2f}"
        print(f"{left}{row['images_per_core_second']:>12,.0f}{row['core_ratio']:>7.2f}{row.get('peak_mib', ''):>10}")


if __name__ == "__main__":
    main()
