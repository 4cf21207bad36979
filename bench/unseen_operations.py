"""Is a network known for what it is where one of its operations has no tensor? Untrained ones, each with one such.

    python bench/unseen_operations.py [--seed N] [--fresh] [--only KIND …]      # a row a network, then the counts

Weights are by chance. Batch norms have counted 1 to 30 batches of noise, or none (--fresh). Architecture, names,
momentum, size and number of batches are drawn by the seed. What `residua.load` answers is compared with the network's
own logits: right, refused, said (a ResiduaWarning), or wrong in silence.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import residua

Act = Callable[[Tensor], Tensor]
ACTIVATIONS: dict[str, Act] = {
    "GELU": F.gelu,
    "SiLU": F.silu,
    "leaky ReLU, slope 0.1": lambda x: F.leaky_relu(x, 0.1),
    "leaky ReLU, slope 0.01": F.leaky_relu,
    "ELU": F.elu,
    "Mish": F.mish,
    "ReLU6": F.relu6,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "hard swish": F.hardswish,
}
MERGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "branch times 0.3": lambda x, y: x + 0.3 * y,
    "branch subtracted": lambda x, y: x - y,
    "half of the sum": lambda x, y: (x + y) / 2,
    "the larger": torch.maximum,
    "product": torch.mul,
}
GATES: dict[str, tuple[Act, Act, Act]] = {  # {gate: (what is squeezed, between the matrices, at the end)}
    "gate": (lambda x: x.mean((2, 3)), F.relu, torch.sigmoid),
    "gate of tanh": (lambda x: x.mean((2, 3)), F.relu, torch.tanh),
    "gate of the hard sigmoid": (lambda x: x.mean((2, 3)), F.relu, F.hardsigmoid),
    "gate of the maxima": (lambda x: x.amax((2, 3)), F.relu, torch.sigmoid),
    "gate behind a ReLU": (lambda x: x.mean((2, 3)), F.relu, torch.sigmoid),
}
HEADS: dict[str, Act] = {
    "max-pooled head": lambda x: x.amax((2, 3)),
    "GeM head": lambda x: x.clamp(min=1e-6).pow(3).mean((2, 3)).pow(1 / 3),
}
PLACES = (
    "reflected edges",
    "max-pool behind the stem",
    "average pool behind the stem",
    "max-pooled projections",
    "ReLU before the stem's norm",
    "ReLUs before the norms",
    "no ReLU in the stem",
    "ReLU at the branch's end",
    "no ReLU behind the sums",
    "no ReLU behind the last sum",
)
KINDS = ("nothing", *ACTIVATIONS, *MERGES, *GATES, *HEADS, *PLACES)
POOLED = tuple(kind for kind in PLACES if kind.endswith("behind the stem"))
EXACT = 1e-3  # of the largest logit: less is the same network


@dataclass(frozen=True)
class Shape:
    """How large a network is, and how its layers are called. own: by words that no code base has."""

    widths: tuple[int, ...] = (16, 32, 64)
    depth: int = 2
    stem: int = 3
    bottleneck: bool = False
    own: bool = True


SHAPES = (
    Shape(),
    Shape(widths=(8, 16, 32), depth=1),
    Shape(depth=3),
    Shape(widths=(8, 16, 32), bottleneck=True),
    Shape(widths=(16, 32, 64, 128), depth=1, stem=7),
    Shape(widths=(8, 16, 32, 64), stem=7, bottleneck=True),
)
# (batches, images in each, how they are drawn, momentum); None is the mean over all batches
GATHERED = (
    (1, 8, torch.randn, 0.1),
    (3, 16, torch.randn, 0.1),
    (5, 32, torch.rand, 0.1),
    (10, 16, torch.randn, 0.1),
    (30, 8, torch.randn, 0.1),
    (4, 32, torch.randn, None),
)


class Net(nn.Module):
    """A residual network of its own code, with one thing that no tensor shows."""

    def __init__(self, kind: str, shape: Shape, classes: int) -> None:
        super().__init__()
        self.kind, self.shape = kind, shape
        channels = shape.widths[0] * (1 if shape.stem == 3 else 2)
        self.conv1 = self._conv(3, channels, shape.stem, 1 if shape.stem == 3 else 2)
        self.bn1 = nn.BatchNorm2d(channels)
        for stage, width in enumerate(shape.widths):
            blocks = []
            for number in range(shape.depth):
                blocks.append(self._block(channels, width, 2 if stage and not number else 1))
                channels = width * (4 if shape.bottleneck else 1)
            setattr(self, f"layer{stage + 1}", nn.ModuleList(blocks))
        self.fc = nn.Linear(channels, classes)

    def _conv(self, channels: int, out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
        mode = "reflect" if self.kind == "reflected edges" and kernel > 1 else "zeros"
        return nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False, padding_mode=mode)

    def _block(self, channels: int, width: int, stride: int) -> nn.Module:
        block, out = nn.Module(), width * (4 if self.shape.bottleneck else 1)
        convs = [self._conv(channels, width, 3, stride), self._conv(width, width, 3)]
        if self.shape.bottleneck:
            convs = [self._conv(channels, width, 1), self._conv(width, width, 3, stride), self._conv(width, out, 1)]
        for number, conv in enumerate(convs, 1):
            setattr(block, f"conv{number}", conv)
            setattr(block, f"bn{number}", nn.BatchNorm2d(conv.out_channels))
        if stride != 1 or channels != out:
            projection = self._conv(channels, out, 1, 1 if self.kind == "max-pooled projections" else stride)
            block.downsample = nn.Sequential(projection, nn.BatchNorm2d(out))
        if self.kind in GATES:
            block.squeeze, block.excite = nn.Linear(out, max(out // 4, 2)), nn.Linear(max(out // 4, 2), out)
        block.stride = stride
        return block

    def act(self, x: Tensor) -> Tensor:
        return ACTIVATIONS.get(self.kind, F.relu)(x)

    def normed(self, conv: nn.Module, norm: nn.Module, x: Tensor, first: bool) -> Tensor:
        """Return what a convolution, its norm and their activation give; first: the ReLU stands before the norm."""
        return norm(F.relu(conv(x))) if first else self.act(norm(conv(x)))

    def stem(self, x: Tensor) -> Tensor:
        if self.kind == "no ReLU in the stem":
            x = self.bn1(self.conv1(x))
        else:
            x = self.normed(
                self.conv1, self.bn1, x, self.kind in ("ReLU before the stem's norm", "ReLUs before the norms")
            )
        if self.shape.stem == 7:
            return F.max_pool2d(x, 3, 2, 1)
        return {POOLED[0]: F.max_pool2d, POOLED[1]: F.avg_pool2d}.get(self.kind, lambda x, _: x)(x, 2)

    def branch(self, block: nn.Module, x: Tensor) -> Tensor:
        last = 3 if self.shape.bottleneck else 2
        for number in range(1, last):
            conv, norm = getattr(block, f"conv{number}"), getattr(block, f"bn{number}")
            x = self.normed(conv, norm, x, self.kind == "ReLUs before the norms")
        x = getattr(block, f"bn{last}")(getattr(block, f"conv{last}")(x))
        if self.kind in ("ReLU at the branch's end", "gate behind a ReLU"):
            x = F.relu(x)
        if self.kind in GATES:
            squeezed, between, gate = GATES[self.kind]
            x = x * gate(block.excite(between(block.squeeze(squeezed(x)))))[:, :, None, None]
        return x

    def shortcut(self, block: nn.Module, x: Tensor) -> Tensor:
        if not hasattr(block, "downsample"):
            return x
        pools = self.kind == "max-pooled projections" and block.stride == 2
        return block.downsample(F.max_pool2d(x, 2) if pools else x)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        stages = [getattr(self, f"layer{stage + 1}") for stage in range(len(self.shape.widths))]
        for block in (block for stage in stages for block in stage):
            x = MERGES.get(self.kind, torch.add)(self.shortcut(block, x), self.branch(block, x))
            last = block is stages[-1][-1] and self.kind == "no ReLU behind the last sum"
            x = x if last or self.kind == "no ReLU behind the sums" else self.act(x)
        return self.fc(HEADS.get(self.kind, lambda x: x.mean((2, 3)))(x))


OWN_WORDS = {"layer": "rows", "conv": "c", "bn": "n", "downsample": "side", "fc": "out"}


def drawn(kind: str, seed: int, fresh: bool) -> tuple[Net, str]:
    """Return a network in eval mode, and in words how it was drawn."""
    draw = random.Random(f"{kind} {seed}")
    shape = draw.choice(SHAPES[:4] if kind in POOLED else SHAPES)
    torch.manual_seed(draw.randrange(10**6))
    model = Net(kind, Shape(**{**vars(shape), "own": draw.random() < 0.5}), draw.choice((7, 10, 100)))
    batches, size, pixels, momentum = draw.choice(GATHERED)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = momentum
    with torch.no_grad():
        for _ in range(0 if fresh else batches):
            model.train()(pixels(size, 3, side(shape), side(shape)))
    return model.eval(), f"{model.shape}, " + ("fresh" if fresh else f"{batches} × {size}, momentum {momentum}")


def side(shape: Shape) -> int:
    return 32 if shape.stem == 3 else 64


@torch.no_grad()
def outcome(model: Net, path: Path) -> tuple[str, float, str]:
    """Return what loading the network gives, how far its logits are off, and what is said."""
    state = model.state_dict()
    for ours, theirs in OWN_WORDS.items() if model.shape.own else ():
        state = {name.replace(ours, theirs): tensor for name, tensor in state.items()}
    torch.save(state, path)
    images = torch.randn(8, 3, side(model.shape), side(model.shape), generator=torch.Generator().manual_seed(7))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            loaded = residua.load(path)
        except residua.ResiduaError as refused:
            return "refused", 0.0, str(refused).removeprefix(str(path))
    words = "; ".join(str(one.message).removeprefix(f"{path}: ") for one in said)
    logits = model(images)
    off = float((loaded(images) - logits).abs().max() / logits.abs().max())
    same = "right" if off < EXACT else "said" if words else "WRONG in silence"
    return f"{same}, with a doubt" if same == "right" and words else same, off, words


def rows(seed: int, fresh: bool, only: Sequence[str]) -> Iterator[str]:
    """Yield for each kind what came of it; print it in full."""
    with tempfile.TemporaryDirectory() as temporary:
        for kind in only:
            model, how = drawn(kind, seed, fresh)
            came, off, words = outcome(model, Path(temporary) / "a.pth")
            print(f"{kind}: {came} (off by {off:.1e}; {how}) {words}", flush=True)
            yield came


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--only", nargs="*", default=KINDS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for came, count in Counter(rows(asked.seed, asked.fresh, asked.only)).most_common():
        print(f"{count} {came}")
