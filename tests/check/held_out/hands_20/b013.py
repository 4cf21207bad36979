# residua-test: wrong target=ConvNeXtBlock
# What is wrong: The permutation back from channels-last swaps height and width, so the branch is transposed against the input it is added to.
import torch
import torch.nn as nn


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim=32, layer_scale=0.1, kernel=7):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel, padding=kernel // 2, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pw1 = nn.Linear(dim, 4 * dim)
        self.pw2 = nn.Linear(4 * dim, dim)
        self.act = nn.GELU()
        self.gamma = nn.Parameter(layer_scale * torch.ones(dim))

    def forward(self, x):
        shortcut = x
        x = self.dwconv(x)
        x = x.permute(0, 2, 3, 1)
        x = self.pw2(self.act(self.pw1(self.norm(x))))
        x = self.gamma * x
        x = x.permute(0, 3, 2, 1)  # expect: R185
        return shortcut + x
