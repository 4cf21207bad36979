# residua-test: wrong target=NonLocal2d
# What is wrong: (b, hw, c) is reshaped as (b, c, h, w) without the permute, so channels and positions are scrambled before the sum.
import torch
from torch import nn


class NonLocal2d(nn.Module):
    """Non-local block (embedded gaussian), the values and keys can be pooled to save memory."""

    def __init__(self, channels: int = 32, inner: int = 16, pool: bool = True):
        super().__init__()
        self.inner = inner
        self.query = nn.Conv2d(channels, inner, 1)
        self.key = nn.Conv2d(channels, inner, 1)
        self.value = nn.Conv2d(channels, inner, 1)
        self.sub = nn.MaxPool2d(2) if pool else nn.Identity()
        self.back = nn.Conv2d(inner, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        b, _, h, w = x.shape
        theta = self.query(x).reshape(b, self.inner, h * w).permute(0, 2, 1)
        phi = self.sub(self.key(x)).reshape(b, self.inner, -1)
        g = self.sub(self.value(x)).reshape(b, self.inner, -1).permute(0, 2, 1)

        affinity = torch.bmm(theta, phi).softmax(dim=2)
        y = torch.bmm(affinity, g)
        y = y.reshape(b, self.inner, h, w)  # expect: R164
        return x + self.norm(self.back(y))
