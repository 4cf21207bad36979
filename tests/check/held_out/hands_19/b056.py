# residua-test: wrong target=NeXtBlock args='dim=24'
# What is wrong: the way back from channels-last is permute(0, 3, 2, 1), which swaps height and width of the branch against the skip (silent on square images).
import torch
import torch.nn as nn


class NeXtBlock(nn.Module):
    def __init__(self, dim, mult=4, ls=1e-6, p=0.0):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.ln = nn.LayerNorm(dim, eps=1e-6)
        self.up = nn.Linear(dim, mult * dim)
        self.gelu = nn.GELU()
        self.down = nn.Linear(mult * dim, dim)
        self.ls = nn.Parameter(ls * torch.ones(dim)) if ls > 0 else None
        self.drop = nn.Dropout(p)

    def forward(self, inp):
        x = self.dw(inp)
        x = x.permute(0, 2, 3, 1)
        x = self.ln(x)
        x = self.gelu(self.up(x))
        x = self.down(self.drop(x))
        if self.ls is not None:
            x = x * self.ls
        x = x.permute(0, 3, 2, 1)  # expect: R185
        return inp + x
