# residua-test: wrong target=PixelAttention
# What is wrong: gamma is a plain zero tensor and no Parameter: it is never learned, the attention branch stays off for ever.
import torch
from torch import nn


class PixelAttention(nn.Module):
    """self attention between all pixels for the GAN generator, out = gamma * attended + x.
    gamma is learned, at the start (0) the layer lets everything through"""

    def __init__(self, channels: int = 32, shrink: int = 8):
        super().__init__()
        small = max(channels // shrink, 1)
        self.to_q = nn.Conv2d(channels, small, 1)
        self.to_k = nn.Conv2d(channels, small, 1)
        self.to_v = nn.Conv2d(channels, channels, 1)
        self.gamma = torch.zeros(1)  # expect: R171

    def forward(self, x):
        n, c, h, w = x.shape
        q = self.to_q(x).flatten(2)
        k = self.to_k(x).flatten(2)
        v = self.to_v(x).flatten(2)

        weights = torch.softmax(q.transpose(1, 2) @ k, dim=-1)      # n, query, key
        attended = (v @ weights.transpose(1, 2)).view(n, c, h, w)
        return self.gamma.to(x) * attended + x
