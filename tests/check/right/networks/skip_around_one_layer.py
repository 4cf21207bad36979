# residua-test: right target=Enhancer
import torch
from torch import nn


class Enhancer(nn.Module):
    """One skip around the bottleneck; the outer skip is gated."""

    def __init__(self, in_channels=2, out_channels=1, width=32):
        super().__init__()
        self.down1 = nn.Conv1d(in_channels, width, 8, 4, 2)
        self.down2 = nn.Conv1d(width, 2 * width, 8, 4, 2)
        self.bottleneck = nn.Conv1d(2 * width, 2 * width, 1)
        self.up2 = nn.ConvTranspose1d(2 * width, width, 8, 4, 2)
        self.up1 = nn.ConvTranspose1d(width, out_channels, 8, 4, 2)

    def forward(self, x):
        e1 = torch.relu(self.down1(x))
        e2 = torch.relu(self.down2(e1))
        b = self.bottleneck(e2)
        d2 = torch.relu(self.up2(b + e2))
        return self.up1(d2)
