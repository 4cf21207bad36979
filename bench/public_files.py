"""How accurate are public checkpoints as `residua.load` gives them, network and preprocessing, with no hint?

    python bench/public_files.py FOLDER --root CIFAR [--out metrics.json]    # FOLDER/OWNER+NAME/PATH of each file below

Prints a row a file: the network, top-1 on the images on which its figure was measured, and on all 10,000 test images of
CIFAR-10. A file that the folder lacks is left out; one that is refused shows why.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from decide import cifar
from torch import Tensor

from residua.errors import WeightsError
from residua.preprocessing import PRESETS
from residua.weights.loading import build_found, decided
from residua.weights.options import DEFAULTS
from residua.weights.read import Found, read
from residua.weights.recognise.title import title

ALL = 10_000
Channels = tuple[float, ...]


@dataclass(frozen=True)
class Public:
    """A checkpoint of somebody's: where it lies, its figure, and of how many of CIFAR-10's images that is.

    preset: how to normalise where the norms do not say it; empty for other data than CIFAR-10.
    """

    path: str
    preset: str
    figure: str
    images: int = ALL


A_MARTYN = "cifar10, one number for all channels"
FILES = (
    Public("theo-obadiah-teguh+NeuralNets/pretrained/resnet20.pth", "imagenet", "91.47 % (stored)"),
    Public("theo-obadiah-teguh+NeuralNets/pretrained/resnet32.pth", "imagenet", "92.32 % (stored)"),
    Public("a-martyn+resnet/pretrained/plainnet32.pt", A_MARTYN, "89.96 %"),
    Public("a-martyn+resnet/pretrained/resnet32.pt", A_MARTYN, "92.21 %"),
    Public("Jonathan-Pearce+calibration_library/pretrained_models/cifar10_resnet20.pth", "cifar10", "82.95 %", 2_000),
    Public("kejeon+in_dev_RN20/checkpoint/ckpt.pth", "cifar10", "92.1 to 92.7 %"),
    Public("Amandashi95+onnc/resnet20.onnx", "cifar10", "92.1 %", 1_000),
    Public("BlauerRaecher+kws_results/models/resnet.pt", "", "36 words"),
    Public("rationalisa+Resnet_tsne/resnet_100.ckpt", "", "a tutorial's"),
    Public("rationalisa+Resnet_tsne/model_100.ckpt", "", "a whole module"),
    Public("alexydatascience+resnet20-pruning/saved_models/resnet20.pth", "", "a whole module"),
    Public("saurabhmathur96+happy-and-you-know-it/models/resnet20.h5", "", "Keras 1"),
    Public("facebookresearch+kill-the-bits/src/models/compressed/resnet18_large_blocks.pth", "", "product-quantised"),
)


@dataclass(frozen=True)
class Row:
    """What became of one file. top1: on the images of its figure; top1_all: on all test images."""

    file: str
    network: str
    normalised: str
    figure: str
    top1: float | None = None
    samples: int = 0
    top1_all: float | None = None


def measured(folder: Path, pixels: Tensor, labels: Tensor) -> Iterator[Row]:
    """Yield a row for each of the files that `folder` holds."""
    for public in FILES:
        if not (folder / public.path).is_file():
            continue
        try:
            found = decided(read(folder / public.path), DEFAULTS)
            model = build_found(found, DEFAULTS)
        except WeightsError as refused:
            yield Row(public.path, str(refused).replace(f"{folder}/", ""), "", public.figure)
            continue
        if not public.preset:
            yield Row(public.path, title(model.spec), "", public.figure)
            continue
        normalised, (mean, std) = normalisation(found, public.preset)
        right = hits(model, mean, std, pixels, labels)
        first = right[: public.images]
        top1, whole = float(first.float().mean()), float(right.float().mean())
        yield Row(public.path, title(model.spec), normalised, public.figure, top1, len(first), whole)


def normalisation(found: Found, preset: str) -> tuple[str, tuple[Channels, Channels]]:
    """Return mean and std, as the norms say or else as `preset`, and in words which they are."""
    pixels, _ = found.recognised.declared.get("preprocessing", (None, ""))
    if pixels is None:
        return f"{preset} (given)", PRESETS[preset]
    shown = tuple(pixels["mean"]), tuple(pixels["std"])
    return next(name for name, values in PRESETS.items() if values == shown), shown


@torch.inference_mode()
def hits(model: torch.nn.Module, mean: Channels, std: Channels, pixels: Tensor, labels: Tensor) -> Tensor:
    """Return, an image each, whether the network names its class."""
    shift, scale = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
    found = [
        model(((part.float() / 255 - shift) / scale).contiguous(memory_format=torch.channels_last)).argmax(1)
        for part in pixels.split(250)
    ]
    return torch.cat(found) == labels[: sum(map(len, found))]


def as_table(rows: list[Row]) -> str:
    """Return the rows as Markdown."""
    lines = ["| file | network | normalised | top-1 | on all 10,000 | its figure |", "|---|---|---|---|---|---|"]
    for row in rows:
        own = "" if row.top1 is None else f"{row.top1:.2%} of {row.samples:,}"
        whole = "" if row.top1_all is None else f"{row.top1_all:.2%}"
        lines.append(f"| `{row.file}` | {row.network} | {row.normalised} | {own} | {whole} | {row.figure} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--root", required=True)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = list(measured(asked.folder, *cifar(asked.root, "test", ALL)))
    if asked.out:
        asked.out.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    print(as_table(found))
