# residua-test: wrong target=ConvNeXtStage args='dim=48'
# What is wrong: nn.Parameter(...) * init is an ordinary tensor, so the layer scale is not registered (no optimizer, state_dict or .to() sees it) and a second backward fails.
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, layer_scale_init=1e-2):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(torch.ones(dim)) * layer_scale_init  # expect: R168

    def forward(self, x):
        skip = x
        x = self.dwconv(x).permute(0, 2, 3, 1)
        x = self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        x = (self.gamma * x).permute(0, 3, 1, 2)
        return skip + x


class ConvNeXtStage(nn.Module):
    def __init__(self, dim, depth=3):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(dim) for _ in range(depth)])

    def forward(self, x):
        return self.blocks(x)
