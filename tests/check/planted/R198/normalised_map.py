# residua-test: wrong target=NormStream2
import torch
from torch import nn


class NormStream2(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.norm = nn.GroupNorm(8, ch)
        self.qkv = nn.Conv2d(ch, 3*ch, 1)
        self.out = nn.Conv2d(ch, ch, 1)
    def forward(self, x):
        b, c, h, w = x.shape
        x = self.norm(x)  # expect: R198
        q, k, v = self.qkv(x).reshape(b, 3, c, h*w).unbind(1)
        a = torch.softmax(q.transpose(1, 2) @ k / c ** .5, -1)
        return x + self.out((v @ a.transpose(1, 2)).reshape(b, c, h, w))
