# residua-test: wrong target=ECGResNet1d
# What is wrong: each stage starts with one block and then adds `blocks` more in the loop (range should start at 1), so the net is deeper than its configuration says
from typing import Sequence

import torch
import torch.nn as nn


class Block1d(nn.Module):
    def __init__(self, cin, cout, stride=1, k=7, p=0.2):
        super().__init__()
        self.conv1 = nn.Conv1d(cin, cout, k, stride=stride, padding=k // 2, bias=False)
        self.bn1 = nn.BatchNorm1d(cout)
        self.drop = nn.Dropout(p)
        self.conv2 = nn.Conv1d(cout, cout, k, padding=k // 2, bias=False)
        self.bn2 = nn.BatchNorm1d(cout)
        self.shortcut = None
        if stride > 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv1d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm1d(cout))

    def forward(self, x):
        identity = x if self.shortcut is None else self.shortcut(x)
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(self.drop(out)))
        return torch.relu(out + identity)


class ECGResNet1d(nn.Module):
    """ResNet-18 for 12-lead ECG.

    blocks: number of residual blocks in each of the stages,
        (2, 2, 2, 2) -> 1 + 2 * 8 convolutions and the classifier = 18 layers
    """

    def __init__(self, leads: int = 12, n_classes: int = 5, blocks: Sequence[int] = (2, 2, 2, 2), width: int = 16):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(leads, width, 15, stride=2, padding=7, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
        )
        self.cin = width
        stages = []
        for i, n in enumerate(blocks):
            stages.append(self._stage(width * 2 ** i, n, stride=1 if i == 0 else 2))
        self.stages = nn.Sequential(*stages)
        self.fc = nn.Linear(self.cin, n_classes)

    def _stage(self, cout, blocks, stride):
        layers = [Block1d(self.cin, cout, stride)]
        self.cin = cout
        for _ in range(blocks):  # expect: R227
            layers.append(Block1d(cout, cout))
        return nn.Sequential(*layers)

    def forward(self, signal):
        x = self.stages(self.stem(signal))
        return self.fc(x.mean(dim=-1))
