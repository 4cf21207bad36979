# residua-test: right target=EffNetLite
import math
from collections import namedtuple
import torch
from torch import nn

Row = namedtuple("Row", "expand kernel stride cin cout repeat")
TABLE = [Row(1, 3, 1, 16, 8, 1), Row(6, 3, 2, 8, 16, 2), Row(6, 5, 2, 16, 24, 2)]


class MBConv(nn.Module):
    def __init__(self, row, cin, stride, survival):
        super().__init__()
        mid = cin * row.expand
        bn = lambda c: nn.BatchNorm2d(c, eps=1e-3, momentum=0.01)
        ops = []
        if row.expand != 1:
            ops += [nn.Conv2d(cin, mid, 1, bias=False), bn(mid), nn.SiLU()]
        ops += [nn.Conv2d(mid, mid, row.kernel, stride, row.kernel // 2, groups=mid, bias=False), bn(mid), nn.SiLU()]
        self.expand_dw = nn.Sequential(*ops)
        sq = max(1, cin // 4)
        self.se = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(mid, sq, 1), nn.SiLU(), nn.Conv2d(sq, mid, 1), nn.Sigmoid())
        self.project = nn.Sequential(nn.Conv2d(mid, row.cout, 1, bias=False), bn(row.cout))
        self.id_skip = stride == 1 and cin == row.cout
        self.survival = survival

    def drop_connect(self, x):
        if not self.training or self.survival >= 1:
            return x
        u = self.survival + torch.rand(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device)
        return x / self.survival * torch.floor(u)

    def forward(self, inputs):
        x = self.expand_dw(inputs)
        x = x * self.se(x)
        x = self.project(x)
        if self.id_skip:
            x = self.drop_connect(x) + inputs
        return x


class EffNetLite(nn.Module):
    def __init__(self, num_classes=10, depth_mult=1.0, drop_connect_rate=0.2):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16, eps=1e-3, momentum=0.01), nn.SiLU())
        total = sum(math.ceil(depth_mult * r.repeat) for r in TABLE)
        blocks = []
        for r in TABLE:
            for j in range(math.ceil(depth_mult * r.repeat)):
                surv = 1 - drop_connect_rate * len(blocks) / total
                blocks.append(MBConv(r, r.cin if j == 0 else r.cout, r.stride if j == 0 else 1, surv))
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.Conv2d(TABLE[-1].cout, 96, 1, bias=False), nn.BatchNorm2d(96, eps=1e-3, momentum=0.01), nn.SiLU(),
                                  nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, num_classes))

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))
