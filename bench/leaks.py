"""Is anything "learnt" where nothing can be, because copies cross the split that measures it?

    python bench/leaks.py --out results/data/leaks/measured.json
    python bench/leaks.py --time    # how long grouping takes

Pictures without meaning, labels drawn by chance: an honest accuracy is one half. Each kind of leak is laid into the
folder and trained on with five seeds, with what residua keeps together by itself (for patients and films: with --group)
and with `--grouping none`. A mean over all held-out images within three standard errors of one half is honest.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

from residua.data.groups.grouping import group
from residua.data.groups.signature import DTYPE
from residua.train.engine import train
from residua.train.settings.config import TrainConfig

SEEDS, PICTURES, SIDE = 5, 60, 96
SETTINGS: dict[str, Any] = {"model": "resnet8", "size": 32, "epochs": 12, "batch": 32, "lr": 0.05,
                            "crop_pad": 0, "flip": "none", "val_fraction": 0.3}  # fmt: skip
Picture = Image.Image
Draw = np.random.Generator
Write = Callable[[Path, Draw], None]


@dataclass(frozen=True)
class Kind:
    """A leak: what writes it below a folder, and the pattern that keeps its pictures together, if it takes one."""

    write: Write
    group: str | None = None


def picture(draw: Draw) -> Picture:
    """Return a picture like no other: smooth, with a little detail, as photographs are."""
    coarse = Image.fromarray(draw.integers(0, 256, (6, 6, 3), np.uint8)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    fine = Image.fromarray(draw.integers(0, 256, (24, 24, 3), np.uint8)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return Image.blend(coarse, fine, 0.3)


def noisy(image: Picture, draw: Draw, levels: float) -> Picture:
    """Return the image with Gaussian noise."""
    return Image.fromarray(
        np.clip(np.asarray(image) + draw.normal(0, levels, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    )


def moved(image: Picture, x: int, y: int) -> Picture:
    """Return the image rolled by so many pixels."""
    return Image.fromarray(np.roll(np.asarray(image), (y, x), axis=(0, 1)))


def augmented(image: Picture, draw: Draw) -> Picture:
    """Return a crop of at least 80 % of the area, perhaps mirrored, in another light, with noise."""
    side = SIDE * math.sqrt(draw.uniform(0.8, 1))
    left, top = draw.uniform(0, SIDE - side, 2)
    crop = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if draw.random() < 0.5 else crop
    return noisy(ImageEnhance.Brightness(crop).enhance(draw.uniform(0.8, 1.2)), draw, 3)


def label(draw: Draw) -> str:
    """Return a class by chance."""
    return ("no", "yes")[draw.integers(2)]


def pairs(
    copy: Callable[[Picture, Draw], Picture], suffix: str = ".png", **options: Any
) -> Callable[[Path, Draw], None]:
    """Return what writes pictures, and a copy beside each."""

    def write(root: Path, draw: Draw) -> None:
        for number in range(PICTURES):
            image, folder = picture(draw), root / label(draw)
            image.save(folder / f"{number}a.png")
            copy(image, draw).save(folder / f"{number}b{suffix}", **options)

    return write


def alone(root: Path, draw: Draw) -> None:
    """Write pictures each of which is there once."""
    for number in range(2 * PICTURES):
        picture(draw).save(root / label(draw) / f"{number}.png")


def across_classes(root: Path, draw: Draw) -> None:
    """Write each picture under both classes, in one format: another would give the class away."""
    for number in range(PICTURES):
        image = picture(draw)
        image.save(root / "no" / f"{number}.png")
        image.save(root / "yes" / f"{number}.png")


def across_splits(root: Path, draw: Draw) -> None:
    """Write train and test folders; half of the test images are training images saved anew."""
    for name in ("no", "yes"):
        for split in ("train", "test"):
            (root / split / name).mkdir(parents=True)
        (root / name).rmdir()
    for number in range(PICTURES):
        image, name = picture(draw), label(draw)
        image.save(root / "train" / name / f"{number}.png")
        if number % 2:
            image.save(root / "test" / name / f"known{number}.jpg", quality=80)
        picture(draw).save(root / "test" / label(draw) / f"own{number}.png")


def patients(root: Path, draw: Draw) -> None:
    """Write eight scans each of 24 patients, who differ from each other as pictures do, and a label a patient."""
    for number in range(24):
        own, name = picture(draw), label(draw)
        for scan in range(8):
            place = moved(own, *draw.integers(-12, 13, 2).tolist())
            Image.blend(place, picture(draw), 0.35).save(root / name / f"patient{number}_{scan}.png")


def films(root: Path, draw: Draw) -> None:
    """Write ten frames each of 20 films whose camera moves by 8 % a frame, and a label a film."""
    for number in range(20):
        scene, name = picture(draw), label(draw)
        for frame in range(10):
            noisy(moved(scene, 8 * frame, 4 * frame), draw, 5).save(root / name / f"film{number}_{frame}.png")


KINDS = {
    "no leak: labels by chance": Kind(alone),
    "copies": Kind(pairs(lambda image, draw: image)),
    "copies in another format": Kind(pairs(lambda image, draw: image, ".bmp")),
    "re-encodings": Kind(pairs(lambda image, draw: image.resize((80, 80)), ".jpg", quality=60)),
    "bursts": Kind(pairs(lambda image, draw: noisy(moved(image, 1, 0), draw, 4))),
    "mirrored": Kind(pairs(lambda image, draw: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), ".jpg")),
    "augmented copies": Kind(pairs(augmented)),
    "across classes": Kind(across_classes),
    "across given splits": Kind(across_splits),
    "patients": Kind(patients, r"(patient\d+)_"),
    "films": Kind(films, r"(film\d+)_"),
}


def one(kind: Kind, seed: int, grouping: str) -> tuple[int, int, int]:
    """Train on a folder of this kind; return images right as the run prints it, after the last epoch, and all images.

    What it prints is each half of them at the epoch that the other half chose.
    """
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "set"
        for name in ("no", "yes"):
            (root / name).mkdir(parents=True)
        kind.write(root, np.random.default_rng(seed))
        named = {"group": kind.group} if kind.group and grouping == "auto" else {}
        config = TrainConfig(**SETTINGS, **named, data=str(root), seed=seed, grouping=grouping)
        run = train(config, Path(temporary) / "run").run
        found, last = run.metrics, run.rows()[-1]
    assert found is not None
    if "without_seen" in found:
        found = found["without_seen"]
        return found["correct"], found["correct"], found["samples"]
    if found["split"] == "test":
        return found["correct"], found["correct"], found["samples"]
    return found["cross_fitted"]["correct"], last["val_correct"], last["val_samples"]


def measure(kinds: list[str], groupings: list[str]) -> list[dict[str, Any]]:
    """Return a row a kind and grouping, printed as it comes."""
    rows = []
    for grouping in groupings:
        for name in kinds:
            counts = np.array([one(KINDS[name], seed, grouping) for seed in range(SEEDS)])
            printed, last, images = counts.sum(0).tolist()
            error = 0.5 / math.sqrt(images)
            honest = abs(printed / images - 0.5) <= 3 * error
            row = {"kind": name, "grouping": grouping, "group": KINDS[name].group if grouping == "auto" else None}
            row |= {"printed": printed / images, "last_epoch": last / images, "images": images}
            rows.append(row | {"standard_error": error, "within_three": honest})
            shares = f"{printed / images:.1%} printed, {last / images:.1%} last epoch"
            print(f"{name:26s} {grouping:5s} {shares} of {images}, ±{3 * error:.1%}: {honest}", flush=True)
    return rows


def time_grouping() -> None:
    """Print how long 20,000 images take to compare, once they are decoded."""
    coarse = np.random.default_rng(0).integers(0, 256, (20_000, 5, 6), np.uint8)
    found = np.zeros(len(coarse), DTYPE)
    for side, name in ((9, "miniature"), (24, "thumbnail")):
        found[name] = [
            np.asarray(Image.fromarray(each).resize((side, side), Image.Resampling.BICUBIC)) for each in coarse
        ]
    found["digest"] = np.random.default_rng(1).integers(0, 256, (len(coarse), 16))
    found["comparable"] = found["read"] = True
    began = time.process_time()
    group(found, "near")
    print(f"20,000 images compared in {time.process_time() - began:.0f} s of processor time")


def main() -> None:
    """Measure, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="JSON to write")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), help="of which leaks; default: all")
    parser.add_argument("--groupings", nargs="*", default=["auto", "none"], help="auto, none; default: both")
    parser.add_argument("--time", action="store_true", help="time the grouping alone")
    options = parser.parse_args()
    if options.time:
        time_grouping()
        return
    rows = measure(options.kinds, options.groupings)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        head = {"date": datetime.now(UTC).date().isoformat(), "processor": platform.processor() or platform.machine()}
        text = json.dumps(head | {"seeds": SEEDS, "settings": SETTINGS, "rows": rows}, indent=1)
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
