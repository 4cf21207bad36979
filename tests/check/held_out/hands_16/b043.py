# residua-test: right target=ResidualEncoder3d
from typing import List, Sequence, Tuple

import torch
from torch import nn


class BasicBlockD(nn.Module):
    def __init__(self, cin: int, cout: int, kernel, stride):
        super().__init__()
        pad = [k // 2 for k in kernel]
        self.conv1 = nn.Sequential(
            nn.Conv3d(cin, cout, kernel, stride, pad, bias=True),
            nn.InstanceNorm3d(cout, eps=1e-5, affine=True),
            nn.LeakyReLU(inplace=True),
        )
        self.conv2 = nn.Sequential(
            nn.Conv3d(cout, cout, kernel, 1, pad, bias=True),
            nn.InstanceNorm3d(cout, eps=1e-5, affine=True),
        )
        self.nonlin2 = nn.LeakyReLU(inplace=True)
        ops: List[nn.Module] = []
        if any(s != 1 for s in stride):
            ops.append(nn.AvgPool3d(stride, stride))  # found: R148
        if cin != cout:
            ops.append(nn.Conv3d(cin, cout, 1, bias=False))
            ops.append(nn.InstanceNorm3d(cout, eps=1e-5, affine=True))
        self.skip = nn.Sequential(*ops)

    def forward(self, x):
        residual = self.skip(x)
        out = self.conv2(self.conv1(x))
        out += residual
        return self.nonlin2(out)


class ResidualEncoder3d(nn.Module):
    def __init__(
        self,
        input_channels: int = 1,
        features: Sequence[int] = (32, 64, 128),
        strides: Sequence[Tuple[int, int, int]] = ((1, 1, 1), (1, 2, 2), (2, 2, 2)),
        blocks: Sequence[int] = (1, 3, 4),
        kernel: Tuple[int, int, int] = (3, 3, 3),
    ):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(input_channels, features[0], kernel, padding=[k // 2 for k in kernel]),
            nn.InstanceNorm3d(features[0], affine=True),
            nn.LeakyReLU(inplace=True),
        )
        stages, prev = [], features[0]
        for f, s, n in zip(features, strides, blocks):
            stage = [BasicBlockD(prev, f, kernel, s)]
            stage += [BasicBlockD(f, f, kernel, (1, 1, 1)) for _ in range(n - 1)]
            stages.append(nn.Sequential(*stage))
            prev = f
        self.stages = nn.ModuleList(stages)

    def forward(self, x) -> List[torch.Tensor]:
        x = self.stem(x)
        ret = []
        for stage in self.stages:
            x = stage(x)
            ret.append(x)
        return ret
