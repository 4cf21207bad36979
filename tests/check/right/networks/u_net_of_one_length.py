# residua-test: right target=UNet1d
import torch
from torch import nn


class UNet1d(nn.Module):
    def __init__(self, channels=64, depth=4):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv1d(channels, channels, 3, padding=1) for _ in range(depth)])
        self.up = nn.ModuleList([nn.Conv1d(channels * 2, channels, 3, padding=1) for _ in range(depth)])

    def forward(self, x):
        skips = []
        for conv in self.down:
            skips.insert(0, x)
            x = torch.relu(conv(x))
        for conv in self.up:
            skip = skips.pop(0)
            x = torch.relu(conv(torch.cat((x, skip), 1)))
        return x
