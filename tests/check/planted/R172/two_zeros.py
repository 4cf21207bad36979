# residua-test: wrong target=TZ
import torch
import torch.nn as nn
import torch.nn.functional as F


class TZ(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.n = nn.GroupNorm(8, dim)
        self.up = nn.Conv2d(dim, dim * 2, 1)
        self.down = nn.Conv2d(dim * 2, dim, 1)
        self.skip_gain = nn.Parameter(torch.zeros(1, dim, 1, 1))  # expect
        nn.init.zeros_(self.down.weight)  # expect: R172
        nn.init.zeros_(self.down.bias)  # expect

    def forward(self, x):
        return x + self.skip_gain * self.down(F.silu(self.up(self.n(x))))  # expect
