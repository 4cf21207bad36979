# residua-test: right target=FoldedAttention
import torch
import torch.nn as nn
import torch.nn.functional as F


class FoldedAttention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).flatten(2).chunk(3, 1)
        weights = torch.softmax(q.transpose(1, 2) @ k / q.shape[1] ** 0.5, dim=-1)
        out = (v @ weights.transpose(1, 2)).view(x.size(0), -1, x.size(2), x.size(3))
        return x + self.proj(out)
