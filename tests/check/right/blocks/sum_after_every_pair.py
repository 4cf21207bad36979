# residua-test: right target=LongBlock
import torch.nn.functional as F
from torch import nn


class LongBlock(nn.Module):
    def __init__(self, channels, pairs=3):
        super().__init__()
        self.pairs = nn.ModuleList(
            [
                nn.Sequential(
                    nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                    nn.BatchNorm2d(channels),
                    nn.ReLU(),
                    nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                    nn.BatchNorm2d(channels),
                )
                for _ in range(pairs)
            ]
        )

    def forward(self, x):
        out = x
        for pair in self.pairs:
            out = F.relu(pair(out) + out)
        return out
