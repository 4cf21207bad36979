# residua-test: wrong target=ConvBlock right=blocks/norm_of_channels
import torch
from torch import nn


class ConvBlock(nn.Module):
    def __init__(self, channels, kernel_size=5):
        super().__init__()
        self.dw = nn.Conv1d(channels, channels, kernel_size, padding=kernel_size // 2, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.pw = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        h = self.norm(self.dw(x))  # expect: R213
        return x + self.pw(torch.relu(h))
