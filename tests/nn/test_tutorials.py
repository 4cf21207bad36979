"""Are the networks of four well-known tutorials in the zoo? With the same weights, they say the same.

The classes below are the tutorials' blocks as their authors meant them, in the tutorials' own naming.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from residua import build
from residua.nn import BasicBlock
from residua.plan import cost


class SequentialShortcut(nn.Module):
    """conv1, bn1, conv2, bn2, shortcut.0/.1; `x += shortcut` and a shared in-place ReLU."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x):
        kept = x
        x = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        x += self.shortcut(kept)
        return self.relu(x)


class BlockAndSkip(nn.Module):
    """block.0/1/3/4 and skip.0/.1, or skip None."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.skip = None
        if stride != 1 or in_channels != out_channels:
            self.skip = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        self.block = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        identity = x if self.skip is None else self.skip(x)
        return F.relu(self.block(x) + identity)


class LeftRight(nn.Module):
    """left.0/1/3/4 and right.0/.1, which the network hands in."""

    def __init__(self, in_channels, out_channels, stride=1, shortcut=None):
        super().__init__()
        self.left = BlockAndSkip(in_channels, out_channels, stride).block
        self.right = shortcut

    def forward(self, x):
        out = self.left(x)
        out += x if self.right is None else self.right(x)
        return F.relu(out)


class FiftyLines(nn.Module):
    """A ResNet-34 whose every stage begins with a projection."""

    def __init__(self, num_classes=1000):
        super().__init__()
        self.pre = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        )
        for number, (channels, out, count, stride) in enumerate(
            [(64, 64, 3, 1), (64, 128, 4, 2), (128, 256, 6, 2), (256, 512, 3, 2)], start=1
        ):
            shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
            blocks = [LeftRight(channels, out, stride, shortcut), *(LeftRight(out, out) for _ in range(count - 1))]
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.fc = nn.Linear(512, num_classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.pre(x)))))
        return self.fc(F.avg_pool2d(x, 7).view(x.size(0), -1))


class Residual(nn.Module):
    """conv1, conv2, conv3 (the projection, without BN), bn1, bn2; every convolution with a bias."""

    def __init__(self, input_channels, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = nn.Conv2d(input_channels, num_channels, 3, padding=1, stride=strides)
        self.conv2 = nn.Conv2d(num_channels, num_channels, 3, padding=1)
        self.conv3 = nn.Conv2d(input_channels, num_channels, 1, stride=strides) if use_1x1conv else None
        self.bn1 = nn.BatchNorm2d(num_channels)
        self.bn2 = nn.BatchNorm2d(num_channels)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.conv3(x) if self.conv3 else x))


def dive_into_deep_learning() -> nn.Sequential:
    def stage(channels, out, first):
        return [Residual(channels, out, True, 2) if not first else Residual(out, out), Residual(out, out)]

    stem = nn.Sequential(nn.Conv2d(1, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
    stages = [nn.Sequential(*stage(c, o, c == o)) for c, o in ((64, 64), (64, 128), (128, 256), (256, 512))]
    return nn.Sequential(stem, *stages, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(512, 10))


def renamed(state: dict[str, torch.Tensor], names: dict[str, str]) -> dict[str, torch.Tensor]:
    out = {}
    for key, value in state.items():
        padded = f".{key}"
        for theirs, ours in names.items():
            padded = padded.replace(f".{theirs}.", f".{ours}.")
        out[padded[1:]] = value
    return out


def settle(model: nn.Module) -> nn.Module:
    """Move the statistics off their start values by a pass over random images in training mode."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval()


SEQUENTIAL = {"block.0": "conv1", "block.1": "bn1", "block.3": "conv2", "block.4": "bn2", "skip.0": "downsample.0",
              "skip.1": "downsample.1"}  # fmt: skip
LEFT = {key.replace("block", "left").replace("skip", "right"): value for key, value in SEQUENTIAL.items()}


@pytest.mark.parametrize(("channels", "out", "stride"), [(64, 64, 1), (64, 128, 2), (64, 64, 2), (32, 64, 1)])
@pytest.mark.parametrize(
    ("theirs", "names"),
    [
        (SequentialShortcut, {"shortcut.0": "downsample.0", "shortcut.1": "downsample.1"}),
        (BlockAndSkip, SEQUENTIAL),
    ],
)
def test_a_tutorials_block_is_our_basic_block(theirs, names, channels, out, stride):
    torch.manual_seed(0)
    block = settle(theirs(channels, out, stride))
    ours = BasicBlock(channels, out, stride).eval()
    ours.load_state_dict(renamed(block.state_dict(), names), strict=True)
    x = torch.randn(2, channels, 9, 9)
    torch.testing.assert_close(ours(x), block(x.clone()))


def test_the_fifty_line_network_is_resnet34_tutorial():
    torch.manual_seed(0)
    theirs = settle(FiftyLines())
    ours = build("resnet34_tutorial").eval()
    names = LEFT | {"pre.0": "conv1", "pre.1": "bn1"}
    ours.load_state_dict(renamed(theirs.state_dict(), names), strict=True)
    x = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    assert sum(p.numel() for p in theirs.parameters()) == cost(ours.spec, 224, 224).params == 21_801_896


def test_the_dive_into_deep_learning_network_is_resnet18_d2l():
    torch.manual_seed(0)
    theirs = settle(dive_into_deep_learning())
    ours = build("resnet18_d2l").eval()
    names = {"0.0": "conv1", "0.1": "bn1", "7": "fc", "conv3": "downsample.0"}
    state = {}
    for key, value in theirs.state_dict().items():
        head, _, rest = key.partition(".")
        key = f"layer{head}.{rest}" if head in "1234" else key
        state |= renamed({key: value}, names if head not in "1234" else {"conv3": "downsample.0"})
    ours.load_state_dict(state, strict=True)
    x = torch.randn(2, 1, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)
    assert sum(p.numel() for p in theirs.parameters()) == cost(ours.spec, 224, 224).params == 11_178_378
