# residua-test: right target=Downsample args='in_channels=32, out_channels=64'
import torch
import torch.nn.functional as F
from torch import nn


class HalvingAttention(nn.Module):
    def __init__(self, in_channels, out_channels, heads=4, width=16):
        super().__init__()
        self.heads, self.width = heads, width
        self.query = nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(in_channels, heads * width, 1))
        self.key = nn.Conv2d(in_channels, heads * width, 1)
        self.value = nn.Conv2d(in_channels, heads * width, 1)
        self.proj = nn.Sequential(
            nn.GELU(), nn.Conv2d(heads * width, out_channels, 1, bias=False), nn.BatchNorm2d(out_channels)
        )

    def split(self, x):
        return x.flatten(2).reshape(x.shape[0], self.heads, self.width, -1)

    def forward(self, x):
        query = self.query(x)
        weights = torch.softmax(self.split(query).transpose(-2, -1) @ self.split(self.key(x)) / self.width**0.5, dim=-1)
        out = (weights @ self.split(self.value(x)).transpose(-2, -1)).transpose(-2, -1)
        return self.proj(out.reshape(query.shape))


class Downsample(nn.Module):
    """Halves the map by attention, beside a strided convolution, as EfficientFormerV2 does between stages."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.attn = HalvingAttention(in_channels, out_channels)
        self.conv = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, 2, 1, bias=False), nn.BatchNorm2d(out_channels)
        )

    def forward(self, x):
        return F.relu(self.attn(x) + self.conv(x))
