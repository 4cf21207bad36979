# residua-test: wrong target=FiLMResBlock
# What is wrong: scale and shift start at zero and multiply as h*scale+shift (not h*(1+scale)+shift), and the last conv is zero too, so branch gradients are all zero and the branch never trains
import torch
import torch.nn as nn
import torch.nn.functional as F


def zero_module(m):
    for p in m.parameters():
        nn.init.zeros_(p)
    return m


class FiLMResBlock(nn.Module):
    """U-Net residual block with scale-shift conditioning; starts as the identity."""

    def __init__(self, channels=64, emb_dim=128, groups=16):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.emb = zero_module(nn.Linear(emb_dim, 2 * channels))  # expect: R172
        self.norm2 = nn.GroupNorm(groups, channels)
        self.conv2 = zero_module(nn.Conv2d(channels, channels, 3, padding=1, bias=False))  # expect

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.emb(F.silu(emb))[:, :, None, None].chunk(2, dim=1)
        h = self.norm2(h) * scale + shift  # expect
        h = self.conv2(F.silu(h))
        return x + h
