# residua-test: right target=ConvNeXt1d
# Why it is right: A ConvNeXt block for sequences: depthwise convolution, layer norm and linear layers in channels-last order, and back to (B, C, T) before the sum.
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, intermediate, layer_scale=1e-2):
        super().__init__()
        self.dwconv = nn.Conv1d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, intermediate)
        self.act = nn.GELU()
        self.pwconv2 = nn.Linear(intermediate, dim)
        self.gamma = nn.Parameter(layer_scale * torch.ones(dim))

    def forward(self, x):
        residual = x
        x = self.dwconv(x)
        x = x.transpose(1, 2)
        x = self.pwconv2(self.act(self.pwconv1(self.norm(x))))
        x = (self.gamma * x).transpose(1, 2)
        return residual + x


class ConvNeXt1d(nn.Module):
    """Vocoder backbone on mel frames (B, mels, frames)."""

    def __init__(self, mels=40, dim=32, intermediate=96, depth=3):
        super().__init__()
        self.embed = nn.Conv1d(mels, dim, 7, padding=3)
        self.blocks = nn.ModuleList([Block(dim, intermediate, 1 / depth) for _ in range(depth)])
        self.final = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, mel):
        x = self.embed(mel)
        for b in self.blocks:
            x = b(x)
        return self.final(x.transpose(1, 2))
