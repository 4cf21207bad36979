# residua-test: wrong target=DropPathBlock
# What is wrong: drop-path is applied to the sum, so a dropped sample loses the shortcut as well
import torch
import torch.nn as nn


class DropPath(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0.0:
            return x
        keep = 1 - self.p
        mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(keep)
        return x * mask / keep


class DropPathBlock(nn.Module):
    def __init__(self, dim, drop=0.1):
        super().__init__()
        self.fn = nn.Sequential(
            nn.GroupNorm(1, dim),
            nn.Conv2d(dim, 4 * dim, 1),
            nn.GELU(),
            nn.Conv2d(4 * dim, dim, 1),
        )
        self.drop_path = DropPath(drop)

    def forward(self, x):
        return self.drop_path(x + self.fn(x))  # expect: R166
