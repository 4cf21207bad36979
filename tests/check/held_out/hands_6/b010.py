# residua-test: right target=SE3DResBlock
import torch
import torch.nn as nn


class SE3DResBlock(nn.Module):
    def __init__(self, cin, cout, stride=1, r=4):
        super().__init__()
        self.c1 = nn.Conv3d(cin, cout, 3, stride, 1, bias=False)
        self.n1 = nn.GroupNorm(4, cout)
        self.c2 = nn.Conv3d(cout, cout, 3, 1, 1, bias=False)
        self.n2 = nn.GroupNorm(4, cout)
        self.se = nn.Sequential(
            nn.AdaptiveAvgPool3d(1),
            nn.Conv3d(cout, cout // r, 1), nn.ReLU(inplace=True),
            nn.Conv3d(cout // r, cout, 1), nn.Sigmoid())
        skip = []
        if stride > 1:
            # conv with k=3, p=1 gives ceil(n / stride), so must the pooling
            skip.append(nn.AvgPool3d(stride, stride, ceil_mode=True, count_include_pad=False))
        if cin != cout:
            skip += [nn.Conv3d(cin, cout, 1, bias=False), nn.GroupNorm(4, cout)]
        self.skip = nn.Sequential(*skip)
        self.act = nn.ELU()

    def forward(self, x):
        h = self.act(self.n1(self.c1(x)))
        h = self.n2(self.c2(h))
        h = h * self.se(h)
        return self.act(h + self.skip(x))
