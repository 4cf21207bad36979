# residua-test: right target=UViT
import torch
from torch import nn


class UViT(nn.Module):
    """U-shaped transformer: x is (batch, length, dim)."""

    def __init__(self, dim=64, depth=4, heads=4):
        super().__init__()
        make = lambda: nn.TransformerEncoderLayer(dim, heads, dim * 4, batch_first=True, norm_first=True)
        self.down = nn.ModuleList([make() for _ in range(depth)])
        self.mid = make()
        self.up = nn.ModuleList([make() for _ in range(depth)])
        self.fuse = nn.ModuleList([nn.Linear(dim * 2, dim) for _ in range(depth)])

    def forward(self, x):
        skips = []
        for layer in self.down:
            x = layer(x)
            skips.append(x)
        x = self.mid(x)
        for fuse, layer in zip(self.fuse, self.up):
            x = layer(fuse(torch.cat([x, skips.pop()], -1)))
        return x
