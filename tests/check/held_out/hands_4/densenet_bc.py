# residua-test: right target=DenseNet
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


class DenseLayer(nn.Sequential):
    def __init__(self, in_ch: int, growth: int, bn_size: int, drop: float):
        super().__init__()
        self.add_module("norm1", nn.BatchNorm2d(in_ch))
        self.add_module("relu1", nn.ReLU(inplace=True))
        self.add_module("conv1", nn.Conv2d(in_ch, bn_size * growth, 1, bias=False))
        self.add_module("norm2", nn.BatchNorm2d(bn_size * growth))
        self.add_module("relu2", nn.ReLU(inplace=True))
        self.add_module("conv2", nn.Conv2d(bn_size * growth, growth, 3, padding=1, bias=False))
        if drop > 0:
            self.add_module("drop", nn.Dropout(drop))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, super().forward(x)], 1)


class Transition(nn.Sequential):
    def __init__(self, in_ch: int, out_ch: int):
        super().__init__(nn.BatchNorm2d(in_ch), nn.ReLU(inplace=True), nn.Conv2d(in_ch, out_ch, 1, bias=False),
                         nn.AvgPool2d(2, 2))


class DenseNet(nn.Module):
    """depth = 3 * 2n + 4 (three dense blocks of n bottleneck layers)."""

    def __init__(self, depth: int = 40, growth_rate: int = 12, compression: float = 0.5, bn_size: int = 4,
                 drop_rate: float = 0.0, num_classes: int = 10):
        super().__init__()
        assert (depth - 4) % 6 == 0
        n = (depth - 4) // 6
        ch = 2 * growth_rate
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, ch, 3, padding=1, bias=False))
        for b in range(3):
            for i in range(n):
                self.features.add_module(f"block{b}_{i}", DenseLayer(ch, growth_rate, bn_size, drop_rate))
                ch += growth_rate
            if b < 2:
                out = int(ch * compression)
                self.features.add_module(f"trans{b}", Transition(ch, out))
                ch = out
        self.features.add_module("norm_final", nn.BatchNorm2d(ch))
        self.classifier = nn.Linear(ch, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.features(x), inplace=True)
        return self.classifier(torch.flatten(F.adaptive_avg_pool2d(out, 1), 1))
