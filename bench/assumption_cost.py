"""What does a wrong assumption about a checkpoint cost? Each field that no tensor shows is changed alone.

`python bench/assumption_cost.py FILE --data cifar10 --root DIR --preprocessing imagenet [--samples 2000]`: top-1 with
the network as it is, then with each other value that the same tensors allow.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np

from residua.data import open_dataset
from residua.errors import ResiduaError
from residua.nn.device import choose_placement
from residua.train.measure.evaluation import evaluate_images
from residua.train.measure.images import Chosen
from residua.weights.image_options import ImageOptions
from residua.weights.loading import build_found, choose
from residua.weights.options import Options
from residua.weights.preparation import prepare
from residua.weights.read import read

OTHERS: dict[str, tuple[Any, ...]] = {
    "shortcut": ("none", "A", "B", "D"),
    "shortcut_pad": ("both", "end"),
    "stride_on": ("1x1", "3x3"),
    "stride_at": ("first", "last"),
    "subsample": ("stride", "max-pool"),
    "stem_pool": ("max", "max-zero-padded", "none"),
    "antialias": (True, False),
    "weight_standardization": (True, False),
    "padding": ("symmetric", "same"),
    "norm_eps": (1e-3, 1e-5),
}
PRESETS = ("imagenet", "cifar10", "cifar100", "clip", "half", "0…1", "0…255")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--data", required=True)
    parser.add_argument("--root")
    parser.add_argument("--preprocessing", required=True)
    parser.add_argument("--set", nargs="*", default=[])
    parser.add_argument("--samples", type=int, default=2000)
    asked = parser.parse_args()
    source = open_dataset(asked.data, asked.root)
    images = source.test or source.train
    indices = np.linspace(0, len(images) - 1, min(asked.samples, len(images))).round().astype(np.int64)
    chosen = Chosen(images, indices, source.name)
    print(f"{asked.file}, {len(indices)} images of {source.name}")
    for name, options in _options(asked.file, asked.preprocessing, dict(each.split("=") for each in asked.set)):
        try:
            model = build_found(read(asked.file), options)
            evaluation = evaluate_images(model, chosen, choose_placement("cpu", "fp32"))
        except ResiduaError:
            continue
        print(f"{name:<32}{evaluation.top1:8.2%}", flush=True)


def _options(file: str, preprocessing: str, truth: dict[str, Any]) -> Iterator[tuple[str, Options]]:
    """Yield (what is changed, options that change it); as it is comes first."""
    images = ImageOptions(preprocessing)
    yield "as it is", Options(change=truth, images=images)
    spec = choose(read(file), Options(change=truth)).spec
    asked = prepare(images, spec).preprocessing
    for field, values in OTHERS.items():
        for value in values:
            if value != getattr(spec, field):
                yield f"{field}={value!r}", Options(change=truth | {field: value}, images=images)
    for name in PRESETS:
        if name != preprocessing:
            own = ImageOptions(name, size=asked.size, resize=asked.resize)
            yield f"preprocessing {name}", Options(change=truth, images=own)


if __name__ == "__main__":
    main()
