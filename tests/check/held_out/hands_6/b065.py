# residua-test: wrong target=TextResNet
# What is wrong: return sits inside the loop over the blocks, so only the first block ever runs and the rest have no effect.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvBlock(nn.Module):
    def __init__(self, dim, k):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.conv = nn.Conv1d(dim, dim, k, padding=k // 2)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        h = self.norm(x).transpose(1, 2)
        h = F.relu(self.conv(h)).transpose(1, 2)
        return x + self.out(h)


class TextResNet(nn.Module):
    """word features (B, L, emb) -> contextual features (B, L, dim), `depth` residual conv blocks"""

    def __init__(self, emb=50, dim=64, depth=4, k=3):
        super().__init__()
        self.proj = nn.Linear(emb, dim)
        self.blocks = nn.ModuleList([ConvBlock(dim, k) for _ in range(depth)])

    def forward(self, x):
        x = self.proj(x)
        for block in self.blocks:
            x = block(x)
            return x  # expect: R126
