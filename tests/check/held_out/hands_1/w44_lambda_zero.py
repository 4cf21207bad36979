# residua-test: wrong target=GatedRes
# What is wrong: LayerScale gamma initialised to 0 and multiplies the whole sum, killing signal
import torch
from torch import nn

class GatedRes(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.GroupNorm(1, dim)
        self.pw1 = nn.Conv2d(dim, 4 * dim, 1)
        self.pw2 = nn.Conv2d(4 * dim, dim, 1)
        self.gamma = nn.Parameter(torch.zeros(1, dim, 1, 1))
    def forward(self, x):
        r = self.pw2(nn.functional.gelu(self.pw1(self.norm(self.dw(x)))))
        return self.gamma * (x + r)  # expect: R152
