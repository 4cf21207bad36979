# residua-test: right target=ResEncUNet3d args='in_ch=1, n_classes=3'
from __future__ import annotations

import torch
from torch import nn


def norm_act(ch: int, act: bool = True) -> list[nn.Module]:
    out: list[nn.Module] = [nn.InstanceNorm3d(ch, eps=1e-5, affine=True)]
    if act:
        out.append(nn.LeakyReLU(0.01, inplace=True))
    return out


class BasicBlockD(nn.Module):
    """ResNet-D: the shortcut pools first and then projects with a 1x1x1 conv without bias."""

    def __init__(self, cin: int, cout: int, stride=(1, 1, 1)):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv3d(cin, cout, 3, stride, 1), *norm_act(cout))
        self.conv2 = nn.Sequential(nn.Conv3d(cout, cout, 3, 1, 1), *norm_act(cout, act=False))
        self.nonlin2 = nn.LeakyReLU(0.01, inplace=True)
        has_stride = any(s != 1 for s in stride)
        ops: list[nn.Module] = []
        if has_stride:
            ops.append(nn.AvgPool3d(stride, stride))
        if cin != cout:
            ops += [nn.Conv3d(cin, cout, 1, bias=False), *norm_act(cout, act=False)]
        self.skip = nn.Sequential(*ops) if ops else (lambda x: x)

    def forward(self, x):
        residual = self.skip(x)
        out = self.conv2(self.conv1(x))
        out += residual
        return self.nonlin2(out)


class ResEncUNet3d(nn.Module):
    """patch sizes have to be divisible by the product of the strides (1 x 2 in z, 2 x 2 in y and x)"""

    def __init__(self, in_ch: int, n_classes: int, feats=(8, 16, 32), strides=((1, 1, 1), (1, 2, 2), (2, 2, 2)),
                 n_blocks=(1, 2, 2), deep_supervision: bool = True):
        super().__init__()
        self.deep_supervision = deep_supervision
        self.stem = nn.Sequential(nn.Conv3d(in_ch, feats[0], 3, padding=1), *norm_act(feats[0]))
        self.enc = nn.ModuleList()
        c = feats[0]
        for f, s, n in zip(feats, strides, n_blocks):
            self.enc.append(nn.Sequential(BasicBlockD(c, f, s), *[BasicBlockD(f, f) for _ in range(n - 1)]))
            c = f
        self.up, self.dec, self.seg = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for i in range(len(feats) - 1, 0, -1):
            self.up.append(nn.ConvTranspose3d(feats[i], feats[i - 1], strides[i], strides[i]))
            self.dec.append(nn.Sequential(nn.Conv3d(2 * feats[i - 1], feats[i - 1], 3, padding=1), *norm_act(feats[i - 1])))
            self.seg.append(nn.Conv3d(feats[i - 1], n_classes, 1))

    def forward(self, x):
        x = self.stem(x)
        skips = []
        for stage in self.enc:
            x = stage(x)
            skips.append(x)
        seg = []
        for i, (up, dec, head) in enumerate(zip(self.up, self.dec, self.seg)):
            x = dec(torch.cat((up(x), skips[-(i + 2)]), 1))
            if (self.deep_supervision and self.training) or i == len(self.up) - 1:
                seg.append(head(x))
        seg = seg[::-1]  # highest resolution first
        return seg if self.deep_supervision and self.training else seg[0]
