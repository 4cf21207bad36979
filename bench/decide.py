"""What can batch-norm statistics decide of a network, and by how much? Small networks, each trained knowing the answer.

    python bench/decide.py train FOLDER --root CIFAR [--only NAME,…]   # half a minute a network on one free core
    python bench/decide.py try FOLDER                                   # the table of docs/weights.md
    python bench/decide.py foreign FOLDER [--files FILE …]               # its table of operations without a tensor

Every network has 0.1 to 0.2 M parameters, is trained on CIFAR-10 past three times chance, and differs from the others
in what no tensor shows. It is tried under names that are no code base's, so that nothing but its norms speaks.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from residua.errors import WeightsError
from residua.metadata import Meta
from residua.nn import ResNet, build
from residua.preprocessing import PRESETS
from residua.spec import ResNetSpec
from residua.weights.decide.foreign import FOREIGN
from residua.weights.decide.judge import FEW, Judge, support
from residua.weights.decide.pixels import BGR
from residua.weights.files.native import assemble
from residua.weights.loading import choose, decided, state_of
from residua.weights.options import DEFAULTS, Options
from residua.weights.read import Found, read
from residua.weights.recognise.recognised import Reading

IMAGES, EPOCHS, BATCH = 6_000, 2, 64
SMALL = ResNetSpec(depths=(1, 1, 1, 1), widths=(8, 16, 32, 96), stem="3x3", stem_width=8, shortcut="A", num_classes=10)
LARGE = ResNetSpec(block="bottleneck", depths=(1, 1, 1), widths=(16, 32, 64), stem="7x7", stem_width=32, num_classes=10)
BASIC = LARGE.changed(block="basic", widths=(32, 48, 80))


@dataclass(frozen=True)
class Trained:
    """One network to train: its spec, and what no spec says of it."""

    spec: ResNetSpec
    preset: str = "imagenet"
    activation: str = "relu"
    channels: str = "rgb"
    size: int = 32


def networks() -> dict[str, Trained]:
    """Return the networks by name: each field that no tensor shows has at least three that differ in it."""
    b, d, plain = SMALL.changed(shortcut="B"), SMALL.changed(shortcut="D"), SMALL.changed(shortcut="none")
    end = SMALL.changed(shortcut_pad="end")
    v1, same, pooled = LARGE.changed(stride_on="1x1"), {"padding": "same"}, {"subsample": "max-pool"}
    zero = {"stem_pool": "max-zero-padded"}
    return {
        "A both": Trained(SMALL),
        "v1": Trained(v1),
        "plain": Trained(plain),
        "v1.5": Trained(LARGE),
        "A end": Trained(end, "half"),
        "D": Trained(d, "cifar10"),
        "B": Trained(b, "0…1"),
        "v1.5 blurred": Trained(LARGE.changed(antialias=True)),
        "v1, D": Trained(v1.changed(shortcut="D"), "half"),
        "leaky": Trained(SMALL, activation="leaky"),
        "silu": Trained(b, "half", activation="silu"),
        "B, eps": Trained(b.changed(norm_eps=1e-3), "0…255"),
        "zero-padded": Trained(LARGE.changed(**zero)),
        "same": Trained(LARGE.changed(**same), "half"),
        "pooled": Trained(b.changed(**pooled)),
        "plain, 0…1": Trained(plain, "0…1"),
        "A end, 0…255": Trained(end, "0…255"),
        "A both, bgr": Trained(SMALL, channels="bgr"),
        "v1.5, D": Trained(LARGE.changed(shortcut="D"), "0…1"),
        "blurred, B": Trained(BASIC.changed(antialias=True), "half"),
        "zero-padded, B": Trained(BASIC.changed(**zero), "0…1"),
        "v1, bgr": Trained(v1, "half", channels="bgr"),
        "D, eps": Trained(d.changed(norm_eps=1e-3), "0…255"),
        "leaky, B": Trained(b, "0…1", activation="leaky"),
        "silu, v1.5": Trained(LARGE, activation="silu"),
        "plain, eps": Trained(plain.changed(norm_eps=1e-3), "cifar10"),
        "A end, cifar": Trained(end, "cifar10"),
        "blurred, D": Trained(LARGE.changed(antialias=True, shortcut="D"), "0…255"),
        "same, B": Trained(b.changed(**same), "0…255"),
        "pooled, A": Trained(SMALL.changed(**pooled), "half"),
        "silu, A": Trained(SMALL, "0…255", activation="silu"),
        "leaky, v1.5": Trained(LARGE, "half", activation="leaky"),
        "B, bgr": Trained(b, "0…255", channels="bgr"),
        "v1, zero-padded": Trained(v1.changed(**zero), "cifar10"),
        "same, basic": Trained(BASIC.changed(**same), "0…1"),
        "pooled, D": Trained(d.changed(**pooled), "0…1"),
        "last kept, A": Trained(SMALL.changed(strides=(1, 2, 2, 1))),
        "last kept, B": Trained(b.changed(strides=(1, 2, 2, 1)), "0…1"),
        "last kept, v1.5": Trained(LARGE.changed(strides=(1, 2, 1)), "half"),
        "last kept, basic": Trained(BASIC.changed(strides=(1, 2, 1)), "cifar10"),
        "second kept, B": Trained(b.changed(strides=(1, 1, 2, 2)), "0…255"),
        "first halved, A": Trained(SMALL.changed(strides=(2, 2, 2, 2)), "cifar10"),
    }


def cifar(root: str, part: str, most: int = IMAGES) -> tuple[Tensor, Tensor]:
    """Return (N, 3, 32, 32) uint8 images and their labels: all, or `most` evenly spaced over the split."""
    from residua.data import Preprocessing, open_dataset

    source = getattr(open_dataset("cifar10", root), part)
    indices = np.linspace(0, len(source) - 1, min(most, len(source))).round().astype(np.int64)
    pixels = source.read(indices, Preprocessing.plain(32, 3))
    labels = torch.from_numpy(np.asarray(source.labels)[indices].astype(np.int64))
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))), labels


def activated(model: nn.Module, kind: str) -> nn.Module:
    """Replace every ReLU of `model`, which nobody else holds, by leaky ReLU or SiLU."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.ReLU) and kind != "relu":
                setattr(module, name, nn.LeakyReLU(0.1) if kind == "leaky" else nn.SiLU())
    return model


def prepared(pixels: Tensor, trained: Trained, draw: torch.Generator | None = None) -> Tensor:
    """Return what the network reads; in training mirrored and shifted by up to 4 pixels of zeros, as most code does."""
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in PRESETS[trained.preset])
    x = (pixels.float() / 255 - mean) / std
    if trained.channels == "bgr":
        x = ((pixels.flip(1)).float() / 255 - mean) / std
    if draw is not None:
        top, left, mirror = (int(torch.randint(0, n, (1,), generator=draw)) for n in (9, 9, 2))
        x = F.pad(x, (4, 4, 4, 4))[:, :, top : top + 32, left : left + 32]
        x = x.flip(3) if mirror else x
    if trained.size != 32:
        x = F.interpolate(x, size=trained.size, mode="bilinear", align_corners=False)
    return x.contiguous(memory_format=torch.channels_last)


def train(trained: Trained, root: str) -> tuple[nn.Module, float]:
    """Return the trained network in eval mode and its accuracy on test images."""
    torch.manual_seed(0)
    images, labels = cifar(root, "train")
    model = activated(build(trained.spec), trained.activation).to(memory_format=torch.channels_last)
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=steps + 1)
    draw = torch.Generator().manual_seed(0)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(images), generator=draw).split(BATCH)[: steps // EPOCHS]:
            optimizer.zero_grad()
            F.cross_entropy(model(prepared(images[chosen], trained, draw)), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
    return model.eval(), accuracy(model, trained, *(part[:2000] for part in cifar(root, "test")))


@torch.inference_mode()
def accuracy(model: nn.Module, trained: Trained, images: Tensor, labels: Tensor) -> float:
    parts = zip(images.split(500), labels.split(500), strict=True)
    return sum(int((model(prepared(x, trained)).argmax(1) == y).sum()) for x, y in parts) / len(labels)


def write_all(folder: Path, root: str, only: str | None) -> None:
    """Train what the folder does not hold yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, trained in networks().items():
        target = folder / f"{name}.pth"
        if target.exists() or (only and name not in only.split(",")):
            continue
        started = time.perf_counter()
        model, top1 = train(trained, root)
        torch.save(model.state_dict(), target)
        told = {"top1": top1, "seconds": time.perf_counter() - started}
        target.with_suffix(".json").write_text(json.dumps(told))
        print(f"{name}: {sum(p.numel() for p in model.parameters()):,} parameters, {told}", flush=True)


OUR_WORDS = {"layer": "rows", "conv": "c", "bn": "n", "downsample": "side", "fc": "out"}  # and no code base's
FIELDS = ("shortcut", "shortcut_pad", "strides", "stride_on", "subsample", "antialias", "padding", "norm_eps")
QUESTIONS = (*FIELDS, "activation", "normalisation", "channels")


@dataclass(frozen=True)
class Outcome:
    """What the judge said of one field of one network. support: None where it was not asked, left open, or has none."""

    field: str
    right: bool
    support: float | None
    decided: bool = False


def try_all(folder: Path) -> Iterator[Outcome]:
    """Yield, for each network of the folder, what the judge says of each field that it could have asked about."""
    for name, trained in networks().items():
        if not (folder / f"{name}.pth").exists():
            continue
        state = torch.load(folder / f"{name}.pth")
        for ours, theirs in OUR_WORDS.items():
            state = {key.replace(ours, theirs): tensor for key, tensor in state.items()}
        with tempfile.TemporaryDirectory() as temporary:
            torch.save(state, f"{temporary}/a.pth")
            found = list(outcomes(Path(temporary) / "a.pth", trained))
        told = json.loads((folder / f"{name}.json").read_text())
        asked = ", ".join(f"{one.field} {verdict(one)}" for one in found)
        print(f"{name} (top-1 {told['top1']:.3f}): {asked}", file=sys.stderr)
        yield from found


def outcomes(path: Path, trained: Trained) -> Iterator[Outcome]:
    """Yield what is right and wrong in the network that is loaded from `path`."""
    try:
        recognised = decided(read(path), DEFAULTS).recognised
    except WeightsError as refused:
        yield Outcome("activation", trained.activation in str(refused).lower(), 1.0, True)
        return
    spec = recognised.readings[0].spec
    known = {name: one.support for one in recognised.decisions if not one.open for name in one.chosen}
    for field in FIELDS:
        moot = field == "shortcut_pad" and "A" not in (spec.shortcut, trained.spec.shortcut)
        meaningful = field in known or getattr(spec, field) != getattr(trained.spec, field) or field == "norm_eps"
        if meaningful and not moot:
            yield Outcome(field, getattr(spec, field) == getattr(trained.spec, field), known.get(field), field in known)
    yield Outcome("activation", trained.activation == "relu", None)
    pixels, _ = recognised.declared.get("preprocessing", (None, ""))
    own = dict(zip(("mean", "std"), map(list, PRESETS[trained.preset]), strict=True))
    yield Outcome("normalisation", pixels == own, None, pixels is not None)
    yield Outcome("channels", (BGR in recognised.doubts) == (trained.channels == "bgr"), None, BGR in recognised.doubts)


def verdict(outcome: Outcome) -> str:
    """Return in words what became of one question."""
    if not outcome.decided:
        return f"open, the assumption {'right' if outcome.right else 'wrong'}"
    return f"{'right' if outcome.right else 'WRONG'}" + (f" ({outcome.support:.2f})" if outcome.support else "")


LIKE = {"leaky": "leaky ReLU (slope 0.1)", "silu": "SiLU"}  # a network's activation as its refusal calls it
SEEN = 0.03  # what differs less from the network as it is counts only where it leaves less than half of the misfit


def supports(path: Path, spec: ResNetSpec | None) -> Iterator[tuple[str, float]]:
    """Yield (operation without a tensor, its support against the network in `path` as it is), where it can be seen.

    spec: of the network, or None where its norms decide it.
    """
    found = read(path)
    reading = choose(found if spec else decided(found, DEFAULTS), Options(spec=spec))
    judge = Judge(partial(built, found), reading.spec)
    judge.choose_setting([reading])
    own = judge.measure(reading, judge.setting, FEW)
    for foreign in FOREIGN:
        if foreign.meaningful(reading.spec):
            trial = judge.measure(reading, judge.setting, FEW, foreign)
            rows = trial.row({trial.first}), own.row({own.first})
            if np.linalg.norm(rows[0] - rows[1]) >= SEEN:
                yield foreign.words, support(*rows)


def built(found: Found, reading: Reading) -> ResNet:
    return assemble(reading.spec, state_of(found, reading), Meta(), str(found.opened.path))


def foreign_table(folder: Path, files: Sequence[Path]) -> str:
    """Return a row an operation: its largest support beside right networks, its least in networks that have it."""
    beside: dict[str, list[tuple[float, str]]] = {foreign.words: [] for foreign in FOREIGN}
    within: dict[str, list[float]] = {foreign.words: [] for foreign in FOREIGN}
    trained = {folder / f"{name}.pth": one for name, one in networks().items()}
    for path in (path for path in (*trained, *files) if path.exists()):
        own = LIKE.get(trained[path].activation, "") if path in trained else ""
        for words, value in supports(path, trained[path].spec if path in trained else None):
            if own and words.startswith(own):
                within[words].append(value)
            elif not own:
                beside[words].append((value, path.name))
    lines = [
        "| operation | right networks | largest support, whose | networks that have it: support |",
        "|---|---|---|---|",
    ]
    for words, values in beside.items():
        most = "{:.2f}, `{}`".format(*max(values)) if values else ""
        lines.append(f"| {words} | {len(values)} | {most} | {', '.join(f'{value:.2f}' for value in within[words])} |")
    return "\n".join(lines)


def as_table(found: Sequence[Outcome]) -> str:
    """Return a row a field: how often it was decided and right, by how much at least, how often it stays open."""
    lines = [
        "| field | decided, of them right | smallest support | left open, of them assumed rightly |",
        "|---|---|---|---|",
    ]
    for field in QUESTIONS:
        answers = [one for one in found if one.field == field and one.decided]
        unanswered = [one for one in found if one.field == field and not one.decided]
        supports = [one.support for one in answers if one.support is not None]
        least = f"{min(supports):.2f}" if supports else ""
        right, assumed = sum(one.right for one in answers), sum(one.right for one in unanswered)
        lines.append(f"| `{field}` | {len(answers)}, {right} | {least} | {len(unanswered)}, {assumed} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "try", "foreign"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--root")
    parser.add_argument("--only")
    parser.add_argument("--files", type=Path, nargs="*", default=())
    asked = parser.parse_args()
    if asked.what == "train":
        write_all(asked.folder, asked.root, asked.only)
    elif asked.what == "foreign":
        print(foreign_table(asked.folder, asked.files))
    else:
        print(as_table(list(try_all(asked.folder))))
