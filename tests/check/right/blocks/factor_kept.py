# residua-test: right target=ResBlock
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, channels=64, emb_channels=64):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, channels), nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.emb = nn.Linear(emb_channels, 2 * channels)

    def forward(self, x, emb, scale=1.0):
        h = self.norm2(self.conv1(torch.relu(self.norm1(x))))
        gain, shift = self.emb(emb)[:, :, None, None].chunk(2, dim=1)
        h = h * (1 + gain) + shift
        return x + scale * self.conv2(torch.relu(h))
