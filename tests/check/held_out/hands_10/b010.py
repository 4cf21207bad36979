# residua-test: wrong target=ConvStack3d
# What is wrong: The loop normalises x, not the convolution's output h, so every conv result is thrown away and the block adds x to a normalised x.
import torch
import torch.nn as nn


class ConvStack3d(nn.Module):
    """n_convs x (conv 5x5x5 - bn - prelu) with one residual over the whole stack (V-Net stage)."""

    def __init__(self, n_channels: int, n_convs: int = 2):
        super().__init__()
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        self.acts = nn.ModuleList()
        for _ in range(n_convs):
            self.convs.append(nn.Conv3d(n_channels, n_channels, 5, padding=2, bias=False))
            self.norms.append(nn.BatchNorm3d(n_channels))
            self.acts.append(nn.PReLU(n_channels))

    def forward(self, x):
        h = x
        n = len(self.convs)
        for i in range(n):
            h = self.convs[i](h)
            h = self.norms[i](x)  # expect: R101
            if i == n - 1:
                h = h + x
            h = self.acts[i](h)
        return h
