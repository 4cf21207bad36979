# residua-test: wrong target=DenseRes
# What is wrong: concatenation along dim 0 inside a residual dense block
import torch
import torch.nn as nn
class DenseRes(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.c1 = nn.Conv2d(nf, nf, 3, 1, 1); self.c2 = nn.Conv2d(nf * 2, nf, 3, 1, 1)
        self.act = nn.LeakyReLU(0.2)
    def forward(self, x):
        a = self.act(self.c1(x))
        b = self.c2(torch.cat([x, a], dim=0))  # expect: R154
        return x + 0.2 * b
