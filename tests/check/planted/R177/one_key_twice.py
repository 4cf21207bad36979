# residua-test: wrong target=Named args='24'
import torch
from torch import nn


class Named(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.parts = nn.ModuleDict(
            {
                "conv": nn.Conv2d(width, width, 3, padding=1, bias=False),
                "norm": nn.BatchNorm2d(width),
                "act": nn.ReLU(),
                "conv": nn.Conv2d(width, width, 3, padding=1, bias=False),  # expect: R177
                "norm2": nn.BatchNorm2d(width),
            }
        )

    def forward(self, x):
        y = x
        for part in self.parts.values():
            y = part(y)
        return torch.relu(x + y)
