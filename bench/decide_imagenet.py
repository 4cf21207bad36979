"""Do batch norms decide a network of ImageNet's size rightly, and in how many seconds? Real weights, our statistics.

    python bench/decide_imagenet.py FILE resnet50 --photographs FOLDER

FILE is facebookresearch/kill-the-bits' src/models/compressed/resnet50_large_blocks.pth: codebooks, which this decodes.
Its norms have no statistics of their own, so they get those of what flows into them, on crops of the photographs at
224 pixels; then again for the network with one thing changed. Each is read under names that are no code base's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from decide import OUR_WORDS
from PIL import Image
from torch import Tensor, nn

from residua.errors import SpecError
from residua.nn import build
from residua.nn.resnet import ResNet
from residua.preprocessing import PRESETS
from residua.weights.loading import decided
from residua.weights.options import DEFAULTS
from residua.weights.read import read
from residua.zoo import ZOO

SIZE, BATCH = 224, 25
CHANGES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "pooled shortcuts": {"shortcut": "D"},
    "v1": {"stride_on": "1x1"},
    "blurred": {"antialias": True},
    "max-pools": {"subsample": "max-pool"},
}


def decoded(path: Path, name: str) -> ResNet:
    """Return the network in a file of codebooks; its norms are folded: mean 0 and variance 1."""
    model = build(ZOO[name].spec)
    state = model.state_dict()
    for layer, held in torch.load(path, map_location="cpu", weights_only=True).items():
        layer = layer.replace("fc_bias", "fc")
        if "centroids" in held:
            rows = held["centroids"].float()[held["assignments"].long()].t().chunk(held["n_blocks"], 1)
            state[f"{layer}.weight"] = torch.cat(rows).t().reshape(state[f"{layer}.weight"].shape)
        else:
            state |= {f"{layer}.{role}": tensor.float() for role, tensor in held.items()}
    model.load_state_dict(state)
    return model.eval()


def photographs(folder: Path) -> Tensor:
    """Return the middle of every JPEG in `folder`, normalised as ImageNet's are."""
    crops = []
    for path in sorted(folder.glob("*.JPEG")):
        with Image.open(path) as picture:
            side = min(picture.size)
            left, top = ((length - side) / 2 for length in picture.size)
            box = (left, top, left + side, top + side)
            crops.append(np.asarray(picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR, box)))
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in PRESETS["imagenet"])
    return (torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float() / 255 - mean) / std


@torch.no_grad()
def unfolded(model: ResNet, images: Tensor) -> ResNet:
    """Give each norm the statistics of its input on `images`, in place; the network's function stays."""
    inputs: dict[nn.BatchNorm2d, list[tuple[Tensor, Tensor]]] = {}

    def note(norm: nn.BatchNorm2d, arguments: tuple[Tensor]) -> None:
        inputs.setdefault(norm, []).append(torch.var_mean(arguments[0], (0, 2, 3)))

    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    handles = [norm.register_forward_pre_hook(note) for norm in norms]
    for part in images.split(BATCH):
        model(part)
    for handle in handles:
        handle.remove()
    for norm, seen in inputs.items():
        variance, mean = (torch.stack(values).mean(0) for values in zip(*seen, strict=True))
        norm.bias += mean * norm.weight
        norm.weight *= (variance + norm.eps).sqrt()
        norm.running_mean, norm.running_var = mean, variance
    return model


@torch.no_grad()
def changed(model: ResNet, fields: dict[str, Any], images: Tensor) -> ResNet:
    """Return the network of the same values with `fields` changed, its norms' statistics measured anew."""
    other = build(model.spec.changed(**fields))
    other.load_state_dict(dict(zip(other.state_dict(), model.state_dict().values(), strict=True)))
    for norm in (module for module in other.modules() if isinstance(module, nn.BatchNorm2d)):
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    for part in images.split(BATCH):
        other.train()(part)
    return other.eval()


def report(model: ResNet, change: str) -> str:
    """Return a row: what the norms decide of `model`, what they leave open, and the seconds of a processor for it."""
    state = model.state_dict()
    for ours, theirs in OUR_WORDS.items():
        state = {name.replace(ours, theirs): tensor for name, tensor in state.items()}
    with tempfile.TemporaryDirectory() as temporary:
        torch.save(state, f"{temporary}/a.pth")
        started = time.process_time()
        found = decided(read(f"{temporary}/a.pth"), DEFAULTS).recognised
        seconds = time.process_time() - started
    spec, lines = found.readings[0].spec, {True: [], False: []}
    for decision in found.decisions:
        for field in decision.chosen:
            right = getattr(spec, field) == getattr(model.spec, field)
            lines[decision.open].append(f"`{field}` {'right' if right else 'WRONG'} ({decision.support:.2f})")
    misfit = next(iter(found.decisions)).because.rpartition("(")[2].partition(",")[0] if found.decisions else ""
    doubts = len(found.doubts)
    return f"| {change} | {', '.join(lines[False])} | {', '.join(lines[True])} | {misfit} | {doubts} | {seconds:.1f} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("network")
    parser.add_argument("--photographs", type=Path, required=True)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    pictures = photographs(asked.photographs)
    whole = unfolded(decoded(asked.file, asked.network), pictures)
    print("| network | decided (support) | open, as assumed | misfit | doubts | seconds |\n|---|---|---|---|---|---|")
    for words, fields in CHANGES.items():
        try:
            other = changed(whole, fields, pictures) if fields else whole
        except SpecError:
            continue  # max-pools are of basic blocks, v1 of bottlenecks
        print(report(other, words), flush=True)
