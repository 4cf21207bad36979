# residua-test: wrong target=SeNet right=networks/handed_to_the_blocks
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, use_gate=False):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.gate = nn.Conv2d(width, width, 1) if use_gate else None

    def forward(self, x):
        y = self.conv2(torch.relu(self.conv1(x)))
        if self.gate is not None:
            y = y * torch.sigmoid(self.gate(y.mean((2, 3), keepdim=True)))
        return x + y


class SeNet(nn.Module):
    def __init__(self, width=16, num_classes=10, use_gate=True):
        super().__init__()
        self.use_gate = use_gate
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.body = self._stage(width)
        self.head = nn.Linear(width, num_classes)

    def _stage(self, width):
        return nn.Sequential(*[Block(width) for _ in range(2)])  # expect: R189

    def forward(self, x):
        return self.head(self.body(self.stem(x)).mean((2, 3)))
