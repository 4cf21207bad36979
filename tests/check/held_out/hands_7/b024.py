# residua-test: wrong target=ConvNeXtTiny
# What is wrong: gamma has shape (C,) and was meant for channels-last; it multiplies after the permute to channels-first and so meets the width axis (an error unless W equals C).
# ported from our Flax model (NHWC there)
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, layer_scale_init=1e-6):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.dense1 = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU()
        self.dense2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(layer_scale_init * torch.ones(dim))

    def forward(self, x):
        y = self.dwconv(x)
        y = y.permute(0, 2, 3, 1)          # to NHWC
        y = self.norm(y)
        y = self.dense2(self.act(self.dense1(y)))
        y = y.permute(0, 3, 1, 2)          # back to NCHW
        y = y * self.gamma  # expect: R161
        return x + y


class LN2d(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtTiny(nn.Module):
    def __init__(self, num_classes=10, depths=(1, 2, 1), dims=(24, 48, 96)):
        super().__init__()
        mods = [nn.Conv2d(3, dims[0], 4, 4), LN2d(dims[0], eps=1e-6)]
        for i, (n, d) in enumerate(zip(depths, dims)):
            if i > 0:
                mods += [LN2d(dims[i - 1], eps=1e-6), nn.Conv2d(dims[i - 1], d, 2, 2)]
            mods += [Block(d) for _ in range(n)]
        self.features = nn.Sequential(*mods)
        self.norm = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = nn.Linear(dims[-1], num_classes)

    def forward(self, x):
        return self.head(self.norm(self.features(x).mean([-2, -1])))
