# residua-test: wrong target=SelfAttentionBlock
# What is wrong: softmax is taken over dim 0 (the batch) instead of over the keys
import math
import torch
import torch.nn as nn


class SelfAttentionBlock(nn.Module):
    def __init__(self, channels, num_groups=8):
        super().__init__()
        self.norm = nn.GroupNorm(num_groups, channels)
        self.q = nn.Conv2d(channels, channels, 1)
        self.k = nn.Conv2d(channels, channels, 1, bias=False)
        self.v = nn.Conv2d(channels, channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.norm(x)
        q = self.q(y).reshape(b, c, h * w).transpose(1, 2)
        k = self.k(y).reshape(b, c, h * w)
        v = self.v(y).reshape(b, c, h * w).transpose(1, 2)
        scores = torch.bmm(q, k) / math.sqrt(c)
        attn = torch.softmax(scores, dim=0)  # expect: R135
        y = torch.bmm(attn, v).transpose(1, 2).reshape(b, c, h, w)
        return x + self.out(y)
