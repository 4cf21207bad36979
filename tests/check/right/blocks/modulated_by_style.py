# residua-test: right target=StyledBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class Modulated(nn.Module):
    def __init__(self, channels, style_dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, channels, 3, 3))
        self.affine = nn.Linear(style_dim, channels)

    def forward(self, x, style):
        n, c, h, w = x.shape
        s = self.affine(style) + 1
        weight = self.weight[None] * s[:, None, :, None, None] / (c * 9) ** 0.5
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
        out = F.conv2d(x.reshape(1, n * c, h, w), weight.reshape(n * c, c, 3, 3), padding=1, groups=n)
        return out.reshape(n, c, h, w)


class StyledBlock(nn.Module):
    def __init__(self, channels, style_dim=32):
        super().__init__()
        self.m1 = Modulated(channels, style_dim)
        self.m2 = Modulated(channels, style_dim)

    def forward(self, x, style):
        h = F.leaky_relu(self.m1(x, style), 0.2)
        return (x + F.leaky_relu(self.m2(h, style), 0.2)) / 2 ** 0.5
